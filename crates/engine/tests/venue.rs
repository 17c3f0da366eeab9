//! The executable quote: what the venue adds to an order, and that nobody earns by moving the venue around one.

mod common;

use common::{black76, close, slice, wad, wad_wide, Float, Pool, Rng, Smile, DAY, NOW, WAD};
use smirk_engine::assess::{assess, Asked};
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{Kind, Leg, Node, Quote, Side};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];
const SPOT: f64 = 2_500.0;

fn market(days: u64, shares: &[f64]) -> Pool {
    let mut pool = Pool::empty();
    pool.spot = 2_500 * WAD;
    pool.slices.push(slice(days, 0.65, 0.40, 0.28));
    pool.nodes.extend(shares.iter().map(|share| Node {
        slice: 0,
        strike: wad_wide(SPOT * share),
        calls: 0,
        puts: 0,
    }));
    pool
}

fn order(node: usize, kind: Kind, side: Side, options: f64) -> Leg {
    Leg {
        node,
        kind,
        side,
        lots: (options * 1e6).round() as u64,
    }
}

/// Value of one option with spot and feed apart: the smile stays where it is in moneyness.
fn value(pool: &Pool, node: &Node, kind: Kind, spot: f64) -> f64 {
    let forward = spot * pool.growth(node);
    let strike = node.strike.float();
    let smile = Smile::of(&pool.slices[node.slice as usize], pool.now);
    let (call, put) = black76(forward, strike, smile.total_vol((strike / forward).ln()));
    match kind {
        Kind::Call => call,
        Kind::Put => put,
    }
}

/// The end of a swap of `delta` by the formula, and the charge for it.
fn swap(pool: &Pool, price: f64, delta: f64, held: bool) -> (f64, f64) {
    let (fee, depth) = (pool.venue_fee.float(), pool.venue_depth.float());
    let reach = delta.abs() * price / (2.0 * depth);
    let end = if delta > 0.0 {
        let left = (1.0 - reach).max(0.0);
        price / ((1.0 - fee) * left * left)
    } else {
        price * (1.0 - fee) / (1.0 + reach).powi(2)
    };
    let end = if held {
        end.clamp(SPOT * 0.995, SPOT * 1.005)
    } else {
        end
    };
    (end, delta.abs() * (end - price).abs())
}

#[test]
fn the_surcharge_revalues_the_order_and_ends_the_swap() {
    let mut rng = Rng(1);
    let (mut quoted, mut refused, mut gains, mut moved) = (0, 0, 0, 0);
    for round in 0..4_000 {
        let mut pool = market([1, 7, 28, 91][round % 4], &[0.8, 0.95, 1.0, 1.05, 1.25]);
        for node in &mut pool.nodes {
            (node.calls, node.puts) = (-20_000_000, -20_000_000);
        }
        let mut pool = pool.carried(&mut rng);
        pool.venue_depth = wad_wide(10f64.powf(rng.real(5.0, 9.0)));
        let price = SPOT * (1.0 + rng.real(-0.008, 0.008));
        pool.venue_price = Some(wad_wide(price));
        let before = SPOT * (1.0 + rng.real(-0.008, 0.008));
        pool.venue_before = (round % 2 == 0).then(|| wad_wide(before));
        let before = pool.venue_before.map_or(price, |_| before);
        let pool = pool.hedged(1e7);
        let (node, kind) = (rng.below(5), KINDS[rng.below(2)]);
        let side = [Side::Buy, Side::Sell][rng.below(2)];
        let order = order(node, kind, side, rng.real(0.1, 15.0));
        let options = order.lots as f64 / 1e6;
        let sign = if side == Side::Buy { options } else { -options };
        let found = match quote(&pool.snapshot(), &order) {
            Ok(found) => found,
            Err(QuoteError::VenueTooFar { price: far, limit }) => {
                assert!(side == Side::Buy);
                let (low, high) = (SPOT * 0.995, SPOT * 1.005);
                let bound = if far.float() > SPOT { high } else { low };
                close(limit.float(), bound, 1e-9);
                assert!(far.float() > high || far.float() < low);
                refused += 1;
                continue;
            }
            Err(_) => continue,
        };
        let price = if side == Side::Sell {
            price.clamp(SPOT * 0.995, SPOT * 1.005)
        } else {
            price
        };
        let (end, cost) = swap(&pool, price, found.delta.float(), side == Side::Sell);
        let node = &pool.nodes[node];
        // The pool trades the delta at the venue, whatever the smile makes of the move.
        let gain_at = |price: f64| {
            let moved = value(&pool, node, kind, price) - value(&pool, node, kind, SPOT);
            (sign * moved).max(found.delta.float() * (price - SPOT))
        };
        let before = before.clamp(SPOT * 0.8, SPOT * 1.2);
        let gain = gain_at(price).max(gain_at(before));
        moved += (gain > gain_at(price)) as usize;
        let expected = gain.max(0.0) + cost;
        if found.spread + found.surcharge < found.premium {
            close(found.surcharge.float(), expected, 1e-8 * (1.0 + expected));
            assert!(found.surcharge.float() >= expected - 1e-8);
            close(found.end_price.float(), end, 1e-9);
        }
        let reach = found.delta.float().abs() * price / (2.0 * pool.venue_depth.float());
        close(
            found.reach.float(),
            reach.min(u64::MAX.float()),
            1e-12 * (1.0 + reach),
        );
        quoted += 1;
        gains += (gain > 0.0) as usize;
    }
    assert!(
        quoted > 1_500 && refused > 300 && gains > 500 && moved > 250,
        "{quoted} {refused} {gains} {moved}"
    );
}

#[test]
fn a_venue_far_away_or_empty_stops_no_exit() {
    let mut pool = market(7, &[0.8, 1.0, 1.25]);
    for node in &mut pool.nodes {
        (node.calls, node.puts) = (-5_000_000, -5_000_000);
    }
    let pool = pool.hedged(1e6);
    for (price, depth) in [(0.9, 1e8), (1.1, 1e8), (1.0, 0.0), (0.0, 0.0), (50.0, 1.0)] {
        let mut pool = pool.clone();
        pool.venue_price = Some(wad_wide(SPOT * price));
        pool.venue_depth = wad_wide(depth);
        for node in 0..3 {
            for kind in KINDS {
                assert!(matches!(
                    quote(&pool.snapshot(), &order(node, kind, Side::Buy, 1.0)),
                    Err(QuoteError::VenueTooFar { .. })
                ));
                let found = quote(&pool.snapshot(), &order(node, kind, Side::Sell, 1.0)).unwrap();
                assert!(found.fee() <= found.premium);
                // From one side of the limit to the other, or what the venue's price makes of the option, a fifth away at most.
                let moved = |ratio: f64| {
                    let node = &pool.nodes[node];
                    value(&pool, node, kind, SPOT) - value(&pool, node, kind, SPOT * ratio)
                };
                let delta = found.delta.float();
                let gain =
                    moved(price.clamp(0.8, 1.2)).max(delta * (price.clamp(0.8, 1.2) - 1.0) * SPOT);
                let most = delta.abs() * SPOT * 0.0101 + SPOT * 0.001 + gain.max(0.0);
                assert!(found.surcharge.float() <= most, "{found:?}");
                let end = found.end_price.float();
                assert!(end > SPOT * 0.995 - 1e-6 && end < SPOT * 1.005 + 1e-6);
            }
        }
    }
}

/// A worthless option that the pool pays next to nothing for: its own swap goes no further than what it paid.
#[test]
fn a_sale_whose_charges_are_cut_cuts_its_swap() {
    let mut pool = market(7, &[1.0, 1.3, 1.5]);
    for node in &mut pool.nodes {
        (node.calls, node.puts) = (-5_000_000, -5_000_000);
    }
    let mut cut = 0;
    for depth in [1e5, 1e7] {
        for price in [0.996, 0.999, 1.0, 1.001, 1.004] {
            let mut pool = pool.clone();
            pool.venue_price = Some(wad_wide(SPOT * price));
            pool.venue_depth = wad_wide(depth);
            let pool = pool.hedged(1e6);
            for node in 0..3 {
                for kind in KINDS {
                    let sale = order(node, kind, Side::Sell, 5.0);
                    let found = quote(&pool.snapshot(), &sale).unwrap();
                    let worse = (found.end_price.float() - SPOT) * found.delta.float();
                    assert!(worse <= found.surcharge.float() + 1e-6, "{found:?}");
                    cut += (found.fee() == found.premium) as usize;
                }
            }
        }
    }
    assert!(cut > 5, "{cut}");
}

// ---- attacks ---------------------------------------------------------------------------------------------

/// A venue of constant liquidity, an attacker's purse in quote and base, and the pool that hedges there.
struct Attack {
    pool: Pool,
    price: f64,
    liquidity: f64,
    quote: f64,
    base: f64,
    /// Whether the attacker is the venue's only provider, and so earns its fees and its other side.
    owns_venue: bool,
    /// Base that the pool has swapped.
    hedged: f64,
}

impl Attack {
    fn new(pool: Pool, one_percent: f64, owns_venue: bool) -> Attack {
        Attack {
            pool,
            price: SPOT,
            // L is the quote for a move of 100 %, and Λ = 2L/√v.
            liquidity: 2.0 * one_percent * 100.0 / SPOT.sqrt(),
            quote: 0.0,
            base: 0.0,
            owns_venue,
            hedged: 0.0,
        }
    }

    /// Quote and base that go in (negative: out) when the price moves, fee included.
    fn amounts(&self, to: f64) -> (f64, f64) {
        let fee = self.pool.venue_fee.float();
        let quote = self.liquidity * (to.sqrt() - self.price.sqrt());
        let base = self.liquidity * (1.0 / to.sqrt() - 1.0 / self.price.sqrt());
        if to > self.price {
            (quote / (1.0 - fee), base)
        } else {
            (quote, base / (1.0 - fee))
        }
    }

    fn push(&mut self, to: f64) {
        let (quote, base) = self.amounts(to);
        if !self.owns_venue {
            self.quote -= quote;
            self.base -= base;
        }
        self.price = to;
    }

    /// The feed, the venue and the pool's view of it.
    fn look(&mut self) -> Pool {
        self.pool.venue_price = Some(wad_wide(self.price));
        self.pool.venue_depth = wad_wide(self.liquidity * self.price.sqrt() / 2.0);
        self.pool.clone()
    }

    /// An order and the pool's hedge for it, up to the price that the order pays.
    fn trade(&mut self, order: Leg) -> Result<Quote, QuoteError> {
        let pool = self.look();
        let found = match assess(&pool.snapshot(), &[order], Asked::default()) {
            Ok(found) => found,
            Err(smirk_engine::assess::AssessError::Quote(error)) => return Err(error),
            Err(other) => panic!("{other:?}"),
        };
        let quote = found.quote;
        let paid = match order.side {
            Side::Buy | Side::Cover => (quote.premium + quote.fee()).float(),
            Side::Sell | Side::Write => -(quote.premium - quote.fee()).float(),
        };
        self.quote -= paid;
        self.pool.cash += (paid * 1e18) as i128;
        self.pool.fill(&order);
        self.hedge(found.hedge.own.float(), quote.end_price.float());
        Ok(quote)
    }

    fn hedge(&mut self, own: f64, limit: f64) {
        if own == 0.0 {
            return;
        }
        let fee = self.pool.venue_fee.float();
        let wanted = (1.0 / self.price.sqrt() - own / self.liquidity).powi(-2);
        let to = if own > 0.0 {
            wanted.min(limit * (1.0 - fee)).max(self.price)
        } else {
            // Of what is sold the venue keeps its fee.
            let wanted = (1.0 / self.price.sqrt() - own * (1.0 - fee) / self.liquidity).powi(-2);
            wanted.max(limit / (1.0 - fee)).min(self.price)
        };
        let (quote, base) = self.amounts(to);
        self.pool.cash -= (quote * 1e18) as i128;
        self.pool.hedge_position -= (base * 1e18) as i128;
        self.hedged += base.abs();
        if self.owns_venue {
            self.quote += quote;
            self.base += base;
        }
        self.price = to;
    }

    /// What the attacker has, base at this price.
    fn worth(&self, spot: f64) -> f64 {
        self.quote + self.base * spot
    }
}

/// Push the venue, buy, let the pool hedge, push it the other way, sell, let it hedge, put the price back.
fn cycle(attack: &mut Attack, node: usize, kind: Kind, options: f64, push: f64) -> bool {
    let sign = if kind == Kind::Call { 1.0 } else { -1.0 };
    attack.push(SPOT * (1.0 + sign * push));
    if attack.trade(order(node, kind, Side::Buy, options)).is_err() {
        attack.push(SPOT);
        return false;
    }
    attack.push(SPOT * (1.0 - sign * push));
    attack
        .trade(order(node, kind, Side::Sell, options))
        .expect("an exit is always quoted");
    attack.push(SPOT);
    true
}

#[test]
fn moving_the_venue_around_a_round_trip_costs() {
    let (mut ran, mut best) = (0, f64::MIN);
    for (node, kind) in [
        (0, Kind::Call),
        (1, Kind::Call),
        (1, Kind::Put),
        (2, Kind::Put),
    ] {
        for one_percent in [5e4, 5e5, 5e6] {
            for owns_venue in [false, true] {
                for push in [0.0, 0.000_5, 0.001, 0.002_2, 0.003, 0.004, 0.004_4] {
                    for options in [0.5, 3.0, 20.0, 80.0] {
                        let pool = market(7, &[0.8, 1.0, 1.25]).hedged(1e6);
                        let mut attack = Attack::new(pool, one_percent, owns_venue);
                        let before = attack.worth(SPOT);
                        if !cycle(&mut attack, node, kind, options, push) {
                            continue;
                        }
                        let gain = attack.worth(SPOT) - before;
                        best = best.max(gain);
                        assert!(
                            gain < 0.0,
                            "{gain}: {options} of {node} {kind:?}, {one_percent} {owns_venue} {push}"
                        );
                        // The path that is attacked: the pool did swap.
                        ran += (attack.hedged > 0.1) as usize;
                    }
                }
            }
        }
    }
    assert!(ran > 150, "{ran}, best {best}");
}

#[test]
fn four_hundred_cycles_leave_the_pool_richer() {
    for (one_percent, owns_venue) in [(5e5, true), (5e6, true), (5e6, false)] {
        let pool = market(7, &[0.8]).hedged(1e6);
        let mut attack = Attack::new(pool, one_percent, owns_venue);
        let mut cycles = 0;
        for _ in 0..400 {
            cycles += cycle(&mut attack, 0, Kind::Call, 10.0, 0.001) as usize;
        }
        let pool = attack.look();
        let left = smirk_engine::book::mark(&pool.snapshot()).nav.float();
        assert!(
            cycles == 400 && attack.hedged > 1_000.0,
            "{cycles} {}",
            attack.hedged
        );
        assert!(left > 1e6 && attack.worth(SPOT) < 0.0, "{left}");
    }
}

/// The venue knows first: buy at the old feed, sell when it has followed. In and out of the money, calls and puts, to
/// an hour before expiry.
#[test]
fn a_venue_ahead_of_the_feed_is_no_profit() {
    let (mut tried, mut best) = (0, f64::MIN);
    for hours in [1, 6, 24, 168] {
        for (node, share) in [0.8, 0.97, 1.0, 1.03, 1.25].into_iter().enumerate() {
            for kind in KINDS {
                for ahead in [-0.004_4, -0.002, -0.001, 0.001, 0.002, 0.003, 0.004_4] {
                    let mut pool = market(7, &[0.8, 0.97, 1.0, 1.03, 1.25]);
                    pool.slices[0].expiry = NOW + hours * DAY / 24;
                    assert_eq!(pool.nodes[node].strike, wad_wide(SPOT * share));
                    let mut attack = Attack::new(pool.hedged(1e6), 5e6, false);
                    // Honest trade moved it.
                    attack.price = SPOT * (1.0 + ahead);
                    let buy = order(node, kind, Side::Buy, 5.0);
                    if attack.trade(buy).is_err() {
                        continue;
                    }
                    let after = SPOT * (1.0 + ahead);
                    attack.pool.spot = wad_wide(after);
                    attack.price = after;
                    let sell = order(node, kind, Side::Sell, 5.0);
                    attack.trade(sell).expect("an exit is always quoted");
                    let gain = attack.worth(after);
                    best = best.max(gain);
                    assert!(gain < 0.0, "{gain}: {hours} h, {share} {kind:?} {ahead}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 200, "{tried}, best {best}");
}

#[test]
fn the_order_pays_for_its_own_part_of_the_hedge_only() {
    let mut rng = Rng(2);
    let (mut own, mut none, mut all) = (0, 0, 0);
    for _ in 0..2_000 {
        let mut pool = market(7, &[0.8, 1.0, 1.25]);
        for node in &mut pool.nodes {
            (node.calls, node.puts) = (-5_000_000, -5_000_000);
        }
        pool.hedge_position = (rng.real(0.0, 25.0) * 1e18) as i128;
        let side = [Side::Buy, Side::Sell][rng.below(2)];
        let order = order(rng.below(3), KINDS[rng.below(2)], side, rng.real(0.1, 5.0));
        let Ok(found) = assess(&pool.snapshot(), &[order], Asked::default()) else {
            continue;
        };
        let (plan, delta) = (found.hedge, found.quote.delta);
        // The pool buys base for a taker who is longer by the order.
        let same = (plan.trade > 0) == (delta > 0);
        let expected = if plan.trade == 0 || delta == 0 || !same {
            none += 1;
            0
        } else if plan.trade.abs() > delta.abs() {
            own += 1;
            delta
        } else {
            all += 1;
            plan.trade
        };
        assert_eq!(plan.own, expected);
        let idle = assess(&pool.snapshot(), &[], Asked::default()).unwrap();
        assert_eq!(idle.hedge.own, 0);
    }
    assert!(own > 100 && none > 100 && all > 20, "{own} {none} {all}");
    assert!(wad(1.0) == WAD as u64);
}
