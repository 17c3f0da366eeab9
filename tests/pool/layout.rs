//! The storage layout: the committed table, the contract's own constants and a live pool's words agree.

use std::{fs, path::Path};

use alloy_primitives::{keccak256, Address, U256};
use alloy_sol_types::SolValue;
use serde_json::Value;
use smirk_pool::storage::slots;
use smirk_world::abi::IPool;

use crate::common::{call, Market};

/// Name and slot of every word and mapping, as the contract declares them.
const DECLARED: [(&str, u64); 36] = [
    ("shortfall", slots::SHORTFALL),
    ("reserves", slots::RESERVES),
    ("owner", slots::OWNER),
    ("pendingOwner", slots::PENDING_OWNER),
    ("guardian", slots::GUARDIAN),
    ("keeper", slots::KEEPER),
    ("head", slots::HEAD),
    ("money", slots::MONEY),
    ("cashLedger", slots::CASH_LEDGER),
    ("hedgeLedger", slots::HEDGE_LEDGER),
    ("shareSupply", slots::SHARE_SUPPLY),
    ("capacityLedger", slots::CAPACITY_LEDGER),
    ("loan", slots::LOAN),
    ("loanWorth", slots::LOAN_WORTH),
    ("loanLedger", slots::LOAN_LEDGER),
    ("slices", slots::SLICES),
    ("nodes", slots::NODES),
    ("nodePuts", slots::NODE_PUTS),
    ("signers", slots::SIGNERS),
    ("proposedSigners", slots::PROPOSED_SIGNERS),
    ("proposedFeed", slots::PROPOSED_FEED),
    ("settlements", slots::SETTLEMENTS),
    ("shares", slots::SHARES),
    ("shareAllowances", slots::SHARE_ALLOWANCES),
    ("nonces", slots::NONCES),
    ("positions", slots::POSITIONS),
    ("operators", slots::OPERATORS),
    ("positionAllowances", slots::POSITION_ALLOWANCES),
    ("proposals", slots::PROPOSALS),
    ("nodeShorts", slots::NODE_SHORTS),
    ("pot", slots::POT),
    ("written", slots::WRITTEN),
    ("counted", slots::COUNTED),
    ("accounts", slots::ACCOUNTS),
    ("delegates", slots::DELEGATES),
    ("openInterest", slots::OPEN_INTEREST),
];

#[test]
fn layout_is_as_in_the_snapshot() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/layout.json");
    let committed: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let committed = committed.as_object().unwrap();
    assert_eq!(committed.len(), DECLARED.len());
    for (name, slot) in DECLARED {
        assert_eq!(committed[name].as_u64(), Some(slot), "{name}");
    }
}

#[test]
fn layout_of_a_live_pool_is_the_documented_one() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, _, _] = market.expiries;
    let id = call(week, "2600");
    market.buy(alice, id, "3").unwrap();
    let word = |market: &Market, slot: U256| market.world.chain.storage(market.pool.address, slot);
    let plain = |market: &Market, slot: u64| word(market, U256::from(slot));
    let low = |word: U256| word & U256::from(u128::MAX);

    // The lowest 160 bits of a word.
    let address = |word: U256| Address::from_slice(&word.to_be_bytes::<32>()[12..]);

    let owner = market.view(IPool::ownerCall {}).unwrap();
    assert_eq!(address(plain(&market, slots::OWNER)), owner);
    let nav = market.view(IPool::navCall {}).unwrap();
    let money = plain(&market, slots::MONEY);
    let most = U256::MAX >> 160;
    assert_eq!((money & most, money >> 96 & most), (nav.cash, nav.base));
    assert_eq!(money >> 192, nav.fees);
    assert_eq!(plain(&market, slots::RESERVES) >> 128, nav.insurance);
    let charges = plain(&market, slots::CAPACITY_LEDGER);
    assert_eq!((low(charges), charges >> 128), (nav.capacity, nav.rent));
    // Head: lock and pause clear, one node, three slices, one table; the uppermost limb is what the order was charged for the first
    // expiry, all of which is unearned.
    let head = plain(&market, slots::HEAD);
    assert_eq!(head & U256::from(u32::MAX), U256::from(0x0013_0100u32));
    assert_eq!(head >> 192 & U256::from(0xf), U256::ZERO);
    let unit = U256::from(1_000_000_000_000u64);
    assert_eq!((head >> 196) * unit, nav.unearned);
    assert_ne!(nav.unearned, U256::ZERO);
    // The first slice's expiry, and the node: minus three million lots, strike tick 104 of 25, no puts.
    assert_eq!(
        plain(&market, slots::SLICES) & U256::from(u32::MAX),
        U256::from(week)
    );
    let node = low(plain(&market, slots::NODES)).to::<u128>() as u64;
    assert_eq!((node as i64) << 24 >> 24, -3_000_000);
    assert_eq!((node >> 40) & 0xf_ffff, 104);
    assert_eq!(plain(&market, slots::NODE_PUTS), U256::ZERO);
    let holder = keccak256((alice, U256::from(slots::POSITIONS)).abi_encode());
    let position = keccak256((id, U256::from_be_bytes(holder.0)).abi_encode());
    let size = market
        .view(IPool::balanceOf_1Call { owner_: alice, id })
        .unwrap();
    assert_eq!(word(&market, U256::from_be_bytes(position.0)), size);
}
