//! What people see of the market before they act, and the series they pick from it.

use smirk_engine::state::{Kind, Slice, YEAR};

use super::units::to_wad;
use crate::rng::Rng;

/// Expiries nearer than this trade on the finer grid, seconds.
const NEAR: u64 = 10 * 86_400;
/// Strikes of near expiries, and of the others, are at least these parts of spot apart.
const APART: [f64; 2] = [0.01, 0.04];

/// The market as somebody sees it.
pub struct Sight<'a> {
    /// Feed price.
    pub spot: f64,
    /// Block time.
    pub now: u64,
    /// Listed anchors.
    pub slices: &'a [Slice],
    /// Strikes are multiples of this, quote units.
    pub strike_tick: f64,
    /// Nothing opens this long before its expiry, seconds.
    pub cutoff: u64,
}

impl Sight<'_> {
    /// One of the expiries that trade, if any does.
    pub fn expiry(&self, rng: &mut Rng) -> Option<Slice> {
        self.expiry_after(self.now + self.cutoff, rng)
    }

    /// One of the expiries that trade and end later than this, if any does.
    pub fn expiry_after(&self, time: u64, rng: &mut Rng) -> Option<Slice> {
        let earliest = time.max(self.now + self.cutoff);
        let live: Vec<&Slice> = self
            .slices
            .iter()
            .filter(|slice| slice.atm_vol > 0 && slice.expiry > earliest)
            .collect();
        (!live.is_empty()).then(|| **rng.pick(&live))
    }

    /// The strike this many standard deviations of the expiry out of the money, WAD.
    pub fn strike(&self, slice: &Slice, kind: Kind, outside: f64) -> u128 {
        let time = slice.expiry - self.now;
        let deviation = slice.atm_vol as f64 / 1e18 * (time as f64 / YEAR as f64).sqrt();
        let direction = if kind == Kind::Call { 1.0 } else { -1.0 };
        // Nearer expiries trade on a finer grid, as on exchanges.
        let grid = round_above(self.spot * APART[usize::from(time >= NEAR)]);
        let grid = (grid / self.strike_tick).ceil() * self.strike_tick;
        let strike = (self.spot * (direction * outside * deviation).exp() / grid).round() * grid;
        to_wad(strike, 6).to()
    }
}

/// The least of 1, 2.5 and 5 times the powers of ten that is not below a number above zero.
fn round_above(least: f64) -> f64 {
    let power = 10_f64.powi(least.log10().floor() as i32);
    let mut steps = [1.0, 2.5, 5.0].into_iter().map(|step| step * power);
    steps.find(|step| *step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_are_spaced_by_the_price() {
        for (spot, near, far) in [
            (1_874.0, 25.0, 100.0),
            (2_449.0, 25.0, 100.0),
            (3_646.0, 50.0, 250.0),
            (237.0, 2.5, 10.0),
            (78_950.0, 1_000.0, 5_000.0),
            (2_500.0, 25.0, 100.0),
        ] {
            let found = APART.map(|part| round_above(spot * part));
            assert_eq!(found, [near, far], "{spot}");
        }
    }

    #[test]
    fn a_strike_is_on_the_grid_of_pool_and_price() {
        let slice = Slice {
            expiry: 86_400,
            atm_vol: 650_000_000_000_000_000,
            ..Slice::default()
        };
        for (spot, grid) in [(237.0, 25.0), (2_000.0, 25.0), (78_950.0, 1_000.0)] {
            let sight = Sight {
                spot,
                now: 0,
                slices: &[],
                strike_tick: 25.0,
                cutoff: 0,
            };
            let strike = sight.strike(&slice, Kind::Call, 1.0) as f64 / 1e18;
            assert_eq!(strike % grid, 0.0, "{strike}");
        }
    }
}
