//! Margin of an isolated short option: what closing it would cost in the worst of fifteen scenarios. Accounts are margined by
//! [`crate::risk::account`] on the same grids.
//!
//! > initial = max( max over s in {0.8, 0.9, 1, 1.1, 1.2}, v in {−0.3, 0, +0.45} of P(S·s, σ·e^v),  P(S, σ) + 2 %·S )
//!
//! and maintenance the same over s in {0.88, 0.94, 1, 1.06, 1.12} and v in {−0.2, 0, +0.25}. Like the scenario gate
//! each strike keeps its own vol; unlike it the vol moves are the same for all expiries. The scenarios of maintenance
//! lie inside those of the initial requirement, so it is never the larger. Nothing else of the account counts: a long
//! that would offset the short is not seen.

use crate::error::Error;
use crate::number::real::Real;
use crate::number::special::exp::exp;
use crate::number::special::ln::ln_ratio;
use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::black76;
use crate::price::black_scholes::{self, years, Contract};
use crate::state::{Kind, LOT};

/// A grid of scenarios. Bytes in numbers, because an array would be a data segment.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    /// Spots in hundredths of spot, ascending, lowest byte first.
    spots: u64,
    /// Vol moves as logarithms, in hundredths, signed bytes, lowest first.
    vols: u32,
}

impl Grid {
    /// The spots, in hundredths of spot, ascending.
    pub fn spots(self) -> impl Iterator<Item = u64> {
        (0..5).map(move |index| self.spots >> (8 * index) & 0xff)
    }

    /// The vol moves as logarithms, in hundredths.
    pub fn vols(self) -> impl Iterator<Item = i64> {
        (0..3).map(move |index| i64::from((self.vols >> (8 * index)) as i8))
    }

    /// The lowest and the highest spot, over spot.
    pub fn ends(self) -> (Word, Word) {
        let end = |spot: u64| Word::from_ratio(spot & 0xff, 100);
        (end(self.spots), end(self.spots >> 32))
    }
}

/// Scenarios of the initial requirement: vols by −30, 0 and 45.
pub(crate) const INITIAL: Grid = Grid {
    spots: 0x78_6e_64_5a_50,
    vols: 0x2d_00_e2,
};
/// Scenarios of maintenance: vols by −20, 0 and 25.
pub(crate) const MAINTENANCE: Grid = Grid {
    spots: 0x70_6a_64_5e_58,
    vols: 0x19_00_ec,
};
/// Least distance of a requirement from the mark, in hundredths of spot.
pub(crate) const FLOOR: u128 = 2;

/// A short position in one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Call or put.
    pub kind: Kind,
    /// Spot, quote per base, WAD, 1e-6 ..= 1e9.
    pub spot: u128,
    /// Spot carried to the expiry, quote per base, WAD, 1e-6 ..= 1e9; it moves with spot.
    pub forward: u128,
    /// Strike, quote per base, WAD, 1e-6 ..= 1e9, and within a factor of 1000 of the forward.
    pub strike: u128,
    /// Seconds to expiry, 0 ..= 5 years of 365 days.
    pub seconds: u64,
    /// Vol of the strike per √year, WAD, zero or 0.01 ..= 10.
    pub vol: u64,
    /// Size in lots.
    pub lots: u64,
}

/// What a short position must have behind it, quote WAD, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Requirement {
    /// To open it or add to it.
    pub initial: u128,
    /// To keep it: with less, it may be closed by anyone.
    pub maintenance: u128,
}

/// Why there is no requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginError {
    /// The series is outside the domain.
    Domain(Error),
    /// The requirement of this many lots exceeds `u128`.
    TooLarge(u64),
}

/// The requirements of a short position, rounded up per option and again for the total.
///
/// # Errors
/// [`MarginError`].
pub fn isolated_up(short: &Short) -> Result<Requirement, MarginError> {
    let contract = Contract {
        spot: short.forward,
        strike: short.strike,
        seconds: short.seconds,
        vol: short.vol,
        rate: 0,
    };
    let mark = black_scholes::price(&contract).map_err(MarginError::Domain)?;
    let mark = of_kind(short.kind, mark.call, mark.put);
    let floor = (mark.to_wad_up().max(0) as u128)
        .saturating_add(short.spot.saturating_mul(FLOOR).div_ceil(100));
    let require = |grid: Grid| {
        let per_option = (worst(short, grid).to_wad_up().max(0) as u128).max(floor);
        mul_div_up(per_option, short.lots as u128, WAD as u128 / LOT)
            .ok_or(MarginError::TooLarge(short.lots))
    };
    Ok(Requirement {
        initial: require(INITIAL)?,
        maintenance: require(MAINTENANCE)?,
    })
}

fn of_kind(kind: Kind, call: Real, put: Real) -> Real {
    match kind {
        Kind::Call => call,
        Kind::Put => put,
    }
}

/// The largest price of one option over the scenarios.
fn worst(short: &Short, grid: Grid) -> Real {
    let strike = Real::from_wad_u128(short.strike);
    let root = years(short.seconds).sqrt();
    let mut worst = Real::ZERO;
    for vol in grid.vols() {
        let factor = exp(Real::from_int(vol) / Real::from_int(100));
        let total_vol = Real::from_wad_u64(short.vol) * factor * root;
        for spot in grid.spots() {
            let moved = short.forward * spot as u128;
            let forward = Real::from_wad_u128(match short.kind {
                Kind::Call => moved.div_ceil(100),
                Kind::Put => moved / 100,
            });
            let prices = black76::price(&black76::Inputs {
                forward,
                strike,
                log_moneyness: ln_ratio(strike, forward),
                total_vol,
            });
            worst = worst.max(of_kind(short.kind, prices.call, prices.put));
        }
    }
    worst
}
