//! How the market moves: the logarithm of the price as a Brownian motion, that of vols back to where it came from.

use smirk_replay::rng::Rng;

const YEAR: f64 = smirk_engine::state::YEAR as f64;
/// Vol of the price.
const VOL: f64 = 0.7;
/// Years after which vols are most of the way back.
const RETURN: f64 = 5.0 / 365.0;
/// How far vols are away most of the time, as a logarithm.
const REACH: f64 = 0.08;
/// By how much vols rise, as a logarithm, where the price falls by one.
const LEVERAGE: f64 = 1.0;

/// Where vols are, as a logarithm beside where they began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walk {
    /// Zero at first.
    pub vols: f64,
}

impl Walk {
    /// Moves for so many seconds. Returns by how much the price moves, as a logarithm.
    pub fn go(&mut self, rng: &mut Rng, seconds: u64) -> f64 {
        let years = seconds as f64 / YEAR;
        let price = VOL * years.sqrt() * normal(rng) - VOL * VOL * years / 2.0;
        let stays = (-years / RETURN).exp();
        let noise = REACH * (1.0 - stays * stays).sqrt() * normal(rng);
        self.vols = self.vols * stays + noise - LEVERAGE * price;
        self.vols = self.vols.clamp(-4.0 * REACH, 4.0 * REACH);
        price
    }
}

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_has_its_vol_and_vols_come_back() {
        let mut rng = Rng::new(7);
        let mut walk = Walk::default();
        let (mut squares, mut farthest) = (0.0, 0.0_f64);
        let steps = 40_000;
        for _ in 0..steps {
            squares += walk.go(&mut rng, 60).powi(2);
            farthest = farthest.max(walk.vols.abs());
        }
        let vol = (squares / f64::from(steps) * YEAR / 60.0).sqrt();
        assert!((vol / VOL - 1.0).abs() < 0.02, "{vol}");
        assert!(farthest > REACH && farthest <= 4.0 * REACH, "{farthest}");
        walk.vols = 4.0 * REACH;
        walk.go(&mut rng, 31_536_000);
        assert!(walk.vols.abs() <= 4.0 * REACH);
    }
}
