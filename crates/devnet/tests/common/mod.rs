//! Shared by the tests: a funded chain and a small EVM assembler.
#![allow(dead_code)]

use smirk_devnet::{Address, Bytes, Chain, ChainConfig, Outcome, Transaction, B256, U256};

/// Sender of every transaction that does not need another.
pub const ALICE: Address = Address::repeat_byte(0xa1);

/// A chain with default rules on which [`ALICE`] holds a million ether.
pub fn chain() -> Chain {
    chain_with(ChainConfig::default())
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
