//! A chain with the pool on it, written down and read back, goes on as the original does.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use inkhorn_chain::{Chain, Transaction};
use smirk_world::{abi::IPool, price::wad};

use crate::common::{call, Market};

#[test]
fn a_market_that_was_written_down_trades_on_to_the_same_outcomes() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let (id, size) = (call(market.expiries[1], "2500"), wad("0.01"));
    let quote = IPool::quoteBuyCall { id, size }.abi_encode();
    let buy = IPool::buyCall {
        id,
        size,
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver: alice,
    }
    .abi_encode();
    let original = &mut market.world.chain;
    let mut dump = Vec::new();
    original.dump(&mut dump).expect("memory takes it");
    let mut loaded = Chain::load(&dump[..]).expect("a whole dump");
    for input in [quote, buy.clone(), buy] {
        let tx = Transaction::call(alice, market.pool.address, input);
        let outcome = original.transact(tx.clone());
        assert!(outcome.is_success());
        assert_eq!(loaded.transact(tx), outcome);
    }
}
