//! Default parameters and their hard bounds.

use crate::state::Parameters;

/// 1e18.
pub const WAD: u64 = 1_000_000_000_000_000_000;

/// A parameter outside its hard bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// The field's index among the pool's parameters: its position in [`Parameters`], but 32 and 33 for the last two.
    pub field: u8,
    /// The value refused, in the field's own scale.
    pub value: u128,
    /// Least value allowed.
    pub low: u128,
    /// Greatest value allowed.
    pub high: u128,
}

/// Values held against their bounds, of which the first that is outside counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds(Option<ParameterError>);

impl Bounds {
    /// Holds another value against its bounds.
    #[inline(never)]
    pub fn within(&mut self, field: u8, value: u128, low: u64, high: u64) {
        self.within_wide(field, value, low as u128, high as u128);
    }

    /// The same for bounds beyond 64 bits.
    #[inline(never)]
    pub fn within_wide(&mut self, field: u8, value: u128, low: u128, high: u128) {
        if self.0.is_none() && (value < low || value > high) {
            self.0 = Some(ParameterError {
                field,
                value,
                low,
                high,
            });
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// The first value that is outside.
    pub fn result(self) -> Result<(), ParameterError> {
        self.0.map_or(Ok(()), Err)
    }
}

impl Parameters {
    /// The defaults for a pool of about a million quote units.
    pub const DEFAULT: Parameters = Parameters {
        depth: 500_000 * WAD as u128,
        coupling: WAD / 2,
        wing_depth: WAD / 4,
        short_term: WAD / 4,
        shift_cap: WAD / 5,
        half_spread: WAD / 1_000 * 15,
        fee_floor: WAD / 100_000 * 17,
        // A pool in full use for a quarter pays 0.07 % of its equity a day.
        capacity_rate: WAD / 100 * 150,
        anchor_fresh: 3_600,
        anchor_limit: 6 * 3_600,
        risk_aversion: 20,
        edge_slack: WAD / 10,
        // Twice the least spread: what capacity adds to that is no more than it.
        capacity_minimum: WAD / 100_000 * 33,
        hedge_gas: WAD / 20,
        band_cap: WAD / 50,
        exposure_cap: WAD / 10,
        equity_floor: WAD / 100 * 15,
        upside_slope: WAD,
        nav_spread: WAD / 100 * 3,
        nav_price_spread: WAD / 1_000,
        node_rent: 2 * WAD,
        spot_lag: 2 * WAD,
    };

    /// Refuses the first field outside its hard bounds.
    ///
    /// # Errors
    /// [`ParameterError`].
    pub fn check(&self) -> Result<(), ParameterError> {
        self.bounds().result()
    }

    /// The fields held against their hard bounds. Two of those are other fields: the anchor limit lies
    /// above the fresh age, and the exposure cap is at least the band cap.
    pub fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::default();
        bounds.within_wide(0, self.depth, WAD as u128, 1_000_000_000 * WAD as u128);
        let mut within =
            |field, value: u64, low, high| bounds.within(field, value as u128, low, high);
        within(1, self.coupling, WAD / 20, 5 * WAD);
        within(2, self.wing_depth, WAD / 100, 4 * WAD);
        within(3, self.short_term, 0, 4 * WAD);
        // Up to this cap a shifted slice within the anchor bounds still has no butterfly arbitrage.
        within(4, self.shift_cap, WAD / 100, WAD / 5);
        within(5, self.half_spread, WAD / 1_000, WAD / 10);
        within(6, self.fee_floor, WAD / 100_000, WAD / 100);
        within(7, self.capacity_rate, 0, 10 * WAD);
        within(8, self.anchor_fresh, 60, 86_400);
        within(
            9,
            self.anchor_limit,
            self.anchor_fresh.saturating_add(1),
            7 * 86_400,
        );
        within(10, self.risk_aversion, 1, 1_000);
        within(11, self.edge_slack, 0, WAD / 10 * 9);
        within(12, self.capacity_minimum, 0, WAD / 100);
        within(13, self.hedge_gas, 0, 10 * WAD);
        within(14, self.band_cap, WAD / 10_000, WAD / 5);
        within(15, self.exposure_cap, self.band_cap, 2 * WAD);
        within(16, self.equity_floor, WAD / 100, WAD / 10 * 9);
        within(17, self.upside_slope, WAD / 100, WAD);
        within(18, self.nav_spread, 0, WAD / 10);
        within(19, self.nav_price_spread, 0, WAD / 20);
        within(32, self.node_rent, 0, 10 * WAD);
        within(33, self.spot_lag, 0, 5 * WAD);
        bounds
    }
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters::DEFAULT
    }
}
