//! Pools in the middle of life: other people's positions, posts with carry that jumped, spot that moved since, a venue that
//! is not quite where the feed is.

use alloy_primitives::{I256, U256};
use smirk_world::{abi::IPool, price::wad, World};

use crate::common::{call, put, rng::Rng, Market, WAD};

/// Pools to start cycles from.
const STAGES: usize = 12;

pub fn stages(rng: &mut Rng, depth: &str) -> Vec<Market> {
    let world = World::builder().price(wad("2500")).depth(wad(depth));
    let market = Market::with(world, |_| {});
    (0..STAGES).map(|_| staged(&market, rng)).collect()
}

fn staged(market: &Market, rng: &mut Rng) -> Market {
    let mut market = market.clone();
    let bob = market.world.actors.bob.address;
    for _ in 0..6 + rng.below(20) {
        let id = any_series(&market, rng);
        let size = any_size(rng);
        let call = IPool::buyCall {
            id,
            size,
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: bob,
        };
        drop(market.send(bob, call));
    }
    market.world.chain.advance(600 + rng.below(7_200));
    let moved = near(wad("2500"), rng, 300);
    market.world.set_price(moved).unwrap();
    let carry = rng.below(60) as i64 - 20;
    let vols = U256::from(900 + rng.below(250));
    keep(&mut market, vols, carry);
    market.world.chain.advance(rng.below(1_500));
    // Spot moves on since the post, and the venue a little further or less far.
    let moved = near(moved, rng, 200);
    let beside = near(moved, rng, 20);
    market.world.set_price(beside).unwrap();
    market.world.push_price(moved).unwrap();
    market
}

/// Posts every anchor at so many thousandths of its vol and, unless it is zero, a carry in thousandths.
pub fn keep(market: &mut Market, thousandths: U256, carry: i64) {
    let keeper = market.world.actors.keeper.address;
    let mut anchors = market.view(IPool::surfaceCall {}).unwrap();
    if thousandths >= U256::from(1_000) {
        anchors.reverse();
    }
    for anchor in anchors {
        let carry = match carry {
            0 => anchor.carry,
            carry => {
                I256::try_from(carry).unwrap() * I256::try_from(1_000_000_000_000_000i64).unwrap()
            }
        };
        let call = IPool::postAnchorCall {
            expiry: anchor.expiry,
            atmVol: anchor.atmVol * thousandths / U256::from(1_000),
            leftWing: anchor.leftWing,
            rightWing: anchor.rightWing,
            carry,
        };
        // A keeper that comes too soon is refused.
        drop(market.send(keeper, call));
    }
}

/// Any strike of the grid within two fifths of 2,500, of a kind that opens there.
pub fn any_series(market: &Market, rng: &mut Rng) -> U256 {
    let expiry = rng.pick(&market.expiries);
    let strike = 1_500 + 25 * rng.below(81);
    let is_put = match strike {
        ..2_150 => true,
        2_900.. => false,
        _ => rng.one_in(2),
    };
    let strike = strike.to_string();
    match is_put {
        true => put(expiry, &strike),
        false => call(expiry, &strike),
    }
}

/// A hundredth to some forty, sometimes not a whole number of hundredths.
pub fn any_size(rng: &mut Rng) -> U256 {
    let hundredths = rng.pick(&[10, 100, 300, 1_000, 4_000]);
    let size = U256::from(1 + rng.below(hundredths)) * WAD / U256::from(100);
    match rng.below(4) {
        0 => size + U256::from(rng.below(9_999)) * U256::from(1_000_000_000_000u64),
        _ => size,
    }
}

fn near(price: U256, rng: &mut Rng, most: u64) -> U256 {
    price * U256::from(10_000 - most + rng.below(2 * most + 1)) / U256::from(10_000)
}
