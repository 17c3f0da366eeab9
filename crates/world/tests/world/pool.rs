use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use inkhorn_chain::{MinedTransaction, STYLUS_DEPLOYER};
use smirk_world::{
    abi::{IPool, StylusDeployer, Token},
    price::wad,
    CallFailure, Constructor, Parameter, Pool, TokenKind, World,
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
            [known.venue, known.sequencer],
            [world.venue.pool, world.sequencer_feed.unwrap()]
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
    let mut wanted = Constructor::of(&world).parameters;
    wanted.set("edgeSlack", slack);
    let stored = pool.view(&mut world, &IPool::parametersCall {}).unwrap();
    assert_eq!(stored, wanted.into());
}

fn refused(world: &mut World, constructor: &Constructor) -> CallFailure {
    let refusal = Pool::create(world, constructor).unwrap_err();
    refusal.downcast().expect("the constructor's own refusal")
}

#[test]
fn refused_construction_says_why_and_creates_nothing() {
    let mut world = world();
    let mut constructor = Constructor::of(&world);
    constructor.parameters.set("edgeSlack", wad("0.95"));
    let failure = refused(&mut world, &constructor);
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
        ..Constructor::of(&world)
    };
    assert!(refused(&mut world, &constructor).is::<IPool::ZeroAddress>());
    let next = STYLUS_DEPLOYER.create(1);
    assert!(world.chain.code(next).is_empty(), "reverted with the rest");
}

#[test]
fn pool_is_created_and_constructed_in_one_transaction() {
    let mut world = world();
    world.chain.keep_history();
    let pool = Pool::deploy(&mut world).unwrap();
    let blocks = world.chain.take_history();
    let transactions: Vec<_> = blocks
        .iter()
        .flat_map(|block| &block.transactions)
        .collect();
    let touched = |transaction: &MinedTransaction| {
        let outcome = &transaction.outcome;
        let by_log = outcome.logs.iter().any(|log| log.address == pool.address);
        by_log
            || outcome
                .frames
                .iter()
                .any(|frame| frame.address == pool.address)
    };
    let first = transactions.iter().position(|one| touched(one)).unwrap();
    assert_eq!(transactions[first].transaction.to, Some(STYLUS_DEPLOYER));
    let log = transactions[first].outcome.logs.last().unwrap();
    let created = StylusDeployer::ContractDeployed::decode_log(log).unwrap();
    assert_eq!(created.deployedContract, pool.address);
    let (owner, mallory) = (world.actors.owner.address, world.actors.carol.address);
    let named = pool.view(&mut world, &IPool::ownerCall {}).unwrap();
    assert_eq!(named, owner, "constructed before anybody else could call");

    let planted = Constructor {
        owner: mallory,
        ..Constructor::of(&world)
    };
    for caller in [mallory, owner, world.actors.deployer.address] {
        let refusal = pool
            .construct_again(&mut world, caller, &planted)
            .unwrap_err();
        assert!(refusal.is::<IPool::AlreadyConstructed>(), "{refusal}");
    }
    let still = pool.view(&mut world, &IPool::ownerCall {}).unwrap();
    assert_eq!(still, owner);
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
