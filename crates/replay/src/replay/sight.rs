//! What people see of the market before they act, and the series they pick from it.

use smirk_engine::state::{Kind, Slice, YEAR};

use super::units::to_wad;
use crate::rng::Rng;

/// Expiries nearer than this trade on the finer grid, seconds.
const NEAR: u64 = 10 * 86_400;
/// Strikes of near expiries, and of the others, are multiples of these; quote units.
const GRIDS: [f64; 2] = [25.0, 100.0];

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
        let grid = GRIDS[usize::from(time >= NEAR)];
        let grid = (grid / self.strike_tick).ceil() * self.strike_tick;
        let strike = (self.spot * (direction * outside * deviation).exp() / grid).round() * grid;
        to_wad(strike, 6).to()
    }
}
