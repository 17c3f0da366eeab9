//! What of the signers' reports is posted: those that the pool would take, of these the ones that go together, and whether they say
//! something worth a transaction.

use alloy_primitives::U256;
use anyhow::{anyhow, Result};
use smirk_engine::state::Slice;
use smirk_fit::fit::check_surface;

use crate::{chain::PoolState, config::OperatorConfig, log::log, report::Report, Keeper};

/// A report older than this at the chain is no longer carried, seconds: the pool takes 300.
const GREATEST_AGE: u64 = 270;
/// Spot may move this far, as a logarithm, before an unchanged surface is posted again: the pool's spread widens past 0.5 %.
const SPOT_MOVE: f64 = 0.003;
/// The same of a forward against spot.
const BASIS_MOVE: f64 = 2e-5;
const YEAR: f64 = smirk_engine::state::YEAR as f64;

/// The usable reports in the order of the pool's signers, of one signer the newest.
pub fn usable(found: Vec<Report>, keeper: &Keeper, pool: &PoolState) -> Vec<Report> {
    let place = |report: &Report| match judge(report, keeper, pool) {
        Ok(place) => Some(place),
        Err(why) => {
            log!(
                "collect",
                "leaves out",
                time = report.time,
                reason = format!("{why}")
            );
            None
        }
    };
    let mut placed: Vec<(usize, Report)> = found
        .into_iter()
        .filter_map(|report| Some((place(&report)?, report)))
        .collect();
    placed.sort_by_key(|(place, report)| (*place, std::cmp::Reverse(report.time)));
    placed.dedup_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, report)| report).collect()
}

/// The place of a report's signer, or why it can't be used.
fn judge(report: &Report, keeper: &Keeper, pool: &PoolState) -> Result<usize> {
    let signer = report.signer(keeper.chain.domain)?;
    let place = pool.signers.iter().position(|known| *known == signer);
    let place = place.ok_or_else(|| anyhow!("{signer} is no signer"))?;
    if report.time <= pool.newest {
        return Err(anyhow!("not newer than the last post"));
    }
    if report.time > pool.now || report.time + GREATEST_AGE < pool.now {
        return Err(anyhow!(
            "of {}, and the chain is at {}",
            report.time,
            pool.now
        ));
    }
    if report.spot.abs_diff(pool.price) > pool.price / U256::from(100) {
        return Err(anyhow!("spot {} is away from {}", report.spot, pool.price));
    }
    Ok(place)
}

/// The reports that can be posted together: those of which the pool takes every slice, of the expiries that most of them name. One that is
/// no surface, or of other expiries, would have the pool refuse all, or the others.
pub fn agreeing(reports: Vec<Report>, now: u64) -> Vec<Report> {
    let live = |report: &Report| {
        let mut surface = report.surface();
        surface.retain(|slice| slice.expiry > now);
        surface
    };
    let names =
        |report: &Report| -> Vec<u64> { live(report).iter().map(|slice| slice.expiry).collect() };
    let is_sound = |report: &Report| match check_surface(&live(report), now) {
        Ok(()) => true,
        Err(error) => {
            log!(
                "collect",
                "leaves out",
                time = report.time,
                reason = format!("{error:#}")
            );
            false
        }
    };
    let mut sound: Vec<Report> = reports.into_iter().filter(is_sound).collect();
    let all: Vec<Vec<u64>> = sound.iter().map(names).collect();
    let count = |named: &&Vec<u64>| all.iter().filter(|other| other == named).count();
    if let Some(most) = all.iter().max_by_key(count) {
        sound.retain(|report| {
            let agrees = names(report) == *most;
            if !agrees {
                log!(
                    "collect",
                    "leaves out",
                    time = report.time,
                    reason = "most name other expiries"
                );
            }
            agrees
        });
    }
    sound
}

/// Why the surface should be posted now, if it should.
pub fn due(pool: &PoolState, reports: &[Report], config: &OperatorConfig) -> Option<&'static str> {
    let live = || pool.surface.iter().filter(|slice| slice.expiry > pool.now);
    let posted = || live().filter(|slice| slice.atm_vol != 0);
    let youngest = posted()
        .map(|slice| slice.posted_at)
        .max()
        .unwrap_or_default();
    let (interval, now) = (pool.limits.interval, pool.now);
    if pool.posted_at + interval > now {
        return None;
    }
    // No signer alone decides, neither that there is something to say nor that there is nothing.
    let surfaces: Vec<Vec<Slice>> = reports.iter().map(Report::surface).collect();
    let most = |says: &dyn Fn(&[Slice]) -> bool| {
        let count = surfaces.iter().filter(|surface| says(surface)).count();
        2 * count > surfaces.len()
    };
    let reported = |surface: &[Slice], slice: &Slice| {
        let mut found = surface.iter().filter(|new| new.expiry == slice.expiry);
        found.next().copied()
    };
    let is_new = |surface: &[Slice]| {
        live().any(|slice| slice.atm_vol == 0 && reported(surface, slice).is_some())
    };
    if most(&is_new) {
        return Some("an expiry has no anchor yet");
    }
    if now > youngest + config.refresh {
        return Some("the surface is old");
    }
    let spot = pool.price.saturating_to::<u128>() as f64;
    if posted().any(|slice| (spot / slice.spot as f64).ln().abs() > SPOT_MOVE) {
        return Some("spot has moved");
    }
    let differs = |a: u64, b: u64| (a as f64 / b as f64 - 1.0).abs() > config.worthwhile;
    let moves = |surface: &[Slice], old: &Slice| {
        let Some(new) = reported(surface, old) else {
            return false;
        };
        let basis = (new.carry - old.carry) as f64 / 1e18 * (old.expiry - now) as f64 / YEAR;
        differs(new.atm_vol, old.atm_vol)
            || differs(new.left_wing, old.left_wing)
            || differs(new.right_wing, old.right_wing)
            || basis.abs() > BASIS_MOVE
    };
    let has_moved = |surface: &[Slice]| posted().any(|old| moves(surface, old));
    most(&has_moved).then_some("vols or forwards have moved")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain::Limits, report::pack};
    use alloy_primitives::B256;

    const NOW: u64 = 1_770_000_000;
    const PERCENT: u64 = 10_000_000_000_000_000;

    fn slice(vol: u64) -> Slice {
        Slice {
            expiry: NOW + 86_400,
            atm_vol: vol * PERCENT,
            left_wing: 40 * PERCENT,
            right_wing: 28 * PERCENT,
            posted_at: NOW - 600,
            spot: 2_500_000_000_000_000_000_000,
            ..Slice::default()
        }
    }

    fn why(posted: u64, reported: [u64; 3]) -> Option<&'static str> {
        let config = "key = { env = \"KEY\" }";
        let config: OperatorConfig = toml::from_str(config).unwrap();
        let pool = PoolState {
            now: NOW,
            price: U256::from(2_500_000_000_000_000_000_000u128),
            surface: vec![slice(posted)],
            threshold: 2,
            signers: Vec::new(),
            newest: 0,
            posted_at: NOW - 600,
            limits: Limits {
                interval: 300,
                jump: 0.5,
                moneyness: [0.8, 1.25],
            },
            is_paused: false,
        };
        let reports = reported.map(|vol| Report {
            time: NOW,
            spot: pool.price,
            slices: vec![pack(&slice(vol))],
            r: B256::ZERO,
            s: B256::ZERO,
            v: 27,
        });
        due(&pool, &reports, &config)
    }

    #[test]
    fn no_report_alone_keeps_the_others_from_being_posted() {
        let report = |slices: &[Slice]| Report {
            time: NOW,
            spot: U256::ZERO,
            slices: slices.iter().map(pack).collect(),
            r: B256::ZERO,
            s: B256::ZERO,
            v: 27,
        };
        let later = |vol: u64| Slice {
            expiry: NOW + 8 * 86_400,
            ..slice(vol)
        };
        let honest = report(&[slice(75), later(74)]);
        let others = [
            // Less variance in the end than before it.
            report(&[slice(75), later(20)]),
            // A wing that is none.
            report(&[
                Slice {
                    left_wing: 400 * PERCENT,
                    ..slice(75)
                },
                later(74),
            ]),
            // An expiry less, which the pool would ask of the others too if it came first, or one more.
            report(&[slice(75)]),
            report(&[
                slice(75),
                later(74),
                Slice {
                    expiry: NOW + 20 * 86_400,
                    ..slice(73)
                },
            ]),
        ];
        for other in others {
            for place in 0..3 {
                let mut reports = vec![honest.clone(); 2];
                reports.insert(place, other.clone());
                assert_eq!(agreeing(reports, NOW), vec![honest.clone(); 2], "{place}");
            }
        }
        // What has expired since it was signed is nobody's.
        let past = Slice {
            expiry: NOW - 1,
            ..slice(75)
        };
        let reports = vec![report(&[past, slice(75)]), report(&[slice(75)])];
        assert_eq!(agreeing(reports.clone(), NOW), reports);
        assert!(agreeing(Vec::new(), NOW).is_empty());
    }

    #[test]
    fn no_signer_alone_makes_a_post_due_or_keeps_it_from_being() {
        let moved = Some("vols or forwards have moved");
        for place in 0..3 {
            let (mut still, mut moves) = ([75; 3], [80; 3]);
            (still[place], moves[place]) = (90, 75);
            assert_eq!(why(75, still), None, "{place} says what nobody sees");
            assert_eq!(why(75, moves), moved, "{place} sees nothing");
        }
        assert_eq!(why(75, [75; 3]), None);
        assert_eq!(why(0, [75; 3]), Some("an expiry has no anchor yet"));
    }
}
