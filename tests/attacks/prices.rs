//! Money from the quotes themselves: cycles of trades, and trades cut in pieces.

use alloy_primitives::{I256, U256};
use smirk_world::{price::wad, World};

use crate::common::{call, put, rng::Rng, Market};

/// The market with fees at the least that the pool allows, so that they hide nothing.
fn almost_free() -> Market {
    Market::with(World::builder().price(wad("2500")), |arguments| {
        let parameters = &mut arguments.parameters;
        parameters.set("halfSpread", wad("0.001"));
        parameters.set("feeFloor", wad("0.00001"));
        parameters.set("hedgeFee", U256::ZERO);
    })
}

fn random_series(market: &Market, rng: &mut Rng) -> U256 {
    let expiry = market.expiries[rng.below(3) as usize];
    let strike = (1_800 + 25 * rng.below(61)).to_string();
    if rng.below(2) == 0 {
        call(expiry, &strike)
    } else {
        put(expiry, &strike)
    }
}

/// Defence: one potential over the whole book, of which every trade pays the difference.
///
/// The fee is left out of the account: premiums alone must not pay. The pure engine goes through 10,000 such cycles in
/// its own tests; these go through the programs, with storage, rounding to atoms and hedges in between.
#[test]
fn no_cycle_of_trades_pays() {
    let mut market = almost_free();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let mut rng = Rng(7);
    for _ in 0..12 {
        let id = random_series(&market, &mut rng);
        market.buy(bob, id, "1.5").unwrap();
    }
    for cycle in 0..300 {
        let start = market.world.chain.snapshot();
        let (mut paid, mut received, mut fees) = (U256::ZERO, U256::ZERO, U256::ZERO);
        let mut open: Vec<(U256, String)> = Vec::new();
        for _ in 0..1 + rng.below(6) {
            if !open.is_empty() && rng.below(3) == 0 {
                let (id, size) = open.swap_remove(rng.below(open.len() as u64) as usize);
                let sold = market.sell(alice, id, &size).unwrap();
                received += sold.value;
                fees += fee(&market, &sold);
            } else {
                let id = random_series(&market, &mut rng);
                let size = format!("{}.{:02}", rng.below(9), 1 + rng.below(99));
                let bought = market.buy(alice, id, &size).unwrap();
                paid += bought.value;
                fees += fee(&market, &bought);
                open.push((id, size));
            }
        }
        while !open.is_empty() {
            let (id, size) = open.swap_remove(rng.below(open.len() as u64) as usize);
            let sold = market.sell(alice, id, &size).unwrap();
            received += sold.value;
            fees += fee(&market, &sold);
        }
        assert!(
            paid >= received + fees,
            "cycle {cycle}: {paid} paid, {received} back, {fees} fees"
        );
        market.world.chain.revert(start);
    }
}

fn fee(market: &Market, receipt: &smirk_world::Receipt<U256>) -> U256 {
    use smirk_world::abi::IPool::{Bought, Sold};
    let address = market.pool.address;
    let bought = receipt.event::<Bought>(address).map(|event| event.fee);
    bought
        .or_else(|| receipt.event::<Sold>(address).map(|event| event.fee))
        .unwrap()
}

/// Defence: the premium depends on the book before and after alone. Pieces round up one by one, for the pool.
#[test]
fn cutting_a_trade_in_pieces_changes_nothing() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2700"), "10").unwrap();
    for id in [
        call(week, "2600"),
        put(month, "2300"),
        call(month, "2700"),
        put(week, "2500"),
    ] {
        let start = market.world.chain.snapshot();
        let whole = market.buy(alice, id, "6").unwrap().value;
        let back = market.sell(alice, id, "6").unwrap().value;
        market.world.chain.revert(start);
        for (pieces, size) in [(2u64, "3"), (3, "2"), (10, "0.6")] {
            let start = market.world.chain.snapshot();
            let (mut paid, mut received) = (U256::ZERO, U256::ZERO);
            for _ in 0..pieces {
                paid += market.buy(alice, id, size).unwrap().value;
            }
            for _ in 0..pieces {
                received += market.sell(alice, id, size).unwrap().value;
            }
            // Premium and fee of each piece are rounded on their own.
            let slack = I256::try_from(2 * pieces).unwrap();
            let dearer = I256::from_raw(paid) - I256::from_raw(whole);
            assert!(
                (-I256::ONE..=slack).contains(&dearer),
                "{pieces} purchases cost {dearer} more"
            );
            let poorer = I256::from_raw(back) - I256::from_raw(received);
            assert!(
                (-I256::ONE..=slack).contains(&poorer),
                "{pieces} sales bring {poorer} less"
            );
            market.world.chain.revert(start);
        }
    }
}
