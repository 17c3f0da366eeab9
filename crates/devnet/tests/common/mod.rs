//! Shared by the tests: a funded chain and a small EVM assembler.

use alloy_primitives::keccak256;
use alloy_sol_types::SolCall;
use inkhorn_chain::{
    Address, Bytes, Chain, ChainConfig, FrameReport, Outcome, Status, Transaction, B256, U256,
};

/// Sender of every transaction that does not need another.
pub const ALICE: Address = Address::repeat_byte(0xa1);

/// A chain with default rules on which [`ALICE`] holds a million ether.
pub fn chain() -> Chain {
    chain_with(ChainConfig::default())
}

/// The same with the rules of another version of ArbOS.
pub fn chain_at(arbos_version: u64) -> Chain {
    chain_with(ChainConfig {
        arbos_version,
        ..ChainConfig::default()
    })
}

/// The same with rules of choice.
pub fn chain_with(config: ChainConfig) -> Chain {
    let mut chain = Chain::new(config);
    chain.fund(ALICE, ether(1_000_000));
    chain
}

pub fn ether(count: u64) -> U256 {
    U256::from(count) * U256::from(10).pow(U256::from(18))
}

pub fn hex(text: &str) -> Bytes {
    let digits: String = text.split_whitespace().collect();
    digits.parse().expect("hex digits")
}

/// Init code that deploys `code` as it is.
pub fn init_code(code: &[u8]) -> Bytes {
    let mut init = hex("62").to_vec();
    init.extend(&(code.len() as u32).to_be_bytes()[1..]);
    init.extend(hex("80 600d 6000 39 6000 f3"));
    assert_eq!(init.len(), 13, "the offset that CODECOPY reads from");
    init.extend(code);
    init.into()
}

/// Deploys EVM code.
pub fn deploy(chain: &mut Chain, code: &str) -> Address {
    chain
        .deploy(ALICE, init_code(&hex(code)))
        .expect("deployment succeeds")
}

/// Calls without data.
pub fn poke(chain: &mut Chain, to: Address) -> Outcome {
    chain.transact(Transaction::call(ALICE, to, Bytes::new()))
}

pub fn word(value: u64) -> Vec<u8> {
    B256::from(U256::from(value)).to_vec()
}

pub mod circles;
pub mod imports;
pub mod large;
pub mod modules;
pub mod probe;
pub mod relay;
pub mod script;

/// Deploys a program and activates it, unless the same code is active already.
pub fn program(chain: &mut Chain, wasm: &[u8]) -> Address {
    let program = chain.deploy_program(ALICE, wasm).expect("deployment");
    if let Err(outcome) = chain.activate(ALICE, program) {
        assert_eq!(
            outcome.output,
            error("ProgramUpToDate()"),
            "{:?}",
            outcome.status
        );
    }
    program
}

/// Data of a Solidity error without arguments.
pub fn error(signature: &str) -> Bytes {
    Bytes::copy_from_slice(&keccak256(signature)[..4])
}

/// Deploys and activates a program written as text.
pub fn wat_program(chain: &mut Chain, text: &str) -> Address {
    program(chain, &wat::parse_str(text).expect("valid text"))
}

/// Calls a program with `input` and gives what its frame reported.
pub fn run(chain: &mut Chain, to: Address, input: impl Into<Bytes>) -> (Outcome, FrameReport) {
    let outcome = chain.call(Transaction::call(ALICE, to, input));
    let report = outcome.frames[0].clone();
    (outcome, report)
}

/// The same with so much gas that `gas` is left once the program has been entered.
pub fn run_with_gas(
    chain: &mut Chain,
    to: Address,
    input: impl Into<Bytes>,
    gas: u64,
) -> (Outcome, FrameReport) {
    let call = Transaction::call(ALICE, to, input);
    let (_, report) = run(chain, to, call.input.clone());
    let spent = call.gas_limit() - report.gas_limit + report.entry_gas;
    let outcome = chain.call(call.with_gas(spent + gas));
    let report = outcome.frames[0].clone();
    (outcome, report)
}

/// Lets [`ALICE`] change a parameter of the chain through ArbOwner.
pub fn govern(chain: &mut Chain, signature: &str, value: u64) {
    chain.add_chain_owner(ALICE);
    let mut call = keccak256(signature)[..4].to_vec();
    call.extend(word(value));
    let outcome = chain.transact(Transaction::call(ALICE, ARB_OWNER, call));
    assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
}

/// Address of an Arbitrum precompile.
pub const fn precompile(low: u8) -> Address {
    let mut bytes = [0; 20];
    bytes[19] = low;
    Address::new(bytes)
}

/// Gas that a transaction used beside what it pays before anything runs.
pub fn execution_gas(outcome: &Outcome, tx: &Transaction) -> u64 {
    outcome.gas_used - tx.intrinsic_gas()
}

/// Calldata of a method with these words as arguments.
pub fn method(signature: &str, arguments: &[U256]) -> Vec<u8> {
    let mut call = keccak256(signature)[..4].to_vec();
    for argument in arguments {
        call.extend(argument.to_be_bytes::<32>());
    }
    call
}

pub const ARB_OWNER: Address = precompile(0x70);
pub const ARB_WASM: Address = precompile(0x71);
pub const ARB_WASM_CACHE: Address = precompile(0x72);

pub fn halted(reason: &str) -> Status {
    Status::Halt(reason.to_owned())
}

/// What a contract answers to a call that has to succeed.
pub fn view<C: SolCall>(chain: &mut Chain, to: Address, call: C) -> C::Return {
    let outcome = chain.call(Transaction::call(ALICE, to, call.abi_encode()));
    assert!(
        outcome.is_success(),
        "{:?} {}",
        outcome.status,
        outcome.output
    );
    C::abi_decode_returns(&outcome.output).unwrap()
}
