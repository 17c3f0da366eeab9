//! An option is priced on its forward: nobody earns the carry of the underlying by an option that ignores it.

use alloy_primitives::{I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, put, Market, DAY},
};

/// A market with a fourth expiry whose carry was known before anybody traded there: a post moves half of it. Days to it.
fn start(carry: f64, days: u64) -> (Market, u64, f64) {
    let mut market = market("400000", &[]);
    let keeper = market.world.actors.keeper.address;
    let expiry = market.expiries[2] + days * DAY;
    let list = IPool::listExpiryCall {
        expiry: U256::from(expiry),
    };
    market.send(keeper, list).unwrap();
    for part in [0.5, 1.0] {
        market.anchor(expiry, "0.675", carry * part).unwrap();
        market.pass(1_900);
    }
    market.scale_vols(1.0).unwrap();
    let seconds = expiry - market.world.chain.now();
    (market, expiry, seconds as f64 / 31_536_000.0)
}

#[test]
fn every_quote_is_made_on_the_forward() {
    for carry in [0.05, -0.05, 0.2] {
        let (mut market, expiry, years) = start(carry, 30);
        let forward = 2_500.0 * (carry * years).exp();
        for strike in ["2000", "2500", "3000"] {
            for id in [call(expiry, strike), put(expiry, strike)] {
                let quoted = market.quote_buy(id, "1").unwrap();
                let found = float(quoted.forward);
                assert!((found / forward - 1.0).abs() < 1e-6, "{found} {forward}");
                let strike: f64 = strike.parse().unwrap();
                let intrinsic = if id.bit(192) {
                    strike - forward
                } else {
                    forward - strike
                };
                let cost = quote(quoted.total);
                assert!(cost > intrinsic, "{cost} for {intrinsic}");
            }
        }
    }
}

/// A synthetic forward through the options, against the one that carry makes: neither side earns it.
#[test]
fn holding_to_an_expiry_at_the_forward_earns_no_carry() {
    for (carry, is_call, strike) in [
        (0.05, true, "2000"),
        (0.10, true, "2000"),
        (-0.05, false, "3125"),
        (-0.10, false, "3125"),
    ] {
        let (mut market, expiry, years) = start(carry, 89);
        let alice = market.world.actors.alice.address;
        let id = if is_call {
            call(expiry, strike)
        } else {
            put(expiry, strike)
        };
        let quoted = market.quote_buy(id, "10").unwrap();
        let (mut flat, ..) = start(0.0, 89);
        let without = flat.quote_buy(id, "10").unwrap();
        let bought = market.buy(alice, id, "10").unwrap();
        assert_eq!(bought.value, quoted.total);
        let forward = 2_500.0 * (carry * years).exp();
        let strike: f64 = strike.parse().unwrap();
        let ends_at = 10.0 * (forward - strike).abs();
        let gain = ends_at - quote(bought.value);
        let by_spot = 10.0 * (forward - 2_500.0).abs();
        println!("carry {carry}: paid {:.2}, ends at {ends_at:.2}, {gain:+.2}; carry is worth {by_spot:.2}", quote(bought.value));
        assert!(by_spot > 100.0);
        let more = quote(quoted.premium) - quote(without.premium);
        let delta = signed(quoted.delta).abs() / 10.0;
        assert!(
            more > 0.9 * delta * by_spot,
            "{more} for a delta of {delta}"
        );
        assert!(gain < 0.0, "{gain}");
        // Resold at once it costs the spread twice, no more and no less.
        let sold = market.sell(alice, id, "10").unwrap();
        assert!(quote(sold.value) < quote(bought.value));
    }
}

/// A call and a put of one strike are worth the forward less the strike together, for the pool as for anybody.
#[test]
fn parity_holds_at_the_forward() {
    let (mut market, expiry, years) = start(0.08, 30);
    let forward = 2_500.0 * (0.08 * years).exp();
    for strike in ["2300", "2500", "2700"] {
        let call = market.quote_buy(call(expiry, strike), "1").unwrap();
        let put = market.quote_buy(put(expiry, strike), "1").unwrap();
        let strike: f64 = strike.parse().unwrap();
        let parity = float(call.mark) - float(put.mark) - (forward - strike);
        assert!(parity.abs() < 1e-4, "{parity}");
    }
    let bound = IPool::postAnchorCall {
        expiry: U256::from(expiry),
        atmVol: wad("0.675"),
        leftWing: wad("0.4"),
        rightWing: wad("0.28"),
        carry: I256::from_raw(wad("0.31")),
    };
    market.world.chain.advance(400);
    let keeper = market.world.actors.keeper.address;
    let error: IPool::AnchorRejected = market.refusal(keeper, bound);
    assert_eq!(
        (error.check, error.limit),
        (U256::from(8), I256::from_raw(wad("0.3")))
    );
}
