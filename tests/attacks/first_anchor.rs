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
        let credit = i128::try_from(credit).unwrap() as f64 / 1e6;
        if credit <= 10.0 * worth {
            return gain;
        }
        gain += credit - 10.0 * worth;
    }
}

/// In the seconds after a false first anchor nobody buys below nor writes above what vols between its neighbours' are worth, wherever it
/// lies and as far from them as is let in: at the vol of a neighbour too, which says nothing of another expiry. What is further is refused.
#[test]
fn nobody_gains_at_once_by_the_first_anchor_of_an_expiry() {
    let mut accepted = 0;
    // Vols of a week, a month and a quarter; then days ahead and true vols of expiries between and behind them.
    let cases = [
        ([75, 70, 68], [(14, 73), (182, 68), (728, 68)]),
        ([35, 50, 65], [(27, 49), (90, 64), (364, 70)]),
        ([110, 95, 80], [(20, 99), (60, 86), (728, 65)]),
    ];
    for (curve, expiries) in cases {
        let market = shaped(curve);
        for (days, vol) in expiries {
            let truth = &Truth::new(&market, days, vol);
            for id in 0..2 {
                for anchor in [(39, 0), (50, 0), (65, 0), (35, 0), (vol, 40), (vol, -40)] {
                    accepted += u32::from(truth.assert_nobody_gains(id, anchor, bought));
                }
                for anchor in [(110, 0), (98, 0), (80, 0), (95, 40), (vol, 40), (vol, -40)] {
                    accepted += u32::from(truth.assert_nobody_gains(id, anchor, written));
                }
            }
        }
    }
    println!("{accepted} posts");
    assert!(accepted > 100, "{accepted} posts were accepted");
    for anchor in [(15, 0), (300, 0), (68, 60), (68, -60)] {
        let (_, _, is_posted) = listed(&Market::new(), 364, anchor);
        assert!(!is_posted, "{anchor:?}");
    }
}

/// The market with other vols, per cent, posted long ago.
fn shaped(curve: [u64; 3]) -> Market {
    let mut market = Market::new();
    for _ in 0..6 {
        market.world.chain.advance(1_900);
        market.world.refresh_feed().unwrap();
        // In whatever order lets most of them through.
        for index in [0, 1, 2, 1, 0, 2] {
            let expiry = market.expiries[index];
            let surface = market.view(IPool::surfaceCall {}).unwrap();
            let old = float(surface[index].atmVol) * 100.0;
            let step = (curve[index] as f64).clamp(old * 0.75, old * 1.25);
            let _ = market.post(expiry, &format!("{:.4}", step / 100.0));
        }
    }
    market.world.chain.advance(1_900);
    market.refresh();
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    for (anchor, vol) in surface.iter().zip(curve) {
        assert_eq!(anchor.atmVol, U256::from(vol) * wad("0.01"));
    }
    market
}

/// What an expiry's options are worth.
struct Truth<'a> {
    market: &'a Market,
    days: u64,
    /// Of a call and a put at the money.
    worth: [f64; 2],
}

impl Truth<'_> {
    fn new(market: &Market, days: u64, vol: u64) -> Truth<'_> {
        let (mut posted, expiry, is_posted) = listed(market, days, (vol, 0));
        assert!(is_posted, "{vol} is true of {days} days");
        let ids = [call(expiry, "2500"), put(expiry, "2500")];
        let worth = ids.map(|id| float(posted.quote_buy(id, "0.01").unwrap().mark));
        Truth {
            market,
            days,
            worth,
        }
    }

    /// Whether the anchor was let in; then a call (0) or a put (1) brings nothing.
    fn assert_nobody_gains(
        &self,
        kind: usize,
        anchor: Anchor,
        trade: fn(&mut Market, U256, f64) -> f64,
    ) -> bool {
        let (mut market, expiry, is_posted) = listed(self.market, self.days, anchor);
        if !is_posted {
            return false;
        }
        let id = [call(expiry, "2500"), put(expiry, "2500")][kind];
        let gain = trade(&mut market, id, self.worth[kind]);
        assert_eq!(gain, 0.0, "{} d at {anchor:?}, kind {kind}", self.days);
        true
    }
}

/// What is left of the neighbours' jumps counts for the first anchor beside them, and a whole vol where there is no neighbour.
#[test]
fn a_jump_of_the_neighbours_counts_for_the_first_anchor_beside_it() {
    let jumps = |market: &mut Market, expiry: u64| {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let slice = surface.iter().find(|one| one.expiry == U256::from(expiry));
        float(slice.unwrap().volJump)
    };
    let mut market = Market::new();
    market.world.chain.advance(600);
    let quarter = market.expiries[2];
    market.post(quarter, "0.45").unwrap();
    let (mut calm, expiry, is_posted) = listed(&market, 182, (60, 0));
    assert!(is_posted && jumps(&mut calm, expiry) >= 0.3);
    let (mut beside, expiry, is_posted) = listed(&market, 182, (35, 0));
    assert!(is_posted);
    let jump = jumps(&mut beside, expiry);
    assert!(jump > 0.099 + jumps(&mut beside, quarter), "{jump}");
    assert!(jump > 0.329, "{jump}");
    let quote = IPool::quoteCall {
        legs: legs(&[(call(expiry, "2500"), "1")]),
        onAccount: false,
    };
    let spread = float(beside.view(quote).unwrap().legs[0].spread);
    // A vol point of an option at the money of half a year is worth 0.28 % of spot.
    assert!(spread > 32.0 * 6.9, "{spread}");
    market.world.chain.set_time(quarter + 10);
    market.world.refresh_feed().unwrap();
    let (mut alone, expiry, is_posted) = listed(&market, 182, (15, 0));
    assert!(is_posted && jumps(&mut alone, expiry) > 0.999);
}

/// A carry that a nearer expiry was just moved to counts for as much longer as the new expiry lasts, and any vol and carry where there is no
/// neighbour: what is left is as wide as what could be false.
#[test]
fn a_carry_that_a_neighbour_was_moved_to_counts_for_as_long_as_it_is_taken_on() {
    let mut market = Market::new();
    market.world.chain.advance(600);
    let quarter = market.expiries[2];
    let post = IPool::postAnchorCall {
        expiry: U256::from(quarter),
        atmVol: wad("0.68"),
        leftWing: wad("0.40"),
        rightWing: wad("0.28"),
        carry: I256::try_from(180_000_000_000_000_000i64).unwrap(),
    };
    let keeper = market.world.actors.keeper.address;
    market.send(keeper, post).unwrap();
    let carry = |market: &mut Market, expiry: u64| {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let slice = surface.iter().find(|one| one.expiry == U256::from(expiry));
        let slice = slice.unwrap();
        (float(slice.volJump), float(slice.carryJump))
    };
    let moved = carry(&mut market, quarter).1;
    let (mut far, expiry, is_posted) = listed(&market, 728, (68, 360));
    assert!(is_posted && moved > 0.03);
    assert!(carry(&mut far, expiry).1 > 7.9 * moved);
    market.world.chain.set_time(quarter + 10);
    market.world.refresh_feed().unwrap();
    let (mut alone, expiry, is_posted) = listed(&market, 728, (300, 400));
    let (vol, carry) = carry(&mut alone, expiry);
    assert!(is_posted && vol > 2.0 && carry > 0.6, "{vol} {carry}");
}

/// What two first anchors at once leave is more than a post may: no hindrance to one that moves little, because a quorum posts all or none.
#[test]
fn first_anchors_hold_up_no_little_move() {
    let (market, _, is_posted) = listed(&Market::new(), 182, (68, 0));
    assert!(is_posted);
    let (mut market, far, is_posted) = listed(&market, 364, (50, 0));
    assert!(is_posted);
    market.world.chain.advance(300);
    let refusal = market.post(far, "0.56").unwrap_err();
    assert!(refusal.is::<IPool::AnchorJumpTooLarge>(), "{refusal}");
    market.post(far, "0.51").unwrap();
}

/// In a pool without a share there is nothing to lose: expiries that are listed together before the first deposit trade at once behind it.
#[test]
fn before_the_first_deposit_a_first_anchor_leaves_no_jump() {
    let mut market = Market::new();
    let provider = market.world.actors.provider.address;
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    assert!(surface.iter().all(|anchor| anchor.volJump.is_zero()));
    let shares = market.view(IPool::balanceOf_0Call { holder: provider });
    let redeem = IPool::redeemCall {
        shares: shares.unwrap(),
        receiver: provider,
        owner_: provider,
    };
    let (mut with, expiry, _) = listed(&market, 182, (68, 0));
    market.send(provider, redeem).unwrap();
    let (mut without, _, is_posted) = listed(&market, 182, (15, 0));
    assert!(!is_posted, "calendar conditions hold all the same");
    let (_, _, is_posted) = listed(&market, 182, (200, 0));
    assert!(is_posted);
    for (market, jumps) in [(&mut with, true), (&mut without, false)] {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let slice = surface.iter().find(|one| one.expiry == U256::from(expiry));
        assert_eq!(slice.unwrap().volJump > U256::ZERO, jumps);
    }
}
