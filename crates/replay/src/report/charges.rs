//! What orders paid beyond the anchor's mark, summed, and the same flow under a flat fee to hold it against.

use serde::Deserialize;

use super::record::Fill;

/// Sums over some fills. Quote units but for `fills` and `options`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charges {
    /// Orders filled.
    pub fills: usize,
    /// Options.
    pub options: f64,
    /// Σ size · spot.
    pub notional: f64,
    /// Σ vega per 100 % of vol.
    pub vega: f64,
    /// Σ |premium − size · mark|: what the inventory's shift of the surface made of the premium. Not a charge.
    pub shift: f64,
    /// Σ spread.
    pub spread: f64,
    /// Σ surcharge for the venue.
    pub surcharge: f64,
    /// Σ capacity.
    pub capacity: f64,
    /// Σ of the interest in it; the rest is what the least charge adds.
    pub interest: f64,
    /// Σ rent.
    pub rent: f64,
}

impl Charges {
    /// Sums.
    pub fn of<'a>(fills: impl Iterator<Item = &'a Fill>) -> Self {
        let mut sum = Self::default();
        for fill in fills {
            sum.fills += 1;
            sum.options += fill.size;
            sum.notional += fill.size * fill.spot;
            sum.vega += fill.vega;
            sum.shift += (fill.premium - fill.size * fill.mark).abs();
            sum.spread += fill.spread;
            sum.surcharge += fill.surcharge;
            sum.capacity += fill.capacity;
            sum.interest += fill.interest;
            sum.rent += fill.rent;
        }
        sum
    }

    /// Everything that is charged.
    pub fn total(&self) -> f64 {
        self.spread + self.surcharge + self.capacity + self.rent
    }

    /// An amount as vol points: over the vega of one vol point.
    pub fn vol_points(&self, amount: f64) -> f64 {
        amount / (self.vega * 0.01)
    }

    /// An amount as basis points of spot, per option.
    pub fn basis_points(&self, amount: f64) -> f64 {
        amount / self.notional * 1e4
    }

    /// An amount per order.
    pub fn per_fill(&self, amount: f64) -> f64 {
        amount / self.fills as f64
    }

    /// How much more vol points all charges are than those of others, as a part.
    pub fn beyond(&self, others: &Charges) -> f64 {
        self.vol_points(self.total()) / others.vol_points(others.total()) - 1.0
    }
}

/// Most options of an ordinary order.
pub const ORDINARY: f64 = 20.0;

/// Ordinary orders, and those among them that notice what capacity costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ordinary {
    /// Orders of at most [`ORDINARY`] options.
    pub orders: usize,
    /// Those that pay more for capacity than their spread.
    pub noticed: usize,
}

impl Ordinary {
    /// Counts.
    pub fn of<'a>(fills: impl Iterator<Item = &'a Fill>) -> Self {
        let mut found = Self::default();
        for fill in fills.filter(|fill| fill.size <= ORDINARY) {
            found.orders += 1;
            found.noticed += usize::from(fill.capacity > fill.spread);
        }
        found
    }
}

/// The same people in a pool whose only charge is a flat fee, as measured by the command it names.
#[derive(Clone, Debug, Deserialize)]
pub struct Baseline {
    /// What was charged.
    pub rules: String,
    /// One entry per seed.
    pub runs: Vec<BaselineRun>,
}

/// One seed of the baseline.
#[derive(Clone, Debug, Deserialize)]
pub struct BaselineRun {
    /// Seed of the people.
    pub seed: u64,
    /// Orders filled.
    pub fills: usize,
    /// Options.
    pub options: f64,
    /// Σ size · spot, quote units.
    pub notional: f64,
    /// Σ vega per 100 % of vol, quote units.
    pub vega: f64,
    /// Σ fees, quote units.
    pub fees: f64,
}

impl Baseline {
    /// The committed measurement.
    pub fn committed() -> Self {
        serde_json::from_str(include_str!("baseline.json")).expect("baseline.json has this form")
    }

    /// The run of this seed, or all runs as one sum where there is none: what it is called, and the fee as spread.
    pub fn beside(&self, seed: u64) -> (String, Charges) {
        let same: Vec<&BaselineRun> = self.runs.iter().filter(|run| run.seed == seed).collect();
        if same.is_empty() {
            let runs: Vec<&BaselineRun> = self.runs.iter().collect();
            let seeds: Vec<String> = runs.iter().map(|run| run.seed.to_string()).collect();
            (
                format!("flat fee, seeds {}", seeds.join(", ")),
                summed(&runs),
            )
        } else {
            ("flat fee, the same people".to_owned(), summed(&same))
        }
    }
}

fn summed(runs: &[&BaselineRun]) -> Charges {
    let mut sum = Charges::default();
    for run in runs {
        sum.fills += run.fills;
        sum.options += run.options;
        sum.notional += run.notional;
        sum.vega += run.vega;
        sum.spread += run.fees;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_are_per_vega_and_per_notional() {
        let fill = Fill {
            size: 2.0,
            spot: 2_000.0,
            mark: 100.0,
            premium: 206.0,
            vega: 500.0,
            spread: 7.5,
            surcharge: 0.5,
            capacity: 1.5,
            rent: 0.5,
            ..Fill::default()
        };
        let sum = Charges::of([&fill, &fill].into_iter());
        assert_eq!((sum.fills, sum.options, sum.shift), (2, 4.0, 12.0));
        assert!((sum.total() - 20.0).abs() < 1e-12);
        assert!((sum.per_fill(sum.total()) - 10.0).abs() < 1e-12);
        assert!((sum.vol_points(sum.total()) - 2.0).abs() < 1e-12);
        assert!((sum.basis_points(sum.total()) - 25.0).abs() < 1e-12);
    }

    #[test]
    fn ordinary_orders_notice_capacity_above_their_spread() {
        let fill = |size, capacity| Fill {
            size,
            spread: 2.0,
            capacity,
            ..Fill::default()
        };
        let fills = [
            fill(20.0, 1.9),
            fill(1.0, 2.5),
            fill(0.1, 2.5),
            fill(21.0, 9.0),
        ];
        let found = Ordinary::of(fills.iter());
        assert_eq!((found.orders, found.noticed), (3, 2));
    }

    #[test]
    fn the_baseline_is_one_fee_of_about_a_half_spread() {
        let baseline = Baseline::committed();
        assert!(baseline.runs.len() >= 3);
        for seed in [1, 2, 3, 4] {
            let (_, sum) = baseline.beside(seed);
            let points = sum.vol_points(sum.total());
            assert!((1.5..1.8).contains(&points), "{points} vol points");
        }
        let (name, all) = baseline.beside(4);
        assert_eq!(name, "flat fee, seeds 1, 2, 3");
        let fills: usize = baseline.runs.iter().map(|run| run.fills).sum();
        assert_eq!(all.fills, fills);
    }
}
