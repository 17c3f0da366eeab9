//! The anchor surface: formula, refusals, absence of arbitrage.

mod common;

use common::{close, slice, wad, wad_wide, Float, Pool, Rng, Smile, DAY, NOW, WAD};
use smirk_engine::book::mark_node;
use smirk_engine::real::Real;
use smirk_engine::state::{Node, Slice};
use smirk_engine::surface::{
    check_anchor, interpolate, total_variance, vol, SurfaceError, MAX_ATM_VOL, MAX_CARRY,
    MAX_SLOPE, MAX_WING, MIN_ATM_VOL, MIN_CARRY, MIN_WING,
};

const SLICES: usize = 20_000;

/// Anywhere within the bounds and from an hour to two years, log-uniform in time.
fn random_slice(rng: &mut Rng) -> Slice {
    let hours = rng.real(0.0, (2.0 * 365.0 * 24.0f64).ln()).exp();
    Slice {
        expiry: NOW + 1 + (hours * 3_600.0) as u64,
        atm_vol: wad(rng.real(0.15, 3.0)),
        left_wing: wad(rng.real(0.05, 1.6)),
        right_wing: wad(rng.real(0.05, 1.6)),
        posted_at: NOW,
        ..Slice::default()
    }
}

/// Log-moneyness from deep in one wing to deep in the other.
fn strikes(smile: &Smile) -> impl Iterator<Item = f64> {
    let reach = 8.0 * smile.theta.sqrt().max(0.05);
    (-100..=100).map(move |step| reach * step as f64 / 100.0)
}

/// Two accepted slices, the later one checked against the earlier.
fn random_pair(rng: &mut Rng) -> (Slice, Slice) {
    loop {
        let earlier = random_slice(rng);
        // Near the earlier one, or few pairs would pass.
        let near = |rng: &mut Rng, value: u64| (value as f64 * rng.real(-0.3, 0.3).exp()) as u64;
        let later = Slice {
            expiry: earlier.expiry
                + 1
                + ((earlier.expiry - NOW) as f64 * rng.real(0.0, 3.0)) as u64,
            atm_vol: near(rng, earlier.atm_vol),
            left_wing: near(rng, earlier.left_wing),
            right_wing: near(rng, earlier.right_wing),
            posted_at: NOW,
            ..Slice::default()
        };
        if check_anchor(&earlier, None, Some(&later), NOW).is_ok()
            && check_anchor(&later, Some(&earlier), None, NOW).is_ok()
        {
            return (earlier, later);
        }
    }
}

fn assert_rising(earlier: &Slice, later: &Slice, now: u64) {
    let (first, second) = (Smile::of(earlier, now), Smile::of(later, now));
    for k in strikes(&second) {
        let (low, high) = (first.variance(k).0, second.variance(k).0);
        assert!(
            high >= low * (1.0 - 1e-9),
            "{low} above {high} at {k}: {earlier:?} {later:?}"
        );
    }
}

#[test]
fn variance_follows_the_ssvi_formula() {
    let mut rng = Rng(1);
    for _ in 0..2_000 {
        let slice = random_slice(&mut rng);
        let smile = Smile::of(&slice, NOW);
        for k in [-3.0, -0.7, -0.01, 0.0, 0.02, 0.4, 2.5f64] {
            // Beyond 511 standard deviations the smile is held flat.
            let k = k.clamp(-500.0 * smile.theta.sqrt(), 500.0 * smile.theta.sqrt());
            let found = total_variance(&slice, NOW, Real::from_wad_i128((k * 1e18) as i128));
            let expected = smile.variance(k).0;
            close(
                found.to_wad_nearest().float(),
                expected,
                1e-12 * expected + 1e-17,
            );
            let strike = (3_000.0 * k.exp() * 1e18) as u128;
            let years = (slice.expiry - NOW) as f64 / 31_536_000.0;
            let expected = (expected / years).sqrt();
            let limit = u64::MAX.float();
            close(
                vol(&slice, 3_000 * WAD, strike, NOW).float(),
                expected.min(limit),
                1e-10 * expected,
            );
        }
    }
}

#[test]
fn at_the_money_vol_is_the_parameter() {
    let slice = slice(30, 0.65, 0.4, 0.28);
    let found = vol(&slice, 3_000 * WAD, 3_000 * WAD, NOW);
    // 2^-54 of it.
    assert!(found.abs_diff(slice.atm_vol) <= 36, "{found}");
    assert_eq!(vol(&slice, 3_000 * WAD, 3_000 * WAD, slice.expiry), 0);
    assert_eq!(total_variance(&slice, slice.expiry, Real::ONE), Real::ZERO);
}

#[test]
fn accepted_slices_have_a_positive_density() {
    let mut rng = Rng(2);
    let mut accepted = 0;
    while accepted < SLICES {
        let slice = random_slice(&mut rng);
        if check_anchor(&slice, None, None, NOW).is_ok() {
            accepted += 1;
            let smile = Smile::of(&slice, NOW);
            for k in strikes(&smile) {
                let sign = smile.density_sign(k);
                assert!(sign > -1e-9, "{sign} at {k}: {slice:?}");
            }
        }
    }
}

#[test]
fn accepted_slices_keep_a_positive_density_under_the_largest_shift() {
    let mut rng = Rng(3);
    let mut accepted = 0;
    while accepted < SLICES / 4 {
        let slice = random_slice(&mut rng);
        if check_anchor(&slice, None, None, NOW).is_ok() {
            accepted += 1;
            let mut shift = || [-0.2, rng.real(-0.2, 0.2), 0.2][rng.below(3)];
            let smile = Smile::of(&slice, NOW).shifted(shift(), shift(), shift());
            for k in strikes(&smile) {
                let sign = smile.density_sign(k);
                assert!(sign > -1e-9, "{sign} at {k}: {slice:?}");
            }
        }
    }
}

#[test]
fn accepted_neighbours_have_rising_variance() {
    let mut rng = Rng(4);
    for _ in 0..SLICES {
        let (earlier, later) = random_pair(&mut rng);
        assert_rising(&earlier, &later, NOW);
    }
}

/// The marks themselves, so the engine's own smile and pricing: calls fall along the strikes, ever less steeply, and
/// are worth more at the later expiry.
#[test]
fn marks_on_accepted_slices_leave_no_butterfly_and_no_calendar() {
    let mut rng = Rng(8);
    for _ in 0..SLICES / 10 {
        let (earlier, later) = random_pair(&mut rng);
        let mut pool = Pool::empty();
        pool.slices = vec![earlier, later];
        let snapshot = pool.snapshot();
        let reach = (6.0 * Smile::of(&later, NOW).theta.sqrt()).min(2.0);
        let mut last: Option<[(f64, f64, f64); 2]> = None;
        for step in -50..=50 {
            let strike = wad_wide(3_000.0 * (reach * step as f64 / 50.0).exp());
            let call = |slice: u8| {
                let node = Node {
                    slice,
                    strike,
                    ..Node::default()
                };
                mark_node(&snapshot, &node).call.float()
            };
            let k = strike.float();
            let now = [call(0), call(1)];
            assert!(
                now[1] >= now[0] - 1e-11,
                "{now:?} at {k}: {earlier:?} {later:?}"
            );
            let next = [0, 1].map(|i| {
                let before = last.map_or((0.0, 3_000.0, -1.0), |last| last[i]);
                let slope = (now[i] - before.1) / (k - before.0);
                let slack = 2e-12 / (k - before.0) + 1e-13;
                assert!(
                    slope <= slack && slope >= before.2 - 2.0 * slack,
                    "{slope} {before:?}"
                );
                (k, now[i], slope)
            });
            last = Some(next);
        }
    }
}

#[test]
fn accepted_neighbours_stay_acceptable_while_time_passes() {
    let mut rng = Rng(5);
    for _ in 0..SLICES {
        let (earlier, later) = random_pair(&mut rng);
        let now = NOW + ((earlier.expiry - NOW) as f64 * rng.real(0.0, 1.0)) as u64;
        if now < earlier.expiry {
            assert_eq!(check_anchor(&later, Some(&earlier), None, now), Ok(()));
            assert_rising(&earlier, &later, now);
        }
    }
}

#[test]
fn an_interpolated_slice_is_accepted_between_its_neighbours() {
    let mut rng = Rng(6);
    for _ in 0..SLICES / 4 {
        let (earlier, later) = random_pair(&mut rng);
        if later.expiry - earlier.expiry < 2 {
            continue;
        }
        let gap = later.expiry - earlier.expiry - 1;
        let expiry = earlier.expiry + 1 + (gap as f64 * rng.real(0.0, 0.999)) as u64;
        let middle = interpolate(Some(&earlier), Some(&later), expiry, NOW);
        // Linear slopes of two wings near the lower bound may pass below it; nothing else may fail.
        if middle.left_wing.min(middle.right_wing) >= MIN_WING {
            assert_eq!(
                check_anchor(&middle, Some(&earlier), Some(&later), NOW),
                Ok(())
            );
        }
        assert_rising(&earlier, &middle, NOW);
        assert_rising(&middle, &later, NOW);
    }
}

#[test]
fn interpolation_is_linear_in_variance_and_slopes() {
    let (a, b) = (slice(10, 0.5, 0.5, 0.3), slice(30, 0.7, 0.4, 0.3));
    let middle = interpolate(Some(&a), Some(&b), NOW + 15 * DAY, NOW);
    let [first, found, second] = [&a, &middle, &b].map(|slice| Smile::of(slice, NOW));
    close(found.theta, 0.75 * first.theta + 0.25 * second.theta, 1e-15);
    close(found.left, 0.75 * first.left + 0.25 * second.left, 1e-15);
    close(found.right, 0.75 * first.right + 0.25 * second.right, 1e-15);
    assert_eq!(middle.posted_at, NOW);
}

#[test]
fn beyond_its_neighbours_a_slice_copies_the_nearest() {
    let only = slice(10, 0.5, 0.5, 0.3);
    let sooner = interpolate(None, Some(&only), NOW + DAY, NOW);
    assert_eq!(
        sooner,
        Slice {
            expiry: NOW + DAY,
            ..only
        }
    );
    assert_eq!(check_anchor(&sooner, None, Some(&only), NOW), Ok(()));
    let later = interpolate(Some(&only), None, NOW + 99 * DAY, NOW);
    assert_eq!(
        later,
        Slice {
            expiry: NOW + 99 * DAY,
            ..only
        }
    );
    assert_eq!(check_anchor(&later, Some(&only), None, NOW), Ok(()));
    let after_it_expired = interpolate(Some(&only), None, NOW + 99 * DAY, only.expiry);
    assert_eq!(
        after_it_expired,
        Slice {
            expiry: NOW + 99 * DAY,
            ..Slice::default()
        }
    );
    assert_eq!(
        check_anchor(&after_it_expired, None, None, NOW),
        Err(SurfaceError::AtmVolOutOfBounds { vol: 0 })
    );
}

/// A slice from beyond all bounds as often as from within them.
fn wild_slice(rng: &mut Rng) -> Slice {
    Slice {
        expiry: NOW - 100 + (rng.real(0.0, 18.0).exp() as u64),
        atm_vol: wad(rng.real(-2.2, 1.3).exp()),
        left_wing: wad(rng.real(-3.2, 0.6).exp()),
        right_wing: wad(rng.real(-3.2, 0.6).exp()),
        posted_at: NOW,
        carry: (rng.real(-0.13, 0.33) * 1e18) as i64,
        ..Slice::default()
    }
}

/// The first condition that does not hold, by the formulas: its name and its two numbers.
fn broken(new: &Slice, neighbours: [Option<&Slice>; 2]) -> Option<(&'static str, f64, f64)> {
    if new.expiry <= NOW {
        return Some(("expired", 0.0, 0.0));
    }
    let within = |value: u64, low: u64, high: u64| (low..=high).contains(&value);
    if !within(new.atm_vol, MIN_ATM_VOL, MAX_ATM_VOL) {
        return Some(("vol", new.atm_vol.float(), 0.0));
    }
    for wing in [new.left_wing, new.right_wing] {
        if !within(wing, MIN_WING, MAX_WING) {
            return Some(("wing", wing.float(), 0.0));
        }
    }
    if !(MIN_CARRY..=MAX_CARRY).contains(&new.carry) {
        return Some(("carry", new.carry as f64 / 1e18, 0.0));
    }
    let smile = Smile::of(new, NOW);
    let steepest = smile.left.max(smile.right);
    if steepest > MAX_SLOPE.float() {
        return Some(("slope", steepest, 0.0));
    }
    let [before, after] = neighbours.map(|slice| slice.filter(|slice| slice.expiry > NOW));
    let pairs = [
        before.map(|before| (before, new)),
        after.map(|after| (new, after)),
    ];
    for (earlier, later) in pairs.into_iter().flatten() {
        let (a, b) = (Smile::of(earlier, NOW), Smile::of(later, NOW));
        let curvature = |smile: &Smile| (smile.left + smile.right) / 2.0 / smile.theta;
        for (name, low, high) in [
            ("variance", a.theta, b.theta),
            ("left", a.left, b.left),
            ("right", a.right, b.right),
        ] {
            if low > high {
                return Some((name, low, high));
            }
        }
        if curvature(&b) > curvature(&a) {
            return Some(("curvature", curvature(&a), curvature(&b)));
        }
    }
    None
}

#[test]
fn a_refusal_names_the_first_broken_condition_with_its_numbers() {
    let mut rng = Rng(7);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..2 * SLICES {
        let new = wild_slice(&mut rng);
        // Mostly close to the new one, so that all conditions get their turn.
        let near = |rng: &mut Rng, value: u64| (value as f64 * rng.real(-0.5, 0.5).exp()) as u64;
        let mut neighbour = |reach: f64| Slice {
            expiry: NOW + ((new.expiry.saturating_sub(NOW)) as f64 * reach) as u64,
            atm_vol: near(&mut rng, new.atm_vol),
            left_wing: near(&mut rng, new.left_wing),
            right_wing: near(&mut rng, new.right_wing),
            posted_at: NOW,
            ..Slice::default()
        };
        let (before, after) = (neighbour(0.5), neighbour(2.0));
        let neighbours = [
            Some(&before).filter(|_| rng.below(2) == 0),
            Some(&after).filter(|_| rng.below(2) == 0),
        ];
        let found = match check_anchor(&new, neighbours[0], neighbours[1], NOW) {
            Ok(()) => None,
            Err(SurfaceError::Expired { .. }) => Some(("expired", 0.0, 0.0)),
            Err(SurfaceError::AtmVolOutOfBounds { vol }) => Some(("vol", vol.float(), 0.0)),
            Err(SurfaceError::WingOutOfBounds { wing }) => Some(("wing", wing.float(), 0.0)),
            Err(SurfaceError::CarryOutOfBounds { carry }) => {
                Some(("carry", carry as f64 / 1e18, 0.0))
            }
            Err(SurfaceError::SlopeTooSteep { slope }) => Some(("slope", slope.float(), 0.0)),
            Err(SurfaceError::CalendarVariance { earlier, later }) => {
                Some(("variance", earlier.float(), later.float()))
            }
            Err(SurfaceError::CalendarLeftWing { earlier, later }) => {
                Some(("left", earlier.float(), later.float()))
            }
            Err(SurfaceError::CalendarRightWing { earlier, later }) => {
                Some(("right", earlier.float(), later.float()))
            }
            Err(SurfaceError::CalendarCurvature { earlier, later }) => {
                Some(("curvature", earlier.float(), later.float()))
            }
        };
        let expected = broken(&new, neighbours);
        let name = |condition: Option<(&'static str, f64, f64)>| condition.map_or("none", |c| c.0);
        assert_eq!(name(found), name(expected), "{new:?} {neighbours:?}");
        *seen.entry(name(found)).or_insert(0) += 1;
        // Numbers that do not fit a word are cut off at its end.
        let limit = u64::MAX.float();
        if let (Some((_, a, b)), Some((_, c, d))) = (found, expected) {
            close(a, c.min(limit), 1e-12 * c.abs() + 1e-17);
            close(b, d.min(limit), 1e-12 * d + 1e-17);
        }
    }
    assert!(
        seen.len() == 10 && seen.values().all(|count| *count > 50),
        "{seen:?}"
    );
}

#[test]
fn each_bound_is_enforced_with_its_number() {
    let good = slice(30, 0.65, 0.4, 0.28);
    let check = |slice: Slice| check_anchor(&slice, None, None, NOW);
    assert_eq!(check(good), Ok(()));
    let expired = SurfaceError::Expired {
        expiry: NOW,
        now: NOW,
    };
    assert_eq!(
        check(Slice {
            expiry: NOW,
            ..good
        }),
        Err(expired)
    );
    for (edge, beyond) in [
        (MIN_ATM_VOL, MIN_ATM_VOL - 1),
        (MAX_ATM_VOL, MAX_ATM_VOL + 1),
    ] {
        assert_eq!(
            check(Slice {
                atm_vol: edge,
                ..good
            }),
            Ok(())
        );
        let error = SurfaceError::AtmVolOutOfBounds { vol: beyond };
        assert_eq!(
            check(Slice {
                atm_vol: beyond,
                ..good
            }),
            Err(error)
        );
    }
    for (edge, beyond) in [(MIN_WING, MIN_WING - 1), (MAX_WING, MAX_WING + 1)] {
        let error = Err(SurfaceError::WingOutOfBounds { wing: beyond });
        assert_eq!(
            check(Slice {
                left_wing: edge,
                ..good
            }),
            Ok(())
        );
        assert_eq!(
            check(Slice {
                left_wing: beyond,
                ..good
            }),
            error
        );
        assert_eq!(
            check(Slice {
                right_wing: edge,
                ..good
            }),
            Ok(())
        );
        assert_eq!(
            check(Slice {
                right_wing: beyond,
                ..good
            }),
            error
        );
    }
    for (edge, beyond) in [(MIN_CARRY, MIN_CARRY - 1), (MAX_CARRY, MAX_CARRY + 1)] {
        let with = |carry: i64| check(Slice { carry, ..good });
        assert_eq!(with(edge), Ok(()));
        let error = SurfaceError::CarryOutOfBounds { carry: beyond };
        assert_eq!(with(beyond), Err(error));
        assert_eq!(error.numbers(), (8, beyond as i128, edge as i128));
    }
    // √θ = 2 after a year at 200 %: the wing may be 1.34, not 1.35.
    let steep = |wing: f64| check(slice(365, 2.0, wing, 0.3));
    assert_eq!(steep(1.34), Ok(()));
    match steep(1.35) {
        Err(SurfaceError::SlopeTooSteep { slope }) => {
            assert!(slope.abs_diff(wad(2.7)) < 1_000 && slope > MAX_SLOPE)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_calendar_condition_is_enforced_against_both_neighbours() {
    let early = slice(10, 0.8, 0.4, 0.3);
    let late = |vol, left, right| slice(20, vol, left, right);
    let fields = |error| match error {
        Err(SurfaceError::CalendarVariance { earlier, later }) => ("variance", earlier, later),
        Err(SurfaceError::CalendarLeftWing { earlier, later }) => ("left", earlier, later),
        Err(SurfaceError::CalendarRightWing { earlier, later }) => ("right", earlier, later),
        Err(SurfaceError::CalendarCurvature { earlier, later }) => ("curvature", earlier, later),
        other => panic!("{other:?}"),
    };
    let (y1, y2) = (10.0 / 365.0f64, 20.0 / 365.0f64);
    let (s1, s2) = (0.8 * y1.sqrt(), 0.8 * y2.sqrt());
    for (wrong, name, earlier, later) in [
        (late(0.5, 0.4, 0.3), "variance", 0.64 * y1, 0.25 * y2),
        (late(0.8, 0.2, 0.3), "left", 0.4 * s1, 0.2 * s2),
        (late(0.8, 0.4, 0.2), "right", 0.3 * s1, 0.2 * s2),
        (late(0.8, 0.9, 0.6), "curvature", 0.35 / s1, 0.75 / s2),
    ] {
        for error in [
            check_anchor(&wrong, Some(&early), None, NOW),
            check_anchor(&early, None, Some(&wrong), NOW),
        ] {
            let found = fields(error);
            assert_eq!(found.0, name);
            close(found.1.float(), earlier, 1e-15 * earlier.max(1.0));
            close(found.2.float(), later, 1e-15 * later.max(1.0));
        }
        // A neighbour that has expired no longer counts.
        assert_eq!(
            check_anchor(&wrong, Some(&early), None, early.expiry),
            Ok(())
        );
    }
    assert_eq!(
        check_anchor(&late(0.8, 0.4, 0.3), Some(&early), None, NOW),
        Ok(())
    );
}
