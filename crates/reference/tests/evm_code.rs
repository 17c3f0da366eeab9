//! Random EVM code that runs straight on.

use crate::dice::Dice;

/// Pushes a number with as few bytes as it has.
fn push(code: &mut Vec<u8>, number: u64) {
    let digits = number.to_be_bytes();
    let digits = &digits[number.leading_zeros() as usize / 8..];
    match digits {
        [] => code.push(0x5f),
        digits => push_bytes(code, digits),
    }
}

fn push_bytes(code: &mut Vec<u8>, bytes: &[u8]) {
    code.push(0x5f + bytes.len() as u8);
    code.extend(bytes);
}

/// Init code, at most a word, that some contract creates with.
fn seedling(dice: &mut Dice) -> Vec<u8> {
    match dice.below(8) {
        // Code of nothing.
        0 => vec![0x5f, 0x5f, 0xf3],
        1 => vec![0x60, 0x21, 0x5f, 0xfd],
        2 => vec![0xfe],
        // A byte that no code starts with, and one that it may start with.
        3 => vec![0x60, 0xef, 0x5f, 0x52, 0x60, 1, 0x60, 31, 0xf3],
        4 => vec![0x60, 0xfe, 0x5f, 0x52, 0x60, 1, 0x60, 31, 0xf3],
        // The beginning of a program, which is none.
        5 => vec![0x63, 0xef, 0xf0, 0, 0, 0x5f, 0x52, 0x60, 4, 0x60, 28, 0xf3],
        // Calls its creator, and is stored whatever comes of it.
        6 => vec![
            0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x33, 0x5a, 0xf1, 0x5f, 0x5f, 0xf3,
        ],
        // Keeps something of its own.
        _ => vec![0x60, 5, 0x60, 1, 0x55, 0x5f, 0x5f, 0xf3],
    }
}

/// Init code, whatever it is for.
pub fn init_code(dice: &mut Dice, addresses: &[[u8; 20]]) -> Vec<u8> {
    match dice.below(3) {
        0 => seedling(dice),
        1 => vec![0x61, 0x60, 0x01, 0x5f, 0xf3],
        _ => code(dice, addresses),
    }
}

/// Some statements, and an end.
pub fn code(dice: &mut Dice, addresses: &[[u8; 20]]) -> Vec<u8> {
    let mut code = Vec::new();
    for _ in 0..dice.below(7) {
        statement(&mut code, dice, addresses);
    }
    let length = dice.pick(&[0, 1, 4, 32, 33, 100]);
    match dice.below(12) {
        0 => code.push(0x00),
        1 => code.push(0xfe),
        2 | 3 => {
            push_bytes(&mut code, &dice.pick(addresses));
            code.push(0xff);
        }
        4 | 5 => {
            push(&mut code, length);
            push(&mut code, dice.below(40));
            code.push(0xfd);
        }
        _ => {
            push(&mut code, length);
            push(&mut code, dice.below(40));
            code.push(0xf3);
        }
    }
    code
}

fn statement(code: &mut Vec<u8>, dice: &mut Dice, addresses: &[[u8; 20]]) {
    let small = dice.below(4);
    match dice.below(14) {
        // SSTORE and TSTORE
        0 | 1 => {
            push(code, dice.below(3));
            push(code, small);
            code.push(dice.pick(&[0x55, 0x55, 0x5d]));
        }
        // SLOAD and TLOAD
        2 => {
            push(code, small);
            code.push(dice.pick(&[0x54, 0x5c]));
            keep(code, dice);
        }
        // MSTORE, MLOAD
        3 => {
            push(code, dice.next());
            push(code, dice.below(200));
            code.push(0x52);
        }
        4 => {
            push(code, dice.below(200));
            code.push(0x51);
            keep(code, dice);
        }
        // LOG
        5 => {
            for _ in 0..small {
                push(code, dice.below(9));
            }
            push(code, dice.below(70));
            push(code, dice.below(40));
            code.push(0xa0 + small as u8);
        }
        6..=9 => call(code, dice, addresses),
        10 => create(code, dice),
        // RETURNDATACOPY, now and then of what is not there; CALLDATACOPY
        11 => {
            push(code, dice.pick(&[0, 4, 32]));
            push(code, 0);
            push(code, dice.below(64));
            code.push(dice.pick(&[0x3e, 0x37, 0x39]));
        }
        // BALANCE, EXTCODESIZE, EXTCODEHASH
        12 => {
            push_bytes(code, &dice.pick(addresses));
            code.push(dice.pick(&[0x31, 0x3b, 0x3f]));
            keep(code, dice);
        }
        _ => {
            code.push(dice.pick(&[0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3d, 0x47, 0x5a, 0x5f]));
            keep(code, dice);
        }
    }
}

/// Keeps what is on the stack in memory, or drops it.
fn keep(code: &mut Vec<u8>, dice: &mut Dice) {
    if dice.one_in(3) {
        code.push(0x50);
        return;
    }
    push(code, 32 * dice.below(4));
    code.push(0x52);
}

fn call(code: &mut Vec<u8>, dice: &mut Dice, addresses: &[[u8; 20]]) {
    let operator = dice.pick(&[0xf1, 0xf1, 0xf1, 0xfa, 0xf4]);
    // Room for what comes back, and what is sent.
    push(code, dice.pick(&[0, 32, 64]));
    push(code, dice.below(40));
    push(code, dice.pick(&[0, 0, 4, 36]));
    push(code, dice.below(40));
    if operator == 0xf1 {
        push(code, dice.pick(&[0, 0, 1]));
    }
    push_bytes(code, &dice.pick(addresses));
    match dice.one_in(4) {
        true => push(code, dice.below(50_000)),
        false => code.push(0x5a),
    }
    code.push(operator);
    keep(code, dice);
}

fn create(code: &mut Vec<u8>, dice: &mut Dice) {
    let init = seedling(dice);
    let mut word = init.clone();
    word.resize(32, 0);
    push_bytes(code, &word);
    push(code, 0);
    code.push(0x52);
    let salted = dice.one_in(2);
    if salted {
        push(code, dice.below(2));
    }
    push(code, init.len() as u64);
    push(code, 0);
    push(code, dice.pick(&[0, 0, 1]));
    code.push(if salted { 0xf5 } else { 0xf0 });
    keep(code, dice);
}
