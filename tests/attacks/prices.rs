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
    })
}

fn random_series(market: &Market, rng: &mut Rng) -> U256 {
    let expiry = market.expiries[rng.below(3) as usize];
    let strike = 1_800 + 25 * rng.below(61);
    // Each kind opens where it is not deep in the money.
    let (calls, puts) = (strike >= 2_000, strike <= 3_125);
    let strike = strike.to_string();
    if calls && (!puts || rng.below(2) == 0) {
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
    if let Some(event) = receipt.event::<Bought>(address) {
        return event.spread + event.surcharge + event.capacity + event.rent;
    }
    let event = receipt.event::<Sold>(address).unwrap();
    event.spread + event.surcharge + event.capacity + event.rent
}

/// What a trade costs or brings without the surcharge, which grows with what the order would move the venue by.
fn without_surcharge(market: &Market, receipt: &smirk_world::Receipt<U256>) -> U256 {
    use smirk_world::abi::IPool::{Bought, Sold};
    let address = market.pool.address;
    if let Some(event) = receipt.event::<Bought>(address) {
        return receipt.value - event.surcharge;
    }
    receipt.value + receipt.event::<Sold>(address).unwrap().surcharge
}

/// Defence: premium, spread and interest depend on the book before and after alone. Pieces round up one by one, for the
/// pool, and the least charge for capacity makes them dearer.
#[test]
fn a_trade_cut_in_pieces_is_never_cheaper() {
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
        let bought = market.buy(alice, id, "6").unwrap();
        let whole = without_surcharge(&market, &bought);
        let sold = market.sell(alice, id, "6").unwrap();
        let back = without_surcharge(&market, &sold);
        market.world.chain.revert(start);
        for (pieces, size) in [(2u64, "3"), (3, "2"), (10, "0.6")] {
            let start = market.world.chain.snapshot();
            let (mut paid, mut received) = (U256::ZERO, U256::ZERO);
            for _ in 0..pieces {
                let bought = market.buy(alice, id, size).unwrap();
                paid += without_surcharge(&market, &bought);
            }
            for _ in 0..pieces {
                let sold = market.sell(alice, id, size).unwrap();
                received += without_surcharge(&market, &sold);
            }
            let dearer = I256::from_raw(paid) - I256::from_raw(whole);
            assert!(
                dearer >= -I256::ONE,
                "{pieces} purchases cost {dearer} more"
            );
            let poorer = I256::from_raw(back) - I256::from_raw(received);
            assert!(poorer >= -I256::ONE, "{pieces} sales bring {poorer} less");
            market.world.chain.revert(start);
        }
    }
}
