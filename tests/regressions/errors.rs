//! A refusal names what binds, with the numbers that disagree.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{IPool, PriceFeed, Token},
    price::wad,
    CallFailure, Constructor, Pool, TokenKind, World,
};

use crate::{
    actions::*,
    common::{call, Market},
};

fn buy(id: U256, size: &str, receiver: Address) -> IPool::buyCall {
    IPool::buyCall {
        id,
        size: wad(size),
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver,
    }
}

#[test]
fn a_payer_is_told_what_it_lacks() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let (pool, token) = (market.pool.address, market.world.quote);
    let id = call(market.expiries[0], "2500");
    let cost = market.quote_buy(id, "1").unwrap().total;
    for allowance in [U256::ZERO, cost - U256::from(1)] {
        market.world.approve(token, alice, pool, allowance).unwrap();
        let error = IPool::InsufficientAllowance {
            spender: pool,
            allowance,
            needed: cost,
        };
        market.refuses(alice, buy(id, "1", alice), error);
        let assets = allowance + U256::from(5);
        let deposit = IPool::depositCall {
            assets,
            receiver: alice,
        };
        let error = IPool::InsufficientAllowance {
            spender: pool,
            allowance,
            needed: assets,
        };
        market.refuses(alice, deposit, error);
    }
    market.world.approve(token, alice, pool, cost).unwrap();
    let balance = cost - U256::from(1);
    let all = market.world.balance_of(token, alice).unwrap();
    let give = Token::transferCall {
        to: bob,
        amount: all - balance,
    };
    market.world.send(alice, token, &give).unwrap();
    let error = IPool::InsufficientBalance {
        holder: alice,
        balance,
        needed: cost,
    };
    market.refuses(alice, buy(id, "1", alice), error);
}

#[test]
fn tokens_of_too_many_decimals_are_named() {
    let mut world = World::builder().build().unwrap();
    let deployer = world.actors.deployer.address;
    let code = TokenKind::Honest.init_code("Fine", "FINE", 19).unwrap();
    let fine = world.chain.deploy(deployer, code).unwrap();
    let mut arguments = Constructor::of(&world);
    arguments.feed = fine;
    let failure = Pool::create(&mut world, &arguments).unwrap_err();
    let failure: &CallFailure = failure.downcast_ref().expect("the constructor's refusal");
    let error = IPool::DecimalsUnsupported {
        token: fine,
        decimals: U256::from(19),
    };
    assert_eq!(failure.error(), Some(error), "{failure}");
}

#[test]
fn a_round_that_is_not_there_is_named() {
    for reverts in [true, false] {
        let mut market = Market::new();
        let alice = market.world.actors.alice.address;
        let (feed, oracle) = (market.world.feed, market.world.actors.oracle.address);
        let tell = PriceFeed::setMissingRoundsRevertCall { reverts };
        market.world.send(oracle, feed, &tell).unwrap();
        let week = market.expiries[0];
        market.world.chain.set_time(week + 10);
        let round = U256::from(market.world.refresh_feed().unwrap());
        for id in [round + U256::from(1), U256::ZERO, U256::MAX, round >> 64] {
            let settle = IPool::settleCall {
                expiry: U256::from(week),
                roundId: id,
            };
            market.refuses(alice, settle, IPool::RoundMissing { roundId: id });
        }
    }
}

#[test]
fn an_order_beyond_the_pool_is_told_how_much_is_there() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    market.enrich(alice);
    let id = call(market.expiries[1], "2500");
    let size = wad("1000");
    let failure = market.view(IPool::quoteBuyCall { id, size }).unwrap_err();
    println!("{failure}");
    if let Some(error) = failure.error::<IPool::QuoteUnavailable>() {
        assert!(error.logVega > wad("1000") && error.logVega < wad("100000000"));
        assert_eq!(
            error.depth,
            market.view(IPool::parametersCall {}).unwrap().depth
        );
    } else if let Some(error) = failure.error::<IPool::ShiftAboveCap>() {
        assert_eq!(error.cap, wad("0.2"));
        assert!(error.shift > error.cap);
    } else if let Some(error) = failure.error::<IPool::CapacityExhausted>() {
        assert_eq!(error.limit, wad("1"));
        assert!(error.used > error.limit);
    } else {
        panic!("{failure}");
    }
    // So many at the edge of the range that nothing but capacity binds.
    let id = call(market.expiries[0], "6250");
    let failure = market.view(IPool::quoteBuyCall { id, size }).unwrap_err();
    let error: IPool::CapacityExhausted = failure.error().unwrap_or_else(|| panic!("{failure}"));
    assert_eq!(error.limit, wad("1"));
    let used = float(error.used);
    assert!(
        (2.3..2.6).contains(&used),
        "a thousand calls are {used} millions"
    );
}

#[test]
fn ids_say_what_is_wrong_with_them() {
    let mut market = Market::new();
    let week = U256::from(market.expiries[0]);
    // No expiry, no strike, bits beyond the kind.
    for id in [
        U256::from(2_600),
        week << 128,
        call(market.expiries[0], "2500") | U256::from(1) << 193,
        U256::MAX,
    ] {
        let size = wad("1");
        market.view_refuses(IPool::decodeIdCall { id }, IPool::InvalidId { id });
        market.view_refuses(IPool::quoteBuyCall { id, size }, IPool::InvalidId { id });
        market.view_refuses(IPool::quoteSellCall { id, size }, IPool::InvalidId { id });
    }
    let encode = |expiry: U256, strike: U256| IPool::encodeIdCall {
        put: false,
        expiry,
        strike,
    };
    for (strike, nearest) in [("2510", "2500"), ("2513", "2525"), ("2500.000001", "2500")] {
        let error = IPool::StrikeOffGrid {
            strike: wad(strike),
            tick: wad("25"),
            nearest: wad(nearest),
        };
        market.view_refuses(encode(week, wad(strike)), error);
    }
    // An expiry of more than 64 bits is no other expiry.
    for expiry in [U256::from(1) << 64, U256::MAX] {
        let refused = market.view(encode(expiry, wad("2500")));
        let failure = refused.expect_err("it is refused");
        assert!(
            failure.is::<IPool::ArgumentInvalid>() || failure.is::<IPool::ValueTooLarge>(),
            "{failure}"
        );
    }
    assert!(market.view(encode(week, wad("2500"))).is_ok());
    let past = U256::from(market.world.chain.now() - 100);
    let id = wad("2500") | past << 128;
    let failure = market
        .view(IPool::quoteBuyCall { id, size: wad("1") })
        .unwrap_err();
    let error: IPool::SeriesExpired = failure.error().unwrap_or_else(|| panic!("{failure}"));
    assert_eq!(error.expiry, past);
    assert!(error.now_ > past);
}
