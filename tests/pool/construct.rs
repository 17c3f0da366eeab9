//! Construction, and what no entry point answers.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolError, SolValue};
use inkhorn_chain::Transaction;
use smirk_world::{
    abi::IPool, price::wad, test_contract, CallFailure, Constructor, Parameter, Pool,
    PoolParameters, TokenKind, TypedCalls, World,
};

use crate::common::Market;

/// Constructs a pool that is not there yet, with arguments to be spoilt.
fn construct<E: SolError>(
    builder: smirk_world::WorldBuilder,
    spoil: impl FnOnce(&World, &mut Constructor),
) -> E {
    let mut world = builder.build().unwrap();
    let mut arguments = Constructor::of(&world);
    spoil(&world, &mut arguments);
    let refusal = Pool::create(&mut world, &arguments).expect_err("refused");
    let failure: CallFailure = refusal.downcast().expect("the constructor's refusal");
    failure.error::<E>().unwrap_or_else(|| panic!("{failure}"))
}

#[test]
fn lender_is_found_through_its_provider() {
    let mut world = World::builder()
        .price(wad("2500"))
        .with_lender()
        .build()
        .unwrap();
    let lender = world.lender.unwrap();
    let arguments = Constructor::of(&world);
    assert_eq!(arguments.lender, lender.provider);
    let receipt = Pool::create(&mut world, &arguments).unwrap();
    let pool = receipt.value;
    let stored = pool.view(&mut world, &IPool::surroundingsCall {}).unwrap();
    assert_eq!(stored.lender, lender.pool);
    let fixed: IPool::Constructed = receipt.event(pool.address).unwrap();
    assert_eq!(
        [fixed.lender, fixed.collateralToken, fixed.debtToken],
        [lender.pool, lender.quote.a_token, lender.base.variable_debt]
    );
}

#[test]
fn construction_refuses_a_lender_that_is_none() {
    let mut world = World::builder().with_lender().build().unwrap();
    let lender = world.lender.unwrap();
    let deployer = world.actors.deployer.address;
    let false_provider = test_contract("FalseProvider", &lender.pool.abi_encode()).unwrap();
    let false_provider = world.chain.deploy(deployer, false_provider).unwrap();
    for lender in [
        world.actors.alice.address,
        lender.pool,
        world.venue.factory,
        // Names the market, which names another.
        false_provider,
    ] {
        let mut arguments = Constructor::of(&world);
        arguments.lender = lender;
        let refusal = Pool::create(&mut world, &arguments).expect_err("refused");
        let failure: CallFailure = refusal.downcast().unwrap();
        assert_eq!(failure.error(), Some(IPool::LenderInvalid { lender }));
    }
}

#[test]
fn construction_stores_the_surroundings_and_names_the_owner() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let arguments = Constructor::of(&world);
    let receipt = Pool::create(&mut world, &arguments).unwrap();
    let pool = receipt.value;
    let event: IPool::OwnershipTransferred = receipt.event(pool.address).unwrap();
    assert_eq!(
        (event.previousOwner, event.newOwner),
        (Address::ZERO, arguments.owner)
    );
    let fixed: IPool::Constructed = receipt.event(pool.address).unwrap();
    assert_eq!(
        [fixed.base, fixed.quote, fixed.feed, fixed.venue],
        [world.base, world.quote, world.feed, world.venue.pool]
    );
    assert_eq!(Some(fixed.sequencer), world.sequencer_feed);
    assert_eq!(fixed.feeTier, arguments.fee_tier);
    let scale = |decimals: u8| U256::from(10).pow(U256::from(18 - decimals));
    assert_eq!(
        [fixed.baseScale, fixed.quoteScale, fixed.feedScale],
        [
            world.pair.base_decimals,
            world.pair.quote_decimals,
            world.feed_decimals
        ]
        .map(scale)
    );
    assert_eq!(PoolParameters::from(fixed.parameters), arguments.parameters);
    assert_eq!(
        [fixed.lender, fixed.collateralToken, fixed.debtToken],
        [Address::ZERO; 3]
    );
    let stored = pool.view(&mut world, &IPool::surroundingsCall {}).unwrap();
    assert_eq!(
        (stored.base, stored.quote, stored.feed),
        (world.base, world.quote, world.feed)
    );
    assert_eq!(
        (Some(stored.sequencer), stored.venue),
        (world.sequencer_feed, world.venue.pool)
    );
    assert_eq!(
        pool.view(&mut world, &IPool::ownerCall {}).unwrap(),
        arguments.owner
    );
    assert_eq!(
        pool.view(&mut world, &IPool::parametersCall {}).unwrap(),
        arguments.parameters.into()
    );
    for role in [
        pool.view(&mut world, &IPool::guardianCall {}).unwrap(),
        pool.view(&mut world, &IPool::keeperCall {}).unwrap(),
        pool.view(&mut world, &IPool::pendingOwnerCall {}).unwrap(),
    ] {
        assert_eq!(role, Address::ZERO);
    }
    assert!(!pool.view(&mut world, &IPool::pausedCall {}).unwrap());
}

#[test]
fn construction_happens_once_whoever_tries_again() {
    let mut market = Market::new();
    let mut arguments = Constructor::of(&market.world);
    let actors = market.world.actors.clone();
    arguments.owner = actors.alice.address;
    for caller in [&actors.alice, &actors.owner, &actors.deployer] {
        let failure = market
            .pool
            .construct_again(&mut market.world, caller.address, &arguments)
            .unwrap_err();
        assert_eq!(failure.error(), Some(IPool::AlreadyConstructed {}));
    }
    let owner = market.view(IPool::ownerCall {}).unwrap();
    assert_eq!(owner, actors.owner.address);
}

#[test]
fn construction_refuses_to_be_owned_by_nobody() {
    let error: IPool::ZeroAddress = construct(World::builder(), |_, arguments| {
        arguments.owner = Address::ZERO;
    });
    assert_eq!(error, IPool::ZeroAddress {});
}

#[test]
fn construction_refuses_a_venue_of_another_pair_or_fee() {
    let mut factory = Address::ZERO;
    let error: IPool::VenueMissing = construct(World::builder(), |world, arguments| {
        factory = world.venue.factory;
        (arguments.base, arguments.quote) = (world.base, world.feed);
    });
    let feeTier = U256::from(500);
    assert_eq!(error, IPool::VenueMissing { factory, feeTier });

    // A factory that names a venue of its own accord is held against what the venue says of itself.
    let mut world = World::builder().build().unwrap();
    let factory = world.deploy_hostile_venue().unwrap();
    let mut arguments = Constructor::of(&world);
    (arguments.factory, arguments.fee_tier) = (factory, U256::from(3_000));
    let refusal = Pool::create(&mut world, &arguments).expect_err("refused");
    let failure: CallFailure = refusal.downcast().unwrap();
    let feeTier = U256::from(3_000);
    assert_eq!(
        failure.error(),
        Some(IPool::VenueMissing { factory, feeTier })
    );
}

#[test]
fn construction_refuses_a_fee_tier_without_a_venue() {
    let feeTier = U256::from(3_000);
    let mut factory = Address::ZERO;
    let error: IPool::VenueMissing = construct(World::builder(), |world, arguments| {
        factory = world.venue.factory;
        arguments.fee_tier = feeTier;
    });
    assert_eq!(error, IPool::VenueMissing { factory, feeTier });
}

#[test]
fn construction_refuses_tokens_and_feeds_of_more_than_eighteen_decimals() {
    let mut token = Address::ZERO;
    let builder = World::builder().quote(TokenKind::Honest, 19);
    let error: IPool::DecimalsUnsupported = construct(builder, |world, _| token = world.quote);
    assert_eq!(
        error,
        IPool::DecimalsUnsupported {
            token,
            decimals: U256::from(19)
        }
    );
}

#[test]
fn construction_refuses_what_does_not_answer() {
    let mut target = Address::ZERO;
    let error: IPool::CallFailed = construct(World::builder(), |world, arguments| {
        target = world.actors.bob.address;
        arguments.feed = target;
    });
    assert_eq!(error, IPool::CallFailed { target });
    let error: IPool::CallFailed = construct(World::builder(), |world, arguments| {
        target = world.quote;
        arguments.factory = target;
    });
    assert_eq!(error, IPool::CallFailed { target });
}

#[test]
fn construction_refuses_parameters_out_of_bounds() {
    let parameter = Parameter::named("equityFloor");
    let value = parameter.high + parameter.low;
    let error: IPool::ParameterOutOfBounds = construct(World::builder(), |_, arguments| {
        arguments.parameters.set("equityFloor", value);
    });
    let (index, low, high) = (U256::from(parameter.index), parameter.low, parameter.high);
    assert_eq!(
        error,
        IPool::ParameterOutOfBounds {
            index,
            value,
            low,
            high
        }
    );
    let index = U256::from(3);
    let error: IPool::ParameterOutOfBounds = construct(World::builder(), |_, arguments| {
        arguments.parameters.0[3] = U256::MAX;
    });
    assert_eq!((error.index, error.value), (index, U256::MAX));
}

fn refused<E: SolError>(market: &mut Market, transaction: Transaction) -> E {
    let outcome = market.world.chain.transact(transaction);
    assert!(!outcome.is_success());
    E::abi_decode(&outcome.output)
        .unwrap_or_else(|_| panic!("{}", smirk_world::describe_error(&outcome.output)))
}

#[test]
fn calls_that_nothing_answers_are_refused() {
    let mut market = Market::new();
    let (alice, pool) = (market.world.actors.alice.address, market.pool.address);
    let unknown = Transaction::call(
        alice,
        pool,
        Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef, 1]),
    );
    let error: IPool::UnknownSelector = refused(&mut market, unknown);
    assert_eq!(error.selector, [0xde, 0xad, 0xbe, 0xef]);
    for short in [&[][..], &[1, 2, 3][..]] {
        let error: IPool::ArgumentInvalid = refused(
            &mut market,
            Transaction::call(alice, pool, Bytes::from(short)),
        );
        assert_eq!(error.index, U256::ZERO);
    }
}

#[test]
fn calls_with_missing_or_dirty_arguments_are_refused() {
    use alloy_sol_types::SolCall;
    let mut market = Market::new();
    let (alice, pool) = (market.world.actors.alice.address, market.pool.address);
    let full = IPool::transfer_0Call {
        to: alice,
        shares: U256::ZERO,
    }
    .abi_encode();
    let short = Transaction::call(alice, pool, full[..full.len() - 1].to_vec());
    let error: IPool::ArgumentInvalid = refused(&mut market, short);
    assert_eq!(error.index, U256::from(1));
    let mut dirty = full.clone();
    dirty[4 + 11] = 1;
    let error: IPool::ArgumentInvalid = refused(&mut market, Transaction::call(alice, pool, dirty));
    assert_eq!(error.index, U256::ZERO);
    let mut flag = IPool::setOperatorCall {
        spender: alice,
        approved: true,
    }
    .abi_encode();
    *flag.last_mut().unwrap() = 2;
    let error: IPool::ArgumentInvalid = refused(&mut market, Transaction::call(alice, pool, flag));
    assert_eq!(error.index, U256::from(1));
}

#[test]
fn calls_that_carry_ether_are_refused() {
    let mut market = Market::new();
    let (alice, pool) = (market.world.actors.alice.address, market.pool.address);
    for value in [U256::from(1), wad("1")] {
        let call = IPool::rebalanceCall {};
        let failure = market
            .world
            .chain
            .send_value(alice, pool, value, &call)
            .unwrap_err();
        let limit = U256::ZERO;
        assert_eq!(failure.error(), Some(IPool::ValueTooLarge { value, limit }));
        assert_eq!(market.world.chain.balance(pool), U256::ZERO);
    }
}
