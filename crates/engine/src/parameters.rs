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

#[inline(never)]
fn within(field: u8, value: u64, low: u64, high: u64) -> Result<(), ParameterError> {
    if value < low || value > high {
        return Err(ParameterError {
            field,
            value: value as u128,
            low: low as u128,
            high: high as u128,
        });
    }
    Ok(())
}

impl Parameters {
    /// The defaults for a pool of about a million quote units.
    pub const DEFAULT: Parameters = Parameters {
        depth: 250_000 * WAD as u128,
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
        capacity_minimum: WAD / 10_000 * 7,
        hedge_gas: WAD / 20,
        band_cap: WAD / 50,
        exposure_cap: WAD / 10,
        equity_floor: WAD / 100 * 15,
        upside_slope: WAD,
        nav_spread: WAD / 100 * 3,
        nav_price_spread: WAD / 1_000,
        node_rent: 2 * WAD,
        spot_lag: WAD,
    };

    /// Refuses the first field outside its hard bounds. Two bounds are other fields: the anchor limit lies
    /// above the fresh age, and the exposure cap is at least the band cap.
    pub fn check(&self) -> Result<(), ParameterError> {
        let (low, high) = (WAD as u128, 1_000_000_000 * WAD as u128);
        if self.depth < low || self.depth > high {
            return Err(ParameterError {
                field: 0,
                value: self.depth,
                low,
                high,
            });
        }
        within(1, self.coupling, WAD / 20, 5 * WAD)?;
        within(2, self.wing_depth, WAD / 100, 4 * WAD)?;
        within(3, self.short_term, 0, 4 * WAD)?;
        // Up to this cap a shifted slice within the anchor bounds still has no butterfly arbitrage.
        within(4, self.shift_cap, WAD / 100, WAD / 5)?;
        within(5, self.half_spread, WAD / 1_000, WAD / 10)?;
        within(6, self.fee_floor, WAD / 100_000, WAD / 100)?;
        within(7, self.capacity_rate, 0, 10 * WAD)?;
        within(8, self.anchor_fresh, 60, 86_400)?;
        within(9, self.anchor_limit, self.anchor_fresh + 1, 7 * 86_400)?;
        within(10, self.risk_aversion, 1, 1_000)?;
        within(11, self.edge_slack, 0, WAD / 10 * 9)?;
        within(12, self.capacity_minimum, 0, WAD / 100)?;
        within(13, self.hedge_gas, 0, 10 * WAD)?;
        within(14, self.band_cap, WAD / 10_000, WAD / 5)?;
        within(15, self.exposure_cap, self.band_cap, 2 * WAD)?;
        within(16, self.equity_floor, WAD / 100, WAD / 10 * 9)?;
        within(17, self.upside_slope, WAD / 100, WAD)?;
        within(18, self.nav_spread, 0, WAD / 10)?;
        within(19, self.nav_price_spread, 0, WAD / 20)?;
        within(32, self.node_rent, 0, 10 * WAD)?;
        within(33, self.spot_lag, 0, 5 * WAD)
    }
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters::DEFAULT
    }
}
