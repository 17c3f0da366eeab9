//! A feed that follows the venue, and vols that follow spot, are nobody's free option.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, put, Market},
};

/// Buys at the old feed with the venue at the new price, and sells when the feed has followed.
fn lead(market: &mut Market, thief: Address, id: U256, size: &str, price: f64) -> Option<f64> {
    let start = market.wealth(thief);
    market.push(thief, price);
    let pushed = market.wealth(thief) - start;
    let before = market.wealth(thief);
    let base = market.world.base;
    let held = float(market.world.balance_of(base, thief).unwrap());
    market.buy(thief, id, size).ok()?;
    market.world.push_price(fixed(price)).unwrap();
    market.push(thief, price);
    let owned = market.quote_sell(id, size);
    assert!(float(owned.premium) > 0.0);
    market.sell(thief, id, size).unwrap();
    let worth = market.wealth(thief);
    assert!(pushed < 0.0, "the venue was pushed");
    // The thief's own base moved with the feed.
    Some(worth - before - held * (price - 2_500.0))
}

#[test]
fn buying_what_the_venue_knows_and_the_feed_does_not_costs_money() {
    let mut ran = 0;
    for (is_call, sign) in [(true, 1.0), (false, -1.0)] {
        for lead_by in [0.001, 0.002, 0.0035, 0.0044, 0.0048, 0.0096] {
            for strike in ["2000", "2500", "2600", "3000", "3125"] {
                if !is_call && strike == "2000" || is_call && strike == "3125" {
                    continue;
                }
                let mut market = market("400000", &[]);
                let thief = market.world.actors.alice.address;
                market.enrich(thief);
                let week = market.expiries[0];
                let id = if is_call {
                    call(week, strike)
                } else {
                    put(week, strike)
                };
                let price = 2_500.0 * (1.0 + sign * lead_by);
                let Some(gain) = lead(&mut market, thief, id, "39", price) else {
                    continue;
                };
                ran += 1;
                println!("calls {is_call}, {strike}, lead {lead_by}: {gain:+.2}");
                assert!(gain < 0.0, "{strike} led by {lead_by}: {gain}");
                market.assert_backed();
            }
        }
    }
    assert!(ran >= 25, "{ran} ran");
}

/// Others bring the venue to where the market is, seconds ago, and the feed stays behind; then the thief pretends depth at the
/// feed's price and brings the venue back there.
fn bring_back(market: &mut Market, thief: Address, price: f64) {
    let other = market.world.actors.arbitrageur.address;
    market.enrich(other);
    market.push(other, price);
    market.pass(5);
    market.wall(thief, 2_500.5);
    market.push(thief, 2_500.0);
}

/// What of the surcharge is for the distance to the market, of what that distance is worth.
fn charged(quoted: &IPool::Quote, distance: f64) -> f64 {
    quote(quoted.surcharge) / (signed(quoted.delta).abs() * distance)
}

#[test]
fn bringing_the_venue_back_to_a_feed_behind_saves_no_surcharge() {
    for (strike, ratio) in [
        ("2000", 1.004),
        ("2500", 1.003),
        ("2500", 0.996),
        // Further than the hedge trades.
        ("2000", 1.01),
        ("2000", 1.04),
        ("2500", 0.98),
        ("2500", 0.94),
    ] {
        let mut market = market("2000", &[]);
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        let id = call(market.expiries[0], strike);
        let rising = ratio > 1.0;
        if !rising {
            market.buy(thief, id, "5").unwrap();
            market.push(thief, 2_500.0);
        }
        bring_back(&mut market, thief, 2_500.0 * ratio);
        let asked = |market: &mut Market| {
            if rising {
                market.quote_buy(id, "5").unwrap()
            } else {
                market.quote_sell(id, "5")
            }
        };
        let distance = 2_500.0 * (ratio - 1.0).abs();
        let quoted = asked(&mut market);
        let share = charged(&quoted, distance);
        assert!(share > 0.9, "{strike} at {ratio}: {share} of the distance");
        // The fill is the quote.
        if rising {
            let bought = market.buy(thief, id, "5").unwrap();
            assert_eq!(bought.value, quoted.total);
        } else {
            let sold = market.sell(thief, id, "5").unwrap();
            assert_eq!(sold.value, quoted.total);
            market.push(thief, 2_500.0);
            market.buy(thief, id, "5").unwrap();
            market.push(thief, 2_500.0);
        }
        // A price that outlives its second is a price.
        market.pass(1);
        market.push(thief, 2_500.0);
        market.pass(1);
        let share = charged(&asked(&mut market), distance);
        assert!(share < 0.5, "{strike} at {ratio}: {share} a second later");
    }
}

/// Signed quote atoms as quote.
fn in_quote(amount: I256) -> f64 {
    signed(amount) * 1e12
}

/// Others hold both sides of an option from calm times and close one at a feed that is behind by more than the hedge trades: no
/// order that opens is taken there, but exits are, at what the venue says.
#[test]
fn closing_at_a_feed_far_behind_the_venue_brings_nothing() {
    let mut ran = 0;
    for lag in [0.006, 0.0096, 0.02, 0.05, 0.12] {
        for rising in [true, false] {
            for strike in ["2000", "2500"] {
                let mut market = market("400000", &[]);
                let (alice, bob) = (
                    market.world.actors.alice.address,
                    market.world.actors.bob.address,
                );
                let id = call(market.expiries[0], strike);
                let (amount, token) = (market.world.quote_units("90000"), market.world.quote);
                market.world.mint(token, bob, amount).unwrap();
                let account_ = bob;
                let deposit = IPool::depositMarginCall { amount, account_ };
                market.send(bob, deposit).unwrap();
                let size = I256::from_raw(wad("40"));
                let write = on_account(bob, id, -size);
                let written = market.send(bob, write).unwrap().value;
                let bought = market.buy(alice, id, "40").unwrap().value;
                let spent = in_quote(I256::from_raw(bought) + written);
                market.world.arbitrage().unwrap();
                market.pass(60);
                let ratio = if rising { 1.0 + lag } else { 1.0 - lag };
                let feed = 2_500.0 * ratio;
                let other = market.world.actors.arbitrageur.address;
                market.enrich(other);
                market.push(other, feed);
                market.pass(2);
                let error = market.quote_buy(id, "1").unwrap_err();
                assert!(error.is::<IPool::VenueTooFar>(), "{error}");
                let paid = if rising {
                    let cover = on_account(bob, id, size);
                    in_quote(market.send(bob, cover).unwrap().value)
                } else {
                    -quote(market.sell(alice, id, "40").unwrap().value)
                };
                market.world.push_price(fixed(feed)).unwrap();
                let mark = 40.0 * mark(&mut market, id);
                let gain = if rising { mark - paid } else { -paid - mark };
                ran += 1;
                println!("lag {lag}, rising {rising}, {strike}: {gain:+.2} after {spent:.2}");
                assert!(gain < 0.0, "{lag}, {rising}, {strike}: {gain}");
            }
        }
    }
    assert_eq!(ran, 20);
}

/// The same with the venue pushed far the other way for the moment: where it was a second ago does not move with it.
#[test]
fn pushing_the_venue_far_away_hides_nothing_of_where_it_was() {
    for lag in [0.05, 0.12] {
        for rising in [true, false] {
            let mut market = market("400000", &[]);
            let actors = &market.world.actors;
            let (alice, bob) = (actors.alice.address, actors.bob.address);
            let other = actors.arbitrageur.address;
            let id = call(market.expiries[0], "2500");
            for who in [alice, bob, other] {
                market.enrich(who);
            }
            let (amount, account_) = (market.world.quote_units("90000"), bob);
            let deposit = IPool::depositMarginCall { amount, account_ };
            market.send(bob, deposit).unwrap();
            let size = I256::from_raw(wad("40"));
            market.send(bob, on_account(bob, id, -size)).unwrap();
            market.buy(alice, id, "40").unwrap();
            market.push(other, 2_500.0);
            market.pass(60);
            let ahead = if rising { 1.0 + lag } else { 1.0 - lag };
            market.push(other, 2_500.0 * ahead);
            market.pass(2);
            market.push(alice, 2_500.0 * if rising { 0.6 } else { 1.7 });
            let surcharge = if rising {
                let cover = on_account(bob, id, size);
                let receipt = market.send(bob, cover).unwrap();
                let event: IPool::Ordered = receipt.event(market.pool.address).unwrap();
                event.surcharge
            } else {
                let receipt = market.sell(alice, id, "40").unwrap();
                let event: IPool::Sold = receipt.event(market.pool.address).unwrap();
                event.surcharge
            };
            // Half of that is the delta at least.
            let known = 40.0 * 2_500.0 * lag;
            println!(
                "lag {lag}, rising {rising}: {} of {known}",
                quote(surcharge)
            );
            assert!(quote(surcharge) > 0.4 * known.min(2_500.0), "{surcharge}");
        }
    }
}

/// What an option is worth at the anchor.
fn mark(market: &mut Market, id: U256) -> f64 {
    let legs = vec![IPool::Leg {
        id,
        size: I256::from_raw(wad("1")),
    }];
    signed(market.view(IPool::marginForCall { legs }).unwrap().value)
}

/// An order of one leg on an account.
fn on_account(account_: Address, id: U256, size: I256) -> IPool::tradeOnAccountCall {
    IPool::tradeOnAccountCall {
        legs: vec![IPool::Leg { id, size }],
        limit: I256::MAX,
        deadline: U256::MAX,
        account_,
    }
}

/// Exposure is worth what the market says, whoever brings the venue back to the feed before leaving.
#[test]
fn bringing_the_venue_back_to_a_feed_behind_makes_no_share_dearer() {
    let mut market = market("20000", &[("minimumHedge", "10")]);
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    let id = call(market.expiries[0], "2500");
    market.buy(thief, id, "15").unwrap();
    let exposure = signed(market.risk().exposure);
    assert!(exposure < -5.0, "{exposure}");
    let calm = signed(market.nav().low);
    bring_back(&mut market, thief, 2_510.0);
    let pushed = signed(market.nav().low);
    let lost = calm - pushed;
    assert!(lost > 0.9 * -exposure * 10.0, "{lost} for {exposure}");
    market.pass(1);
    assert!(signed(market.nav().low) > calm - 0.1 * lost);
}

#[test]
fn nothing_opens_at_a_venue_beyond_the_hedges_limit() {
    for ratio in [0.9949, 1.0051] {
        let mut market = Market::new();
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        market.push(thief, 2_500.0 * ratio);
        let id = call(market.expiries[0], "2500");
        let buy = IPool::buyCall {
            id,
            size: wad("1"),
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: thief,
        };
        let error: IPool::VenueTooFar = market.refusal(thief, buy);
        assert_eq!(error.feedPrice, wad("2500"));
        let limit = 2_500.0 * if ratio < 1.0 { 0.995 } else { 1.005 };
        assert!((float(error.limit) / limit - 1.0).abs() < 1e-12);
        assert!((float(error.price) / 2_500.0 / ratio - 1.0).abs() < 1e-4);
    }
}

/// The market falls and vols rise, and the keeper has not posted yet.
#[test]
fn a_gap_in_spot_before_the_vols_follow_brings_nothing() {
    let (mut ran, mut refused, mut bounded) = (0, 0, 0);
    for fall in [0.03, 0.05, 0.07, 0.10] {
        for (strike, is_call) in [
            ("2500", false),
            ("2000", false),
            ("2500", true),
            ("2300", true),
        ] {
            for higher in [1.05, 1.10, 1.175] {
                let mut market = market("400000", &[]);
                let thief = market.world.actors.alice.address;
                market.enrich(thief);
                let month = market.expiries[1];
                let id = if is_call {
                    call(month, strike)
                } else {
                    put(month, strike)
                };
                let price = 2_500.0 * (1.0 - fall);
                market.world.set_price(fixed(price)).unwrap();
                market.pass(301);
                let before = market.wealth(thief);
                let quoted = match market.quote_buy(id, "20") {
                    Ok(quoted) => quoted,
                    Err(failure) => {
                        // Past eight per cent, whatever the vols do then.
                        assert!(fall > 0.08, "{failure}");
                        assert!(failure.is::<IPool::AnchorBehindSpot>(), "{failure}");
                        refused += 1;
                        continue;
                    }
                };
                market.buy(thief, id, "20").unwrap();
                market.scale_vols(higher).unwrap();
                market.wait(1_900);
                market.push(thief, price);
                market.sell(thief, id, "20").unwrap();
                let gain = market.wealth(thief) - before;
                ran += 1;
                // A point of vol for each percent that spot fell beyond the half that is free, and the spread of both orders: what
                // the vols rise by beyond that is the gain of who knew it.
                let (vol, vega) = (float(quoted.volBefore), signed(quoted.vega).abs());
                let charged = -(1.0 - fall).ln() - 0.005 + 2.0 * 0.015;
                let beyond = vol * (higher - 1.0) - charged;
                let bound = beyond.max(0.0) * vega;
                println!(
                    "fell {fall}, {strike} call {is_call}, vols x{higher}: {gain:+.2} of {bound:.2}"
                );
                bounded += usize::from(beyond > 0.0);
                assert!(
                    gain < bound || gain < 0.0,
                    "fell {fall}, {strike}, vols x{higher}: {gain} of {bound}"
                );
            }
        }
    }
    assert_eq!((ran, refused), (36, 12));
    assert!(bounded >= 8, "{bounded} were bounded");
}

#[test]
fn the_spread_widens_by_the_move_of_spot_since_the_post() {
    let mut market = Market::new();
    let id = put(market.expiries[1], "2400");
    let spread = |market: &mut Market| {
        let quoted = market.quote_buy(id, "10").unwrap();
        quote(quoted.spread) / float(quoted.vega.unsigned_abs()) * 100.0
    };
    let still = spread(&mut market);
    assert!((still - 1.5).abs() < 0.01, "{still} points of vol");
    for (price, points) in [
        (2_512.0, 1.5),
        (2_425.0, 4.046),
        (2_350.0, 7.188),
        (2_600.0, 4.922),
    ] {
        market.world.set_price(fixed(price)).unwrap();
        let wider = spread(&mut market);
        println!("{price}: {wider} points");
        assert!(wider >= points - 0.02, "{wider} points of vol at {price}");
    }
    // A post at this spot takes it back.
    market.wait(400);
    let again = spread(&mut market);
    assert!((again - 1.5).abs() < 0.02, "{again}");
}

#[test]
fn nothing_opens_past_eight_percent_until_a_post() {
    for (price, moved) in [(2_710.0, true), (2_300.0, true), (2_690.0, false)] {
        let mut market = Market::new();
        let alice = market.world.actors.alice.address;
        let id = call(market.expiries[1], "2500");
        market.buy(alice, id, "2").unwrap();
        market.world.set_price(fixed(price)).unwrap();
        let size = wad("1");
        if !moved {
            market.quote_buy(id, "1").unwrap();
            continue;
        }
        market.view_refuses(
            IPool::quoteBuyCall { id, size },
            IPool::AnchorBehindSpot {
                spot: fixed(price),
                anchorSpot: wad("2500"),
                limit: wad("200"),
            },
        );
        // Exits stay open,
        market.sell(alice, id, "1").unwrap();
        // and a post opens the rest.
        market.wait(400);
        market.quote_buy(id, "1").unwrap();
    }
}
