//! What a seed gives: programs in accounts, contracts around them, and calldata that means something.

use inkhorn_chain::{deployment_code, Bytes, Chain, ChainConfig, ProgramCode, U256};
use inkhorn_reference::{arbitrum_methods, create_address, keccak256};

use crate::dice::Dice;
use crate::evm_code;
use crate::generate::{self, Tables};
use crate::host_functions::{ADDRESS_ENTRIES, CALL_ENTRIES, INIT_BYTES, INIT_ENTRIES};

pub type Address = [u8; 20];

pub const ALICE: Address = [0xa1; 20];
/// A second program, active or not.
pub const SECOND: Address = [0x50; 20];
pub const RICH: Address = [0x51; 20];
pub const NOBODY: Address = [0x52; 20];
/// EVM contracts whose code the seed gives.
pub const CONTRACTS: [Address; 2] = [[0xe5; 20], [0xe6; 20]];
const FRAGMENTS: [Address; 5] = [[0xf1; 20], [0xf2; 20], [0xf3; 20], [0xf4; 20], [0xf5; 20]];
/// Contracts that stop, return 64 bytes, revert with 33 and take all gas.
const CALLEES: [(Address, &[u8]); 4] = [
    ([0xe1; 20], &[0x00]),
    ([0xe2; 20], &[0x60, 64, 0x60, 0, 0xf3]),
    ([0xe3; 20], &[0x60, 33, 0x60, 0, 0xfd]),
    ([0xe4; 20], &[0xfe]),
];
pub const BASE_FEE: u64 = 20_000_000;
pub const ETHER: u128 = 1_000_000_000_000_000_000;

/// Accounts whose code is the same in every scene.
pub fn callees() -> impl Iterator<Item = Address> {
    CALLEES.iter().map(|(address, _)| *address)
}

/// Address of the program in question: it is the first contract of who deploys it.
pub fn program() -> Address {
    create_address(&ALICE, 0)
}

/// The chain that every seed starts from.
pub fn chain() -> Chain {
    let mut chain = Chain::new(ChainConfig {
        base_fee: BASE_FEE,
        ..ChainConfig::default()
    });
    chain.fund(ALICE.into(), U256::from(1_000 * ETHER));
    chain.fund(RICH.into(), U256::from(ETHER));
    for (address, code) in CALLEES {
        chain.set_code(address.into(), Bytes::from_static(code));
    }
    chain.add_cache_manager(program().into());
    chain
}

pub fn word(value: u128) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

/// A module with the stream that it is compressed to.
pub struct Packed {
    pub wasm: Vec<u8>,
    pub stream: Vec<u8>,
}

impl Packed {
    fn new(wasm: Vec<u8>) -> Self {
        let ProgramCode::Classic(code) = ProgramCode::new(&wasm) else {
            unreachable!("larger than meant")
        };
        Self {
            wasm,
            stream: code[4..].to_vec(),
        }
    }

    fn classic(&self, dictionary: u8) -> Vec<u8> {
        [&[0xef, 0xf0, 0, dictionary], &self.stream[..]].concat()
    }
}

/// Accounts and what is known of them.
pub struct Scene {
    pub main: Packed,
    pub second: Option<Packed>,
    /// Code of the account of the program in question.
    pub code: Vec<u8>,
    /// Other accounts with code.
    pub accounts: Vec<(Address, Vec<u8>)>,
}

impl Scene {
    pub fn new(dice: &mut Dice) -> Self {
        let second = dice.one_in(2).then(|| {
            let tables = tables(dice, None);
            Packed::new(generate::program(dice, &tables))
        });
        let tables = tables(dice, second.as_ref());
        let main = Packed::new(match dice.one_in(6) {
            true => generate::anything(dice, &tables),
            false => generate::program(dice, &tables),
        });
        let mut accounts: Vec<_> = (CONTRACTS.iter())
            .map(|address| (*address, evm_code::code(dice, &tables.addresses)))
            .collect();
        if let Some(second) = &second {
            accounts.push((SECOND, second.classic(0)));
        }
        let code = match dice.below(5) {
            0 | 1 => fragmented(dice, &main, &mut accounts),
            2 if dice.one_in(8) => main.classic(dice.pick(&[1, 2])),
            _ => main.classic(0),
        };
        Self {
            main,
            second,
            code,
            accounts,
        }
    }

    /// Init code that deploys the program.
    pub fn deployment(&self) -> Vec<u8> {
        deployment_code(&self.code).to_vec()
    }
}

/// Cuts a module's stream into fragments, and gives the root. One in four has something wrong.
fn fragmented(dice: &mut Dice, packed: &Packed, accounts: &mut Vec<(Address, Vec<u8>)>) -> Vec<u8> {
    let count = 1 + dice.below(4) as usize;
    let fault = match dice.one_in(4) {
        true => dice.below(9),
        false => u64::MAX,
    };
    let count = if fault == 0 { 5 } else { count };
    let length = packed.stream.len();
    let mut cuts: Vec<usize> = (1..count)
        .map(|_| 1 + dice.below(length as u64 - 1) as usize)
        .collect();
    cuts.extend([0, length]);
    cuts.sort_unstable();
    let mut names: Vec<Address> = FRAGMENTS[..count].to_vec();
    for (name, cut) in names.iter().zip(cuts.windows(2)) {
        let payload = &packed.stream[cut[0]..cut[1]];
        accounts.push((*name, [&[0xef, 0xf0, 1], payload].concat()));
    }
    let mut size = packed.wasm.len() as u32;
    let mut dictionary = 0;
    match fault {
        1 => names.reverse(),
        2 => drop(names.pop()),
        3 => size = size.wrapping_add_signed(dice.pick(&[-1, 1])),
        4 => size = dice.pick(&[262_144, 262_145, u32::MAX]),
        5 => dictionary = dice.pick(&[1, 2]),
        6 => names[0] = dice.pick(&[NOBODY, RICH, CALLEES[0].0, program()]),
        7 => names.push(names[0]),
        _ => {}
    }
    let mut root = vec![0xef, 0xf0, 2, dictionary];
    root.extend(size.to_be_bytes());
    root.extend(names.concat());
    if fault == 8 {
        root.truncate(dice.below(root.len() as u64) as usize);
    }
    root
}

/// What programs find in their memory.
fn tables(dice: &mut Dice, second: Option<&Packed>) -> Tables {
    let callees = CALLEES.map(|(address, _)| address);
    let first_created = create_address(&program(), 1);
    let mut addresses = vec![ALICE, program(), RICH, NOBODY];
    addresses.extend(callees);
    addresses.extend([SECOND, CONTRACTS[0], CONTRACTS[1], first_created]);
    let contracts = [0x64, 0x65, 0x6b, 0x6c, 0x72];
    addresses.extend([
        low(0x71),
        low(dice.pick(&contracts)),
        low(dice.pick(&[1, 2, 4])),
    ]);
    // What is created last.
    addresses.push([0; 20]);
    assert_eq!(addresses.len(), ADDRESS_ENTRIES as usize);
    // Of a program that may be active, of nothing and of nobody's code. A program does not know its own.
    let second_hash = second.map_or([0; 32], |second| keccak256(&second.classic(0)));
    let hashes = [second_hash, second_hash, keccak256(b""), word(7)];
    Tables {
        values: vec![
            word(0),
            word(0),
            word(0),
            word(1),
            word(7),
            word(ETHER / 1_000),
            word(ETHER),
            [0xff; 32],
        ],
        keys: vec![
            word(0),
            word(1),
            word(2),
            word(0),
            word(12_345),
            [0xff; 32],
            [0x80; 32],
            word(u128::MAX),
        ],
        calls: calls(dice, &addresses, &hashes),
        inits: inits(dice, &addresses, second),
        addresses,
    }
}

fn low(number: u16) -> Address {
    let mut address = [0; 20];
    address[18..].copy_from_slice(&number.to_be_bytes());
    address
}

fn inits(dice: &mut Dice, addresses: &[Address], second: Option<&Packed>) -> Vec<Vec<u8>> {
    let mut inits = vec![match second {
        Some(second) => deployment_code(&second.classic(0)).to_vec(),
        None => evm_code::init_code(dice, addresses),
    }];
    if inits[0].len() > INIT_BYTES as usize {
        inits[0].truncate(INIT_BYTES as usize);
    }
    for _ in 1..INIT_ENTRIES {
        inits.push(evm_code::init_code(dice, addresses));
    }
    inits
}

fn selector(signature: &str) -> Vec<u8> {
    keccak256(signature.as_bytes())[..4].to_vec()
}

fn padded(address: &Address) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

/// Calldata for somebody, and who that is.
fn calls(dice: &mut Dice, addresses: &[Address], hashes: &[[u8; 32]]) -> Vec<(Address, Vec<u8>)> {
    let programs = [program(), SECOND];
    let activate = |who: &Address| {
        let call = [selector("activateProgram(address)"), padded(who).to_vec()];
        (low(0x71), call.concat())
    };
    let mut calls = vec![
        // Of what is created last.
        activate(&[0; 20]),
        activate(&SECOND),
        activate(&addresses[11]),
        asked(dice, "cacheProgram(address)", 0x72, &programs, hashes),
    ];
    let methods: Vec<_> = arbitrum_methods().collect();
    for _ in 0..6 {
        let (contract, signature) = dice.pick(&methods);
        calls.push(asked(dice, signature, contract, addresses, hashes));
    }
    // Who caches a program may evict it again.
    if dice.one_in(3) {
        calls[4] = asked(dice, "evictCodehash(bytes32)", 0x72, &programs, hashes);
    }
    // Cut off, with something behind, unknown.
    let (to, mut data) = calls[4].clone();
    let rest = dice.below(8) as usize;
    data.truncate(data.len().saturating_sub(rest));
    calls.push((to, data));
    let (to, mut data) = calls[5].clone();
    data.extend(dice.bytes(rest * 4));
    calls.push((to, data));
    calls.push((low(0x71), dice.bytes(rest)));
    let length = dice.pick(&[0, 32, 100, 128]);
    calls.push((low(dice.pick(&[2, 4])), dice.bytes(length)));
    calls.push((low(1), signature(dice)));
    calls.push((dice.pick(addresses), dice.bytes(rest)));
    assert_eq!(calls.len(), CALL_ENTRIES as usize);
    calls
}

/// A method with arguments that it may do something with.
fn asked(
    dice: &mut Dice,
    signature: &str,
    contract: u16,
    addresses: &[Address],
    hashes: &[[u8; 32]],
) -> (Address, Vec<u8>) {
    let mut data = selector(signature);
    let arguments = signature.split(['(', ',', ')']).skip(1);
    for kind in arguments.filter(|kind| !kind.is_empty()) {
        let who = dice.pick(addresses);
        data.extend(match kind {
            "address" if dice.one_in(8) => [0xff; 32],
            "address" => padded(&who),
            _ => dice.pick(hashes),
        });
    }
    (low(contract), data)
}

/// Hash, parity, r and s as the precompile takes them; every other is a signature of somebody. Few are tried: each takes
/// the reference a quarter of a second.
fn signature(dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.bytes(128);
    input[32..64].fill(0);
    input[63] = match dice.one_in(12) {
        true => dice.pick(&[27, 28]),
        false => dice.pick(&[0, 1, 26, 29]),
    };
    input
}
