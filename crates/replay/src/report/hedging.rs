//! How much of the book's delta the hedge left to chance.

use super::record::{Replay, Step};

/// What moves of the price from step to step did, root of the sum of squares, quote units.
#[derive(Clone, Copy, Debug)]
pub struct HedgeError {
    /// To the exposure that the hedge left.
    pub left: f64,
    /// To the book's delta, had there been no hedge.
    pub book: f64,
    /// To an exposure at the edge of the band in every hour: what the rule lets pass.
    pub band: f64,
    /// To what of the exposure was beyond the band: hedges that were missed or waited.
    pub beyond: f64,
}

impl HedgeError {
    /// The part of the book's risk that was left.
    pub fn part(&self) -> f64 {
        self.left / self.book
    }

    /// The error over what the rule lets pass: at most one but for hedges that wait, and less where the flow kept the exposure away
    /// from the edge towards which the price moved it.
    pub fn of_band(&self) -> f64 {
        self.left / self.band
    }
}

/// The error over all steps.
pub fn hedge_error(replay: &Replay) -> HedgeError {
    let moved = |of: fn(&Step) -> f64| {
        let pairs = replay.steps.iter().zip(replay.steps.iter().skip(1));
        let squares = pairs.map(|(step, next)| (of(step) * (next.spot - step.spot)).powi(2));
        squares.sum::<f64>().sqrt()
    };
    HedgeError {
        left: moved(|step| step.exposure),
        book: moved(|step| step.net_delta),
        band: moved(|step| step.band),
        beyond: moved(|step| (step.exposure.abs() - step.band).max(0.0)),
    }
}

/// Mean over the steps of the pool's vega per 100 % of vol: as it was, and without those who write.
pub fn mean_vegas(replay: &Replay) -> [f64; 2] {
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    [
        mean(replay.steps.iter().map(|step| step.net_vega).collect()),
        mean(replay.takers_alone.iter().map(|(_, vega)| *vega).collect()),
    ]
}
