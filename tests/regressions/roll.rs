//! Time that an order adds to the capacity which it ties up is paid for, whatever is given back in the same order.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, Market},
};

const SIZE: &str = "396";

fn legs(parts: [(U256, bool); 2]) -> Vec<IPool::Leg> {
    let size = I256::from_raw(wad(SIZE));
    let leg = |(id, is_bought)| IPool::Leg {
        id,
        size: if is_bought { size } else { -size },
    };
    parts.map(leg).to_vec()
}

fn start() -> (Market, Address) {
    let mut market = Market::new();
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    (market, thief)
}

/// A week of nearly the whole pool is bought, and turned into three months of it as one order.
#[test]
fn a_roll_at_full_use_pays_for_the_time_that_it_adds() {
    let (mut market, thief) = start();
    let mut direct = market.clone();
    let [week, _, quarter] = market.expiries;
    let (short, long) = (call(week, "6250"), call(quarter, "6250"));
    let before = market.wealth(thief);
    let bought = market.quote_buy(short, SIZE).unwrap();
    market.buy(thief, short, SIZE).unwrap();
    let used = float(market.risk().upsideUsed);
    assert!(used > 0.97, "{used} is in use");
    let order = legs([(short, false), (long, true)]);
    let quoted = IPool::quoteCall {
        legs: order.clone(),
        onAccount: false,
    };
    let quoted = market.view(quoted).unwrap();
    let roll = IPool::tradeCall {
        legs: order,
        limit: I256::MAX,
        deadline: U256::MAX,
        receiver: thief,
    };
    market.send(thief, roll).unwrap();
    assert_eq!(market.position_of(thief, short), U256::ZERO);
    assert_eq!(market.position_of(thief, long), wad(SIZE), "it rolled");
    let after = float(market.risk().upsideUsed);
    assert!(after > 0.95, "{after} is in use");
    let days = (quarter - week) as f64 / 86_400.0;
    let added = 0.00082 * 1e6 * days * after.powi(5);
    let (first, then) = (quote(bought.capacity), quote(quoted.capacity));
    println!("{used:.3} in use for {first:.2}, rolled for {then:.2}, at least {added:.2}");
    assert!(then > 0.98 * added, "{then} instead of {added}");
    // It costs no less than the long series at once.
    let rolled = before - market.wealth(thief);
    let before = direct.wealth(thief);
    direct.buy(thief, long, SIZE).unwrap();
    let at_once = before - direct.wealth(thief);
    println!("{rolled:.2} by a roll, {at_once:.2} at once");
    assert!(rolled > at_once, "{rolled} {at_once}");
    market.assert_backed();
}
