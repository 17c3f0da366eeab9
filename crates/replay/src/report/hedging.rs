//! How much of the book's delta the hedge left to chance.

use super::record::{Replay, Step};

/// What moves of the price from step to step did, root of the sum of squares, quote units.
#[derive(Clone, Copy, Debug)]
pub struct HedgeError {
    /// To the exposure that the hedge left.
    pub left: f64,
    /// To the book's delta, had there been no hedge.
    pub book: f64,
}

impl HedgeError {
    /// The part of the book's risk that was left.
    pub fn part(&self) -> f64 {
        self.left / self.book
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
