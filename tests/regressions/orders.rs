//! Several legs as one order, and several calls as one, are no way around what holds for single ones.

use alloy_primitives::{aliases::U160, Address, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::Transaction;
use smirk_world::{
    abi::{IPool, Token},
    price::wad,
    CallFailure, Permit2, Signature, PERMIT2,
};

use crate::common::{call, put, Market};

type Parts<'a> = &'a [(U256, I256)];

fn size(size: &str) -> I256 {
    I256::try_from(wad(size)).unwrap()
}

fn trade(parts: Parts, receiver: Address) -> IPool::tradeCall {
    IPool::tradeCall {
        legs: legs(parts),
        limit: I256::MAX,
        deadline: U256::MAX,
        receiver,
    }
}

fn legs(parts: Parts) -> Vec<IPool::Leg> {
    let leg = |&(id, size): &(U256, I256)| IPool::Leg { id, size };
    parts.iter().map(leg).collect()
}

impl Market {
    fn quote_order(
        &mut self,
        parts: Parts,
        on_account: bool,
    ) -> Result<IPool::OrderQuote, CallFailure> {
        self.view(IPool::quoteCall {
            legs: legs(parts),
            onAccount: on_account,
        })
    }
}

#[test]
fn an_order_without_delta_pays_for_the_distance_to_the_venue() {
    for price in ["2489", "2511"] {
        for nearest in [0, 1] {
            let mut market = Market::new();
            let week = market.expiries[0];
            let thief = market.world.actors.alice.address;
            // The venue is where the price is; the feed will follow.
            market.world.arbitrage_to(wad(price)).unwrap();
            market.pass(2);
            let [a_call, a_put] = [call(week, "2500"), put(week, "2500")];
            let one = market
                .quote_order(&[(a_call, size("1")), (a_put, size("1"))], false)
                .unwrap();
            let lot = I256::unchecked_from(1_000_000_000_000u64);
            let calls = size("40");
            let puts = calls * one.legs[0].delta / -one.legs[1].delta / lot * lot;
            let mut bought = vec![(a_call, calls), (a_put, puts)];
            bought.rotate_left(nearest);
            let quote = market.quote_order(&bought, false).unwrap();
            assert!(quote.delta.abs() < size("0.0001"), "{}", quote.delta);
            // A rise is worth the curve of 40 straddles and, with the smile moving along, a dearer vol; a fall less than nothing.
            if price == "2511" {
                let least = market.world.quote_units("10");
                assert!(quote.surcharge > least, "{}", quote.surcharge);
            }
            let cash = |market: &mut Market| market.world.balance_of(market.world.quote, thief);
            let before = cash(&mut market).unwrap();
            market.send(thief, trade(&bought, thief)).unwrap();
            market.world.set_price(wad(price)).unwrap();
            market.pass(2);
            let back: Vec<_> = bought.iter().map(|(id, size)| (*id, -*size)).collect();
            market.send(thief, trade(&back, thief)).unwrap();
            assert!(cash(&mut market).unwrap() < before);
            market.assert_backed();
        }
    }
}

#[test]
fn a_written_box_counts_by_what_its_writer_is_short_of() {
    let mut market = Market::new();
    let month = market.expiries[1];
    let written = |options: &str| {
        let options = size(options);
        [
            (call(month, "2000"), -options),
            (call(month, "3000"), options),
            (put(month, "3000"), -options),
            (put(month, "2000"), options),
        ]
    };
    let some = market.quote_order(&written("40"), true).unwrap();
    assert_eq!(
        -some.premium,
        I256::try_from(market.world.quote_units("40000")).unwrap()
    );
    // What accounts are short counts by itself, whatever their longs are worth.
    let failure = market.quote_order(&written("800"), true).unwrap_err();
    assert!(failure.is::<IPool::CapacityExhausted>(), "{failure}");
}

#[test]
fn legs_are_read_in_one_place_alone() {
    let mut market = Market::new();
    let (pool, alice) = (market.pool.address, market.world.actors.alice.address);
    let shown = [(call(market.expiries[1], "2500"), size("1"))];
    let honest = trade(&shown, alice).abi_encode();
    // A second list behind the first: who reads the fixed place sees one, who follows the offset the other.
    let mut tricky = honest.clone();
    let second = trade(&[(call(market.expiries[0], "2600"), size("50"))], alice).abi_encode();
    tricky.extend_from_slice(&second[4 + 4 * 32..]);
    tricky[4..4 + 32].copy_from_slice(&U256::from(7 * 32).to_be_bytes::<32>());
    let outcome = market
        .world
        .chain
        .transact(Transaction::call(alice, pool, tricky));
    let error = IPool::ArgumentInvalid { index: U256::ZERO };
    assert_eq!(outcome.output, error.abi_encode());
    let outcome = market
        .world
        .chain
        .transact(Transaction::call(alice, pool, honest));
    assert!(outcome.is_success());
}

#[test]
fn a_call_of_several_within_several_is_refused() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let inner = IPool::multicallCall {
        data: vec![IPool::pausedCall {}.abi_encode().into()],
    };
    let outer = IPool::multicallCall {
        data: vec![inner.abi_encode().into()],
    };
    let error: IPool::UnknownSelector = market.refusal(alice, outer);
    assert_eq!(error.selector, IPool::multicallCall::SELECTOR);
    market.send(alice, inner).unwrap();
}

#[test]
fn a_permit_that_was_carried_to_the_token_by_others_still_buys() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.clone();
    let (who, bob) = (alice.address, market.world.actors.bob.address);
    let (quote, spender) = (market.world.quote, market.pool.address);
    let none = Token::approveCall {
        spender,
        amount: U256::ZERO,
    };
    market.world.send(who, quote, &none).unwrap();
    let (value, deadline) = (market.world.quote_units("1000"), U256::MAX);
    let Signature { v, r, s } = market
        .world
        .sign_permit(quote, &alice, spender, value, deadline)
        .unwrap();
    let carried = Token::permitCall {
        owner: who,
        spender,
        value,
        deadline,
        v,
        r,
        s,
    };
    market.world.send(bob, quote, &carried).unwrap();
    assert!(market.world.send(bob, quote, &carried).is_err(), "used up");
    let permit = IPool::permitQuoteCall {
        value,
        deadline,
        v,
        r,
        s,
    };
    let id = call(market.expiries[1], "2500");
    let order = trade(&[(id, size("1"))], who);
    let several = IPool::multicallCall {
        data: vec![permit.abi_encode().into(), order.abi_encode().into()],
    };
    market.send(who, several).unwrap();
    assert_eq!(market.position_of(who, id), wad("1"));
}

#[test]
fn leave_in_permit2_that_was_carried_there_by_others_buys_until_it_is_over() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.clone();
    let (who, bob) = (alice.address, market.world.actors.bob.address);
    let (quote, pool) = (market.world.quote, market.pool.address);
    for (spender, amount) in [(pool, U256::ZERO), (PERMIT2, U256::MAX)] {
        market.world.approve(quote, who, spender, amount).unwrap();
    }
    let value = market.world.quote_units("1000");
    let (terms, signature) = market
        .world
        .sign_permit2(quote, &alice, pool, value, 60)
        .unwrap();
    let permit = IPool::permit2QuoteCall {
        value: terms.details.amount,
        expiration: terms.details.expiration,
        nonce: terms.details.nonce,
        deadline: terms.sigDeadline,
        signature: signature.clone(),
    };
    let carried = Permit2::permitCall {
        owner: who,
        permitSingle: terms,
        signature,
    };
    market.world.send(bob, PERMIT2, &carried).unwrap();
    assert!(
        market.world.send(bob, PERMIT2, &carried).is_err(),
        "used up"
    );
    let id = call(market.expiries[1], "2500");
    let order = trade(&[(id, size("1"))], who);
    let several = |permit: &IPool::permit2QuoteCall| IPool::multicallCall {
        data: vec![permit.abi_encode().into(), order.abi_encode().into()],
    };
    market.send(who, several(&permit)).unwrap();
    assert_eq!(market.position_of(who, id), wad("1"));

    // Later the rest may not be taken any more, and that is said before the order is tried.
    market.world.chain.advance(61);
    let rest = IPool::permit2QuoteCall {
        value: U160::from(1),
        ..permit
    };
    let refusal: IPool::InsufficientAllowance = market.refusal(who, rest);
    assert_eq!(
        (refusal.spender, refusal.allowance, refusal.needed),
        (pool, U256::ZERO, U256::from(1))
    );
}
