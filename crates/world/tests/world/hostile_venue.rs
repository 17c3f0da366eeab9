//! What the stand-in for the venue does by itself; what its callbacks do to a pool is the pool's tests' business.

use alloy_primitives::{
    aliases::{U160, U24},
    Address, Bytes, I256, U256,
};
use alloy_sol_types::{Revert, SolCall, SolError};
use inkhorn_chain::Status;
use smirk_world::{
    abi::{HostileVenue, UniswapV3Pool},
    CallFailure, World, FEE,
};

fn world_with_venue() -> (World, Address) {
    let mut world = World::builder().build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    (world, venue)
}

fn tell<C: SolCall>(world: &mut World, venue: Address, call: C) {
    let owner = world.actors.owner.address;
    world.send(owner, venue, &call).unwrap();
}

/// Alice sells one base at the venue. She has no callback, so a swap that asks is lost.
fn sell_one(world: &mut World, venue: Address) -> Result<(I256, I256), CallFailure> {
    let alice = world.actors.alice.address;
    let swap = UniswapV3Pool::swapCall {
        recipient: alice,
        zeroForOne: true,
        amountSpecified: I256::from_raw(world.base_units("1")),
        // Uniswap's least root, and one.
        sqrtPriceLimitX96: U160::from(4_295_128_740u64),
        data: Bytes::new(),
    };
    let moved = world.send(alice, venue, &swap)?.value;
    Ok((moved.amount0, moved.amount1))
}

fn set_vice(world: &mut World, venue: Address, vice: HostileVenue::Vice, data: Bytes) {
    tell(world, venue, HostileVenue::setViceCall { vice, data });
}

#[test]
fn hostile_venue_stands_as_its_own_factory_and_says_what_the_real_one_says() {
    let (mut world, venue) = world_with_venue();
    let query = HostileVenue::getPoolCall {
        tokenA: world.base,
        tokenB: world.quote,
        fee: U24::from(FEE),
    };
    assert_eq!(world.view(venue, &query).unwrap(), venue);
    let real = world.venue.pool;
    fn same<C: SolCall>(world: &mut World, venue: Address, real: Address, call: C) {
        let said = [venue, real].map(|who| {
            let outcome = world.chain.call(inkhorn_chain::Transaction::call(
                Address::ZERO,
                who,
                call.abi_encode(),
            ));
            assert!(outcome.is_success());
            outcome.output
        });
        assert_eq!(said[0], said[1], "{}", C::SIGNATURE);
    }
    same(&mut world, venue, real, UniswapV3Pool::token0Call {});
    same(&mut world, venue, real, UniswapV3Pool::token1Call {});
    same(&mut world, venue, real, UniswapV3Pool::feeCall {});
    same(&mut world, venue, real, UniswapV3Pool::slot0Call {});
    same(&mut world, venue, real, UniswapV3Pool::liquidityCall {});
}

#[test]
fn hostile_venue_reverts_with_the_given_data() {
    let (mut world, venue) = world_with_venue();
    let data: Bytes = Revert::from("no").abi_encode().into();
    set_vice(&mut world, venue, HostileVenue::Vice::Reverts, data.clone());
    let failure = sell_one(&mut world, venue).unwrap_err();
    assert_eq!(
        (failure.outcome.output.clone(), failure.reason()),
        (data, "reverted: no".to_owned())
    );
}

#[test]
fn hostile_venue_burns_all_gas() {
    let (mut world, venue) = world_with_venue();
    set_vice(
        &mut world,
        venue,
        HostileVenue::Vice::BurnsGas,
        Bytes::new(),
    );
    let failure = sell_one(&mut world, venue).unwrap_err();
    assert!(
        matches!(failure.outcome.status, Status::Halt(_)),
        "{failure}"
    );
    assert!(
        failure.outcome.gas_used >= 30_000_000,
        "{}",
        failure.outcome.gas_used
    );
}

#[test]
fn hostile_venue_that_never_asks_moves_nothing_and_may_say_otherwise() {
    let (mut world, venue) = world_with_venue();
    sell_one(&mut world, venue).expect_err("Alice has no callback");
    set_vice(
        &mut world,
        venue,
        HostileVenue::Vice::NeverAsks,
        Bytes::new(),
    );
    let before = world.venue_price().unwrap();
    assert_eq!(
        sell_one(&mut world, venue).unwrap(),
        (I256::ZERO, I256::ZERO)
    );
    let lie = (I256::from_raw(U256::from(7)), I256::MINUS_ONE);
    tell(
        &mut world,
        venue,
        HostileVenue::setReportCall {
            amount0: lie.0,
            amount1: lie.1,
        },
    );
    assert_eq!(sell_one(&mut world, venue).unwrap(), lie);
    assert_eq!(world.venue_price().unwrap(), before);
}
