//! The same money in the pool's shares, in cash and in the base asset: returns and drawdowns.

use super::record::{Replay, Step};

const YEAR: f64 = 365.0 * 86_400.0;
const DAY: u64 = 86_400;

/// What one way of holding the money did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// Gain from the first step to the last, a share of the money.
    pub gain: f64,
    /// The same pace kept for a year, compounded.
    pub yearly: f64,
    /// Deepest fall from an earlier peak, a share of the peak.
    pub drawdown: f64,
    /// Worst fall over 24 hours, a share of the value before.
    pub worst_day: f64,
}

/// Value of a share and of one unit of the base asset at each step.
pub fn share_values(replay: &Replay) -> Vec<f64> {
    replay.steps.iter().map(|step| step.share_price).collect()
}

/// Feed price at each step.
pub fn spot_values(replay: &Replay) -> Vec<f64> {
    replay.steps.iter().map(|step| step.spot).collect()
}

/// What holding something of these values over the steps did.
pub fn holding(steps: &[Step], values: &[f64]) -> Holding {
    let (first, last) = (values[0], values[values.len() - 1]);
    let years = (steps[steps.len() - 1].time - steps[0].time) as f64 / YEAR;
    Holding {
        gain: last / first - 1.0,
        yearly: (last / first).powf(1.0 / years) - 1.0,
        drawdown: drawdowns(values).into_iter().fold(0.0, f64::max),
        worst_day: worst_day(steps, values),
    }
}

/// Fall below the highest value so far, a share of it, at each step.
pub fn drawdowns(values: &[f64]) -> Vec<f64> {
    let mut peak = f64::MIN;
    values
        .iter()
        .map(|&value| {
            peak = peak.max(value);
            1.0 - value / peak
        })
        .collect()
}

fn worst_day(steps: &[Step], values: &[f64]) -> f64 {
    let mut start = 0;
    let mut worst: f64 = 0.0;
    for (step, &value) in steps.iter().zip(values) {
        while steps[start].time + DAY < step.time {
            start += 1;
        }
        worst = worst.max(1.0 - value / values[start]);
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_and_falls_are_those_of_the_values() {
        let steps: Vec<Step> = (0..=4)
            .map(|i| Step {
                time: i * DAY / 2,
                ..Step::default()
            })
            .collect();
        let values = [100.0, 110.0, 99.0, 88.0, 105.0];
        assert_eq!(drawdowns(&values)[2], 1.0 - 99.0 / 110.0);
        let found = holding(&steps, &values);
        assert!((found.gain - 0.05).abs() < 1e-12);
        assert!((found.drawdown - 0.2).abs() < 1e-12);
        // Over 24 hours: 110 to 88, two steps apart.
        assert!((found.worst_day - 0.2).abs() < 1e-12);
        // Two days at 5 %.
        assert!((found.yearly - (1.05_f64.powf(182.5) - 1.0)).abs() < 1e-6 * found.yearly);
    }
}
