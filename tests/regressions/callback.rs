//! The pool's tokens leave for the venue alone, while a swap of the pool's own runs, once.

use alloy_primitives::{Bytes, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::Transaction;
use smirk_world::{
    abi::{HostileVenue, IPool, ReentrantToken},
    price::wad,
    TokenKind, World,
};

use crate::common::{call, Market};

/// The callback for a payment of this much quote, and leave to take everything.
fn ask(amount: u64) -> IPool::uniswapV3SwapCallbackCall {
    let in_quote: U256 = U256::from(1) << 128;
    let most = in_quote | U256::from(u128::MAX);
    IPool::uniswapV3SwapCallbackCall {
        amount0Delta: I256::ZERO,
        amount1Delta: I256::from_raw(U256::from(amount)),
        data: most.to_be_bytes_vec().into(),
    }
}

#[test]
fn nobody_but_the_venue_is_paid_by_the_callback() {
    let mut market = Market::new();
    let required = market.world.venue.pool;
    let actors = market.world.actors.clone();
    for caller in [&actors.alice, &actors.owner, &actors.keeper].map(|actor| actor.address) {
        let error = IPool::NotAuthorised { caller, required };
        market.refuses(caller, ask(1_000_000), error);
    }
}

/// A base token that calls whom it likes, in the very swap that the callback is for.
#[test]
fn not_even_in_the_middle_of_a_swap_is_another_caller_paid() {
    let world = World::builder()
        .price(wad("2500"))
        .base(TokenKind::Reentrant, 18);
    let mut market = Market::with(world, |constructor| {
        constructor.parameters.set("bandCap", wad("0.0001"));
    });
    let (alice, base, pool) = (
        market.world.actors.alice.address,
        market.world.base,
        market.pool.address,
    );
    let reenter = ReentrantToken::setReentryCall {
        target: pool,
        payload: ask(1_000_000).abi_encode().into(),
    };
    market.world.send(alice, base, &reenter).unwrap();
    let id = call(market.expiries[1], "2500");
    let bought = market.buy(alice, id, "10").unwrap();
    let attempts = market.world.view(base, &ReentrantToken::attemptsCall {});
    assert!(!attempts.unwrap().is_zero(), "the token called");
    let succeeded = market
        .world
        .view(base, &ReentrantToken::lastSucceededCall {})
        .unwrap();
    assert!(!succeeded);
    let output = market
        .world
        .view(base, &ReentrantToken::lastOutputCall {})
        .unwrap();
    let refusal = IPool::NotAuthorised {
        caller: base,
        required: market.world.venue.pool,
    };
    assert_eq!(output, Bytes::from(refusal.abi_encode()));
    assert!(market.hedged(&bought) > 4.0, "the swap ran");
    market.assert_backed();
}

#[test]
fn the_venue_itself_is_paid_for_a_swap_of_the_pools_own_alone() {
    let mut market = Market::new();
    let call = Transaction::call(
        market.world.venue.pool,
        market.pool.address,
        ask(1_000_000).abi_encode(),
    );
    let outcome = market.world.chain.call(call);
    assert!(!outcome.is_success());
    let reentered = IPool::Reentered {}.abi_encode();
    assert_eq!(outcome.output, Bytes::from(reentered));
}

#[test]
fn a_swap_is_paid_once() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    let mut market = Market::in_world(world, |constructor| constructor.factory = venue);
    let alice = market.world.actors.alice.address;
    let twice = HostileVenue::setViceCall {
        vice: HostileVenue::Vice::AsksTwice,
        data: Bytes::new(),
    };
    market.world.send(alice, venue, &twice).unwrap();
    let id = call(market.expiries[1], "2500");
    let cash = market.nav().cash;
    let bought = market.buy(alice, id, "40").unwrap();
    assert!(market.risk().exposure.is_negative(), "a hedge was due");
    assert_eq!(market.hedged(&bought), 0.0);
    assert_eq!(
        market.nav().cash,
        cash + bought.value - rent(&bought, &market)
    );
    market.assert_backed();
}

fn rent<R>(receipt: &smirk_world::Receipt<R>, market: &Market) -> U256 {
    let bought: IPool::Bought = receipt.event(market.pool.address).unwrap();
    bought.rent
}
