//! The keeper: posts the market's surface, in an order in which no write breaks the contract's checks.

use smirk_engine::state::{Slice, YEAR};
use smirk_engine::surface::{check_anchor, distance, interpolate};

use crate::market::Surface;

/// A change smaller than this share of a vol or wing is not worth a transaction.
const WORTHWHILE: f64 = 0.003;
/// Nor is a forward that moves by less than this share against spot.
const WORTHWHILE_BASIS: f64 = 2e-5;
/// Spot may move this far, as a logarithm, before an anchor is posted again: the pool widens its spread beyond 0.5 %.
const SPOT_MOVE: f64 = 0.003;
/// An anchor older than this is posted again even when unchanged, seconds.
const REFRESH: u64 = 3_000;

/// Largest jump of carry times time that posts may leave, WAD.
const MOST_CARRY_JUMP: f64 = 5e16;

/// What a post is made against.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Block time, unix seconds.
    pub now: u64,
    /// Feed price, WAD.
    pub spot: u128,
    /// The contract's limits.
    pub limits: Limits,
}

/// The contract's limits on a post.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Least time between two posts of one expiry, seconds.
    pub interval: u64,
    /// Largest jump that posts may leave, relative to the vol before.
    pub jump: f64,
    /// Lowest and highest strike over spot at which the jump is looked at.
    pub moneyness: [f64; 2],
}

/// The market's slice of an expiry at `now`: linear in time between the snapshots before and after that have it, the
/// nearest snapshot's outside them.
pub fn target(surfaces: &[Surface], expiry: u64, now: u64) -> Option<Slice> {
    let at = |surface: &Surface| {
        surface
            .slices
            .iter()
            .find(|slice| slice.expiry == expiry)
            .map(|slice| (surface.time, *slice))
    };
    let split = surfaces.partition_point(|surface| surface.time <= now);
    let before = surfaces[..split].iter().rev().find_map(at);
    let after = surfaces[split..].iter().find_map(at);
    match (before, after) {
        (Some((t0, a)), Some((t1, b))) => {
            let share = (now - t0) as f64 / (t1 - t0) as f64;
            Some(mixed(&a, &b, share, now))
        }
        (Some((_, only)), None) => Some(Slice {
            posted_at: now,
            ..only
        }),
        // Not listed by the market yet.
        (None, _) => None,
    }
}

/// `share` of the way from `a` to `b` in every number.
fn mixed(a: &Slice, b: &Slice, share: f64, now: u64) -> Slice {
    let float = |a: f64, b: f64| (a + share * (b - a)).round();
    let mix = |a: u64, b: u64| float(a as f64, b as f64) as u64;
    Slice {
        atm_vol: mix(a.atm_vol, b.atm_vol),
        left_wing: mix(a.left_wing, b.left_wing),
        right_wing: mix(a.right_wing, b.right_wing),
        carry: float(a.carry as f64, b.carry as f64) as i64,
        posted_at: now,
        ..*a
    }
}

/// The posts to send now, in order, that bring `listed` to `targets` (matched by expiry).
///
/// Each write is checked against the neighbours of the moment, so that one may have to wait for another; where no order
/// brings all the way, some go part of it.
pub fn plan(listed: &[Slice], targets: &[Slice], moment: Moment) -> Vec<Slice> {
    let mut surface = listed.to_vec();
    let mut waiting: Vec<usize> = (0..surface.len())
        .filter(|&i| is_due(&surface[i], targets, moment))
        .collect();
    let mut posts = Vec::new();
    // The whole way first wherever it fits; each post may make room for its neighbours. The last share is a refresh.
    for share in [1.0, 0.75, 0.5, 0.25, 0.0] {
        loop {
            let fits = waiting.iter().find_map(|&i| {
                let post = candidate(&surface, i, targets, moment, share)?;
                Some((i, accepted(&surface, i, post, moment)?))
            });
            let Some((i, post)) = fits else { break };
            waiting.retain(|&other| other != i);
            surface[i] = post;
            posts.push(post);
        }
    }
    posts
}

fn is_due(old: &Slice, targets: &[Slice], moment: Moment) -> bool {
    let Some(target) = targets.iter().find(|target| target.expiry == old.expiry) else {
        return false;
    };
    if old.expiry <= moment.now {
        return false;
    }
    if old.atm_vol == 0 {
        return true;
    }
    let tau = (old.expiry - moment.now) as f64 / YEAR as f64;
    let basis = (target.carry - old.carry) as f64 / 1e18 * tau;
    let spot_move = (moment.spot as f64 / old.spot as f64).ln();
    let age = moment.now.saturating_sub(old.posted_at);
    let has_moved = differs(old, target, WORTHWHILE)
        || basis.abs() > WORTHWHILE_BASIS
        || spot_move.abs() > SPOT_MOVE;
    age >= moment.limits.interval && (has_moved || age >= REFRESH)
}

/// Whether a vol or wing differs by more than a share of it.
fn differs(old: &Slice, new: &Slice, share: f64) -> bool {
    [
        (old.atm_vol, new.atm_vol),
        (old.left_wing, new.left_wing),
        (old.right_wing, new.right_wing),
    ]
    .into_iter()
    .any(|(old, new)| (new as f64 / old as f64 - 1.0).abs() > share)
}

/// `share` of the way to the target. An expiry without an anchor starts at its target, or between its neighbours when
/// there is no room for that.
fn candidate(
    surface: &[Slice],
    i: usize,
    targets: &[Slice],
    moment: Moment,
    share: f64,
) -> Option<Slice> {
    let old = &surface[i];
    let target = targets.iter().find(|target| target.expiry == old.expiry)?;
    let now = moment.now;
    let post = if old.atm_vol != 0 {
        mixed(old, target, share, now)
    } else if share == 1.0 {
        *target
    } else {
        let (earlier, later) = (before(surface, i, now), after(surface, i, now));
        interpolate(earlier, later, old.expiry, now)
    };
    Some(Slice {
        posted_at: now,
        spot: moment.spot,
        ..post
    })
}

/// The post, if the contract would take it: neighbours and jumps, from the one before or an expiry's first one from its neighbours'.
fn accepted(surface: &[Slice], i: usize, mut post: Slice, moment: Moment) -> Option<Slice> {
    let (now, limits) = (moment.now, moment.limits);
    let near = [before(surface, i, now), after(surface, i, now)];
    check_anchor(&post, near[0], near[1], now).ok()?;
    let strike = |moneyness: f64| (moment.spot as f64 * moneyness) as u128;
    let [low, high] = limits.moneyness.map(strike);
    // A hair inside the limits, which the contract takes in integers.
    let fits = |from: &Slice, (vol, carry): (u64, u64)| {
        vol as f64 <= from.atm_vol as f64 * limits.jump * 0.999
            && carry as f64 <= MOST_CARRY_JUMP * 0.999
    };
    if surface[i].atm_vol == 0 {
        let mut near = near.into_iter().flatten();
        let is_near = |near: &Slice| fits(near, distance(near, &post, now, low, high)[0]);
        return near.all(is_near).then_some(post);
    }
    // The pool says jumps as they are now.
    let old = Slice {
        posted_at: now,
        ..surface[i]
    };
    let [(vol, carry), whole] = distance(&old, &post, now, low, high);
    (post.vol_jump, post.carry_jump) = whole;
    // A fifth of the most passes whatever is left of earlier jumps.
    fits(
        &old,
        (
            whole.0.min(vol.saturating_mul(5)),
            whole.1.min(carry.saturating_mul(5)),
        ),
    )
    .then_some(post)
}

fn is_posted(slice: &&Slice, now: u64) -> bool {
    slice.atm_vol != 0 && slice.expiry > now
}

fn before(surface: &[Slice], i: usize, now: u64) -> Option<&Slice> {
    surface[..i]
        .iter()
        .rev()
        .find(|slice| is_posted(slice, now))
}

fn after(surface: &[Slice], i: usize, now: u64) -> Option<&Slice> {
    surface[i + 1..].iter().find(|slice| is_posted(slice, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_surface;
    use crate::market::Market;
    use smirk_engine::surface::rest_up;
    use std::path::Path;

    const LIMITS: Limits = Limits {
        interval: 60,
        jump: 0.5,
        moneyness: [0.4, 2.5],
    };

    fn week() -> Market {
        Market::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week")).unwrap()
    }

    /// Runs the keeper over the week and hands every post with the surface it was made on to `see`.
    fn run(mut see: impl FnMut(&[Slice], &Slice, u64)) -> Vec<Slice> {
        let market = week();
        let end = market.surfaces[market.surfaces.len() - 1].time;
        let mut listed: Vec<Slice> = Vec::new();
        for now in (market.surfaces[0].time..=end).step_by(900) {
            listed.retain(|slice| slice.expiry > now);
            let expiries = market
                .surfaces
                .iter()
                .filter(|s| s.time <= now)
                .flat_map(|s| s.slices.iter().map(|s| s.expiry));
            for expiry in expiries.filter(|&expiry| expiry > now) {
                if !listed.iter().any(|slice| slice.expiry == expiry) {
                    listed.push(Slice {
                        expiry,
                        ..Slice::default()
                    });
                }
            }
            listed.sort_by_key(|slice| slice.expiry);
            let targets: Vec<Slice> = listed
                .iter()
                .filter_map(|slice| target(&market.surfaces, slice.expiry, now))
                .collect();
            let spot = (market.spot(now) * 1e18) as u128;
            let moment = Moment {
                now,
                spot,
                limits: LIMITS,
            };
            let said: Vec<Slice> = listed.iter().map(|slice| as_said(slice, now)).collect();
            for post in plan(&said, &targets, moment) {
                see(&listed, &post, now);
                let slice = listed
                    .iter_mut()
                    .find(|slice| slice.expiry == post.expiry)
                    .unwrap();
                *slice = post;
            }
        }
        listed
    }

    /// A slice as the pool's view says it: jumps as they are now.
    fn as_said(slice: &Slice, now: u64) -> Slice {
        let rest = |jump: u64| rest_up(jump, slice.posted_at, now);
        Slice {
            vol_jump: rest(slice.vol_jump),
            carry_jump: rest(slice.carry_jump),
            ..*slice
        }
    }

    #[test]
    fn every_post_of_the_week_keeps_the_surface_free_of_arbitrage() {
        let mut posts = 0;
        run(|listed, post, now| {
            posts += 1;
            let mut surface: Vec<Slice> = listed
                .iter()
                .filter(|slice| slice.atm_vol != 0 && slice.expiry != post.expiry)
                .copied()
                .collect();
            surface.push(*post);
            surface.sort_by_key(|slice| slice.expiry);
            check_surface(&surface, now).unwrap();
        });
        assert!(posts > 1_000, "{posts} posts");
    }

    #[test]
    fn the_surface_stays_on_the_market_all_week() {
        let market = week();
        let mut widest: f64 = 0.0;
        run(|listed, _, now| {
            for slice in listed
                .iter()
                .filter(|slice| slice.posted_at == now && slice.expiry > now)
            {
                let wanted = target(&market.surfaces, slice.expiry, now).unwrap();
                let gap = (slice.atm_vol as f64 / wanted.atm_vol as f64 - 1.0).abs();
                widest = widest.max(gap);
                assert_eq!(slice.spot, (market.spot(now) * 1e18) as u128);
            }
        });
        assert!(widest < 0.05, "a post is {widest} away");
    }

    #[test]
    fn a_forward_or_a_spot_that_moves_is_reason_enough_to_post() {
        let now = 1_770_000_000;
        let slice = Slice {
            expiry: now + 30 * 86_400,
            atm_vol: 600_000_000_000_000_000,
            left_wing: 400_000_000_000_000_000,
            right_wing: 300_000_000_000_000_000,
            posted_at: now - 900,
            carry: 50_000_000_000_000_000,
            spot: 2_000_000_000_000_000_000_000,
            ..Slice::default()
        };
        let posts = |target: Slice, spot: u128| {
            let limits = LIMITS;
            plan(&[slice], &[target], Moment { now, spot, limits })
        };
        assert_eq!(posts(slice, slice.spot), []);
        let dearer = Slice {
            carry: 60_000_000_000_000_000,
            ..slice
        };
        assert_eq!(posts(dearer, slice.spot)[0].carry, dearer.carry);
        let spot = slice.spot / 1_000 * 996;
        assert_eq!(posts(slice, spot)[0].spot, spot);
    }

    #[test]
    fn the_week_ends_on_the_market() {
        let market = week();
        let last = &market.surfaces[market.surfaces.len() - 1];
        for slice in run(|_, _, _| {}) {
            let known = last
                .slices
                .iter()
                .find(|known| known.expiry == slice.expiry)
                .unwrap();
            let gap = (slice.atm_vol as f64 / known.atm_vol as f64 - 1.0).abs();
            assert!(gap < 0.01, "{} is {gap} away", slice.expiry);
        }
    }
}
