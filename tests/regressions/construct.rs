//! Identity before authority: a pool is constructed once, in the transaction that creates it, and what it is told to call must
//! answer as what it is said to be.

use alloy_primitives::Address;
use smirk_world::{abi::IPool, Constructor, Pool, World};

use crate::actions::market;

#[test]
fn nobody_constructs_a_pool_that_is_there() {
    let mut market = market("100000", &[]);
    let thief = market.world.actors.carol.address;
    let owner = market.world.actors.owner.address;
    let mut arguments = Constructor::of(&market.world);
    arguments.owner = thief;
    for caller in [thief, owner, market.world.actors.deployer.address] {
        let refusal = market
            .pool
            .construct_again(&mut market.world, caller, &arguments)
            .unwrap_err();
        assert_eq!(
            refusal.error(),
            Some(IPool::AlreadyConstructed {}),
            "{refusal}"
        );
    }
    assert_eq!(market.view(IPool::ownerCall {}).unwrap(), owner);
    let pending = market.view(IPool::pendingOwnerCall {}).unwrap();
    assert_eq!(pending, Address::ZERO);
}

#[test]
fn a_fresh_pool_holds_nothing_that_a_stranger_planted() {
    let mut world = World::builder().build().unwrap();
    let arguments = Constructor::of(&world);
    let pool = Pool::create(&mut world, &arguments).unwrap().value;
    for who in [world.actors.carol.address, world.actors.deployer.address] {
        let shares = pool.view(&mut world, &IPool::balanceOf_0Call { holder: who });
        assert!(shares.unwrap().is_zero());
    }
    let supply = pool.view(&mut world, &IPool::totalSupply_0Call {}).unwrap();
    assert!(supply.is_zero());
    let roles = [
        pool.view(&mut world, &IPool::pendingOwnerCall {}).unwrap(),
        pool.view(&mut world, &IPool::guardianCall {}).unwrap(),
        pool.view(&mut world, &IPool::keeperCall {}).unwrap(),
    ];
    assert_eq!(roles, [Address::ZERO; 3]);
    assert_eq!(
        pool.view(&mut world, &IPool::ownerCall {}).unwrap(),
        arguments.owner
    );
    for caller in [world.actors.carol.address, world.actors.deployer.address] {
        let refusal = pool.construct_again(&mut world, caller, &arguments);
        let refusal = refusal.unwrap_err();
        assert!(refusal.is::<IPool::AlreadyConstructed>(), "{refusal}");
    }
}

#[test]
fn what_a_pool_is_to_call_has_code() {
    let world = World::builder().build().unwrap();
    let empty = world.actors.carol.address;
    type Change = fn(&mut Constructor, Address);
    let changes: [Change; 5] = [
        |arguments, empty| arguments.base = empty,
        |arguments, empty| arguments.quote = empty,
        |arguments, empty| arguments.feed = empty,
        |arguments, empty| arguments.sequencer_feed = empty,
        |arguments, empty| arguments.factory = empty,
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut world = world.clone();
        let mut arguments = Constructor::of(&world);
        change(&mut arguments, empty);
        let failure = Pool::create(&mut world, &arguments).unwrap_err();
        let text = format!("{failure:#}");
        assert!(
            text.contains("CallFailed") || text.contains("VenueMissing"),
            "{index}: {text}"
        );
    }
}
