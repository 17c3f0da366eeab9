//! Fits one anchor slice per expiry to a chain: the carry to the forwards, then the smile in ln(strike / forward) by least
//! squares on vols, under the contract's own conditions.

mod carry;
mod least_squares;
mod smile;
mod surface;

pub use carry::CARRY;
pub use smile::{smiles, Point, Selection, Smile};

use anyhow::{anyhow, ensure, Result};
use carry::carries;
use least_squares::{minimise, Linearised, Problem, Visit};
use smirk_engine::state::Slice;
use smirk_engine::surface::check_anchor;
use surface::{conditions, interior, vol, COORDINATES};

use crate::option_chain::OptionChain;
use crate::time::format_utc;

/// Anchors are rounded to this many WAD units (a millionth), so that files stay short.
pub const STEP: u64 = 1_000_000_000_000;

/// A fitted expiry: its slice, what it was fitted to, and how well.
#[derive(Clone, Debug)]
pub struct FittedExpiry {
    /// The anchor as the contract takes it.
    pub slice: Slice,
    /// The points it was fitted to.
    pub smile: Smile,
    /// Model less market at each point, vol points (0.01 of vol).
    pub errors: Vec<f64>,
}

/// A fitted chain.
#[derive(Clone, Debug)]
pub struct FittedChain {
    /// Unix time of the snapshot.
    pub timestamp: u64,
    /// For example `ETH`.
    pub currency: String,
    /// Spot index.
    pub index: f64,
    /// Ascending by expiry.
    pub expiries: Vec<FittedExpiry>,
}

impl FittedExpiry {
    /// Root mean square error, vol points.
    pub fn rmse(&self) -> f64 {
        root_mean_square(self.errors.iter())
    }
}

impl FittedChain {
    /// Root mean square error over every point of every expiry, vol points.
    pub fn rmse(&self) -> f64 {
        root_mean_square(self.expiries.iter().flat_map(|expiry| &expiry.errors))
    }

    /// Largest absolute error, vol points.
    pub fn worst_error(&self) -> f64 {
        let errors = self.expiries.iter().flat_map(|expiry| &expiry.errors);
        errors.fold(0.0, |worst, error| worst.max(error.abs()))
    }

    /// Number of points fitted.
    pub fn points(&self) -> usize {
        self.expiries.iter().map(|expiry| expiry.errors.len()).sum()
    }
}

fn root_mean_square<'a>(errors: impl Iterator<Item = &'a f64>) -> f64 {
    let (count, sum) = errors.fold((0, 0.0), |(n, sum), e| (n + 1, sum + e * e));
    (sum / f64::from(count.max(1))).sqrt()
}

/// Fits `chain`; the result passes the contract's checks at the snapshot's time, or this is an error.
pub fn fit(chain: &OptionChain, selection: &Selection) -> Result<FittedChain> {
    let smiles = smiles(chain, selection);
    ensure!(
        !smiles.is_empty(),
        "no expiry has {} strikes within the delta band, {} h or more ahead",
        selection.min_points,
        selection.min_seconds / 3_600
    );
    let problem = Chain { smiles: &smiles };
    let mut x = start(&smiles);
    minimise(&problem, &mut x);
    let mut slices = accepted_slices(&x, &smiles, chain.timestamp)?;
    let forwards: Vec<(f64, f64)> = smiles
        .iter()
        .map(|smile| (smile.tau, smile.forward))
        .collect();
    for (slice, carry) in slices.iter_mut().zip(carries(chain.index, &forwards)) {
        slice.carry = (carry * 1e18 / STEP as f64).round() as i64 * STEP as i64;
    }
    let expiries = slices
        .into_iter()
        .zip(smiles)
        .map(|(slice, smile)| FittedExpiry {
            errors: errors(&slice, &smile),
            slice,
            smile,
        })
        .collect();
    Ok(FittedChain {
        timestamp: chain.timestamp,
        currency: chain.currency.clone(),
        index: chain.index,
        expiries,
    })
}

/// Model vol of an anchor `tau` years before its expiry at ln(strike / forward).
pub fn anchor_vol(slice: &Slice, tau: f64, log_moneyness: f64) -> f64 {
    let point = Point {
        log_moneyness,
        strike: 0.0,
        call_delta: 0.0,
        vol: 0.0,
        bid_vol: None,
        ask_vol: None,
    };
    vol(&coordinates(slice, tau), tau, &point).0
}

struct Chain<'a> {
    smiles: &'a [Smile],
}

impl Problem for Chain<'_> {
    fn residuals(&self, x: &[f64], sum: &mut Linearised) {
        for (e, smile) in self.smiles.iter().enumerate() {
            let i = COORDINATES * e;
            for point in &smile.points {
                let (model, by) = vol(&[x[i], x[i + 1], x[i + 2]], smile.tau, point);
                let gradient = [
                    (i, 100.0 * by[0]),
                    (i + 1, 100.0 * by[1]),
                    (i + 2, 100.0 * by[2]),
                ];
                sum.add(100.0 * (model - point.vol), &gradient);
            }
        }
    }

    fn conditions(&self, x: &[f64], visit: &mut Visit) {
        for (i, condition) in conditions(x, self.smiles).iter().enumerate() {
            visit(i, condition.value, &condition.gradient);
        }
    }
}

/// At-the-money vol of the nearest strike and middling wings.
fn start(smiles: &[Smile]) -> Vec<f64> {
    let mut x = Vec::with_capacity(COORDINATES * smiles.len());
    for smile in smiles {
        let distance = |point: &&Point| point.log_moneyness.abs();
        let nearest = smile
            .points
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let level = (nearest.map_or(0.6, |point| point.vol) * smile.tau.sqrt()).ln();
        x.extend([level, level + 0.4_f64.ln(), level + 0.3_f64.ln()]);
    }
    x
}

/// Rounds the surface, stepping as little as needed towards one that has room in every condition.
fn accepted_slices(x: &[f64], smiles: &[Smile], now: u64) -> Result<Vec<Slice>> {
    const PACES: i32 = 200;
    let inside = interior(x, smiles);
    let mut refusal = None;
    for pace in 0..=PACES {
        // Quadratic, so that the first steps are fine: 1/40,000 of the way.
        let share = (f64::from(pace) / f64::from(PACES)).powi(2);
        let mixed: Vec<f64> = x
            .iter()
            .zip(&inside)
            .map(|(a, b)| a + share * (b - a))
            .collect();
        let slices: Vec<Slice> = smiles
            .iter()
            .zip(mixed.chunks_exact(COORDINATES))
            .map(|(smile, c)| rounded_slice(smile, c, now))
            .collect();
        match check_surface(&slices, now) {
            Ok(()) => return Ok(slices),
            Err(error) => refusal = Some(error),
        }
    }
    Err(refusal.unwrap_or_else(|| anyhow!("no surface to check")))
}

fn rounded_slice(smile: &Smile, c: &[f64], now: u64) -> Slice {
    let round = |value: f64| (value * 1e18 / STEP as f64).round() as u64 * STEP;
    Slice {
        expiry: smile.expiry,
        atm_vol: round(c[0].exp() / smile.tau.sqrt()),
        left_wing: round((c[1] - c[0]).exp()),
        right_wing: round((c[2] - c[0]).exp()),
        posted_at: now,
        ..Slice::default()
    }
}

/// The inverse of [`rounded_slice`].
fn coordinates(slice: &Slice, tau: f64) -> [f64; COORDINATES] {
    let level = (slice.atm_vol as f64 / 1e18 * tau.sqrt()).ln();
    [
        level,
        level + (slice.left_wing as f64 / 1e18).ln(),
        level + (slice.right_wing as f64 / 1e18).ln(),
    ]
}

fn errors(slice: &Slice, smile: &Smile) -> Vec<f64> {
    let c = coordinates(slice, smile.tau);
    smile
        .points
        .iter()
        .map(|point| 100.0 * (vol(&c, smile.tau, point).0 - point.vol))
        .collect()
}

/// The contract's own checks on a whole surface: each slice against the one before it.
pub fn check_surface(slices: &[Slice], now: u64) -> Result<()> {
    for (i, slice) in slices.iter().enumerate() {
        let previous = i.checked_sub(1).map(|before| &slices[before]);
        check_anchor(slice, previous, None, now).map_err(|error| {
            anyhow!(
                "the contract would refuse the slice of {}: {error:?}",
                format_utc(slice.expiry)
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option_chain::Listing;
    use crate::time::DAY;
    use smirk_engine::state::{Kind, YEAR};

    const NOW: u64 = 1_770_000_000;

    /// A chain whose mark vols come from `vol(expiry index, ln(strike / forward))`.
    fn chain(days: &[u64], vol: impl Fn(usize, f64) -> f64) -> OptionChain {
        let forward = 2_000.0;
        let mut expiries = std::collections::BTreeMap::new();
        for (e, day) in days.iter().enumerate() {
            let listings = (8..=80).map(|step| {
                let strike = f64::from(step) * 50.0;
                let kind = if strike >= forward {
                    Kind::Call
                } else {
                    Kind::Put
                };
                let mark_vol = vol(e, (strike / forward).ln());
                Listing {
                    kind,
                    strike,
                    underlying: forward,
                    mark_vol,
                    bid_vol: None,
                    ask_vol: None,
                }
            });
            expiries.insert(NOW + day * DAY, listings.collect());
        }
        OptionChain {
            timestamp: NOW,
            currency: "ETH".into(),
            index: forward,
            expiries,
        }
    }

    fn slice(day: u64, atm_vol: f64, left_wing: f64, right_wing: f64) -> Slice {
        let wad = |value: f64| (value * 1e6).round() as u64 * STEP;
        Slice {
            expiry: NOW + day * DAY,
            atm_vol: wad(atm_vol),
            left_wing: wad(left_wing),
            right_wing: wad(right_wing),
            posted_at: NOW,
            ..Slice::default()
        }
    }

    #[test]
    fn a_known_surface_is_recovered() {
        let days = [2, 9, 30, 90, 300];
        let known = [
            slice(2, 0.93, 1.1, 0.62),
            slice(9, 0.81, 0.95, 0.55),
            slice(30, 0.72, 0.8, 0.5),
            slice(90, 0.69, 0.6, 0.45),
            slice(300, 0.68, 0.42, 0.38),
        ];
        check_surface(&known, NOW).unwrap();
        let chain = chain(&days, |e, k| {
            anchor_vol(&known[e], (days[e] * DAY) as f64 / YEAR as f64, k)
        });
        let fitted = fit(&chain, &Selection::default()).unwrap();
        assert_eq!(fitted.expiries.len(), known.len());
        assert!(fitted.rmse() < 1e-3, "RMSE {}", fitted.rmse());
        for (expiry, known) in fitted.expiries.iter().zip(&known) {
            for (found, true_value) in [
                (expiry.slice.atm_vol, known.atm_vol),
                (expiry.slice.left_wing, known.left_wing),
                (expiry.slice.right_wing, known.right_wing),
            ] {
                assert!(
                    found.abs_diff(true_value) <= 200 * STEP,
                    "{:?} is not {known:?}",
                    expiry.slice
                );
            }
        }
    }

    #[test]
    fn the_carry_is_that_of_the_forwards() {
        let mut chain = chain(&[2, 9, 30, 90], |_, k| 0.7 - 0.1 * k);
        chain.index = 1_990.0;
        for (expiry, listings) in &mut chain.expiries {
            let tau = (expiry - NOW) as f64 / YEAR as f64;
            for listing in listings {
                listing.underlying = 1_990.0 * (0.05 * tau).exp();
            }
        }
        let fitted = fit(&chain, &Selection::default()).unwrap();
        for expiry in &fitted.expiries {
            let found = expiry.slice.carry as f64 / 1e18;
            assert!((found - 0.05).abs() < 1e-6, "{found}");
            assert_eq!(expiry.slice.carry % STEP as i64, 0);
        }
    }

    #[test]
    fn an_arbitrageable_chain_yields_accepted_slices() {
        // Total variance falls with time, wings fall and steepen, one expiry leaves the bounds on both sides.
        let wild: [(f64, f64); 5] = [(3.9, 2.5), (1.2, 0.1), (0.9, 3.0), (0.1, 0.0), (0.12, 9.0)];
        let chain = chain(&[2, 9, 30, 90, 300], |e, k| {
            wild[e].0 * (1.0 + wild[e].1 * k.abs())
        });
        let selection = Selection {
            tail_delta: 0.0,
            ..Selection::default()
        };
        let fitted = fit(&chain, &selection).unwrap();
        let slices: Vec<Slice> = fitted.expiries.iter().map(|expiry| expiry.slice).collect();
        assert_eq!(slices.len(), 5);
        check_surface(&slices, NOW).unwrap();
        // The constraint costs: were the slices free, the first would be fitted far closer.
        assert!(fitted.rmse() > 5.0);
    }

    #[test]
    fn random_chains_always_yield_accepted_slices() {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        for _ in 0..40 {
            let shape: Vec<(f64, f64, f64)> = (0..8)
                .map(|_| (0.1 + 3.0 * next(), next() - 0.5, 2.0 * next()))
                .collect();
            let chain = chain(&[1, 2, 3, 7, 14, 60, 180, 365], |e, k| {
                let (level, skew, smile) = shape[e];
                (level * (1.0 + skew * k + smile * k * k)).max(0.02)
            });
            let selection = Selection {
                min_points: 3,
                ..Selection::default()
            };
            let fitted = fit(&chain, &selection).unwrap();
            let slices: Vec<Slice> = fitted.expiries.iter().map(|expiry| expiry.slice).collect();
            check_surface(&slices, NOW).unwrap();
        }
    }

    #[test]
    fn only_the_selected_part_of_a_chain_is_fitted() {
        let mut chain = chain(&[1, 20], |_, k| 0.7 - 0.1 * k);
        let soon = NOW + DAY / 2;
        let copied = chain.expiries[&(NOW + DAY)].clone();
        chain.expiries.insert(soon, copied);
        chain.expiries.get_mut(&(NOW + DAY)).unwrap().truncate(5);
        let smiles = smiles(&chain, &Selection::default());
        assert_eq!(
            smiles.len(),
            1,
            "half a day ahead and five strikes are both too little"
        );
        assert_eq!(smiles[0].expiry, NOW + 20 * DAY);
        assert!(smiles[0]
            .points
            .iter()
            .all(|point| (0.05..=0.95).contains(&point.call_delta)));
        assert!(smiles[0]
            .points
            .windows(2)
            .all(|pair| pair[0].strike < pair[1].strike));
        let none = fit(&self::chain(&[], |_, _| 0.5), &Selection::default()).unwrap_err();
        assert!(
            none.to_string().contains("no expiry has 6 strikes"),
            "{none}"
        );
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let point = Point {
            log_moneyness: -0.13,
            strike: 0.0,
            call_delta: 0.0,
            vol: 0.0,
            bid_vol: None,
            ask_vol: None,
        };
        let at = [-1.3, -0.7, -1.6];
        let (_, by) = vol(&at, 0.2, &point);
        for i in 0..COORDINATES {
            let shifted = |step: f64| {
                let mut moved = at;
                moved[i] += step;
                vol(&moved, 0.2, &point).0
            };
            let difference = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            assert!(
                (difference - by[i]).abs() < 1e-8,
                "coordinate {i}: {difference} against {}",
                by[i]
            );
        }
    }
}
