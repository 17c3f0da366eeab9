use alloy_primitives::{
    aliases::{U160, U24},
    Address, Bytes, U256,
};
use alloy_sol_types::{Revert, SolCall, SolError};
use smirk_devnet::Status;
use smirk_world::{
    abi::{HostileRouter, SwapRouter02, Token},
    CallFailure, World, FEE,
};

/// A world with a hostile router that Alice has approved for both tokens.
fn world_with_router() -> (World, Address) {
    let mut world = World::builder().build().unwrap();
    let alice = world.actors.alice.address;
    let router = world.deploy_hostile_router().unwrap();
    for token in [world.base, world.quote] {
        world.approve(token, alice, router, U256::MAX).unwrap();
    }
    (world, router)
}

/// Alice sells one base: what the router reports and what she received.
fn sell_one(world: &mut World, router: Address) -> Result<(U256, U256), CallFailure> {
    let alice = world.actors.alice.address;
    let before = world.balance_of(world.quote, alice)?;
    let swap = SwapRouter02::exactInputSingleCall {
        params: SwapRouter02::ExactInputSingleParams {
            tokenIn: world.base,
            tokenOut: world.quote,
            fee: U24::from(FEE),
            recipient: alice,
            amountIn: world.base_units("1"),
            amountOutMinimum: world.quote_units("2990"),
            sqrtPriceLimitX96: U160::ZERO,
        },
    };
    let reported = world.send(alice, router, &swap)?.value;
    Ok((reported, world.balance_of(world.quote, alice)? - before))
}

/// Alice buys one base for at most 3,100: what the router reports, what she paid and what she received.
fn buy_one(world: &mut World, router: Address) -> Result<(U256, U256, U256), CallFailure> {
    let alice = world.actors.alice.address;
    let before = (
        world.balance_of(world.quote, alice)?,
        world.balance_of(world.base, alice)?,
    );
    let swap = SwapRouter02::exactOutputSingleCall {
        params: SwapRouter02::ExactOutputSingleParams {
            tokenIn: world.quote,
            tokenOut: world.base,
            fee: U24::from(FEE),
            recipient: alice,
            amountOut: world.base_units("1"),
            amountInMaximum: world.quote_units("3100"),
            sqrtPriceLimitX96: U160::ZERO,
        },
    };
    let reported = world.send(alice, router, &swap)?.value;
    let paid = before.0 - world.balance_of(world.quote, alice)?;
    Ok((
        reported,
        paid,
        world.balance_of(world.base, alice)? - before.1,
    ))
}

fn tell<C: SolCall>(world: &mut World, router: Address, call: C) {
    let owner = world.actors.owner.address;
    world.send(owner, router, &call).unwrap();
}

#[test]
fn hostile_router_is_honest_until_told_otherwise() {
    let (mut world, router) = world_with_router();
    let (reported, received) = sell_one(&mut world, router).unwrap();
    assert_eq!(reported, received);
    assert!(received > world.quote_units("2998") && received < world.quote_units("3000"));
    let (reported, paid, received) = buy_one(&mut world, router).unwrap();
    assert_eq!((reported, received), (paid, world.base_units("1")));
    assert!(paid > world.quote_units("3000") && paid < world.quote_units("3003"));
    let factory = world.view(router, &SwapRouter02::factoryCall {}).unwrap();
    assert_eq!(factory, world.venue.factory);
}

#[test]
fn hostile_router_reverts_with_the_given_data() {
    let (mut world, router) = world_with_router();
    let data: Bytes = Revert::from("no").abi_encode().into();
    tell(
        &mut world,
        router,
        HostileRouter::setFailureCall {
            failure: HostileRouter::Failure::Reverts,
            data: data.clone(),
        },
    );
    let failure = sell_one(&mut world, router).unwrap_err();
    assert_eq!(
        (failure.outcome.output.clone(), failure.reason()),
        (data, "reverted: no".to_owned())
    );
}

#[test]
fn hostile_router_burns_all_gas() {
    let (mut world, router) = world_with_router();
    let burn = HostileRouter::setFailureCall {
        failure: HostileRouter::Failure::BurnsGas,
        data: Bytes::new(),
    };
    tell(&mut world, router, burn);
    let failure = sell_one(&mut world, router).unwrap_err();
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
fn hostile_router_keeps_part_of_the_output() {
    let (mut world, router) = world_with_router();
    let keep = HostileRouter::setDeliveryCall {
        deliveredBps: U256::from(9_000),
        refundedBps: U256::from(10_000),
    };
    tell(&mut world, router, keep);
    let (reported, received) = sell_one(&mut world, router).unwrap();
    assert_eq!(received, reported * U256::from(9) / U256::from(10));
    assert!(
        received < world.quote_units("2990"),
        "the caller's minimum is ignored"
    );
}

#[test]
fn hostile_router_keeps_the_unspent_input() {
    let (mut world, router) = world_with_router();
    let keep = HostileRouter::setDeliveryCall {
        deliveredBps: U256::from(10_000),
        refundedBps: U256::ZERO,
    };
    tell(&mut world, router, keep);
    let (reported, paid, _) = buy_one(&mut world, router).unwrap();
    assert_eq!(paid, world.quote_units("3100"));
    assert!(reported < paid);
}

#[test]
fn hostile_router_lies_about_amounts() {
    let (mut world, router) = world_with_router();
    tell(
        &mut world,
        router,
        HostileRouter::setReportCall {
            reportedBps: U256::from(12_000),
        },
    );
    let (reported, received) = sell_one(&mut world, router).unwrap();
    assert_eq!(reported, received * U256::from(12) / U256::from(10));
}

#[test]
fn hostile_router_calls_its_target_back() {
    let (mut world, router) = world_with_router();
    let carol = world.actors.carol.address;
    let payload = Token::mintCall {
        to: carol,
        amount: U256::from(9),
    }
    .abi_encode()
    .into();
    let target = world.quote;
    tell(
        &mut world,
        router,
        HostileRouter::setReentryCall { target, payload },
    );
    let before = world.balance_of(target, carol).unwrap();
    sell_one(&mut world, router).unwrap();
    assert_eq!(
        world.balance_of(target, carol).unwrap() - before,
        U256::from(9)
    );
    assert!(world
        .view(router, &HostileRouter::lastSucceededCall {})
        .unwrap());
}
