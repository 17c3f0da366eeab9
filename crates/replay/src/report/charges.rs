//! What orders paid beyond the anchor's mark, summed, and what a flat fee would have charged for the same orders.

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

/// Most notional of an ordinary order, quote units.
pub const ORDINARY: f64 = 50_000.0;

/// Ordinary orders, and those among them that notice what capacity costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ordinary {
    /// Orders of a notional of at most [`ORDINARY`].
    pub orders: usize,
    /// Those that pay more for capacity than their spread.
    pub noticed: usize,
}

impl Ordinary {
    /// Counts.
    pub fn of<'a>(fills: impl Iterator<Item = &'a Fill>) -> Self {
        let mut found = Self::default();
        for fill in fills.filter(|fill| fill.size * fill.spot <= ORDINARY) {
            found.orders += 1;
            found.noticed += usize::from(fill.capacity > fill.spread);
        }
        found
    }
}

/// A plain charge to hold the pool's against, of orders of one leg.
#[derive(Clone, Copy, Debug)]
pub struct FlatFee {
    /// Half-spread in vol.
    pub half_spread: f64,
    /// Least half-spread, a part of spot for each option.
    pub floor: f64,
    /// For the hedge, a part of the delta's worth.
    pub hedge: f64,
}

/// About what other pools of options charge, in the order of the pool's own half-spread.
pub const FLAT_FEE: FlatFee = FlatFee {
    half_spread: 0.015,
    floor: 0.000_17,
    hedge: 0.000_2,
};

impl FlatFee {
    /// What it would charge for an order, quote units.
    pub fn charge(&self, fill: &Fill) -> f64 {
        let spread = self.half_spread * fill.vega;
        let least = self.floor * fill.size * fill.spot;
        spread.max(least) + self.hedge * fill.delta * fill.spot
    }

    /// What it would charge for the same orders, as spread.
    pub fn charges<'a>(&self, fills: impl Iterator<Item = &'a Fill>) -> Charges {
        let mut sum = Charges::default();
        for fill in fills {
            sum.fills += 1;
            sum.options += fill.size;
            sum.notional += fill.size * fill.spot;
            sum.vega += fill.vega;
            sum.spread += self.charge(fill);
        }
        sum
    }
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
            spot: 2_500.0,
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
    fn a_flat_fee_is_of_the_run_s_own_orders() {
        let order = |size, vega, delta| Fill {
            size,
            spot: 2_000.0,
            vega,
            delta,
            ..Fill::default()
        };
        // Half a spread of 1.5 points of a vega of 400, and 2 bp of a delta of 0.5 at 2,000.
        assert!((FLAT_FEE.charge(&order(1.0, 400.0, 0.5)) - 6.2).abs() < 1e-12);
        // Of an option with next to no vega 1.7 bp of spot.
        assert!((FLAT_FEE.charge(&order(2.0, 1.0, 0.0)) - 0.68).abs() < 1e-12);
        let fills = [order(1.0, 400.0, 0.5), order(2.0, 1.0, 0.0)];
        let sum = FLAT_FEE.charges(fills.iter());
        assert_eq!((sum.fills, sum.options, sum.vega), (2, 3.0, 401.0));
        assert!((sum.total() - 6.88).abs() < 1e-12);
        let dear = fills.clone().map(|fill| Fill {
            spread: 1.5 * FLAT_FEE.charge(&fill),
            ..fill
        });
        assert!((Charges::of(dear.iter()).beyond(&sum) - 0.5).abs() < 1e-12);
    }
}
