use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{IPool, Token},
    price::wad,
    Constructor, Parameter, Pool, TokenKind, World,
};

fn world() -> World {
    World::builder().build().unwrap()
}

#[test]
fn pool_knows_its_surroundings_and_roles() {
    for base_is_token0 in [true, false] {
        let mut world = World::builder()
            .base_is_token0(base_is_token0)
            .build()
            .unwrap();
        let pool = Pool::deploy(&mut world).unwrap();
        let known = pool.view(&mut world, &IPool::surroundingsCall {}).unwrap();
        assert_eq!(
            [known.base, known.quote, known.feed],
            [world.base, world.quote, world.feed]
        );
        assert_eq!(
            [known.router, known.venue],
            [world.venue.router, world.venue.pool]
        );
        assert_eq!(
            [known.sequencer, known.engine],
            [world.sequencer_feed.unwrap(), pool.engine]
        );
        let owner = pool.view(&mut world, &IPool::ownerCall {}).unwrap();
        let guardian = pool.view(&mut world, &IPool::guardianCall {}).unwrap();
        let keeper = pool.view(&mut world, &IPool::keeperCall {}).unwrap();
        let actors = &world.actors;
        assert_eq!(
            [owner, guardian, keeper],
            [
                actors.owner.address,
                actors.guardian.address,
                actors.keeper.address
            ]
        );
    }
}

#[test]
fn pool_takes_the_parameters_it_is_given() {
    let mut world = world();
    let slack = wad("0.2");
    let pool = Pool::deploy_with(&mut world, |constructor| {
        constructor.parameters.set("edgeSlack", slack);
    })
    .unwrap();
    let mut wanted = Constructor::of(&world, &pool).parameters;
    wanted.set("edgeSlack", slack);
    let stored = pool.view(&mut world, &IPool::parametersCall {}).unwrap();
    assert_eq!(stored, wanted.0);
}

#[test]
fn refused_construction_says_why() {
    let mut world = world();
    let pool = Pool::deploy_programs(&mut world).unwrap();
    let mut constructor = Constructor::of(&world, &pool);
    constructor.parameters.set("edgeSlack", wad("0.95"));
    let failure = pool.construct(&mut world, &constructor).unwrap_err();
    let index = U256::from(Parameter::named("edgeSlack").index);
    let refusal: IPool::ParameterOutOfBounds = failure.error().expect("a typed refusal");
    assert_eq!(
        (refusal.index, refusal.value, refusal.high),
        (index, wad("0.95"), wad("0.9"))
    );
    assert!(
        failure
            .reason()
            .starts_with("ParameterOutOfBounds { index: 11, value: 950000000000000000"),
        "{failure}"
    );

    constructor = Constructor {
        owner: Address::ZERO,
        ..Constructor::of(&world, &pool)
    };
    assert!(pool
        .construct(&mut world, &constructor)
        .unwrap_err()
        .is::<IPool::ZeroAddress>());
}

#[test]
fn pool_is_built_on_tokens_of_any_decimals() {
    for decimals in [6, 8, 18] {
        let mut world = World::builder()
            .quote(TokenKind::Honest, decimals)
            .build()
            .unwrap();
        let pool = Pool::deploy(&mut world).unwrap();
        let share = world.view(pool.address, &Token::decimalsCall {}).unwrap();
        assert_eq!(share, decimals + 3);
    }
}

#[test]
fn receipt_carries_the_pools_event_and_its_stylus_frame() {
    let mut world = world();
    let pool = Pool::deploy(&mut world).unwrap();
    let (owner, bob) = (world.actors.owner.address, world.actors.bob.address);
    let receipt = pool
        .send(&mut world, owner, &IPool::setKeeperCall { newKeeper: bob })
        .unwrap();
    let event: IPool::KeeperSet = receipt.event(pool.address).expect("one event");
    assert_eq!(event.keeper, bob);
    assert_eq!(receipt.frames[0].address, pool.address);
    assert!(receipt.frames[0].ink_used > 0);

    let refused = pool
        .send(&mut world, bob, &IPool::setKeeperCall { newKeeper: bob })
        .unwrap_err();
    let refusal: IPool::NotAuthorised = refused.error().expect("a typed refusal");
    assert_eq!((refusal.caller, refusal.required), (bob, owner));
}

#[test]
fn share_takes_a_signed_permit() {
    let mut world = world();
    let pool = Pool::deploy(&mut world).unwrap();
    let (alice, bob) = (world.actors.alice.clone(), world.actors.bob.address);
    let deadline = U256::from(world.chain.now() + 60);
    let value = U256::from(42);
    let signed = world
        .sign_permit(pool.address, &alice, bob, value, deadline)
        .unwrap();
    let permit = Token::permitCall {
        owner: alice.address,
        spender: bob,
        value,
        deadline,
        v: signed.v,
        r: signed.r,
        s: signed.s,
    };
    pool.send(&mut world, bob, &permit).unwrap();
    let allowance = Token::allowanceCall {
        owner: alice.address,
        spender: bob,
    };
    assert_eq!(pool.view(&mut world, &allowance).unwrap(), value);
    assert!(
        pool.send(&mut world, bob, &permit).is_err(),
        "a permit holds once"
    );
}
