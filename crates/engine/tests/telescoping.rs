//! Trades that return to the start cost nothing before fees but rounding: one unit a trade, never in the taker's favour.

mod common;

use std::sync::Mutex;
use std::thread;

use common::{slice, wad_wide, Float, Pool, Rng, Smile, NOW, WAD};
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{Kind, Leg, Node, Quote, Side};

const SEQUENCES: usize = 100_000;
const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];

/// What a taker pays before fees, and the position moved; a refusal leaves everything as it is.
fn trade(pool: &mut Pool, order: &Leg) -> Result<i128, QuoteError> {
    let premium = quote(&pool.snapshot(), order)?.premium as i128;
    pool.fill(order);
    Ok(match order.side {
        Side::Buy | Side::Cover => premium,
        Side::Sell | Side::Write => -premium,
    })
}

fn reverse(order: &Leg) -> Leg {
    let side = if order.side == Side::Buy {
        Side::Sell
    } else {
        Side::Buy
    };
    Leg { side, ..*order }
}

fn largest_shift(pool: &Pool) -> f64 {
    let lot = Leg {
        node: 0,
        kind: Kind::Call,
        side: Side::Sell,
        lots: 1,
    };
    quote(&pool.snapshot(), &lot).unwrap().shift.float()
}

/// The pool with its book scaled until the shift is just below the cap.
fn at_the_cap(pool: &Pool) -> Pool {
    let scaled = |factor: f64| {
        let mut pool = pool.clone().rich();
        for node in &mut pool.nodes {
            node.calls = (node.calls as f64 * factor) as i64;
            node.puts = (node.puts as f64 * factor) as i64;
        }
        pool
    };
    let (mut low, mut high) = (0.0, 64.0);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        let shift = largest_shift(&scaled(middle));
        if shift > 0.0 && shift < 0.199 {
            low = middle;
        } else {
            high = middle;
        }
    }
    scaled(low)
}

/// Strikes one and a half to four deviations out only.
fn wings(rng: &mut Rng) -> Pool {
    let mut pool = Pool::random(rng, 4, 0, 0.0);
    for (index, slice) in pool.slices.clone().iter().enumerate() {
        let deviation = Smile::of(slice, NOW).theta.sqrt();
        for side in [-1.0, 1.0, -1.0, 1.0] {
            let moneyness = side * rng.real(1.5, 4.0) * deviation;
            pool.nodes.push(Node {
                slice: index as u8,
                strike: wad_wide(3_000.0 * moneyness.exp()),
                calls: -(rng.real(0.0, 3e7) as i64),
                puts: -(rng.real(0.0, 3e7) as i64),
            });
        }
    }
    pool
}

/// Twelve expiries of ten strikes.
fn full(rng: &mut Rng) -> Pool {
    let mut pool = Pool::empty();
    for days in [1, 2, 3, 7, 14, 21, 28, 42, 56, 91, 182, 273] {
        let strikes = (0..10).map(|step| 2_100 + 200 * step);
        let position = |rng: &mut Rng| -(rng.real(0.0, 8e5) as i64);
        pool.nodes.extend(strikes.map(|strike| Node {
            slice: pool.slices.len() as u8,
            strike: strike * WAD,
            calls: position(rng),
            puts: position(rng),
        }));
        pool.slices.push(slice(days, 0.65, 0.40, 0.28));
    }
    pool
}

const STYLES: usize = 7;

/// A book to start from, of each kind in turn.
fn start(rng: &mut Rng, style: usize) -> Pool {
    let pool = match style {
        0 => Pool::short(rng, 4.0),
        1 => Pool::random(rng, 4, 6, 4.0),
        2 => wings(rng),
        3 => Pool::mixed(rng, 6.0),
        4 => {
            let pool = Pool::random(rng, 3, 4, 4.0);
            at_the_cap(&pool)
        }
        5 => full(rng),
        _ => Pool::random(rng, 4, 6, 4.0).carried(rng),
    };
    pool.rich()
}

/// A few trades out and back by another road in other pieces: the cost and the number of trades. `None` where the
/// cap is in the way back, or what traders would be long of, which happens to books at the cap.
fn round_trip(rng: &mut Rng, pool: &mut Pool) -> Option<(i128, usize)> {
    let start = pool.nodes.clone();
    let (mut cost, mut trades) = (0, 0);
    let mut back = Vec::new();
    for _ in 0..1 + rng.below(3) {
        let most = [100, 100_000, 8_000_000][rng.below(3)];
        let order = Leg {
            node: rng.below(pool.nodes.len()),
            kind: KINDS[rng.below(2)],
            side: [Side::Buy, Side::Sell][rng.below(2)],
            lots: 2 + rng.bits() % most,
        };
        if let Ok(paid) = trade(pool, &order) {
            cost += paid;
            trades += 1;
            let first = 1 + rng.bits() % (order.lots - 1);
            let lots = if rng.below(2) == 0 { order.lots } else { first };
            for lots in [lots, order.lots - lots] {
                if lots > 0 {
                    back.push(Leg {
                        lots,
                        ..reverse(&order)
                    });
                }
            }
        }
    }
    let mut refused = 0;
    while !back.is_empty() {
        let order = back.swap_remove(rng.below(back.len()));
        match trade(pool, &order) {
            Ok(paid) => {
                cost += paid;
                trades += 1;
            }
            Err(_) => {
                refused += 1;
                if refused > 100 {
                    return None;
                }
                back.push(order);
            }
        }
    }
    assert_eq!(pool.nodes, start);
    Some((cost, trades))
}

#[test]
fn a_hundred_thousand_round_trips_cost_rounding() {
    let blocked = Mutex::new(0);
    let block = |seed: usize| {
        let mut rng = Rng(1_000 + seed as u64);
        let mut pool = Pool::empty();
        for sequence in 0..1_000 {
            // A book serves for eight sequences: it ends each as it began.
            if sequence % 8 == 0 {
                let style = sequence / 8;
                pool = start(&mut rng, style % STYLES);
            }
            let kept = pool.nodes.clone();
            match round_trip(&mut rng, &mut pool) {
                Some((cost, trades)) => assert!(
                    (0..=trades as i128).contains(&cost),
                    "{cost} after {trades} trades, sequence {sequence} of block {seed}"
                ),
                None => {
                    *blocked.lock().unwrap() += 1;
                    pool.nodes = kept;
                }
            }
        }
    };
    let blocks = Mutex::new(0..SEQUENCES / 1_000);
    let next = || blocks.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, |count| count.get()) {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    block(seed);
                }
            });
        }
    });
    let blocked = *blocked.lock().unwrap();
    assert!(blocked < SEQUENCES / 100, "{blocked}");
}

/// Into two to sixteen pieces of any size, with all charges but the surcharge, whose swap ends nearer for a piece. The pool
/// hedges after each and has the same equity before each.
#[test]
fn no_way_of_splitting_an_order_makes_it_cheaper() {
    let mut rng = Rng(2);
    let (mut compared, mut pieces_in_all, mut interest) = (0, 0, 0);
    for round in 0..6_000 {
        let equity = [1e6, 1e7][rng.below(2)];
        let mut pool = start(&mut rng, [0, 1, 2, 3, 4][round % 5]).hedged(equity);
        let order = Leg {
            node: rng.below(pool.nodes.len()),
            kind: KINDS[rng.below(2)],
            side: [Side::Buy, Side::Sell][rng.below(2)],
            lots: 1_000 + rng.bits() % 10_000_000,
        };
        let charged = |quote: &Quote| quote.spread + quote.capacity;
        let Ok(whole) = quote(&pool.snapshot(), &order) else {
            continue;
        };
        let (mut left, mut paid, mut pieces) = (order.lots, 0, 0);
        let most = 1 + rng.below(15);
        while left > 0 {
            let lots = if pieces < most {
                (1 + rng.bits() % left).min(order.lots / 4)
            } else {
                left
            };
            let piece = Leg { lots, ..order };
            let charge = charged(&quote(&pool.snapshot(), &piece).unwrap()) as i128;
            paid += trade(&mut pool, &piece).unwrap() + charge;
            pool = pool.hedged(equity);
            left -= lots;
            pieces += 1;
        }
        let whole_paid = match order.side {
            Side::Buy | Side::Cover => whole.premium as i128,
            Side::Sell | Side::Write => -(whole.premium as i128),
        } + charged(&whole) as i128;
        // Rounding of each premium and charge, and what one part in 2^47 of interest is.
        let dearer = paid - whole_paid;
        if order.side == Side::Buy || whole.fee() < whole.premium {
            let slack = 3 * pieces as i128 + (whole.capacity >> 40) as i128;
            assert!(dearer >= -slack, "{dearer} in {pieces}");
            compared += 1;
            pieces_in_all += pieces;
            interest += (whole.capacity > 0) as usize;
        }
    }
    assert!(
        compared > 5_000 && pieces_in_all > 20_000 && interest > 2_000,
        "{compared} {pieces_in_all} {interest}"
    );
}
