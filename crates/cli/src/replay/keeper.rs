//! The keeper: moves the pool's anchors towards the market's surface, a step at a time, in an order in which no write
//! breaks the contract's checks.

use smirk_engine::state::Slice;
use smirk_engine::surface::{check_anchor, interpolate};

use crate::market::Surface;

/// A change smaller than this share of every number is not worth a transaction.
const WORTHWHILE: f64 = 0.003;
/// An anchor older than this is posted again even when unchanged, seconds.
const REFRESH: u64 = 3_000;

/// The contract's limits on a post.
#[derive(Clone, Copy, Debug)]
pub struct PostLimits {
    /// Least time between two posts of one expiry, seconds.
    pub interval: u64,
    /// Largest relative step of each number.
    pub step: f64,
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
            let mix = |a: u64, b: u64| (a as f64 + share * (b as f64 - a as f64)).round() as u64;
            Some(Slice {
                expiry,
                atm_vol: mix(a.atm_vol, b.atm_vol),
                left_wing: mix(a.left_wing, b.left_wing),
                right_wing: mix(a.right_wing, b.right_wing),
                posted_at: now,
                ..a
            })
        }
        (Some((_, only)), None) => Some(Slice {
            posted_at: now,
            ..only
        }),
        // Not listed by the market yet.
        (None, _) => None,
    }
}

/// The posts to send now, in order, that bring `listed` towards `targets` (matched by expiry).
pub fn plan(listed: &[Slice], targets: &[Slice], now: u64, limits: PostLimits) -> Vec<Slice> {
    let mut surface = listed.to_vec();
    let mut waiting: Vec<usize> = (0..surface.len())
        .filter(|&i| is_due(&surface[i], targets, now, limits))
        .collect();
    let mut posts = Vec::new();
    // Whole steps first wherever they fit; each post may make room for its neighbours.
    for share in [1.0, 0.5, 0.25, 0.1, 0.0] {
        loop {
            let fits = waiting.iter().position(|&i| {
                candidate(&surface, i, targets, now, limits, share)
                    .is_some_and(|post| is_accepted(&surface, i, &post, now))
            });
            let Some(place) = fits else { break };
            let i = waiting.remove(place);
            if let Some(post) = candidate(&surface, i, targets, now, limits, share) {
                surface[i] = post;
                posts.push(post);
            }
        }
    }
    posts
}

fn is_due(old: &Slice, targets: &[Slice], now: u64, limits: PostLimits) -> bool {
    let Some(target) = targets.iter().find(|target| target.expiry == old.expiry) else {
        return false;
    };
    if old.expiry <= now {
        return false;
    }
    if old.atm_vol == 0 {
        return true;
    }
    let age = now.saturating_sub(old.posted_at);
    let moved = pairs(old, target)
        .into_iter()
        .any(|(old, new)| (new as f64 / old as f64 - 1.0).abs() > WORTHWHILE);
    age >= limits.interval && (moved || age >= REFRESH)
}

/// `share` of the way to the target, within the step limit. An expiry without an anchor starts at its target, or
/// between its neighbours when there is no room for that.
fn candidate(
    surface: &[Slice],
    i: usize,
    targets: &[Slice],
    now: u64,
    limits: PostLimits,
    share: f64,
) -> Option<Slice> {
    let old = &surface[i];
    let target = targets.iter().find(|target| target.expiry == old.expiry)?;
    if old.atm_vol == 0 {
        let between = || {
            interpolate(
                before(surface, i, now),
                after(surface, i, now),
                old.expiry,
                now,
            )
        };
        return Some(if share == 1.0 {
            Slice {
                posted_at: now,
                ..*target
            }
        } else {
            Slice {
                posted_at: now,
                ..between()
            }
        });
    }
    let step = |(old, new): (u64, u64)| {
        // A hair inside the limit, which the contract takes in integers.
        let most = old as f64 * limits.step * 0.999_999;
        let wanted = (new as f64 - old as f64) * share;
        (old as f64 + wanted.clamp(-most, most)).round() as u64
    };
    let [atm_vol, left_wing, right_wing] = pairs(old, target).map(step);
    let post = Slice {
        expiry: old.expiry,
        atm_vol,
        left_wing,
        right_wing,
        posted_at: now,
        ..*old
    };
    let changes = pairs(old, &post).into_iter().any(|(old, new)| old != new);
    (changes || now.saturating_sub(old.posted_at) >= REFRESH).then_some(post)
}

fn pairs(old: &Slice, new: &Slice) -> [(u64, u64); 3] {
    [
        (old.atm_vol, new.atm_vol),
        (old.left_wing, new.left_wing),
        (old.right_wing, new.right_wing),
    ]
}

fn is_accepted(surface: &[Slice], i: usize, post: &Slice, now: u64) -> bool {
    check_anchor(post, before(surface, i, now), after(surface, i, now), now).is_ok()
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
    use std::path::Path;

    const LIMITS: PostLimits = PostLimits {
        interval: 900,
        step: 0.02,
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
            for post in plan(&listed, &targets, now, LIMITS) {
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

    #[test]
    fn every_post_of_the_week_keeps_the_surface_free_of_arbitrage_and_within_its_step() {
        let mut posts = 0;
        run(|listed, post, now| {
            posts += 1;
            let old = listed
                .iter()
                .find(|slice| slice.expiry == post.expiry)
                .unwrap();
            if old.atm_vol != 0 {
                assert!(now - old.posted_at >= LIMITS.interval);
                for (old, new) in pairs(old, post) {
                    assert!(old.abs_diff(new) as f64 <= old as f64 * LIMITS.step);
                }
            }
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
