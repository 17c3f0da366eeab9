//! Orders cut in pieces.

use alloy_primitives::U256;
use smirk_world::{abi::UniswapV3Pool, price::wad, World};

use crate::{
    common::{call, put, rng::Rng, Market},
    stage::{any_series, any_size, keep, stages},
    trade::{trade, Fill, Side},
};

/// The venue's fee.
const FEE: f64 = 0.0005;

/// The whole order, and the same in pieces from the same pool; `None` when either is refused.
fn whole_and_pieces(
    market: &Market,
    side: Side,
    id: U256,
    size: U256,
    count: u64,
) -> Option<(Fill, Vec<Fill>)> {
    let alice = market.world.actors.alice.address;
    let whole = trade(&mut market.clone(), alice, side, id, size)?;
    let mut market = market.clone();
    let piece = size / U256::from(count);
    let pieces = (0..count).map(|_| trade(&mut market, alice, side, id, piece));
    Some((whole, pieces.collect::<Option<_>>()?))
}

/// Random orders, bought and, from where that led, sold back.
fn orders(
    seed: u64,
    markets: &[Market],
    count: u64,
    mut judge: impl FnMut(&Market, Side, &Fill, &[Fill]),
) {
    let mut rng = Rng(seed);
    let mut judged = 0;
    for _ in 0..count {
        let mut market = markets[rng.below(markets.len() as u64) as usize].clone();
        let alice = market.world.actors.alice.address;
        let pieces = 2 + rng.below(7);
        let lot = U256::from(10_000_000_000_000_000u64);
        // A whole number of least sizes a piece.
        let piece = (any_size(&mut rng) / U256::from(pieces) / lot).max(U256::from(1)) * lot;
        let (id, size) = (any_series(&market, &mut rng), piece * U256::from(pieces));
        let Some((whole, parts)) = whole_and_pieces(&market, Side::Buy, id, size, pieces) else {
            continue;
        };
        judge(&market, Side::Buy, &whole, &parts);
        trade(&mut market, alice, Side::Buy, id, size).expect("bought before");
        let (whole, parts) =
            whole_and_pieces(&market, Side::Sell, id, size, pieces).expect("sales are not refused");
        judge(&market, Side::Sell, &whole, &parts);
        judged += 1;
    }
    println!("{judged} of {count} orders filled");
    assert!(judged * 2 > count, "{judged} of {count}");
}

/// What the whole order's own impact at the venue costs beyond what an order without size pays, quote units.
fn impact(market: &Market, fill: &Fill) -> f64 {
    let mut market = market.clone();
    let pool = market.world.venue.pool;
    let liquidity = market
        .world
        .view(pool, &UniswapV3Pool::liquidityCall {})
        .unwrap();
    let price = as_float(market.world.venue_price().unwrap()) / 1e18;
    // Base that a full range with this liquidity holds: with 18 and 6 decimals, L / sqrt(price × 1e-12).
    let base = liquidity as f64 / (price * 1e-12).sqrt() / 1e18;
    let delta = as_float(fill.quote.delta.unsigned_abs()) / 1e18;
    let reach = delta / base;
    let bought = fill.quote.delta.is_positive();
    match bought {
        true => delta * price / (1.0 - FEE) * (1.0 / (1.0 - reach).powi(2) - 1.0),
        false => delta * price * (1.0 - FEE) * (1.0 - 1.0 / (1.0 + reach).powi(2)),
    }
}

fn as_float(number: U256) -> f64 {
    number.to_string().parse().expect("digits")
}

fn sum(pieces: &[Fill], part: fn(&Fill) -> U256) -> U256 {
    pieces.iter().map(part).sum()
}

/// Defence: each charge is additive or grows faster than its order; what an order's own impact costs is the one exception, but for a
/// thousandth of the interest: what the first pieces pay beyond the mark is equity that carries the next.
#[test]
fn pieces_are_never_cheaper_than_the_whole_but_for_its_impact() {
    let mut rng = Rng(81);
    for depth in ["3000", "100000"] {
        let markets = stages(&mut rng, depth);
        orders(82, &markets, 400, |market, side, whole, pieces| {
            let impact = impact(market, whole);
            let atoms = (impact * 1e6 * (1.0 + 1e-9)) as u64 + 1 + 5 * pieces.len() as u64;
            let allowed = U256::from(atoms) + whole.quote.capacity / U256::from(1_000);
            let (total, parts) = (whole.quote.total, sum(pieces, |fill| fill.quote.total));
            let cheaper = match side {
                Side::Buy => total.saturating_sub(parts),
                Side::Sell => parts.saturating_sub(total),
            };
            assert!(
                cheaper <= allowed,
                "{side:?} in {} pieces saves {cheaper}, impact {impact}: {whole:?} {pieces:?}",
                pieces.len()
            );
        });
    }
}

/// Seconds before an expiry, where gamma is greatest and only sales are left, the same holds.
#[test]
fn pieces_sold_seconds_before_an_expiry_save_no_more_than_the_impact() {
    let mut rng = Rng(84);
    let mut judged = 0;
    for depth in ["3000", "100000"] {
        for strike in ["2400", "2500", "2550"] {
            for is_put in [false, true] {
                let market = late_holder(depth, strike, is_put);
                let Some((market, id, held)) = market else {
                    continue;
                };
                for seconds in [600, 40, 5] {
                    let mut market = market.clone();
                    market.world.chain.set_time(market.expiries[0] - seconds);
                    market.world.refresh_feed().unwrap();
                    let pieces = 2 + rng.below(8);
                    let lot = U256::from(10_000_000_000_000_000u64);
                    let size = held / U256::from(pieces) / lot * lot * U256::from(pieces);
                    let (whole, parts) = whole_and_pieces(&market, Side::Sell, id, size, pieces)
                        .expect("sales are not refused");
                    let impact = impact(&market, &whole);
                    let allowed = (impact * 1e6 * (1.0 + 1e-9)) as u64 + 1 + 5 * pieces;
                    let all = sum(&parts, |fill| fill.quote.total);
                    let more = all.saturating_sub(whole.quote.total);
                    println!(
                        "{depth} {strike} put {is_put} {seconds} s, {pieces} pieces of {held}: {more} atoms more, impact {impact:.2}"
                    );
                    assert!(
                        more <= U256::from(allowed),
                        "{strike} {seconds} s in {pieces} pieces: {more} atoms more, impact {impact}"
                    );
                    judged += 1;
                }
            }
        }
    }
    assert!(judged >= 24, "{judged}");
}

/// A market shortly before its first expiry in which somebody holds as much of a series as the pool would sell.
fn late_holder(depth: &str, strike: &str, is_put: bool) -> Option<(Market, U256, U256)> {
    let world = World::builder().price(wad("2500")).depth(wad(depth));
    let mut market = Market::with(world, |_| {});
    let (alice, others) = (
        market.world.actors.alice.address,
        market.world.actors.arbitrageur.address,
    );
    let id = if is_put {
        put(market.expiries[0], strike)
    } else {
        call(market.expiries[0], strike)
    };
    let size = wad("10");
    let mut held = U256::ZERO;
    for _ in 0..15 {
        if trade(&mut market, alice, Side::Buy, id, size).is_some() {
            held += size;
        }
        market.world.trade_venue_to(others, wad("2500")).unwrap();
    }
    market.world.chain.set_time(market.expiries[0] - 3_700);
    market.world.refresh_feed().unwrap();
    keep(&mut market, U256::from(1_000), 0);
    (!held.is_zero()).then_some((market, id, held))
}

/// Where no order moves the venue and nothing is least, an order and its pieces cost the same: every part of the bill within
/// one unit a piece, interest also within a hundredth, because what the first pieces pay is equity for the next. Only where a piece finds the hedge of those before it missing (the pool does not go short base), its
/// spread is wider.
#[test]
fn pieces_cost_what_the_whole_costs_at_a_bottomless_venue() {
    let world = World::builder()
        .price(wad("2500"))
        .depth(wad("100000000000000"));
    let mut market = Market::with(world, |arguments| {
        arguments.parameters.set("capacityMinimum", U256::ZERO);
    });
    market.world.chain.advance(600);
    let parts: [fn(&Fill) -> U256; 5] = [
        |fill| fill.quote.premium,
        |fill| fill.quote.surcharge,
        |fill| fill.quote.capacity,
        |fill| fill.quote.rent,
        |fill| fill.quote.spread,
    ];
    let mut hedged = 0;
    orders(83, &[market], 400, |_, side, whole, pieces| {
        let found = &pieces[..pieces.len() - 1];
        let missing = found.iter().any(leaves_outside);
        hedged += !missing as u64;
        for (index, part) in parts.into_iter().enumerate() {
            let (one, all) = (part(whole), sum(pieces, part));
            let most = U256::from(pieces.len());
            let slack = if index == 2 {
                one / U256::from(100)
            } else {
                U256::ZERO
            };
            let same = one.abs_diff(all) <= most + slack;
            let wider = index == 4 && missing && all > one;
            assert!(
                same || wider,
                "{side:?} in {most} pieces: part {index} is {all}, {one} whole: {whole:?} {pieces:?}"
            );
        }
    });
    assert!(hedged > 300, "only {hedged} orders were hedged");
}

/// Whether the hedge that an order is to make leaves the exposure outside its band.
fn leaves_outside(fill: &Fill) -> bool {
    let left = fill.quote.exposureAfter + fill.quote.plannedHedge;
    left.unsigned_abs() > fill.quote.band
}
