//! From fitted chains to the surface that a signer signs: every listed expiry, within what the pool takes in one post.

use std::collections::BTreeMap;

use smirk_engine::state::Slice;
use smirk_engine::surface::{distance, interpolate};
use smirk_fit::fit::check_surface;

use crate::{
    chain::{Limits, PoolState},
    report::STEP,
};

/// Largest jump of carry times time that the pool lets posts leave, WAD.
const MOST_CARRY_JUMP: f64 = 5e16;
/// What part of the pool's limits on jumps is made use of.
const INSIDE: f64 = 0.99;

/// Where the slice of an expiry came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Fitted now.
    Fitted,
    /// Fitted earlier: its smile can't be fitted now.
    Kept,
    /// Between its neighbours, because no market lists it.
    Interpolated,
}

/// A surface to be signed.
pub struct Target {
    /// Ascending.
    pub slices: Vec<Slice>,
    /// Where each came from.
    pub origins: Vec<Origin>,
    /// What part of the way from the posted surface to the market every expiry goes at least: 1 unless the pool's limits forbid.
    pub share: f64,
}

/// The last good slice of each expiry.
#[derive(Default)]
pub struct Memory {
    slices: BTreeMap<u64, Slice>,
}

impl Memory {
    /// Remembers what was fitted and forgets what has expired.
    pub fn learn(&mut self, fitted: &[Slice], now: u64) {
        self.slices.retain(|expiry, _| *expiry > now);
        let entries = fitted.iter().map(|slice| (slice.expiry, *slice));
        self.slices.extend(entries);
    }

    /// The surface of the pool's live expiries as the market has it, or why there is none.
    pub fn target(&self, fitted: &[Slice], pool: &PoolState) -> Result<Target, String> {
        let now = pool.now;
        let live: Vec<Slice> = pool
            .surface
            .iter()
            .filter(|slice| slice.expiry > now)
            .copied()
            .collect();
        let (mut wanted, mut origins) = (Vec::new(), Vec::new());
        for listed in &live {
            let is_it = |slice: &&Slice| slice.expiry == listed.expiry;
            let (slice, origin) = if let Some(slice) = fitted.iter().find(is_it) {
                (*slice, Origin::Fitted)
            } else if let Some(slice) = self.slices.get(&listed.expiry) {
                (*slice, Origin::Kept)
            } else {
                let before = self.slices.range(..listed.expiry).next_back();
                let after = self.slices.range(listed.expiry..).next();
                let (before, after) = (
                    before.map(|(_, slice)| slice),
                    after.map(|(_, slice)| slice),
                );
                if before.is_none() && after.is_none() {
                    return Err("no expiry has ever been fitted".to_owned());
                }
                (
                    interpolate(before, after, listed.expiry, now),
                    Origin::Interpolated,
                )
            };
            wanted.push(Slice {
                posted_at: now,
                ..slice
            });
            origins.push(origin);
        }
        let spot = pool.price.saturating_to::<u128>();
        let (slices, share) = reach(&live, &wanted, spot, now, &pool.limits)?;
        Ok(Target {
            slices,
            origins,
            share,
        })
    }
}

/// Parts of the way that are tried, the farthest first.
fn steps() -> impl Iterator<Item = f64> {
    (0..=20).rev().map(|step| f64::from(step) / 20.0)
}

/// The surface as far on the way from `live` to `wanted` as checks and limits let it, and how far its last expiry to arrive is. First all
/// go the same part of the way, then each as much farther as it alone may, so that one that is held back holds up no other.
fn reach(
    live: &[Slice],
    wanted: &[Slice],
    spot: u128,
    now: u64,
    limits: &Limits,
) -> Result<(Vec<Slice>, f64), String> {
    let attempt = |shares: &[f64]| {
        let surface = along(live, wanted, shares, spot, now);
        check_surface(&surface, now).map_err(|error| format!("{error:#}"))?;
        if jumps_fit(live, &surface, spot, now, limits) {
            Ok(surface)
        } else {
            Err("the jump is too large".to_owned())
        }
    };
    let together = |share: &f64| attempt(&vec![*share; live.len()]).is_ok();
    let Some(share) = steps().find(together) else {
        return Err(attempt(&vec![0.0; live.len()]).err().unwrap_or_default());
    };
    let mut shares = vec![share; live.len()];
    // Twice, because each that goes on makes room for its neighbours.
    for index in (0..live.len()).chain(0..live.len()) {
        let farther = steps().filter(|step| *step > shares[index]);
        let alone = farther.map(|step| {
            let mut shares = shares.clone();
            shares[index] = step;
            shares
        });
        if let Some(better) = alone.into_iter().find(|shares| attempt(shares).is_ok()) {
            shares = better;
        }
    }
    let last = shares.iter().copied().fold(1.0, f64::min);
    Ok((attempt(&shares)?, last))
}

/// Whether each post, entered one after the other, jumps no further than the pool lets it: from the one before, or an expiry's first one from
/// its neighbours'.
fn jumps_fit(live: &[Slice], surface: &[Slice], spot: u128, now: u64, limits: &Limits) -> bool {
    let [low, high] = limits.moneyness.map(|m| (spot as f64 * m) as u128);
    // A hair inside, because time passes until the post.
    let fits = |from: &Slice, (vol, carry): (u64, u64)| {
        vol as f64 <= from.atm_vol as f64 * limits.jump * INSIDE
            && (carry as f64) < MOST_CARRY_JUMP * INSIDE
    };
    let mut entered = live.to_vec();
    surface.iter().enumerate().all(|(index, new)| {
        let old = entered[index];
        entered[index] = *new;
        if old.atm_vol != 0 {
            // A fifth of the most passes whatever is left of earlier jumps.
            let [(vol, carry), whole] = distance(&old, new, now, low, high);
            return fits(
                &old,
                (
                    whole.0.min(vol.saturating_mul(5)),
                    whole.1.min(carry.saturating_mul(5)),
                ),
            );
        }
        let is_anchored = |slice: &&Slice| slice.atm_vol != 0;
        let before = entered[..index].iter().rev().find(is_anchored);
        let behind = entered[index + 1..].iter().find(is_anchored);
        before.into_iter().chain(behind).all(|near| {
            let [apart, _] = distance(near, new, now, low, high);
            fits(near, apart)
        })
    })
}

/// The surface with each expiry its share of the way. What has no anchor yet comes from between its neighbours, which its first one jumps from, or where
/// none has one from the first expiry's.
fn along(live: &[Slice], wanted: &[Slice], shares: &[f64], spot: u128, now: u64) -> Vec<Slice> {
    let ways = || live.iter().zip(wanted).zip(shares);
    let posted: Vec<Slice> = ways()
        .filter(|((old, _), _)| old.atm_vol != 0)
        .map(|((old, new), share)| mixed(old, new, *share))
        .collect();
    let slice = |((old, new), share): ((&Slice, &Slice), &f64)| {
        let share = *share;
        let split = posted.partition_point(|slice| slice.expiry < old.expiry);
        let slice = match posted.get(split) {
            Some(own) if own.expiry == old.expiry => *own,
            _ if posted.is_empty() => mixed(&wanted[0], new, share),
            after => {
                let before = split.checked_sub(1).map(|before| &posted[before]);
                let between = interpolate(before, after, old.expiry, now);
                mixed(&between, new, share)
            }
        };
        Slice {
            expiry: old.expiry,
            posted_at: now,
            spot,
            ..slice
        }
    };
    ways().map(slice).collect()
}

/// `share` of the way from one slice to another in every number, in the pool's steps.
fn mixed(old: &Slice, new: &Slice, share: f64) -> Slice {
    let step = STEP as f64;
    let float = |a: f64, b: f64| ((a + share * (b - a)) / step).round() * step;
    let mix = |a: u64, b: u64| float(a as f64, b as f64) as u64;
    Slice {
        atm_vol: mix(old.atm_vol, new.atm_vol),
        left_wing: mix(old.left_wing, new.left_wing),
        right_wing: mix(old.right_wing, new.right_wing),
        carry: float(old.carry as f64, new.carry as f64) as i64,
        expiry: old.expiry,
        ..Slice::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_770_000_000;
    const DAY: u64 = 86_400;
    const PERCENT: u64 = 10_000_000_000_000_000;

    fn slice(days: u64, vol: u64) -> Slice {
        Slice {
            expiry: NOW + days * DAY,
            atm_vol: vol * PERCENT,
            left_wing: 40 * PERCENT,
            right_wing: 28 * PERCENT,
            posted_at: NOW - 600,
            ..Slice::default()
        }
    }

    fn pool(surface: Vec<Slice>) -> PoolState {
        PoolState::example(NOW, surface)
    }

    #[test]
    fn what_is_fitted_counts_and_what_is_not_is_kept_or_interpolated() {
        let pool = pool(vec![
            slice(7, 75),
            slice(14, 0),
            slice(28, 70),
            slice(91, 68),
        ]);
        let mut memory = Memory::default();
        assert!(memory.target(&[], &pool).is_err());
        memory.learn(&[slice(7, 80), slice(28, 75), slice(91, 70)], NOW);
        let target = memory.target(&[slice(7, 81)], &pool).unwrap();
        use Origin::*;
        assert_eq!(target.origins, [Fitted, Interpolated, Kept, Kept]);
        assert_eq!(target.share, 1.0);
        let vols: Vec<u64> = target.slices.iter().map(|s| s.atm_vol / PERCENT).collect();
        assert_eq!((vols[0], vols[2], vols[3]), (81, 75, 70));
        assert!((75..81).contains(&vols[1]), "{vols:?}");
        let expiries = |slices: &[Slice]| slices.iter().map(|s| s.expiry).collect::<Vec<_>>();
        assert_eq!(expiries(&target.slices), expiries(&pool.surface));
    }

    #[test]
    fn a_move_beyond_the_pools_limit_is_signed_part_of_the_way() {
        let pool = pool(vec![slice(7, 75)]);
        let mut memory = Memory::default();
        memory.learn(&[slice(7, 150)], NOW);
        let target = memory.target(&[slice(7, 150)], &pool).unwrap();
        assert!(target.share < 1.0 && target.share > 0.3, "{}", target.share);
        let vol = target.slices[0].atm_vol;
        assert!(vol < 75 * PERCENT / 2 * 3, "{vol}");
    }

    #[test]
    fn an_expiry_that_is_held_back_holds_up_no_other() {
        // What a first anchor of a minute ago has left lets a fifth of the limit pass.
        let fresh = Slice {
            vol_jump: 60 * PERCENT,
            posted_at: NOW - 60,
            ..slice(91, 66)
        };
        let pool = pool(vec![slice(7, 75), slice(28, 70), fresh]);
        let market = [slice(7, 98), slice(28, 90), slice(91, 85)];
        let mut memory = Memory::default();
        memory.learn(&market, NOW);
        let target = memory.target(&market, &pool).unwrap();
        let vols: Vec<u64> = target.slices.iter().map(|s| s.atm_vol / PERCENT).collect();
        assert_eq!(vols[..2], [98, 90], "all of the way");
        let last = target.slices[2].atm_vol;
        assert!((68 * PERCENT..73 * PERCENT).contains(&last), "{last}");
        assert!(target.share > 0.0 && target.share < 0.5, "{}", target.share);
    }

    #[test]
    fn an_expiry_without_an_anchor_goes_its_neighbours_way() {
        let pool = pool(vec![slice(1, 0), slice(7, 75), slice(28, 70)]);
        let steep = |days, vol| Slice {
            left_wing: 140 * PERCENT,
            ..slice(days, vol)
        };
        let market = [steep(1, 150), steep(7, 140), steep(28, 130)];
        let mut memory = Memory::default();
        memory.learn(&market, NOW);
        let target = memory.target(&market, &pool).unwrap();
        assert!(target.share < 1.0 && target.share > 0.0, "{}", target.share);
        let [first, second, ..] = target.slices[..] else {
            panic!("{} slices", target.slices.len());
        };
        assert!(second.atm_vol > 75 * PERCENT && first.atm_vol > second.atm_vol);
        assert!(first.atm_vol < 150 * PERCENT && first.left_wing < 140 * PERCENT);
    }

    #[test]
    fn first_anchors_further_apart_than_a_post_may_jump_come_nearer() {
        let pool = pool(vec![slice(1, 0), slice(7, 0), slice(28, 0)]);
        let market = [slice(1, 200), slice(7, 80), slice(28, 70)];
        let mut memory = Memory::default();
        memory.learn(&market, NOW);
        let target = memory.target(&market, &pool).unwrap();
        assert!(target.share < 1.0, "{}", target.share);
        let jump = target.slices[0].atm_vol - target.slices[1].atm_vol;
        assert!(jump < target.slices[0].atm_vol / 2, "{jump}");
    }
}
