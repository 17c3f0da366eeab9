//! Orders of several legs of either sign: one change of the book, against the plain formulas, and against who would profit from
//! the difference between a whole and its parts.

mod common;

use common::potential::Objective;
use common::{black76, close, slice, wad, wad_wide, Float, Pool, Rng, Smile, WAD};
use smirk_engine::assess::{assess, Asked, AssessError, Assessment};
use smirk_engine::book::mark_node;
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{Kind, Leg, LegQuote, Node, Quote, Side, MAX_LEGS, MAX_LOTS};
use smirk_engine::stress::passes;

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];
const OPENING: [Side; 2] = [Side::Buy, Side::Write];
const CLOSING: [Side; 2] = [Side::Sell, Side::Cover];
const GATED: Asked = Asked {
    stress: true,
    exit: false,
};

fn leg(node: usize, kind: Kind, side: Side, options: f64) -> Leg {
    Leg {
        node,
        kind,
        side,
        lots: (options * 1e6).round() as u64,
    }
}

/// Different series, sides out of two, sizes up to `most` options.
fn order(rng: &mut Rng, pool: &Pool, sides: [Side; 2], most: f64) -> Vec<Leg> {
    let count = 1 + rng.below(MAX_LEGS);
    let mut legs: Vec<Leg> = Vec::new();
    while legs.len() < count {
        let (node, kind) = (rng.below(pool.nodes.len()), KINDS[rng.below(2)]);
        if legs.iter().all(|leg| (leg.node, leg.kind) != (node, kind)) {
            legs.push(leg(node, kind, sides[rng.below(2)], rng.real(0.001, most)));
        }
    }
    legs
}

fn answer(pool: &Pool, legs: &[Leg]) -> Result<Assessment, QuoteError> {
    match assess(&pool.snapshot(), legs, Asked::default()) {
        Ok(found) => Ok(found),
        Err(AssessError::Quote(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// Premium, negative where the taker gets it.
fn premium(quote: &Quote) -> i128 {
    let premium = quote.premium as i128;
    if quote.is_credit {
        -premium
    } else {
        premium
    }
}

/// What the taker pays in all, negative for what it gets.
fn paid(quote: &Quote) -> i128 {
    premium(quote) + quote.fee() as i128
}

fn fill(pool: &mut Pool, legs: &[Leg]) -> Result<Quote, QuoteError> {
    let quote = answer(pool, legs)?.quote;
    for leg in legs {
        pool.fill(leg);
    }
    Ok(quote)
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Write,
        Side::Write => Side::Buy,
        Side::Sell => Side::Cover,
        Side::Cover => Side::Sell,
    }
}

fn reversed(legs: &[Leg]) -> Vec<Leg> {
    let turn = |leg: &Leg| Leg {
        side: opposite(leg.side),
        ..*leg
    };
    legs.iter().map(turn).collect()
}

fn sign(leg: &Leg) -> f64 {
    if leg.side.is_bought() {
        1.0
    } else {
        -1.0
    }
}

fn mixed(rng: &mut Rng, round: usize) -> Pool {
    let pool = match round % 3 {
        0 => Pool::short(rng, 4.0),
        1 => Pool::mixed(rng, 4.0),
        _ => {
            // Long everything: accounts have written more than wallets hold.
            let mut pool = Pool::short(rng, 4.0);
            for node in &mut pool.nodes {
                (node.calls, node.puts) = (-node.calls, -node.puts);
            }
            pool
        }
    };
    if round % 2 == 1 {
        pool.carried(rng)
    } else {
        pool
    }
}

// ---- against the plain formulas --------------------------------------------------------------------------

#[test]
fn an_order_is_one_difference_of_the_potential_as_defined() {
    let mut rng = Rng(1);
    let mut answered = 0;
    for round in 0..24 {
        let mut pool = mixed(&mut rng, round).rich();
        let legs = order(&mut rng, &pool, OPENING, 3.0);
        let potential = |pool: &Pool| {
            let start = vec![0.0; 3 * pool.slices.len()];
            Objective::new(pool).climb(&start).map(|found| found.cost)
        };
        let before = potential(&pool);
        let Ok(quote) = fill(&mut pool, &legs) else {
            continue;
        };
        let (Some(before), Some(after)) = (before, potential(&pool)) else {
            panic!("an answer without a maximum");
        };
        // The objective is of the options out of the money; what is in it is intrinsic value at the forward.
        let intrinsic = |leg: &Leg| {
            let node = &pool.nodes[leg.node];
            let above = pool.spot.float() * pool.growth(node) - node.strike.float();
            let one = if leg.kind == Kind::Call {
                above
            } else {
                -above
            };
            sign(leg) * leg.lots as f64 / 1e6 * one.max(0.0)
        };
        let expected = after - before + legs.iter().map(intrinsic).sum::<f64>();
        let gross: f64 = legs.iter().map(|leg| leg.lots as f64 / 1e6).sum();
        close(
            premium(&quote).float(),
            expected,
            1e-6 * (1.0 + gross * 3_000.0 * 0.1),
        );
        answered += 1;
    }
    assert!(answered >= 18, "{answered}");
}

#[test]
fn greeks_spread_and_parts_are_sums_over_the_legs() {
    let mut rng = Rng(2);
    for round in 0..300 {
        let pool = mixed(&mut rng, round).hedged(3e6);
        let legs = order(&mut rng, &pool, OPENING, 2.0);
        let Ok(found) = answer(&pool, &legs) else {
            continue;
        };
        let (mut delta, mut vega, mut spread) = (0.0, 0.0, 0);
        for (leg, part) in legs.iter().zip(&found.legs) {
            let mark = mark_node(&pool.snapshot(), &pool.nodes[leg.node]);
            let size = sign(leg) * leg.lots as f64 / 1e6;
            let each = match leg.kind {
                Kind::Call => mark.delta.float(),
                Kind::Put => mark.delta.float() - mark.growth.float(),
            };
            let alone = quote(&pool.snapshot(), leg).unwrap();
            assert_eq!((part.mark, part.spread), (alone.mark, alone.spread));
            assert_eq!(part.vol_before, alone.vol_before);
            close(part.delta.float(), size * each, 1e-12);
            delta += size * each;
            vega += size * mark.vega.float();
            spread += part.spread;
        }
        close(found.quote.delta.float(), delta, 1e-9);
        close(found.quote.vega.float(), vega, 1e-6);
        assert_eq!(found.quote.spread, spread);
        assert!(found.legs[legs.len()..]
            .iter()
            .all(|part| *part == LegQuote::default()));
    }
}

/// Value of an order on the anchor at another spot, the smile moving with it.
fn value(pool: &Pool, legs: &[Leg], spot: f64) -> f64 {
    let each = |leg: &Leg| {
        let node = &pool.nodes[leg.node];
        let forward = spot * pool.growth(node);
        let strike = node.strike.float();
        let total_vol = pool.smile(node).total_vol((strike / forward).ln());
        let (call, put) = black76(forward, strike, total_vol);
        let one = if leg.kind == Kind::Call { call } else { put };
        sign(leg) * leg.lots as f64 / 1e6 * one
    };
    legs.iter().map(each).sum()
}

#[test]
fn the_surcharge_is_of_all_legs_together_at_both_spots_and_of_their_net_delta() {
    let mut rng = Rng(3);
    for round in 0..300 {
        let mut pool = mixed(&mut rng, round).rich();
        let spot = pool.spot.float();
        let price = spot * (1.0 + rng.real(-0.003, 0.003));
        pool.venue_price = Some(wad_wide(price));
        pool.venue_depth = wad_wide(2e7);
        let legs = order(&mut rng, &pool, OPENING, 1.0);
        let Ok(found) = answer(&pool, &legs) else {
            continue;
        };
        let delta = found.quote.delta.float();
        let gain = value(&pool, &legs, price) - value(&pool, &legs, spot);
        let gain = gain.max(delta * (price - spot)).max(0.0);
        let reach = delta.abs() * price / (2.0 * 2e7);
        let end = if delta > 0.0 {
            price / (0.9995 * (1.0 - reach).powi(2))
        } else {
            price * 0.9995 / (1.0 + reach).powi(2)
        };
        let expected = gain + delta.abs() * (end - price).abs();
        close(found.quote.surcharge.float(), expected, 1e-6);
        close(found.quote.end_price.float(), end, 1e-9 * end);
    }
}

#[test]
fn an_order_without_delta_pays_for_a_feed_that_lags() {
    // A straddle bought with the venue away from the feed: nothing to hedge, worth more where the price is.
    let mut pool = Pool::listed().rich();
    pool.venue_price = Some(wad_wide(3_000.0 * 1.004));
    let straddle = |calls: f64, puts: f64| {
        [
            leg(8, Kind::Call, Side::Buy, calls),
            leg(8, Kind::Put, Side::Buy, puts),
        ]
    };
    let (call, put) = {
        let found = answer(&pool, &straddle(1.0, 1.0)).unwrap();
        (found.legs[0].delta.float(), found.legs[1].delta.float())
    };
    let flat = straddle(10.0, 10.0 * call / -put);
    let found = answer(&pool, &flat).unwrap().quote;
    assert!(found.delta.float().abs() < 1e-5, "{}", found.delta);
    let gain = value(&pool, &flat, 3_012.0) - value(&pool, &flat, 3_000.0);
    assert!(gain > 0.5, "{gain}");
    close(found.surcharge.float(), gain, 1e-2);
    // Written, it is worth less there to who wrote it.
    let written: Vec<Leg> = reversed(&flat);
    let found = answer(&pool, &written).unwrap().quote;
    assert!(found.surcharge.float() < 0.05);
}

#[test]
fn the_tails_after_an_order_are_those_of_the_book_with_it() {
    let mut rng = Rng(4);
    for round in 0..200 {
        let mut pool = mixed(&mut rng, round).hedged(3e6);
        let legs = order(&mut rng, &pool, OPENING, 2.0);
        let Ok(found) = answer(&pool, &legs) else {
            continue;
        };
        for leg in &legs {
            pool.fill(leg);
        }
        let fresh = assess(&pool.snapshot(), &[], Asked::default()).unwrap();
        for index in 0..pool.slices.len() {
            let [a, b] = [&found.tails, &fresh.tails].map(|tails| tails.capital_up(index));
            for (a, b) in a.iter().zip(b) {
                close(a.float(), b.float(), 1e-6);
            }
        }
        let cash = pool.cash + premium(&found.quote);
        close(
            found.after.nav.float(),
            (fresh.before.value + cash).float() + pool.hedge_position.float() * pool.spot.float(),
            1e-6,
        );
        assert_eq!(found.after.net_delta, fresh.before.net_delta);
    }
}

// ---- nobody is paid by taking an order apart or putting it together ---------------------------------------

#[test]
fn orders_that_return_to_the_start_never_pay() {
    let mut rng = Rng(5);
    let mut rounds = 0;
    for round in 0..400 {
        let start = mixed(&mut rng, round).rich();
        let mut pool = start.clone();
        let (mut before_charges, mut all, mut count) = (0, 0, 0);
        let mut done: Vec<Vec<Leg>> = Vec::new();
        for _ in 0..1 + rng.below(4) {
            let legs = order(&mut rng, &pool, OPENING, 3.0);
            if let Ok(quote) = fill(&mut pool, &legs) {
                before_charges += premium(&quote);
                all += paid(&quote);
                count += 1;
                done.push(legs);
            }
        }
        // Back leg by leg in any order, or order by order.
        let mut back: Vec<Vec<Leg>> = done.iter().map(|legs| reversed(legs)).collect();
        if round % 2 == 0 {
            back = back.concat().into_iter().map(|leg| vec![leg]).collect();
            for index in (1..back.len()).rev() {
                back.swap(index, rng.below(index + 1));
            }
        }
        let there = back.iter().all(|legs| match fill(&mut pool, legs) {
            Ok(quote) => {
                before_charges += premium(&quote);
                all += paid(&quote);
                count += 1;
                true
            }
            Err(_) => false,
        });
        if there && count > 0 {
            assert_eq!(pool.nodes, start.nodes);
            assert!(
                (0..=count).contains(&before_charges),
                "{before_charges} after {count} orders"
            );
            assert!(all > before_charges, "charges are for every order");
            rounds += 1;
        }
    }
    assert!(rounds > 250, "{rounds}");
}

#[test]
fn pieces_of_an_order_are_never_cheaper_than_the_whole() {
    let mut rng = Rng(6);
    let mut compared = 0;
    for round in 0..300 {
        let mut pool = mixed(&mut rng, round);
        // Where a swap moves next to nothing: section 3 of docs/pricing.md says what pieces save elsewhere.
        pool.venue_depth = u128::MAX >> 20;
        if round % 4 == 0 {
            // Two nodes that the order opens.
            for node in 6..8 {
                (pool.nodes[node].calls, pool.nodes[node].puts) = (0, 0);
            }
        }
        let pool = pool.hedged(1.5e6);
        let mut legs = order(&mut rng, &pool, OPENING, 2.0);
        let pieces = [2, 3, 8][rng.below(3)];
        for leg in &mut legs {
            leg.lots = (leg.lots / pieces).max(1) * pieces;
        }
        let Ok(whole) = answer(&pool, &legs) else {
            continue;
        };
        let whole = whole.quote;
        let part: Vec<Leg> = legs
            .iter()
            .map(|leg| Leg {
                lots: leg.lots / pieces,
                ..*leg
            })
            .collect();
        // In equal parts of the whole, and one leg after the other.
        let single: Vec<Vec<Leg>> = legs.iter().map(|leg| vec![*leg]).collect();
        for parts in [vec![part.clone(); pieces as usize], single] {
            let (mut filled, mut premiums, mut charges) = (pool.clone(), 0, 0);
            let mut refused = false;
            for part in &parts {
                match fill(&mut filled, part) {
                    Ok(quote) => {
                        filled.cash += premium(&quote);
                        premiums += premium(&quote);
                        charges += quote.fee() as i128;
                    }
                    Err(_) => refused = true,
                }
            }
            if refused {
                continue;
            }
            let slack = 4 * parts.len() as i128 * legs.len() as i128;
            assert!(premiums >= premium(&whole), "{premiums}");
            assert!(premiums <= premium(&whole) + slack);
            // Interest is within one part in 2^40, and moves by what the premiums do to the equity it is a share of.
            let fee = whole.fee() as i128;
            let moved = whole.delta.abs() * 9_000 * whole.reach as i128 / WAD as i128;
            let room = slack + fee / 1_000_000_000_000 + whole.capacity as i128 / 500 + moved;
            assert!(charges + room >= fee, "{charges} for {fee}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn more_of_an_order_of_any_signs_is_never_cheaper_by_the_piece() {
    let mut rng = Rng(7);
    for round in 0..200 {
        let pool = mixed(&mut rng, round).rich();
        let legs = order(&mut rng, &pool, OPENING, 2.0);
        let times = |factor: u64| -> Vec<Leg> {
            let more = |leg: &Leg| Leg {
                lots: leg.lots * factor,
                ..*leg
            };
            legs.iter().map(more).collect()
        };
        let [one, two] = [1, 2].map(|factor| answer(&pool, &times(factor)));
        if let (Ok(one), Ok(two)) = (one, two) {
            assert!(premium(&two.quote) + 2 >= 2 * premium(&one.quote));
        }
    }
}

#[test]
fn the_legs_of_one_node_are_the_forward_they_make() {
    // A call bought and a put written at one strike: no curve, no vega, intrinsic value at the forward to the unit.
    let mut rng = Rng(8);
    for round in 0..60 {
        let pool = mixed(&mut rng, round).rich();
        let node = rng.below(pool.nodes.len());
        let legs = [
            leg(node, Kind::Call, Side::Buy, 3.0),
            leg(node, Kind::Put, Side::Write, 3.0),
        ];
        let Ok(found) = answer(&pool, &legs) else {
            continue;
        };
        let forward = found.legs[0].forward as i128 - pool.nodes[node].strike as i128;
        assert!((premium(&found.quote) - 3 * forward).abs() <= 1);
        assert!(found.quote.vega.abs() <= 2);
        close(
            found.quote.delta.float(),
            3.0 * pool.growth(&pool.nodes[node]),
            1e-9,
        );
    }
}

// ---- boxes -----------------------------------------------------------------------------------------------

/// A box between two strikes: worth their difference whatever happens. Bought it lends to the pool, written it borrows.
fn a_box(low: usize, high: usize, side: Side, options: f64) -> [Leg; 4] {
    let other = opposite(side);
    [
        leg(low, Kind::Call, side, options),
        leg(high, Kind::Call, other, options),
        leg(high, Kind::Put, side, options),
        leg(low, Kind::Put, other, options),
    ]
}

#[test]
fn a_box_costs_its_fees_whichever_way_it_goes() {
    let mut rng = Rng(9);
    for round in 0..60 {
        let pool = mixed(&mut rng, round).hedged(3e6);
        let slice = rng.below(pool.slices.len());
        let (low, high) = (6 * slice + 1, 6 * slice + 4);
        let width = 900 * WAD as i128;
        for side in OPENING {
            let legs = a_box(low, high, side, 2.0);
            let Ok(found) = answer(&pool, &legs) else {
                continue;
            };
            let quote = found.quote;
            let worth = if side == Side::Buy { 2 } else { -2 } * width;
            assert!((worth..=worth + 1).contains(&premium(&quote)));
            assert!(
                quote.delta.abs() < 100 && quote.vega.abs() < 100_000,
                "{quote:?}"
            );
            // Four floors at least: nothing cancels in the spread.
            let floor = 4 * 2 * 17 * 3_000 * WAD as i128 / 100_000;
            assert!(quote.spread as i128 >= floor);
            // And back again.
            let mut after = pool.clone();
            legs.iter().for_each(|leg| after.fill(leg));
            let back = answer(&after, &reversed(&legs)).unwrap().quote;
            assert!(paid(&quote) + paid(&back) >= 2 * floor);
        }
    }
}

#[test]
fn a_written_box_ties_up_the_cash_that_it_borrows() {
    let mut pool = Pool::listed();
    pool.parameters.depth = 1_000_000 * WAD;
    pool.cash = 1_000_000 * WAD as i128;
    let (low, high) = (25, 28);
    // 900 quote an option: what is paid out is on the low tail in full, over each horizon to the end, and costs for it.
    let borrowed = a_box(low, high, Side::Write, 250.0);
    let found = answer(&pool, &borrowed).unwrap();
    for index in 0..5 {
        let [up, down] = found.tails.capital_up(index);
        close(down.float(), 225_000.0, 1e-3);
        close(up.float(), 0.0, 1e-3);
    }
    assert!(found.quote.fee().float() >= 225_000.0 * 7e-4);
    // More than the equity is nobody's to borrow.
    let all = a_box(low, high, Side::Write, 1_200.0);
    match answer(&pool, &all) {
        Err(QuoteError::CapacityExhausted { used, .. }) => close(used.float(), 1.08, 1e-3),
        other => panic!("{other:?}"),
    }
    // Of one that is bought, which takes the strikes of its puts from the pool as well, the long legs may stay alone.
    let lent = a_box(low, high, Side::Buy, 200.0);
    let found = assess(&pool.snapshot(), &lent, GATED).unwrap();
    assert!(found.quote.fee().float() > 4.0 * 200.0 * 0.5);
    let all = a_box(low, high, Side::Buy, 1_200.0);
    match answer(&pool, &all) {
        Err(QuoteError::CapacityExhausted { used, .. }) => assert!(used > 2 * WAD as u64),
        other => panic!("{other:?}"),
    }
}

// ---- a pool that is long ----------------------------------------------------------------------------------

#[test]
fn writing_is_refused_past_the_cap_in_the_other_direction_and_closing_never() {
    let mut pool = Pool::listed().rich();
    pool.parameters.shift_cap = wad(0.05);
    let node = 20;
    let mut written = 0.0;
    let refused = loop {
        match fill(&mut pool, &[leg(node, Kind::Put, Side::Write, 5.0)]) {
            Ok(quote) => {
                assert!(quote.is_credit && quote.vol_after < quote.vol_before);
                written += 5.0;
            }
            Err(error) => break error,
        }
    };
    match refused {
        QuoteError::ShiftAboveCap { shift, cap } => assert!(shift > cap && cap == wad(0.05)),
        other => panic!("{other:?}"),
    }
    assert!(written > 20.0, "{written}");
    // What brings the shift back may open, and who closes is answered whatever the shift.
    assert!(answer(&pool, &[leg(node, Kind::Call, Side::Buy, 5.0)]).is_ok());
    pool.parameters.shift_cap = 0;
    assert!(answer(&pool, &[leg(node, Kind::Put, Side::Write, 1.0)]).is_err());
    assert!(answer(&pool, &[leg(node, Kind::Put, Side::Cover, 1.0)]).is_ok());
    assert!(answer(&pool, &[leg(node, Kind::Put, Side::Sell, 1.0)]).is_ok());
}

#[test]
fn the_pool_pays_less_for_what_it_is_long_and_less_the_more_it_is() {
    let pool = Pool::listed().rich();
    let node = 20;
    let one = |size: f64| {
        let found = answer(&pool, &[leg(node, Kind::Call, Side::Write, size)]).unwrap();
        (-paid(&found.quote)).float() / size
    };
    let fair = mark_node(&pool.snapshot(), &pool.nodes[node]).call.float();
    let (few, many) = (one(0.1), one(20.0));
    assert!(few < fair && many < few, "{fair} {few} {many}");
    // Written and bought back by another: both pay.
    let mut after = pool.clone();
    let write = [leg(node, Kind::Call, Side::Write, 5.0)];
    let first = fill(&mut after, &write).unwrap();
    let second = answer(&after, &[leg(node, Kind::Call, Side::Buy, 5.0)]).unwrap();
    assert!(paid(&first) + paid(&second.quote) > 0);
    assert!((0..=2).contains(&(premium(&first) + premium(&second.quote))));
}

#[test]
fn what_is_written_is_stressed_by_the_fall_of_vol_and_a_day_less() {
    let mut pool = Pool::listed();
    pool.cash = 60_000 * WAD as i128;
    // A day's straddle at the money: all of it gone when vol falls and the day passes.
    let legs = |size: f64| {
        [
            leg(2, Kind::Call, Side::Write, size),
            leg(2, Kind::Put, Side::Write, size),
        ]
    };
    let small = assess(&pool.snapshot(), &legs(10.0), GATED).unwrap();
    assert!(passes(&small.stress));
    let premium = small.quote.premium.float();
    assert!(
        small.stress.worst_loss.float() > 0.99 * premium,
        "{premium}"
    );
    assert_eq!(small.stress.worst_vol_move, -300_000_000_000_000_000);
    // Without the day, a fall of vol would take a third of it.
    let value = -value(&pool, &legs(10.0), 3_000.0);
    close(premium, value, 0.05 * value);
    let much = assess(&pool.snapshot(), &legs(900.0), GATED);
    assert!(much.is_err() || !passes(&much.unwrap().stress));
}

#[test]
fn capacity_is_given_back_by_what_is_written_and_not_paid_for() {
    let mut pool = Pool::listed();
    pool.nodes[20].calls = -100_000_000;
    let pool = pool.hedged(1e6);
    let call = |side| answer(&pool, &[leg(20, Kind::Call, side, 20.0)]).unwrap();
    let (bought, written) = (call(Side::Buy), call(Side::Write));
    let used = |found: &Assessment| found.tails.capital_up(3)[0].float();
    let idle = assess(&pool.snapshot(), &[], Asked::default()).unwrap();
    assert!(used(&written) < used(&idle) && used(&idle) < used(&bought));
    assert_eq!(written.quote.capacity, 0);
    assert!(bought.quote.capacity > 0);
    // Of a spread the load is what is left of it.
    let spread = [
        leg(21, Kind::Call, Side::Buy, 20.0),
        leg(20, Kind::Call, Side::Write, 20.0),
    ];
    let [alone, net] = [&spread[..1], &spread].map(|legs| answer(&pool, legs).unwrap());
    assert!(net.quote.capacity < alone.quote.capacity);
    assert!(used(&net) > used(&idle) && used(&net) < used(&alone));
}

// ---- exits -----------------------------------------------------------------------------------------------

#[test]
fn nothing_refuses_an_order_that_only_closes() {
    let mut rng = Rng(10);
    let (mut far, mut sold) = (0, 0);
    for round in 0..300 {
        let mut pool = mixed(&mut rng, round);
        pool.parameters.shift_cap = 0;
        pool.venue_price = [None, Some(0), Some(6_000 * WAD)][round % 3];
        if round % 5 == 0 {
            pool.cash = -1;
        }
        if round % 4 == 0 {
            // So large a book that it is beyond a quarter.
            for node in &mut pool.nodes {
                (node.calls, node.puts) = (node.calls * 400, node.puts * 400);
            }
        }
        let sides = [CLOSING, [Side::Sell; 2], [Side::Cover; 2]][rng.below(3)];
        let legs = order(&mut rng, &pool, sides, 2.0);
        let found = answer(&pool, &legs).expect("an exit");
        let quote = found.quote;
        if legs.iter().all(|leg| leg.side == Side::Sell) {
            assert!(quote.is_credit && quote.fee() <= quote.premium);
            sold += 1;
        } else {
            assert!(quote.fee() > 0);
        }
        assert_eq!(quote.rent, 0);
        far += (quote.shift > wad(0.25)) as usize;
    }
    assert!(far > 40 && sold > 60, "{far} {sold}");
}

#[test]
fn far_beyond_the_cap_who_buys_back_pays_what_who_sells_gets() {
    let mut pool = Pool::listed();
    for node in &mut pool.nodes {
        (node.calls, node.puts) = (-3_000_000_000, 0);
    }
    let cover = [leg(20, Kind::Call, Side::Cover, 2.0)];
    let sale = [leg(20, Kind::Call, Side::Sell, 2.0)];
    let [bought, sold] = [cover, sale].map(|legs| answer(&pool, &legs).unwrap().quote);
    assert!(bought.shift > wad(0.25) && sold.shift > wad(0.25));
    // Each component of the shift is at a quarter that pushes there.
    let maximum = Objective::new(&pool).climb_within(0.25);
    let [level, left, right] = maximum.shifts[pool.nodes[20].slice as usize];
    assert_eq!(maximum.largest, 0.25);
    let node = pool.nodes[20];
    let slice = &pool.slices[node.slice as usize];
    let smile = Smile::of(slice, pool.now).shifted(level, left, right);
    let total_vol = smile.total_vol((node.strike.float() / 3_000.0).ln());
    let (call, put) = black76(3_000.0, node.strike.float(), total_vol);
    close(bought.premium.float(), 2.0 * call, 1e-6);
    close(sold.premium.float(), 2.0 * call, 1e-6);
    // And so does one order of both.
    let both = [
        leg(20, Kind::Call, Side::Sell, 5.0),
        leg(20, Kind::Put, Side::Cover, 1.0),
    ];
    let found = answer(&pool, &both).unwrap().quote;
    close(premium(&found).float(), put - 5.0 * call, 1e-6);
}

#[test]
fn a_long_that_is_returned_within_a_roll_pays_no_more_spread_than_it_is_worth() {
    let mut pool = Pool::listed().rich();
    // Next to worthless: a day to go, forty per cent out.
    pool.nodes[5].calls = -50_000_000;
    let alone = answer(&pool, &[leg(5, Kind::Call, Side::Sell, 10.0)]).unwrap();
    assert_eq!(paid(&alone.quote), 0, "its charges take all of it");
    let roll = [
        leg(5, Kind::Call, Side::Sell, 10.0),
        leg(20, Kind::Call, Side::Buy, 10.0),
    ];
    let found = answer(&pool, &roll).unwrap();
    let worth = found.legs[0].mark * 10;
    assert!(found.legs[0].spread <= worth);
    let opened = answer(&pool, &roll[1..]).unwrap();
    assert_eq!(
        found.quote.spread,
        found.legs[0].spread + opened.quote.spread
    );
}

// ---- what is no order ------------------------------------------------------------------------------------

#[test]
fn an_order_has_one_to_eight_legs_of_nodes_that_are_there() {
    let pool = Pool::listed().rich();
    let nine = [leg(0, Kind::Call, Side::Buy, 0.1); MAX_LEGS + 1];
    let count = MAX_LEGS + 1;
    assert_eq!(answer(&pool, &nine), Err(QuoteError::LegCount { count }));
    // Two legs of one series are as good as one.
    let [twice, once] = [&nine[..2], &[leg(0, Kind::Call, Side::Buy, 0.2)]];
    let [a, b] = [twice, once].map(|legs| answer(&pool, legs).unwrap().quote);
    assert_eq!((a.premium, a.delta), (b.premium, b.delta));
    let lost = [
        leg(3, Kind::Call, Side::Buy, 1.0),
        leg(99, Kind::Call, Side::Buy, 1.0),
    ];
    let unknown = QuoteError::UnknownNode {
        node: 99,
        count: 30,
    };
    assert_eq!(answer(&pool, &lost), Err(unknown));
}

#[test]
fn positions_of_several_legs_add_up_within_their_range() {
    let mut pool = Pool::listed().rich();
    pool.nodes[4].calls = -MAX_LOTS + 3;
    let lots = |lots: u64, kind| Leg {
        node: 4,
        kind,
        side: Side::Cover,
        lots,
    };
    assert!(answer(&pool, &[lots(2, Kind::Call), lots(1, Kind::Call)]).is_ok());
    let overflow = Err(QuoteError::PositionOverflow {
        position: -MAX_LOTS + 1,
        lots: 2,
    });
    assert_eq!(
        answer(&pool, &[lots(2, Kind::Call), lots(2, Kind::Call)]),
        overflow
    );
    // Calls and puts together have the same range.
    assert!(answer(&pool, &[lots(2, Kind::Call), lots(2, Kind::Put)]).is_err());
}

#[test]
fn nodes_that_an_order_opens_pay_rent_one_after_the_other() {
    let mut pool = Pool::empty();
    pool.slices.push(slice(28, 0.65, 0.4, 0.28));
    // Sixty in use, and the two that the order opens.
    for index in 0..62 {
        pool.nodes.push(Node {
            slice: 0,
            strike: (2_400 + 10 * index) * WAD,
            calls: if index < 60 { -1_000_000 } else { 0 },
            puts: 0,
        });
    }
    let pool = pool.hedged(1e6);
    let opened = [
        leg(60, Kind::Call, Side::Buy, 0.1),
        leg(61, Kind::Put, Side::Write, 0.1),
        leg(60, Kind::Put, Side::Buy, 0.1),
        leg(10, Kind::Call, Side::Buy, 0.1),
    ];
    let rent = answer(&pool, &opened).unwrap().quote.rent.float();
    let one = |used: f64| 2.0 * (128.0 / (128.0 - used)).powi(2) * 28.0 / 365.0;
    close(rent, one(60.0) + one(61.0), 1e-9);
    let mut after = pool.clone();
    let last = after.nodes.pop().expect("a node");
    let first = fill(&mut after, &opened[..1]).unwrap().rent;
    after.nodes.push(last);
    let second = fill(&mut after, &opened[1..2]).unwrap().rent;
    close(rent, (first + second).float(), 1e-15);
}
