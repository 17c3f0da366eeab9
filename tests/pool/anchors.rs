//! The surface: listing expiries and posting anchors within bounds, steps and no-arbitrage.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::{default_of, signed},
    common::{call, Market, DAY},
};

fn start() -> (Market, Address) {
    let market = Market::new();
    let keeper = market.world.actors.keeper.address;
    (market, keeper)
}

fn list(expiry: u64) -> IPool::listExpiryCall {
    IPool::listExpiryCall {
        expiry: U256::from(expiry),
    }
}

/// An anchor with the usual wings.
fn anchor(expiry: u64, vol: &str) -> IPool::postAnchorCall {
    IPool::postAnchorCall {
        expiry: U256::from(expiry),
        atmVol: wad(vol),
        leftWing: wad("0.40"),
        rightWing: wad("0.28"),
        carry: I256::ZERO,
    }
}

/// Lets anchors be posted at once and in any step.
fn unleash(market: &mut Market) {
    market.set_parameter("anchorInterval", U256::from(1));
    market.world.chain.advance(10);
}

#[test]
fn list_adds_the_expiry_in_order_and_says_so() {
    let (mut market, keeper) = start();
    let [week, month, quarter] = market.expiries;
    let between = week + 7 * DAY;
    let receipt = market.send(keeper, list(between)).unwrap();
    let event: IPool::ExpiryListed = market.event(&receipt);
    assert_eq!(event.expiry, between);
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    let expiries: Vec<u64> = surface.iter().map(|anchor| anchor.expiry.to()).collect();
    assert_eq!(expiries, [week, between, month, quarter]);
    let listed = &surface[1];
    assert_eq!(
        [
            listed.atmVol,
            listed.leftWing,
            listed.rightWing,
            listed.postedAt
        ],
        [U256::ZERO; 4]
    );
    assert_eq!(
        (surface[0].atmVol, surface[2].atmVol),
        (wad("0.75"), wad("0.70"))
    );
}

#[test]
fn list_before_other_expiries_keeps_the_positions_at_theirs() {
    let (mut market, keeper) = start();
    let alice = market.world.actors.alice.address;
    let month = market.expiries[1];
    market.buy(alice, call(month, "2500"), "0.5").unwrap();
    market.send(keeper, list(market.expiries[0] - DAY)).unwrap();
    let nodes = market.view(IPool::bookCall {}).unwrap();
    assert_eq!((nodes.len(), nodes[0].expiry), (1, U256::from(month)));
    market.sell(alice, call(month, "2500"), "0.5").unwrap();
}

#[test]
fn list_is_the_keepers_and_the_owners() {
    let (mut market, required) = start();
    let (caller, owner) = (
        market.world.actors.bob.address,
        market.world.actors.owner.address,
    );
    let expiry = market.expiries[0] + DAY;
    market.clone().send(owner, list(expiry)).unwrap();
    market.refuses(
        caller,
        list(expiry),
        IPool::NotAuthorised { caller, required },
    );
    market.refuses(
        caller,
        anchor(expiry, "0.7"),
        IPool::NotAuthorised { caller, required },
    );
}

#[test]
fn list_twice_or_out_of_range_is_refused() {
    let (mut market, keeper) = start();
    let week = market.expiries[0];
    market.refuses(
        keeper,
        list(week),
        IPool::ExpiryAlreadyListed {
            expiry: U256::from(week),
        },
    );
    let now = market.world.chain.now();
    for expiry in [now, now + 3_600, now + 3 * 31_536_000] {
        let error: IPool::ExpiryOutOfRange = market.refusal(keeper, list(expiry));
        assert_eq!(error.expiry, U256::from(expiry));
        assert_eq!(
            error.latest - error.earliest,
            U256::from(2 * 31_536_000 - 3_600)
        );
        assert!(error.expiry <= error.earliest || error.expiry > error.latest);
    }
    let error: IPool::ExpiryOutOfRange = market.refusal(keeper, list(u64::MAX));
    market.send(keeper, list(error.latest.to())).unwrap();
}

/// A keeper whose key was stolen lists what nobody trades, as far ahead as it can.
#[test]
fn the_owner_lists_beyond_twelve_expiries_in_the_farthest_place_that_is_empty() {
    let (mut market, keeper) = start();
    let owner = market.world.actors.owner.address;
    let alice = market.world.actors.alice.address;
    let [week, month, quarter] = market.expiries;
    for expiry in [week, quarter] {
        market.buy(alice, call(expiry, "2500"), "0.5").unwrap();
    }
    let far = |days: u64| week + (700 + days) * DAY;
    for days in 1..=9 {
        market.send(keeper, list(far(days))).unwrap();
    }
    let listed = |market: &mut Market| {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let expiries = surface.iter().map(|anchor| anchor.expiry.to());
        expiries.collect::<Vec<u64>>()
    };
    let before = listed(&mut market);
    assert_eq!((before.len(), before[11]), (12, far(9)));
    let limit = U256::from(12);
    let full = IPool::TooManyExpiries { limit };
    market.refuses(keeper, list(week + DAY), full);
    let receipt = market.send(owner, list(week + DAY)).unwrap();
    let event: IPool::ExpiryDelisted = market.event(&receipt);
    assert_eq!(event.expiry, far(9));
    let event: IPool::ExpiryListed = market.event(&receipt);
    assert_eq!(event.expiry, week + DAY);
    // Behind what was removed and put in nothing has moved from its expiry.
    for day in 2..=10 {
        market.send(owner, list(week + day * DAY)).unwrap();
    }
    let days = (0..=9).map(|day| week + day * DAY);
    let expected: Vec<u64> = days.chain([week + 10 * DAY, quarter]).collect();
    assert_eq!(listed(&mut market), expected, "{month} had nothing open");
    let nodes = market.view(IPool::bookCall {}).unwrap();
    let held: Vec<u64> = nodes.iter().map(|node| node.expiry.to()).collect();
    assert_eq!(held, [week, quarter]);
    for expiry in [week, quarter] {
        market.sell(alice, call(expiry, "2500"), "0.5").unwrap();
    }
}

#[test]
fn list_beyond_twelve_expiries_in_which_somebody_holds_something_is_refused() {
    let (mut market, _) = start();
    let (alice, owner) = (
        market.world.actors.alice.address,
        market.world.actors.owner.address,
    );
    let week = market.expiries[0];
    for day in 1..=9 {
        market.list(week + day * DAY, "0.75");
    }
    // What moved the first anchors melts.
    market.world.chain.advance(1_800);
    market.refresh();
    for anchor in market.view(IPool::surfaceCall {}).unwrap() {
        let id = call(anchor.expiry.to(), "2500");
        market.buy(alice, id, "0.5").unwrap();
    }
    let limit = U256::from(12);
    market.refuses(
        owner,
        list(week + 10 * DAY),
        IPool::TooManyExpiries { limit },
    );
}

#[test]
fn post_stores_the_anchor_and_says_so() {
    let (mut market, keeper) = start();
    market.world.chain.advance(600);
    let month = market.expiries[1];
    let receipt = market.send(keeper, anchor(month, "0.71")).unwrap();
    let event: IPool::AnchorPosted = market.event(&receipt);
    assert_eq!((event.expiry, event.atmVol), (month, wad("0.71")));
    assert_eq!(
        (event.leftWing, event.rightWing),
        (wad("0.40"), wad("0.28"))
    );
    let stored = market.view(IPool::surfaceCall {}).unwrap()[1].clone();
    assert_eq!(stored.expiry, U256::from(month));
    assert_eq!(
        [stored.atmVol, stored.leftWing, stored.rightWing],
        [wad("0.71"), wad("0.40"), wad("0.28")]
    );
    assert_eq!(stored.postedAt, U256::from(market.world.chain.now()));
    let vol = market
        .view(IPool::impliedVolCall {
            expiry: U256::from(month),
            strike: wad("2500"),
        })
        .unwrap();
    assert!(vol.abs_diff(wad("0.71")) < wad("0.000001"), "{vol}");
}

#[test]
fn post_needs_a_listed_live_expiry() {
    let (mut market, keeper) = start();
    let week = market.expiries[0];
    let expiry = U256::from(week + 1);
    market.refuses(
        keeper,
        anchor(week + 1, "0.7"),
        IPool::ExpiryNotListed { expiry },
    );
    market.world.chain.set_time(week);
    let error: IPool::SeriesExpired = market.refusal(keeper, anchor(week, "0.75"));
    assert_eq!(error.expiry, U256::from(week));
}

#[test]
fn post_too_soon_is_refused() {
    let (mut market, keeper) = start();
    let month = market.expiries[1];
    let posted = market.view(IPool::surfaceCall {}).unwrap()[1].postedAt;
    let error: IPool::AnchorTooSoon = market.refusal(keeper, anchor(month, "0.70"));
    assert_eq!(error.earliest, posted + default_of("anchorInterval"));
    assert!(error.now_ < error.earliest);
}

#[test]
fn post_that_jumps_past_half_of_the_vol_is_refused() {
    let (mut market, keeper) = start();
    let quarter = market.expiries[2];
    market.world.chain.advance(600);
    let limit = wad("0.68") * default_of("anchorJump") / wad("1");
    for vol in ["1.03", "1.3"] {
        let error: IPool::AnchorJumpTooLarge = market.refusal(keeper, anchor(quarter, vol));
        assert_eq!(error.limit, limit);
        assert!(error.jump >= wad(vol) - wad("0.68"), "{error:?}");
    }
    // Two posts within half an hour count together.
    market.send(keeper, anchor(quarter, "0.90")).unwrap();
    market.world.chain.advance(300);
    let error: IPool::AnchorJumpTooLarge = market.refusal(keeper, anchor(quarter, "1.20"));
    assert!(error.jump > error.limit, "{error:?}");
    market.world.chain.advance(1_800);
    market.send(keeper, anchor(quarter, "1.20")).unwrap();
}

#[test]
fn post_takes_effect_at_once_and_its_jump_melts_in_half_an_hour() {
    let (mut market, keeper) = start();
    let month = market.expiries[1];
    market.world.chain.advance(600);
    let receipt = market.send(keeper, anchor(month, "0.80")).unwrap();
    let event: IPool::AnchorPosted = market.event(&receipt);
    let jump = event.volJump;
    let moved = wad("0.10");
    assert!(
        jump >= moved && jump < moved * U256::from(3) / U256::from(2),
        "the vol moved by a tenth, an end of the range perhaps by more: {jump}"
    );
    let stored = market.view(IPool::surfaceCall {}).unwrap()[1].clone();
    assert_eq!((stored.atmVol, stored.volJump), (wad("0.80"), jump));

    // A post that changes nothing keeps what is left of it.
    let mut left = jump;
    for _ in 0..3 {
        market.world.chain.advance(600);
        let receipt = market.send(keeper, anchor(month, "0.80")).unwrap();
        let event: IPool::AnchorPosted = market.event(&receipt);
        assert!(event.volJump < left, "{} of {left}", event.volJump);
        left = event.volJump;
    }
    let third = jump * U256::from(1_200) / U256::from(1_800);
    assert!(left < third, "{left} of {jump}");
    market.world.chain.advance(1_800);
    let receipt = market.send(keeper, anchor(month, "0.80")).unwrap();
    let event: IPool::AnchorPosted = market.event(&receipt);
    assert_eq!(event.volJump, U256::ZERO);
}

#[test]
fn post_of_a_carry_moves_the_forward_and_jumps_like_a_vol() {
    let (mut market, keeper) = start();
    let month = market.expiries[1];
    let id = call(month, "2500");
    let flat = market.quote_buy(id, "1").unwrap();
    assert_eq!(flat.forward, wad("2500"));
    market.world.chain.advance(600);
    let carry = signed(wad("0.05"));
    let carried = IPool::postAnchorCall {
        carry,
        ..anchor(month, "0.70")
    };
    let receipt = market.send(keeper, carried.clone()).unwrap();
    let event: IPool::AnchorPosted = market.event(&receipt);
    assert_eq!(event.carry, carry);
    assert!(event.carryJump > U256::ZERO);
    let quote = market.quote_buy(id, "1").unwrap();
    let tau = U256::from(month - market.world.chain.now());
    let simple = wad("2500") + wad("125") * tau / U256::from(31_536_000);
    assert!(
        quote.forward > simple && quote.forward < simple + wad("0.1"),
        "{} is about {simple}",
        quote.forward
    );
    assert!(quote.mark > flat.mark);
    assert!(quote.spread > flat.spread, "the jump widens it");

    for (carry, bound) in [("0.31", "0.30"), ("-0.11", "-0.10")] {
        let number = |text: &str| match text.strip_prefix('-') {
            Some(size) => -signed(wad(size)),
            None => signed(wad(text)),
        };
        let post = IPool::postAnchorCall {
            carry: number(carry),
            ..carried.clone()
        };
        market.world.chain.advance(1_800);
        let error: IPool::AnchorRejected = market.refusal(keeper, post);
        assert_eq!(
            (error.check, error.value, error.limit),
            (U256::from(8), number(carry), number(bound))
        );
    }
}

#[test]
fn post_out_of_bounds_is_rejected_with_the_check_and_its_numbers() {
    let (mut market, keeper) = start();
    let expiry = market.expiries[2] + 30 * DAY;
    market.send(keeper, list(expiry)).unwrap();
    let error: IPool::AnchorRejected = market.refusal(keeper, anchor(expiry, "9"));
    assert_eq!(
        (error.check, error.value),
        (U256::from(1), signed(wad("9")))
    );
    let wing = IPool::postAnchorCall {
        rightWing: wad("4"),
        ..anchor(expiry, "0.68")
    };
    let error: IPool::AnchorRejected = market.refusal(keeper, wing);
    assert_eq!(
        (error.check, error.value),
        (U256::from(2), signed(wad("4")))
    );
    assert!(error.limit < error.value);
    // Two years at 300 % make the wings of three weeks too steep.
    let far = market.world.chain.now() + 2 * 31_536_000 - 100;
    market.send(keeper, list(far)).unwrap();
    let steep = IPool::postAnchorCall {
        leftWing: wad("0.9"),
        ..anchor(far, "3")
    };
    let error: IPool::AnchorRejected = market.refusal(keeper, steep);
    assert_eq!(error.check, U256::from(3));
    assert!(error.limit < error.value, "{error:?}");
}

#[test]
fn post_against_the_neighbours_is_rejected_with_the_check_and_its_numbers() {
    let (mut market, keeper) = start();
    unleash(&mut market);
    let [week, month, _] = market.expiries;
    // A week at 150 % has more total variance than four at 70 %.
    let error: IPool::AnchorRejected = market.refusal(
        keeper,
        IPool::postAnchorCall {
            leftWing: wad("0.30"),
            rightWing: wad("0.20"),
            ..anchor(month, "0.36")
        },
    );
    assert_eq!(error.check, U256::from(4));
    assert!(error.value > error.limit, "{error:?}");
    let steep = IPool::postAnchorCall {
        leftWing: wad("0.21"),
        ..anchor(month, "0.70")
    };
    let error: IPool::AnchorRejected = market.refusal(keeper, steep);
    assert_eq!(error.check, U256::from(5));
    assert!(error.value > error.limit, "{error:?}");
    let steep = IPool::postAnchorCall {
        rightWing: wad("0.141"),
        ..anchor(month, "0.70")
    };
    let error: IPool::AnchorRejected = market.refusal(keeper, steep);
    assert_eq!(error.check, U256::from(6));
    assert!(error.value > error.limit, "{error:?}");
    let flat = IPool::postAnchorCall {
        leftWing: wad("0.21"),
        rightWing: wad("0.15"),
        ..anchor(week, "1.1")
    };
    let error: IPool::AnchorRejected = market.refusal(keeper, flat);
    assert_eq!(error.check, U256::from(7));
}

#[test]
fn post_works_while_the_pool_is_paused() {
    let (mut market, keeper) = start();
    market.pause();
    market.world.chain.advance(600);
    market
        .send(keeper, anchor(market.expiries[1], "0.705"))
        .unwrap();
}

#[test]
fn post_never_moves_with_trades() {
    let (mut market, _) = start();
    let alice = market.world.actors.alice.address;
    let mut before = market.view(IPool::surfaceCall {}).unwrap();
    market
        .buy(alice, call(market.expiries[1], "2500"), "40")
        .unwrap();
    let after = market.view(IPool::surfaceCall {}).unwrap();
    assert!(
        after[1].unearned > U256::ZERO,
        "but what the order pays for capacity is earned until there"
    );
    before[1].unearned = after[1].unearned;
    assert_eq!(after, before);
}

/// What orders are charged stands in the head word until one is charged for another expiry.
#[test]
fn charges_stay_with_their_expiry_whatever_is_traded_listed_or_settled_after() {
    let (mut market, keeper) = start();
    let alice = market.world.actors.alice.address;
    let [week, month, quarter] = market.expiries;
    let unearned = |market: &mut Market| {
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        let charges = surface.iter().map(|slice| (slice.expiry, slice.unearned));
        let charges: std::collections::BTreeMap<_, _> = charges.collect();
        let nav = market.view(IPool::navCall {}).unwrap();
        assert_eq!(charges.values().sum::<U256>(), nav.unearned);
        charges
    };
    let mut expected = unearned(&mut market);
    let scale = U256::from(1_000_000_000_000u64);
    for expiry in [week, month, month, quarter, week, quarter] {
        let before = unearned(&mut market);
        let receipt = market.buy(alice, call(expiry, "2500"), "0.02").unwrap();
        let bought: IPool::Bought = market.event(&receipt);
        let hedges: Vec<IPool::Hedged> = receipt.events(market.pool.address);
        assert!(hedges.is_empty());
        expected = unearned(&mut market);
        let more = (bought.spread + bought.surcharge + bought.capacity) * scale;
        for (other, now) in &expected {
            let before = before[other];
            if *other == U256::from(expiry) {
                assert!(*now <= before + more && *now + more / U256::from(1_000) > more);
                assert!(*now > before);
            } else {
                assert!(*now <= before && *now + before / U256::from(10_000) >= before);
            }
        }
    }
    // One more expiry before all others, and the first of them gone.
    let first = market.world.chain.now() + 2 * DAY;
    market.send(keeper, list(first)).unwrap();
    let mut listed = unearned(&mut market);
    assert_eq!(listed.remove(&U256::from(first)), Some(U256::ZERO));
    for (expiry, now) in &listed {
        let before = expected[expiry];
        assert!(*now <= before && *now + before / U256::from(10_000) >= before);
    }
    market.world.chain.set_time(first);
    let round = market.world.push_price(wad("2500")).unwrap();
    let before = unearned(&mut market);
    let settle = IPool::settleCall {
        expiry: U256::from(first),
        roundId: U256::from(round),
    };
    market.send(alice, settle).unwrap();
    let after = unearned(&mut market);
    assert_eq!(after.len(), 3);
    for (expiry, now) in &after {
        let before = before[expiry];
        assert!(*now <= before && *now + before / U256::from(1_000) >= before);
        assert!(*now > U256::ZERO);
    }
}
