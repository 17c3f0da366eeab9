//! Modules whose ink and activation gas on the reference implementation are known.

use inkhorn_reference::{
    Environment, Kind, Library, Machine, Program, Receipt, Transaction, World,
};

use crate::scene::ALICE;

const MIN: &str = "0061736d0100000001060160017f017f03020100050401010000071c02066d656d6f727902000f757365725f656e747279706f696e7400000a0601040041000b";
const IF_ELSE: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a0e010c002000047f41000541010b0b";
const LOOP: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a18011601017f410a21010340200141016b22010d000b41000b";
const CALLS: &str = "0061736d01000000010c0260027f7e017f60017f017f030302000104050170010202050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400010908010041000b0200000a1902040020000b12004107420810001a4100420841011100000b0011046e616d65010401000166040401000174";
const BR_TABLE: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a1c011a0002400240024020000e020001020b41000f0b41000f0b41000b";
const BULK: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a1b0119004100410141e400fc0b0041c80141004132fc0a000041000b";
const GROW: &str = "0061736d01000000010a0260017f0060017f017f02200108766d5f686f6f6b73137061795f666f725f6d656d6f72795f67726f770000030201010503010001071c02066d656d6f727902000f757365725f656e747279706f696e7400010a15011300410040001a410140001a410340001a41000b";
const TRAP: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a0d010b0000410141026a1a41000b";
const ECHO: &str = "0061736d01000000010f0360017f0060027f7f0060017f017f022e0208766d5f686f6f6b7309726561645f61726773000008766d5f686f6f6b730c77726974655f726573756c74000103020102050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400020a10010e004100100041002000100141000b";
const FLOAT_CONSTANT: &str = "0061736d0100000001060160017f017f03020100050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400000a0c010a00430000803f1a41000b";

fn bytes(digits: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn run(module: &str, data: Vec<u8>) -> Receipt {
    let wasm = bytes(module);
    let program = Program::accept(&wasm).expect("accepted");
    let at = [0x50; 20];
    let mut world = World::default();
    world.accounts.entry(ALICE).or_default().balance = u128::MAX;
    let code = [&[0xef, 0xf0, 0, 0], &wasm[..]].concat();
    world.accounts.entry(at).or_default().code = code.into();
    let library = Library::default();
    let mut machine = Machine::new(world, Environment::default(), &library);
    machine.install(at, &program);
    let tx = Transaction {
        from: ALICE,
        to: Some(at),
        value: 0,
        data,
        gas: 10_000_000,
        warm: vec![],
    };
    machine.transact(&tx).expect("modelled")
}

fn kind(module: &str) -> Kind {
    run(module, vec![]).program.expect("it was called").kind
}

#[test]
fn ink_of_known_modules() {
    for (name, module, data, ink) in [
        ("min", MIN, 0, 2_452),
        ("if", IF_ELSE, 1, 8_193),
        ("else", IF_ELSE, 0, 8_193),
        ("loop", LOOP, 0, 41_925),
        ("calls", CALLS, 0, 31_127),
        ("br_table", BR_TABLE, 0, 8_030),
        ("br_table", BR_TABLE, 1, 8_030),
        ("bulk", BULK, 0, 19_358),
        ("grow", GROW, 0, 30_035_032),
        ("trap", TRAP, 0, 2_534),
        ("echo", ECHO, 1, 69_631),
        ("echo", ECHO, 100, 79_151),
    ] {
        let program = run(module, vec![7; data]).program;
        assert_eq!(program.expect("it was called").ink_used, ink, "{name}");
    }
}

#[test]
fn ends_of_known_modules() {
    assert_eq!(kind(MIN), Kind::Success);
    assert_eq!(kind(IF_ELSE), Kind::Revert);
    assert_eq!(kind(TRAP), Kind::Failure);
    assert_eq!(kind(FLOAT_CONSTANT), Kind::OutOfGas);
    assert_eq!(run(ECHO, vec![1, 2, 3]).output, [1, 2, 3]);
}

#[test]
fn activation_of_known_modules() {
    for (module, gas, init, cached, asm, footprint, operators) in [
        (MIN, 1_008, 18, 6, 513_418, 0, 31),
        (IF_ELSE, 63_756, 19, 11, 513_468, 1, 72),
        (LOOP, 63_924, 20, 11, 513_531, 1, 76),
        (CALLS, 64_568, 37, 16, 514_839, 1, 93),
        (BR_TABLE, 64_652, 21, 11, 513_556, 1, 123),
        (BULK, 63_896, 20, 11, 513_550, 1, 73),
        (GROW, 63_840, 24, 11, 513_744, 1, 52),
        (ECHO, 64_120, 26, 11, 513_838, 1, 60),
    ] {
        let wasm = bytes(module);
        let program = Program::accept(&wasm).expect("accepted");
        let recorded = program.estimates;
        assert_eq!(
            (
                program.activation_gas,
                recorded.init,
                recorded.cached,
                recorded.asm,
                recorded.footprint,
                program.operators
            ),
            (gas, init, cached, asm, footprint, operators)
        );
    }
}
