//! Jumps of a posted slice and a spot that has moved: what they are, and that nobody earns by trading around a post.

mod common;

use common::{black76, close, slice, wad, wad_wide, Float, Pool, Rng, Smile, NOW, WAD};
use smirk_engine::book::mark_node;
use smirk_engine::quote::quote;
use smirk_engine::state::{Kind, Leg, Node, Quote, Side, Slice, YEAR};
use smirk_engine::surface::{check_anchor, jump, vol, MELTING};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];
const LOW: u128 = 1_000 * WAD;
const HIGH: u128 = 6_250 * WAD;

/// A smile's vol at a strike, in floating point.
fn vol_at(slice: &Slice, spot: f64, strike: f64, now: u64) -> f64 {
    let tau = (slice.expiry - now) as f64 / YEAR as f64;
    let forward = spot * (slice.carry as f64 / 1e18 * tau).exp();
    Smile::of(slice, now).total_vol((strike / forward).ln()) / tau.sqrt()
}

fn random(rng: &mut Rng, days: u64) -> Slice {
    let mut posted = slice(
        days,
        rng.real(0.3, 1.2),
        rng.real(0.2, 0.6),
        rng.real(0.1, 0.5),
    );
    posted.spot = wad_wide(rng.real(2_300.0, 2_700.0));
    posted.carry = (rng.real(-0.1, 0.3) * 1e18) as i64;
    posted
}

/// The slice a post away: everything moved by up to so much.
fn moved(rng: &mut Rng, old: &Slice, most: f64) -> Slice {
    let mut near = |value: u64| wad(value.float() * rng.real(-most, most).exp());
    Slice {
        atm_vol: near(old.atm_vol),
        left_wing: near(old.left_wing),
        right_wing: near(old.right_wing),
        ..*old
    }
}

#[test]
fn a_jump_is_the_largest_change_of_vol_and_what_is_left_of_the_last() {
    let mut rng = Rng(1);
    let (mut at_the_money, mut at_an_end) = (0, 0);
    for round in 0..5_000 {
        let mut old = random(&mut rng, 1 + round % 90);
        old.vol_jump = wad(rng.real(0.0, 0.2));
        old.carry_jump = wad(rng.real(0.0, 0.02));
        let seconds = rng.below(2_400) as u64;
        let now = NOW + seconds;
        let mut new = moved(&mut rng, &old, 0.3);
        new.posted_at = now;
        new.spot = wad_wide(old.spot.float() * rng.real(0.95, 1.05));
        new.carry = (rng.real(-0.1, 0.3) * 1e18) as i64;
        let (found, carry) = jump(&old, &new, now, LOW, HIGH);
        let rest = 1.0 - (seconds as f64 / MELTING as f64).min(1.0);
        let spot = new.spot.float();
        let change =
            |strike: f64| (vol_at(&old, spot, strike, now) - vol_at(&new, spot, strike, now)).abs();
        let middle = (old.atm_vol.float() - new.atm_vol.float()).abs();
        let ends = [1_000.0f64, 6_250.0]
            .into_iter()
            .flat_map(|end| [1.0, 0.5, 0.25].map(|part| spot * (end / spot).powf(part)))
            .fold(0.0f64, |most, strike| most.max(change(strike)));
        let expected = rest * old.vol_jump.float() + middle.max(ends);
        close(found.float(), expected, 1e-10);
        let tau = (new.expiry - now) as f64 / YEAR as f64;
        let change = (old.carry - new.carry).abs() as f64 / 1e18 * tau;
        close(carry.float(), rest * old.carry_jump.float() + change, 1e-12);
        at_the_money += (middle > ends) as usize;
        at_an_end += (middle < ends) as usize;
    }
    assert!(
        at_the_money > 300 && at_an_end > 300,
        "{at_the_money} {at_an_end}"
    );
}

#[test]
fn a_post_that_changes_nothing_erases_nothing_and_a_first_one_is_no_jump() {
    let mut old = slice(28, 0.65, 0.4, 0.28);
    old.spot = 2_500 * WAD;
    (old.vol_jump, old.carry_jump) = (wad(0.06), wad(0.003));
    let again = Slice {
        posted_at: NOW + 600,
        ..old
    };
    assert_eq!(
        jump(&old, &again, NOW + 600, LOW, HIGH),
        (wad(0.04), wad(0.002))
    );
    assert_eq!(jump(&old, &again, NOW + MELTING, LOW, HIGH), (0, 0));
    // A clock that went back, and jumps that do not fit.
    assert_eq!(
        jump(&old, &again, NOW - 1, LOW, HIGH),
        (wad(0.06), wad(0.003))
    );
    old.vol_jump = u64::MAX;
    let far = Slice {
        atm_vol: wad(3.0),
        ..again
    };
    assert_eq!(jump(&old, &far, NOW, LOW, HIGH).0, u64::MAX);
    let first = Slice {
        expiry: old.expiry,
        ..Slice::default()
    };
    assert_eq!(jump(&first, &again, NOW, LOW, HIGH), (0, 0));
}

/// Between the ends no strike's vol changes by more than a little beyond the jump.
#[test]
fn no_strike_of_the_opening_range_moves_much_further_than_the_jump() {
    let mut rng = Rng(2);
    let mut worst = 0.0f64;
    for round in 0..5_000 {
        let old = random(&mut rng, 1 + round % 90);
        let new = moved(&mut rng, &old, 0.2);
        if check_anchor(&old, None, None, NOW).is_err()
            || check_anchor(&new, None, None, NOW).is_err()
        {
            continue;
        }
        let (jump, _) = jump(&old, &new, NOW, LOW, HIGH);
        for step in 0..=50 {
            let strike = LOW + (HIGH - LOW) / 50 * step;
            let change =
                vol(&old, old.spot, strike, NOW).abs_diff(vol(&new, old.spot, strike, NOW));
            worst = worst.max(change as f64 - jump as f64);
        }
    }
    assert!(worst / 1e18 < 0.018, "{}", worst / 1e18);
}

fn market(posted: Slice) -> Pool {
    let mut pool = Pool::empty();
    pool.spot = posted.spot;
    pool.slices.push(posted);
    for step in 0..12 {
        pool.nodes.push(Node {
            slice: 0,
            strike: wad_wide(pool.spot.float() * (0.5 + 0.1 * step as f64)),
            calls: -1_000_000,
            puts: -1_000_000,
        });
    }
    pool.parameters.depth = 1_000_000_000 * WAD;
    pool.venue_fee = 0;
    pool.venue_depth = 1_000_000_000_000 * WAD;
    pool.hedged(1e7)
}

fn one(pool: &Pool, node: usize, kind: Kind, side: Side) -> Quote {
    let order = Leg {
        node,
        kind,
        side,
        lots: 10_000,
    };
    quote(&pool.snapshot(), &order).unwrap()
}

/// Of the order's premium and spread alone, per option.
fn price(pool: &Pool, node: usize, kind: Kind, side: Side) -> f64 {
    let found = one(pool, node, kind, side);
    let total = match side {
        Side::Buy | Side::Cover => found.premium.float() + found.spread.float(),
        Side::Sell | Side::Write => found.premium.float() - found.spread.float(),
    };
    total * 100.0
}

/// Small posts and posts that halve the vol: a purchase is not below the dearer of old and new, a sale not above the
/// cheaper, at any strike and kind, right after the post.
#[test]
fn right_after_a_post_nobody_buys_below_or_sells_above_the_old_surface() {
    let mut rng = Rng(3);
    let (mut compared, mut dearer) = (0, 0);
    for round in 0..400 {
        let old = random(&mut rng, [1, 7, 28, 91][round % 4]);
        // All vols by one factor: the jump is then that of every strike, at most.
        let factor = rng.real(-0.7, 0.4f64).exp();
        let mut new = Slice {
            atm_vol: wad(old.atm_vol.float() * factor),
            ..old
        };
        if check_anchor(&old, None, None, NOW).is_err()
            || check_anchor(&new, None, None, NOW).is_err()
        {
            continue;
        }
        let (low, high) = (
            wad_wide(old.spot.float() * 0.4),
            wad_wide(old.spot.float() * 2.5),
        );
        (new.vol_jump, new.carry_jump) = jump(&old, &new, NOW, low, high);
        let (before, after) = (market(old), market(new));
        for node in 0..12 {
            let was = mark_node(&before.snapshot(), &before.nodes[node]);
            let is = mark_node(&after.snapshot(), &after.nodes[node]);
            for (kind, was, is) in [
                (Kind::Call, was.call, is.call),
                (Kind::Put, was.put, is.put),
            ] {
                let (ask, bid) = (
                    price(&after, node, kind, Side::Buy),
                    price(&after, node, kind, Side::Sell),
                );
                let slack = 0.05;
                assert!(
                    ask + slack >= was.max(is).float(),
                    "{ask} {was} {is} {:?} {:?} {:?}",
                    one(&after, node, kind, Side::Buy),
                    new,
                    after.nodes[node]
                );
                assert!(bid - slack <= was.min(is).float(), "{bid} {was} {is}");
                compared += 1;
                dearer += (was > is) as usize;
            }
        }
    }
    assert!(compared > 3_000 && dearer > 1_000, "{compared} {dearer}");
}

/// A goal for the vols that is known before the post: bought just before it, sold at any time after, or shorted in the
/// other order by who holds. What has melted of the jump is all that can be had.
#[test]
fn a_post_to_a_known_goal_is_no_profit_while_its_jump_lasts() {
    let mut worst = f64::MIN;
    for goal in [0.5, 0.8, 0.95, 1.05, 1.2, 1.5] {
        let mut posted = slice(28, 0.65, 0.4, 0.28);
        posted.spot = 2_500 * WAD;
        let before = market(posted);
        let mut new = posted;
        new.atm_vol = wad(0.65 * goal);
        new.posted_at = NOW + 1;
        (new.vol_jump, new.carry_jump) = jump(&posted, &new, NOW + 1, LOW, HIGH);
        for node in 0..12 {
            for kind in KINDS {
                for minutes in [0, 5, 10, 20] {
                    let mut after = before.clone();
                    after.slices[0] = new;
                    after.now = NOW + 1 + 60 * minutes;
                    let (strike, spot) = (after.nodes[node].strike.float(), after.spot.float());
                    // Of an option in twenty minutes.
                    let time = 1.0;
                    let value = |total_vol: f64| {
                        let (call, put) = black76(spot, strike, total_vol);
                        if kind == Kind::Call {
                            call
                        } else {
                            put
                        }
                    };
                    let root_tau = after.tau(&after.nodes[node]).sqrt();
                    let jump = new.vol_jump.float() * root_tau;
                    let melted = jump * minutes as f64 / 30.0;
                    let v = after.total_vol(&after.nodes[node]);
                    let low = (v - jump).max(0.0);
                    let allowed = value(low + melted) - value(low);
                    let bought = price(&before, node, kind, Side::Buy);
                    let sold = price(&after, node, kind, Side::Sell);
                    worst = worst.max(sold - bought - allowed);
                    // A holder who sells before a fall and buys back after it.
                    let allowed = value(v + jump) - value(v + jump - melted);
                    let sold = price(&before, node, kind, Side::Sell);
                    let bought = price(&after, node, kind, Side::Buy);
                    worst = worst.max(sold - bought - allowed - time);
                }
            }
        }
    }
    assert!(worst < 0.0, "{worst}");
}

/// Spot falls, vols follow later: what a call or a put bought at the old vols is worth at the new ones.
#[test]
fn vols_that_lag_spot_are_no_gift() {
    let mut worst = f64::MIN;
    for fall in [0.02, 0.04, 0.06, 0.076] {
        let mut posted = slice(28, 0.65, 0.4, 0.28);
        posted.spot = 2_500 * WAD;
        let mut pool = market(posted);
        pool.spot = wad_wide(2_500.0 * (1.0 - fall));
        let pool = pool.hedged(1e7);
        // A fall of a tenth lifts vols by 15 %.
        let lift = 1.0 + 1.5 * fall;
        for node in 0..12 {
            let strike = pool.nodes[node].strike.float();
            let spot = pool.spot.float();
            let v = pool.total_vol(&pool.nodes[node]) * lift;
            let (call, put) = black76(spot, strike, v);
            for (kind, value) in [(Kind::Call, call), (Kind::Put, put)] {
                worst = worst.max(value - price(&pool, node, kind, Side::Buy));
            }
        }
    }
    assert!(worst < 0.0, "{worst}");
}
