//! Parameters have one source: `abi/parameters.json`, which clients and deployments read, says what the engine and the
//! contract hold to.

use alloy_primitives::U256;
use smirk_engine::state::Parameters;
use smirk_pool::{
    io::feed::Freshness,
    storage::parameters::{engine, limits, Limits, Values},
};
use smirk_world::{abi::IPool, price::wad, Parameter, PoolParameters};

use crate::common::Market;

/// WAD per step of a ratio in storage.
const GRID: U256 = U256::from_limbs([1_000_000_000_000, 0, 0, 0]);

#[test]
fn engine_has_the_published_defaults() {
    let published: Values = std::array::from_fn(|index| Parameter::all()[index].default.to());
    assert_eq!(engine(&published), Parameters::DEFAULT);
}

/// Every parameter its own index: whatever the contract reads is what the ABI has under that name.
#[test]
fn contract_reads_the_parameters_by_the_names_of_the_abi() {
    let named = IPool::Parameters::from(PoolParameters(std::array::from_fn(U256::from)));
    let values: Values = std::array::from_fn(|index| index as u128);
    let expected = Parameters {
        depth: named.depth.to(),
        coupling: named.coupling.to(),
        wing_depth: named.wingDepth.to(),
        short_term: named.shortTerm.to(),
        shift_cap: named.shiftCap.to(),
        half_spread: named.halfSpread.to(),
        fee_floor: named.feeFloor.to(),
        capacity_rate: named.capacityRate.to(),
        anchor_fresh: named.anchorFresh.to(),
        anchor_limit: named.anchorLimit.to(),
        risk_aversion: named.riskAversion.to(),
        edge_slack: named.edgeSlack.to(),
        capacity_minimum: named.capacityMinimum.to(),
        hedge_gas: named.hedgeGas.to(),
        band_cap: named.bandCap.to(),
        exposure_cap: named.exposureCap.to(),
        equity_floor: named.equityFloor.to(),
        upside_slope: named.upsideSlope.to(),
        nav_spread: named.navSpread.to(),
        nav_price_spread: named.navPriceSpread.to(),
        node_rent: named.nodeRent.to(),
        spot_lag: named.spotLag.to(),
    };
    assert_eq!(engine(&values), expected);
    let expected = Limits {
        strike_tick: named.strikeTick.to(),
        minimum_size: named.minimumSize.to(),
        moneyness_low: named.moneynessLow.to(),
        moneyness_high: named.moneynessHigh.to(),
        cutoff: named.cutoff.to(),
        freshness: Freshness {
            max_age: named.feedMaxAge.to(),
            sequencer_grace: named.sequencerGrace.to(),
        },
        venue_deviation: named.venueDeviation.to(),
        hedge_price_limit: named.hedgePriceLimit.to(),
        minimum_hedge: named.minimumHedge.to(),
        anchor_interval: named.anchorInterval.to(),
        anchor_jump: named.anchorJump.to(),
    };
    assert_eq!(limits(&values), expected);
}

#[test]
fn contract_has_the_published_bounds() {
    let mut market = Market::new();
    let owner = market.world.actors.owner.address;
    // Bounds of others: their least values let those reach theirs.
    for name in ["anchorFresh", "bandCap"] {
        let Parameter { index, low, .. } = *Parameter::named(name);
        let index = U256::from(index);
        market
            .send(owner, IPool::setParameterCall { index, value: low })
            .unwrap();
    }
    for parameter in Parameter::all() {
        for value in beyond(parameter) {
            let index = U256::from(parameter.index);
            let error: IPool::ParameterOutOfBounds =
                market.refusal(owner, IPool::setParameterCall { index, value });
            assert_eq!(
                (error.index, error.value, error.low, error.high),
                (index, value, parameter.low, parameter.high),
                "{}",
                parameter.name
            );
        }
    }
}

/// One step beyond the published bounds.
fn beyond(parameter: &Parameter) -> Vec<U256> {
    let step = if parameter.name == "depth" {
        // In whole quote.
        wad("1")
    } else if parameter.high % GRID == U256::ZERO {
        GRID
    } else {
        U256::from(1)
    };
    let above = parameter.high + step;
    parameter
        .low
        .checked_sub(step)
        .into_iter()
        .chain([above])
        .collect()
}
