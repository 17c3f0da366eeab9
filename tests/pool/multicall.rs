//! Several calls in one, and approvals by signature within them.

use std::slice::from_ref;

use alloy_primitives::{Address, Bytes, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::{Outcome, Transaction};
use smirk_world::{
    abi::{IPool, Token},
    price::wad,
    Actor, Permit2, PermitSingle, Signature, PERMIT2,
};

use crate::{
    checks::{buy, signed},
    common::{
        call,
        orders::{legs, trade},
        put, Market,
    },
};

fn start() -> (Market, Actor, U256) {
    let market = Market::new();
    let alice = market.world.actors.alice.clone();
    let id = call(market.expiries[1], "2500");
    (market, alice, id)
}

fn several(calls: &[Vec<u8>]) -> IPool::multicallCall {
    IPool::multicallCall {
        data: calls.iter().map(|data| data.clone().into()).collect(),
    }
}

/// Sets what the pool may spend of somebody's quote token.
fn allow(market: &mut Market, owner: Address, amount: U256) {
    let (quote, spender) = (market.world.quote, market.pool.address);
    market
        .world
        .send(owner, quote, &Token::approveCall { spender, amount })
        .unwrap();
}

fn permit(market: &mut Market, owner: &Actor, value: U256) -> (Signature, IPool::permitQuoteCall) {
    let (quote, pool, deadline) = (market.world.quote, market.pool.address, U256::MAX);
    let signature = market
        .world
        .sign_permit(quote, owner, pool, value, deadline)
        .unwrap();
    let Signature { v, r, s } = signature;
    let call = IPool::permitQuoteCall {
        value,
        deadline,
        v,
        r,
        s,
    };
    (signature, call)
}

#[test]
fn calls_are_answered_in_their_order_by_what_each_of_them_returns() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    let mut alone = market.clone();
    let calls = [
        IPool::quoteBuyCall { id, size: wad("2") }.abi_encode(),
        buy(id, wad("2"), who).abi_encode(),
        trade(
            legs(&[(id, "-1"), (put(market.expiries[0], "2400"), "1")]),
            who,
        )
        .abi_encode(),
        IPool::name_0Call {}.abi_encode(),
        IPool::setOperatorCall {
            spender: who,
            approved: true,
        }
        .abi_encode(),
        IPool::pausedCall {}.abi_encode(),
    ];
    let results = market.send(who, several(&calls)).unwrap().value;
    assert_eq!(results.len(), calls.len());
    let pool = alone.pool.address;
    for (data, result) in calls.iter().zip(results) {
        let outcome = alone
            .world
            .chain
            .transact(Transaction::call(who, pool, data.clone()));
        assert!(outcome.is_success());
        assert_eq!(result, outcome.output);
    }
    // Each had its own lock, and the last one left it open.
    market.buy(who, id, "1").unwrap();
    assert_eq!(market.position_of(who, id), wad("2"));
}

#[test]
fn nothing_is_left_of_calls_of_which_one_is_refused() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    let calls = [
        buy(id, wad("2"), who).abi_encode(),
        buy(id, U256::ZERO, who).abi_encode(),
    ];
    market.refuses(who, several(&calls), IPool::SizeZero {});
    assert_eq!(market.position_of(who, id), U256::ZERO);
    market.refuses(
        who,
        several(&[vec![1, 2, 3]]),
        IPool::ArgumentInvalid { index: U256::ZERO },
    );
}

#[test]
fn a_call_of_several_is_none_of_them_and_there_are_sixteen_at_most() {
    let (mut market, alice, _) = start();
    let who = alice.address;
    let view = IPool::pausedCall {}.abi_encode();
    let nested = several(from_ref(&view)).abi_encode();
    let selector = IPool::multicallCall::SELECTOR.into();
    market.refuses(who, several(&[nested]), IPool::UnknownSelector { selector });
    let many = vec![view; 17];
    let limit = U256::from(16);
    market.refuses(
        who,
        several(&many),
        IPool::ValueTooLarge {
            value: U256::from(17),
            limit,
        },
    );
    assert_eq!(
        market.send(who, several(&many[..16])).unwrap().value.len(),
        16
    );
    assert!(market.send(who, several(&[])).unwrap().value.is_empty());
}

#[test]
fn sixteen_orders_fit_into_one_call() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    market.buy(who, id, "1").unwrap();
    let one = market.buy(who, id, "0.1").unwrap().gas_used;
    let order = buy(id, wad("0.1"), who).abi_encode();
    let receipt = market.send(who, several(&vec![order; 16])).unwrap();
    assert_eq!(market.position_of(who, id), wad("2.7"));
    // Cheaper than alone: what is read and written is warm, and there is one transaction.
    assert!(
        receipt.gas_used < 16 * one * 6 / 10,
        "{} {one}",
        receipt.gas_used
    );
}

#[test]
fn the_caller_of_each_is_who_called_and_only_what_it_may_do_is_done() {
    let (mut market, alice, _) = start();
    let owner = market.world.actors.owner.address;
    let pause = IPool::pauseCall {}.abi_encode();
    let error: IPool::NotAuthorised = market.refusal(alice.address, several(from_ref(&pause)));
    assert_eq!(error.caller, alice.address);
    market.send(owner, several(&[pause])).unwrap();
    assert!(market.view(IPool::pausedCall {}).unwrap());
}

fn raw(market: &mut Market, data: Vec<u8>) -> Outcome {
    let (from, pool) = (market.world.actors.alice.address, market.pool.address);
    market.world.chain.call(Transaction::call(from, pool, data))
}

#[test]
fn calls_stand_one_behind_the_other_and_nowhere_else() {
    let (mut market, ..) = start();
    let calls = [
        IPool::pausedCall {}.abi_encode(),
        IPool::ownerCall {}.abi_encode(),
    ];
    let input = several(&calls).abi_encode();
    // Words: place of the list, count, two places, then each length and its bytes.
    let word = |index: usize, value: U256| {
        let mut input = input.clone();
        input[4 + 32 * index..][..32].copy_from_slice(&value.to_be_bytes::<32>());
        input
    };
    let invalid = |index: u64| {
        IPool::ArgumentInvalid {
            index: U256::from(index),
        }
        .abi_encode()
    };
    for (data, error) in [
        (word(0, U256::ZERO), invalid(0)),
        (word(0, U256::MAX), invalid(0)),
        // Both the same data, the second before the first, a place beyond what there is, one that wraps.
        (word(3, U256::from(64)), invalid(3)),
        (word(2, U256::from(128)), invalid(2)),
        (word(3, U256::from(4_096)), invalid(3)),
        (word(3, U256::MAX - U256::from(63)), invalid(3)),
        // Lengths beyond the data.
        (word(4, U256::MAX), invalid(2)),
        (word(6, U256::from(1) << 64), invalid(3)),
        (word(6, U256::from(33)), invalid(3)),
        (input[..4 + 64].to_vec(), invalid(2)),
        (input[..4 + 32].to_vec(), invalid(1)),
    ] {
        let outcome = raw(&mut market, data);
        assert!(!outcome.is_success());
        assert_eq!(outcome.output, error);
    }
    assert!(raw(&mut market, input.clone()).is_success());
    // Without the zeros that fill the last word it is as good.
    let short = input[..4 + 32 * 7 + 4].to_vec();
    assert_eq!(
        raw(&mut market, short).output,
        raw(&mut market, input).output
    );
}

#[test]
fn wei_are_refused_with_several_calls_as_with_one() {
    let (mut market, alice, _) = start();
    let pool = market.pool.address;
    market.world.chain.fund(alice.address, wad("1"));
    let mut paid = Transaction::call(alice.address, pool, several(&[]).abi_encode());
    paid.value = U256::from(1);
    let outcome = market.world.chain.transact(paid);
    let error = IPool::ValueTooLarge {
        value: U256::from(1),
        limit: U256::ZERO,
    };
    assert_eq!(outcome.output, error.abi_encode());
}

#[test]
fn a_permit_and_an_order_are_one_transaction() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    allow(&mut market, who, U256::ZERO);
    let cost = market.quote_buy(id, "1").unwrap().total;
    let (_, permit) = permit(&mut market, &alice, cost);
    let calls = [permit.abi_encode(), buy(id, wad("1"), who).abi_encode()];
    market.send(who, several(&calls)).unwrap();
    assert_eq!(market.position_of(who, id), wad("1"));
}

#[test]
fn a_permit_that_somebody_carried_there_first_stops_nobody() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    allow(&mut market, who, U256::ZERO);
    let value = market.world.quote_units("1000");
    let (signature, permit) = permit(&mut market, &alice, value);
    let (quote, pool) = (market.world.quote, market.pool.address);
    let bob = market.world.actors.bob.address;
    let front_run = Token::permitCall {
        owner: who,
        spender: pool,
        value,
        deadline: U256::MAX,
        v: signature.v,
        r: signature.r,
        s: signature.s,
    };
    market.world.send(bob, quote, &front_run).unwrap();
    assert!(market.world.send(bob, quote, &front_run).is_err());
    let calls = [permit.abi_encode(), buy(id, wad("1"), who).abi_encode()];
    market.send(who, several(&calls)).unwrap();
}

#[test]
fn a_permit_of_somebody_else_or_of_less_is_refused_with_what_there_is() {
    let (mut market, alice, _) = start();
    let (who, bob) = (alice.address, market.world.actors.bob.address);
    allow(&mut market, who, U256::from(5));
    allow(&mut market, bob, U256::from(7));
    let value = U256::from(1_000);
    let (_, by_alice) = permit(&mut market, &alice, value);
    let spender = market.pool.address;
    market.refuses(
        bob,
        by_alice.clone(),
        IPool::InsufficientAllowance {
            spender,
            allowance: U256::from(7),
            needed: value,
        },
    );
    let wrong = IPool::permitQuoteCall {
        s: B256::repeat_byte(1),
        ..by_alice.clone()
    };
    market.refuses(
        who,
        wrong,
        IPool::InsufficientAllowance {
            spender,
            allowance: U256::from(5),
            needed: value,
        },
    );
    market.send(who, by_alice).unwrap();
    let quote = market.world.quote;
    let allowance = Token::allowanceCall {
        owner: who,
        spender,
    };
    assert_eq!(market.world.view(quote, &allowance).unwrap(), value);
}

#[test]
fn a_deposit_with_a_permit_is_one_transaction_too() {
    let (mut market, alice, _) = start();
    let who = alice.address;
    allow(&mut market, who, U256::ZERO);
    let assets = market.world.quote_units("500");
    let (_, permit) = permit(&mut market, &alice, assets);
    let deposit = IPool::depositCall {
        assets,
        receiver: who,
    };
    let results = market
        .send(who, several(&[permit.abi_encode(), deposit.abi_encode()]))
        .unwrap()
        .value;
    assert_eq!(results[0], Bytes::new());
    let shares = IPool::depositCall::abi_decode_returns(&results[1]).unwrap();
    assert_eq!(signed(market.shares_of(who)), signed(shares));
}

/// What somebody lets the pool take of quote through Permit2, signed: (terms, call).
fn permit2(
    market: &mut Market,
    owner: &Actor,
    value: U256,
) -> (PermitSingle, IPool::permit2QuoteCall) {
    let (quote, spender) = (market.world.quote, market.pool.address);
    allow(market, owner.address, U256::ZERO);
    let approve = Token::approveCall {
        spender: PERMIT2,
        amount: U256::MAX,
    };
    market.world.send(owner.address, quote, &approve).unwrap();
    let (terms, signature) = market
        .world
        .sign_permit2(quote, owner, spender, value, 60)
        .unwrap();
    let call = IPool::permit2QuoteCall {
        value: terms.details.amount,
        expiration: terms.details.expiration,
        nonce: terms.details.nonce,
        deadline: terms.sigDeadline,
        signature,
    };
    (terms, call)
}

/// What the pool may still take of somebody's quote through Permit2.
fn permitted(market: &mut Market, user: Address) -> U256 {
    let allowance = Permit2::allowanceCall {
        user,
        token: market.world.quote,
        spender: market.pool.address,
    };
    U256::from(market.world.view(PERMIT2, &allowance).unwrap().amount)
}

#[test]
fn an_order_is_paid_through_permit2_by_who_approved_that_alone() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    let cost = market.quote_buy(id, "1").unwrap().total;
    let (_, permit) = permit2(&mut market, &alice, cost);
    let before = market.quote_of(who);
    let order = buy(id, wad("1"), who);
    let spender = market.pool.address;
    let unpermitted = IPool::InsufficientAllowance {
        spender,
        allowance: U256::ZERO,
        needed: cost,
    };
    market.refuses(who, order.clone(), unpermitted);
    market
        .send(who, several(&[permit.abi_encode(), order.abi_encode()]))
        .unwrap();
    assert_eq!(market.position_of(who, id), wad("1"));
    assert_eq!(before - market.quote_of(who), cost);
    assert_eq!(permitted(&mut market, who), U256::ZERO);
    // What is used up is used up.
    assert!(market.send(who, buy(id, wad("0.1"), who)).is_err());
}

#[test]
fn a_deposit_and_a_margin_account_are_paid_through_permit2_too() {
    let (mut market, alice, _) = start();
    let who = alice.address;
    let assets = market.world.quote_units("500");
    let (_, permit) = permit2(&mut market, &alice, assets + assets);
    let deposit = IPool::depositCall {
        assets,
        receiver: who,
    };
    let margin = IPool::depositMarginCall {
        amount: assets,
        account_: who,
    };
    let calls = [
        permit.abi_encode(),
        deposit.abi_encode(),
        margin.abi_encode(),
    ];
    market.send(who, several(&calls)).unwrap();
    assert_eq!(permitted(&mut market, who), U256::ZERO);
}

#[test]
fn a_permit2_that_somebody_carried_there_first_stops_nobody() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    let value = market.world.quote_units("1000");
    let (terms, permit) = permit2(&mut market, &alice, value);
    let bob = market.world.actors.bob.address;
    let front_run = Permit2::permitCall {
        owner: who,
        permitSingle: terms,
        signature: permit.signature.clone(),
    };
    market.world.send(bob, PERMIT2, &front_run).unwrap();
    assert!(market.world.send(bob, PERMIT2, &front_run).is_err());
    let calls = [permit.abi_encode(), buy(id, wad("1"), who).abi_encode()];
    market.send(who, several(&calls)).unwrap();
}

#[test]
fn a_permit2_of_somebody_else_of_less_or_of_yesterday_is_refused_with_what_there_is() {
    let (mut market, alice, _) = start();
    let (who, bob) = (alice.address, market.world.actors.bob.address);
    let value = market.world.quote_units("1000");
    let (_, by_alice) = permit2(&mut market, &alice, value);
    let spender = market.pool.address;
    let lacking = |allowance, needed| IPool::InsufficientAllowance {
        spender,
        allowance,
        needed,
    };
    market.refuses(bob, by_alice.clone(), lacking(U256::ZERO, value));
    market.send(who, by_alice.clone()).unwrap();
    let more = IPool::permit2QuoteCall {
        value: by_alice.value + by_alice.value,
        ..by_alice.clone()
    };
    market.refuses(who, more, lacking(value, value + value));
    market.world.chain.advance(61);
    market.refuses(who, by_alice.clone(), lacking(U256::ZERO, value));
    market.world.chain.set_code(PERMIT2, Bytes::new());
    market.refuses(who, by_alice, IPool::TokenCallFailed { token: PERMIT2 });
}

#[test]
fn without_permit2_a_missing_allowance_is_named_as_ever() {
    let (mut market, alice, id) = start();
    let who = alice.address;
    market.world.chain.set_code(PERMIT2, Bytes::new());
    allow(&mut market, who, U256::ZERO);
    let needed = market.quote_buy(id, "1").unwrap().total;
    let missing = IPool::InsufficientAllowance {
        spender: market.pool.address,
        allowance: U256::ZERO,
        needed,
    };
    market.refuses(who, buy(id, wad("1"), who), missing);
}
