//! A stolen key, or a majority of false signers, lists an expiry: no anchor was there that its first one could jump from.

use alloy_primitives::{I256, U256};
use smirk_world::{
    abi::IPool::{self, Quote},
    price::wad,
};

use crate::common::{
    call,
    orders::{legs, on_account},
    put, Market, DAY,
};

/// What is posted first: vol in per cent and c·τ in thousandths.
type Anchor = (u64, i64);

/// Posts the first anchor of an expiry so many days ahead.
fn listed(market: &Market, days: u64, (percent, forward): Anchor) -> (Market, u64, bool) {
    let mut market = market.clone();
    let expiry = market.expiries[0] + (days - 7) * DAY;
    let keeper = market.world.actors.keeper.address;
    let list = IPool::listExpiryCall {
        expiry: U256::from(expiry),
    };
    market.send(keeper, list).unwrap();
    let years = (expiry - market.world.chain.now()) as f64 / (365.0 * DAY as f64);
    let carry = (forward as f64 * 1e15 / years) as i64;
    let post = IPool::postAnchorCall {
        expiry: U256::from(expiry),
        atmVol: U256::from(percent) * wad("0.01"),
        leftWing: wad("0.40"),
        rightWing: wad("0.28"),
        carry: I256::try_from(carry).unwrap(),
    };
    let posted = market.send(keeper, post);
    if let Err(refusal) = &posted {
        let is_known =
            refusal.is::<IPool::AnchorJumpTooLarge>() || refusal.is::<IPool::AnchorRejected>();
        assert!(is_known, "{refusal}");
    }
    (market, expiry, posted.is_ok())
}

fn float(wad: U256) -> f64 {
    wad.to::<u128>() as f64 / 1e18
}

/// What buying ten after ten brings as long as that is less than they are worth.
fn bought(market: &mut Market, id: U256, worth: f64) -> f64 {
    let bob = market.world.actors.bob.address;
    let mut gain = 0.0;
    while let Ok(Quote { total, .. }) = market.quote_buy(id, "10") {
        let profit = 10.0 * worth - total.to::<u128>() as f64 / 1e6;
        if profit <= 0.0 || market.buy(bob, id, "10").is_err() {
            break;
        }
        gain += profit;
    }
    gain
}

/// What writing ten after ten brings as long as that is more than they are worth.
fn written(market: &mut Market, id: U256, worth: f64) -> f64 {
    let bob = market.world.actors.bob.address;
    market.fund_account(bob, "900000");
    let mut gain = 0.0;
    loop {
        let before = market.state_of(bob).quote;
        if market.send(bob, on_account(&[(id, "-10")], bob)).is_err() {
            return gain;
        }
        let credit = market.state_of(bob).quote - before;
        let credit = credit.into_raw().to::<u128>() as f64 / 1e6;
        if credit <= 10.0 * worth {
            return gain;
        }
        gain += credit - 10.0 * worth;
    }
}

/// In the seconds after a false first anchor nobody buys below nor writes above what the neighbour's says, wherever it lies and as far
/// from it as is let in. What is further is refused.
#[test]
fn nobody_gains_at_once_by_the_first_anchor_of_an_expiry() {
    let market = Market::new();
    let mut accepted = 0;
    // Days ahead, and the vol of the neighbour that the first anchor jumps from.
    for (days, vol) in [(14, 75), (182, 68), (364, 68), (728, 68)] {
        let (mut truth, expiry, _) = listed(&market, days, (vol, 0));
        for id in [call(expiry, "2500"), put(expiry, "2500")] {
            let worth = float(truth.quote_buy(id, "1").unwrap().mark);
            for anchor in [(39, 0), (45, 40), (45, -40), (68, 40), (68, -40), (60, 0)] {
                let (mut market, _, is_posted) = listed(&market, days, anchor);
                if !is_posted {
                    continue;
                }
                accepted += 1;
                let mark = market.quote_buy(id, "1").unwrap().mark;
                assert!(float(mark) < worth || anchor.1 != 0, "nothing is false");
                let gain = bought(&mut market, id, worth);
                assert_eq!(gain, 0.0, "bought at {days} d, {anchor:?}");
            }
            for anchor in [(98, 0), (90, 40), (90, -40), (75, 0)] {
                let (mut market, _, is_posted) = listed(&market, days, anchor);
                if is_posted {
                    accepted += 1;
                    let gain = written(&mut market, id, worth);
                    assert_eq!(gain, 0.0, "written at {days} d, {anchor:?}");
                }
            }
        }
    }
    println!("{accepted} posts");
    assert!(accepted > 40, "{accepted} posts were accepted");
    for anchor in [(15, 0), (300, 0), (68, 60), (68, -60)] {
        let (_, _, is_posted) = listed(&market, 364, anchor);
        assert!(!is_posted, "{anchor:?}");
    }
}

/// What is left of a neighbour's jump counts where every other one has jumped too; else it is not jumped from.
#[test]
fn a_jump_of_the_neighbours_counts_for_the_first_anchor_beside_it() {
    let jumps = |market: &mut Market, expiry: u64| {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let slice = surface.iter().find(|one| one.expiry == U256::from(expiry));
        float(slice.unwrap().volJump)
    };
    let mut market = Market::new();
    market.world.chain.advance(600);
    let [week, month, quarter] = market.expiries;
    market.post(quarter, "0.9").unwrap();
    // From the month's 70 %, which has not moved.
    let (mut beside, expiry, is_posted) = listed(&market, 182, (90, 0));
    assert!(is_posted);
    let jump = jumps(&mut beside, expiry);
    assert!(jumps(&mut beside, quarter) > 0.21 && jump > 0.2, "{jump}");
    market.post(month, "0.9").unwrap();
    market.post(week, "0.9").unwrap();
    let (mut market, expiry, is_posted) = listed(&market, 182, (95, 0));
    assert!(is_posted);
    let jump = jumps(&mut market, expiry);
    assert!(jump > 0.05 + jumps(&mut market, quarter), "{jump}");
    let quote = IPool::quoteCall {
        legs: legs(&[(call(expiry, "2500"), "1")]),
        onAccount: false,
    };
    let quoted = market.view(quote).unwrap();
    let spread = float(quoted.legs[0].spread);
    // A vol point of an option at the money of half a year is worth 0.28 % of spot.
    assert!(spread > 27.0 * 6.9, "{spread}");
}
