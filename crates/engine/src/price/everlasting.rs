//! Everlasting options: perpetual calls and puts whose longs pay the shorts (mark − payoff)/τ per unit of time.
//!
//! Such an option is worth a portfolio of Europeans, e^(−t/τ)/τ of them expiring at each t (Bankman-Fried and White
//! 2021). At a flat vol σ and zero rate the integral is closed: with
//!
//! > u = √(1 + 8/(σ²τ)),  m = (1 − u)/2 where S ≥ K, (1 + u)/2 where S < K,  V = (K/u)·(S/K)^m
//!
//! call and put are worth their payoff plus the time value V, the same for both, and ½σ²S²·gamma = V/τ: what longs
//! pay is what gamma earns. On a surface with smile and term structure [`strip`] replaces the integral by the eight
//! Europeans of Gauss-Laguerre quadrature, which a book can hold like any others.

use crate::error::Error;
use crate::number::real::Real;
use crate::number::special::exp::exp;
use crate::number::special::ln::ln_ratio;
use crate::number::wide::mul_div_up;
use crate::price::black76::Prices;
use crate::price::black_scholes::{self, years, Contract};
use crate::smile::{forward, interpolate, vol};
use crate::state::{Slice, Snapshot};

/// An everlasting option at a flat vol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Everlasting {
    /// Spot, quote per base, WAD, 1e-6 ..= 1e9.
    pub spot: u128,
    /// Strike, quote per base, WAD, 1e-6 ..= 1e9, and within a factor of 1000 of the spot.
    pub strike: u128,
    /// Funding period τ in seconds, 0 ..= 5 years of 365 days.
    pub period: u64,
    /// Vol per √year, WAD, zero or 0.01 ..= 10.
    pub vol: u64,
}

/// Values and derivatives of an everlasting call and put, in the units of
/// [`black_scholes::Valuation`](crate::price::black_scholes::Valuation). Without vol or period they are those of the payoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valuation {
    /// Call value: its payoff and the time value.
    pub call: Real,
    /// Put value: its payoff and the time value.
    pub put: Real,
    /// V, what either is worth above its payoff.
    pub time_value: Real,
    /// Derivative of the call by spot; on the strike, where both sides agree, ½ + V/2S.
    pub delta_call: Real,
    /// Derivative of the put by spot, one less than the call's.
    pub delta_put: Real,
    /// Second derivative of either by spot.
    pub gamma: Real,
    /// Derivative of either by vol, per 1.0 (100 %) of vol.
    pub vega: Real,
    /// Derivative of either by τ, per year.
    pub period_slope: Real,
    /// What a long pays per year, V/τ.
    pub funding: Real,
}

/// Values an everlasting option at a flat vol; each number is nearest within the bounds of `tests/everlasting.rs`.
///
/// # Errors
/// What [`black_scholes::price`] refuses of a European with τ to expiry.
pub fn value(option: &Everlasting) -> Result<Valuation, Error> {
    let Everlasting {
        spot,
        strike,
        period,
        vol,
    } = *option;
    // For its checks alone.
    black_scholes::price(&european(spot, strike, period, vol))?;
    let (s, k) = (Real::from_wad_u128(spot), Real::from_wad_u128(strike));
    let (tau, sigma) = (years(period), Real::from_wad_u64(vol));
    let variance = sigma.square() * tau;
    let gap = Real::from_wad_i128(spot as i128 - strike as i128);
    let (call, put) = (gap.max(Real::ZERO), (-gap).max(Real::ZERO));
    let step = match spot.cmp(&strike) {
        core::cmp::Ordering::Greater => Real::ONE,
        core::cmp::Ordering::Equal => Real::ONE.half(),
        core::cmp::Ordering::Less => Real::ZERO,
    };
    let mut valuation = Valuation {
        call,
        put,
        time_value: Real::ZERO,
        delta_call: step,
        delta_put: step - Real::ONE,
        gamma: Real::ZERO,
        vega: Real::ZERO,
        period_slope: Real::ZERO,
        funding: Real::ZERO,
    };
    if variance.is_zero() {
        return Ok(valuation);
    }
    let ratio = Real::from_int(8) / variance;
    let u = (Real::ONE + ratio).sqrt();
    // (1 − u)/2 without its cancellation for u near 1.
    let falling = -(ratio / (Real::ONE + u)).half();
    let rising = (Real::ONE + u).half();
    let distance = ln_ratio(s, k);
    let exponent = if spot < strike { rising } else { falling };
    let time_value = k / u * exp(exponent * distance);
    let slope = match spot.cmp(&strike) {
        core::cmp::Ordering::Equal => Real::ONE.half(),
        _ => exponent,
    };
    let sensitivity = time_value * (u.recip() + distance.abs().half()) / u;
    let earned = slope * time_value / s;
    valuation.call += time_value;
    valuation.put += time_value;
    valuation.time_value = time_value;
    valuation.delta_call += earned;
    valuation.delta_put += earned;
    valuation.gamma = time_value.double() / (variance * s.square());
    valuation.vega = sensitivity * ratio / sigma;
    valuation.period_slope = (sensitivity * ratio / tau).half();
    valuation.funding = time_value / tau;
    Ok(valuation)
}

fn european(spot: u128, strike: u128, seconds: u64, vol: u64) -> Contract {
    Contract {
        spot,
        strike,
        seconds,
        vol,
        rate: 0,
    }
}

/// The funding index after `elapsed` seconds, quote WAD per option, rounded up: `index` plus the mean of the time
/// values at both ends of the interval (quote WAD per option) times elapsed/τ. Sum over intervals, not over periods:
/// funding accrues continuously. `None` without a period, or where the index exceeds `u128`.
pub fn accrue_up(index: u128, time_values: [u128; 2], elapsed: u64, period: u64) -> Option<u128> {
    let [before, after] = time_values;
    let twice = before.checked_add(after)?;
    index.checked_add(mul_div_up(twice, elapsed as u128, period as u128 * 2)?)
}

/// What a long of `lots` lots that entered at index `entry` owes the pool at index `now`, quote WAD, rounded up; `None`
/// where the index has fallen, which it does not, or the result exceeds `u128`.
pub fn funding_owed_up(lots: u64, entry: u128, now: u128) -> Option<u128> {
    mul_div_up(now.checked_sub(entry)?, lots as u128, 1_000_000)
}

/// Europeans of a strip.
pub const LEGS: usize = 8;
/// Least period of a strip, seconds: below it the nearest leg's whole seconds would show.
pub const MIN_STRIP_PERIOD: u64 = 3_600;
/// Greatest period of a strip, seconds: the farthest leg's expiry is within five years.
pub const MAX_STRIP_PERIOD: u64 = 79 * 86_400;

/// One European of a strip, held `weight` times for each everlasting option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Leg {
    /// Seconds to expiry.
    pub seconds: u64,
    /// Number of Europeans, WAD.
    pub weight: u64,
}

/// The strip of Europeans that stands for an everlasting option: Gauss-Laguerre quadrature of order eight, expiries
/// xⱼ·τ to the nearest second. The weights add up to one WAD exactly.
///
/// # Errors
/// `TimeOutOfRange` with a period outside [`MIN_STRIP_PERIOD`]..=[`MAX_STRIP_PERIOD`].
pub fn strip(period: u64) -> Result<[Leg; LEGS], Error> {
    if !(MIN_STRIP_PERIOD..=MAX_STRIP_PERIOD).contains(&period) {
        return Err(Error::TimeOutOfRange(period));
    }
    // xⱼ with 18 decimals.
    let leg = |x: u128, weight: u64| Leg {
        seconds: ((period as u128 * x + 500_000_000_000_000_000) / 1_000_000_000_000_000_000)
            as u64,
        weight,
    };
    Ok([
        leg(170_279_632_305_101_000, 369_188_589_341_637_530),
        leg(903_701_776_799_379_912, 418_786_780_814_342_955),
        leg(2_251_086_629_866_130_689, 175_794_986_637_171_806),
        leg(4_266_700_170_287_658_794, 33_343_492_261_215_652),
        leg(7_045_905_402_393_465_697, 2_794_536_235_225_673),
        leg(10_758_516_010_180_995_224, 90_765_087_733_582),
        leg(15_740_678_641_278_004_578, 848_574_671_627),
        leg(22_863_131_736_889_264_106, 1_048_001_175),
    ])
}

/// Why there is no value on the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceValueError {
    /// No expiry of the surface is in the future.
    NoLiveSlice,
    /// The option, or one of its legs, is outside the domain.
    Domain(Error),
}

/// Values of an everlasting call and put by [`strip`], each leg at the anchor's vol of its own expiry and strike, which
/// [`interpolate`] takes from the neighbours, and on its own forward, undiscounted. Nearest; without carry their
/// difference is spot less strike.
///
/// # Errors
/// [`SurfaceValueError`].
pub fn value_on_surface(
    snapshot: &Snapshot,
    strike: u128,
    period: u64,
) -> Result<Prices, SurfaceValueError> {
    let legs = strip(period).map_err(SurfaceValueError::Domain)?;
    let (mut call, mut put) = (Real::ZERO, Real::ZERO);
    for Leg { seconds, weight } in legs {
        let slice = slice_at(snapshot, snapshot.now.saturating_add(seconds))
            .ok_or(SurfaceValueError::NoLiveSlice)?;
        let forward = forward(&slice, snapshot.spot, snapshot.now);
        let vol = vol(&slice, snapshot.spot, strike, snapshot.now);
        let prices = black_scholes::price(&european(forward, strike, seconds, vol))
            .map_err(SurfaceValueError::Domain)?;
        let weight = Real::from_wad_u64(weight);
        call += prices.call * weight;
        put += prices.put * weight;
    }
    Ok(Prices { call, put })
}

/// The anchor at a time, from the live slices around it.
fn slice_at(snapshot: &Snapshot, expiry: u64) -> Option<Slice> {
    let live = |slice: &&Slice| slice.expiry > snapshot.now;
    let mut slices = snapshot.slices.iter().filter(live);
    let after = slices.clone().find(|slice| slice.expiry >= expiry);
    if let Some(exact) = after.filter(|slice| slice.expiry == expiry) {
        return Some(*exact);
    }
    let before = slices.rfind(|slice| slice.expiry < expiry);
    before.or(after)?;
    Some(interpolate(before, after, expiry, snapshot.now))
}
