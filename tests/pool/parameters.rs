//! Parameters have one source: `abi/parameters.json`, which clients and deployments read, says what the engine and the
//! contract hold to.

use alloy_primitives::U256;
use smirk_engine::state::Parameters;
use smirk_pool::storage::parameters::{engine, Values};
use smirk_world::{abi::IPool, price::wad, Parameter};

use crate::common::Market;

/// WAD per step of a ratio in storage.
const GRID: U256 = U256::from_limbs([1_000_000_000_000, 0, 0, 0]);

#[test]
fn engine_has_the_published_defaults() {
    let published: Values = std::array::from_fn(|index| Parameter::all()[index].default.to());
    assert_eq!(engine(&published), Parameters::DEFAULT);
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
