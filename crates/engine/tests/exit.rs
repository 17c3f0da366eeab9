//! What providers leave at, and that going in and out around orders does not pay.

mod common;

use common::potential::Objective;
use common::{close, slice, wad, wad_wide, Float, Pool, Rng, WAD};
use smirk_engine::assess::{assess, Asked, Assessment};
use smirk_engine::book::mark;
use smirk_engine::capacity::exit_charge;
use smirk_engine::shares::{to_assets_down, to_shares_down};
use smirk_engine::state::{Kind, Leg, Node, Side};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];
const EXIT: Asked = Asked {
    stress: false,
    exit: true,
};

fn exit(pool: &Pool) -> Assessment {
    assess(&pool.snapshot(), &[], EXIT).unwrap()
}

#[test]
fn providers_leave_at_the_mark_s_low_side_or_at_the_potential_if_that_is_less() {
    let mut rng = Rng(1);
    let (mut by_mark, mut by_potential) = (0, 0);
    for round in 0..200 {
        let mut pool = match round % 2 {
            0 => Pool::short(&mut rng, 5.0),
            _ => Pool::random(&mut rng, 4, 5, 4.0).carried(&mut rng),
        };
        pool.parameters.nav_spread = wad(rng.real(0.0, 0.1));
        let pool = pool.hedged(1e6);
        let objective = Objective::new(&pool);
        let start = vec![0.0; 3 * pool.slices.len()];
        let Some(maximum) = objective.climb(&start).filter(|found| found.largest < 0.2) else {
            continue;
        };
        let excess = maximum.cost - objective.at(&start);
        assert!(excess > 0.0);
        let found = exit(&pool).after;
        let potential = found.nav.float() - excess;
        close(
            found.nav_exit.float(),
            potential.min(found.nav_low.float()),
            2e-3,
        );
        assert!(found.nav_exit <= found.nav_low);
        if found.nav_exit < found.nav_low {
            by_potential += 1;
        } else {
            by_mark += 1;
        }
    }
    assert!(
        by_mark > 10 && by_potential > 50,
        "{by_mark} {by_potential}"
    );
}

#[test]
fn far_beyond_the_cap_a_book_is_unwound_within_a_quarter() {
    let mut pool = Pool::listed();
    pool.nodes[20].calls = -10_000_000_000;
    let found = exit(&pool).after;
    let objective = Objective::new(&pool);
    let start = vec![0.0; 3 * pool.slices.len()];
    let maximum = objective.climb_within(0.25);
    assert_eq!(maximum.largest, 0.25);
    let excess = maximum.cost - objective.at(&start);
    close(found.nav_exit.float(), found.nav.float() - excess, 1e-3);
    // Nothing held, nothing kept; and nothing where it is not asked for.
    let empty = Pool::listed();
    assert_eq!(exit(&empty).after.nav_exit, empty.cash);
    let unasked = assess(&empty.snapshot(), &[], Asked::default()).unwrap();
    assert_eq!(unasked.after.nav_exit, 0);
}

/// A pool that issues shares; cash that is not earned yet stays out of it.
struct Shares {
    pool: Pool,
    supply: u128,
}

impl Shares {
    fn new(pool: Pool) -> Shares {
        let nav = exit(&pool).after.nav_high as u128;
        Shares {
            pool,
            supply: nav * 1_000,
        }
    }

    fn deposit(&mut self, assets: u128) -> u128 {
        let high = mark(&self.pool.snapshot()).nav_high as u128;
        let shares = to_shares_down(assets, high, self.supply).unwrap();
        self.pool.cash += assets as i128;
        self.supply += shares;
        shares
    }

    /// What redeeming pays, at the low side and after the charge; `None` where a tail would not be carried.
    fn redeem(&mut self, shares: u128) -> Option<u128> {
        let found = exit(&self.pool);
        let low = found.after.nav_exit.max(0) as u128;
        let payout = to_assets_down(shares, low, self.supply).unwrap();
        let equity = found.after.nav as u128;
        let charge = exit_charge(&found.tails, equity, payout, &self.pool.parameters);
        let paid = payout.checked_sub(charge)?;
        self.pool.cash -= paid as i128;
        self.supply -= shares;
        Some(paid)
    }

    /// An order, hedged at the feed. What the taker pays.
    fn trade(&mut self, order: &Leg) -> Option<i128> {
        let found = assess(&self.pool.snapshot(), &[*order], Asked::default()).ok()?;
        let quote = found.quote;
        let unearned = (quote.capacity + quote.rent) as i128;
        let paid = match order.side {
            Side::Buy | Side::Cover => (quote.premium + quote.fee()) as i128,
            Side::Sell | Side::Write => -((quote.premium - quote.fee()) as i128),
        };
        self.pool.cash += paid - unearned;
        self.pool.fill(order);
        let base = -mark(&self.pool.snapshot()).net_delta - self.pool.hedge_position;
        self.pool.hedge_position += base;
        self.pool.cash -= (base.float() * self.pool.spot.float() * 1e18) as i128;
        Some(paid)
    }
}

fn market(days: &[u64]) -> Pool {
    let mut pool = Pool::empty();
    pool.spot = 2_500 * WAD;
    for (index, days) in days.iter().enumerate() {
        pool.slices.push(slice(*days, 0.65, 0.40, 0.28));
        pool.nodes
            .extend([0.8, 0.9, 1.0, 1.1, 1.25].map(|share| Node {
                slice: index as u8,
                strike: wad_wide(2_500.0 * share),
                calls: 0,
                puts: 0,
            }));
    }
    pool.hedged(1e6)
}

fn order(node: usize, kind: Kind, side: Side, lots: u64) -> Leg {
    Leg {
        node,
        kind,
        side,
        lots,
    }
}

/// Deposit, buy until the shift is near its cap, redeem, sell.
#[test]
fn a_provider_who_shifts_the_surface_before_leaving_loses() {
    let mut ran = 0;
    for days in [7, 28, 91] {
        for node in 0..5 {
            for kind in KINDS {
                for deposit in [1e4, 3e5, 1e6, 5e6] {
                    for size in [5.0, 40.0, 90.0] {
                        let mut shares = Shares::new(market(&[days]));
                        let assets = wad_wide(deposit);
                        let held = shares.deposit(assets);
                        let lots = (size * 1e6) as u64;
                        let Some(bought) = shares.trade(&order(node, kind, Side::Buy, lots)) else {
                            continue;
                        };
                        let Some(redeemed) = shares.redeem(held) else {
                            continue;
                        };
                        let sold = shares.trade(&order(node, kind, Side::Sell, lots)).unwrap();
                        let gain = redeemed as i128 - assets as i128 - bought - sold;
                        assert!(
                            gain < 0,
                            "{} {days} {node} {kind:?} {deposit} {size}",
                            gain.float()
                        );
                        ran += 1;
                    }
                }
            }
        }
    }
    assert!(ran > 200, "{ran}");
}

/// The other way round: a position first, the deposit while the surface is shifted, out after it is back.
#[test]
fn a_provider_who_comes_while_the_surface_is_shifted_loses() {
    let mut ran = 0;
    for days in [7, 28, 91] {
        for node in 0..5 {
            for kind in KINDS {
                for size in [5.0, 40.0, 90.0] {
                    let mut shares = Shares::new(market(&[days]));
                    let lots = (size * 1e6) as u64;
                    let Some(bought) = shares.trade(&order(node, kind, Side::Buy, lots)) else {
                        continue;
                    };
                    let assets = wad_wide(1e6);
                    let held = shares.deposit(assets);
                    let sold = shares.trade(&order(node, kind, Side::Sell, lots)).unwrap();
                    let redeemed = shares.redeem(held).unwrap();
                    let gain = redeemed as i128 - assets as i128 - bought - sold;
                    assert!(gain < 0, "{} {days} {node} {kind:?} {size}", gain.float());
                    ran += 1;
                }
            }
        }
    }
    assert!(ran > 50, "{ran}");
}

/// Two equal providers, other takers' orders in between: who leaves first gets what the other gets, but for what the
/// first one's charge leaves behind.
#[test]
fn of_two_equal_providers_neither_gains_by_leaving_first() {
    let mut rng = Rng(2);
    for _ in 0..50 {
        let mut shares = Shares::new(market(&[7, 28, 91]));
        let held = [shares.deposit(wad_wide(2e5)), shares.deposit(wad_wide(2e5))];
        for _ in 0..6 {
            let lots = 1 + rng.bits() % 3_000_000;
            let order = order(rng.below(15), KINDS[rng.below(2)], Side::Buy, lots);
            shares.trade(&order);
        }
        let first = shares.redeem(held[0]).unwrap().float();
        let second = shares.redeem(held[1]).unwrap().float();
        assert!(
            first <= second * 1.0005 && second <= first * 1.01,
            "{first} {second}"
        );
    }
}
