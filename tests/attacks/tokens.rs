//! Quote tokens that return false, return nothing or deliver less.

use alloy_primitives::U256;
use smirk_world::{
    abi::{FeeOnTransferToken, IPool, ReturnsFalseToken},
    price::wad,
    CallFailure, TokenKind, World,
};

use crate::common::{call, Market};

fn market_on(kind: TokenKind) -> Market {
    let mut market = Market::with(World::builder().price(wad("2500")).quote(kind, 6), |_| {});
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "5").unwrap();
    market
}

fn assert_refused(
    market: &mut Market,
    reason: fn(&CallFailure) -> bool,
    attempt: impl Fn(&mut Market) -> CallFailure,
) {
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let before = market.balances(alice, id);
    let refusal = attempt(market);
    assert!(reason(&refusal), "{refusal}");
    assert_eq!(before, market.balances(alice, id));
}

/// Defence: a transfer that returns false is a failed transfer.
#[test]
fn false_is_taken_for_failure() {
    let mut market = market_on(TokenKind::ReturnsFalse);
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[1], "2500");
    let quote = market.world.quote;
    let refuse = |to: bool, from: bool| ReturnsFalseToken::setRefusalCall {
        onTransfer: to,
        onTransferFrom: from,
    };
    market
        .world
        .send(alice, quote, &refuse(false, true))
        .unwrap();
    let failed = CallFailure::is::<IPool::TokenCallFailed>;
    assert_refused(&mut market, failed, |market| {
        market.buy(alice, id, "1").unwrap_err()
    });
    assert_refused(&mut market, failed, |market| {
        market.deposit(alice, U256::from(1_000)).unwrap_err()
    });
    market
        .world
        .send(alice, quote, &refuse(true, false))
        .unwrap();
    assert_refused(&mut market, failed, |market| {
        market.sell(alice, id, "1").unwrap_err()
    });
    assert_refused(&mut market, failed, |market| {
        market.withdraw(provider, U256::from(1_000)).unwrap_err()
    });
    market
        .world
        .send(alice, quote, &refuse(false, false))
        .unwrap();
    market.sell(alice, id, "5").unwrap();
}

/// Defence: an empty answer of a token that moved what it should is success.
#[test]
fn no_answer_is_taken_for_success() {
    let mut market = market_on(TokenKind::ReturnsNothing);
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let [week, month, _] = market.expiries;
    market.sell(alice, call(month, "2500"), "5").unwrap();
    market.buy(alice, call(week, "2400"), "2").unwrap();
    let shares = market.shares(provider) / U256::from(3);
    market.redeem(provider, shares).unwrap();
    market.world.chain.set_time(week - 1);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    let round = market.world.refresh_feed().unwrap();
    market.settle(week, round).unwrap();
    let paid = market
        .claim(alice, call(week, "2400"), wad("2"))
        .unwrap()
        .value;
    assert_eq!(paid, market.world.quote_units("200"));
    market.assert_backed();
}

/// Defence: what arrived is measured and has to be the whole amount.
#[test]
fn a_fee_on_transfer_is_refused() {
    let mut market = market_on(TokenKind::FeeOnTransfer);
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let quote = market.world.quote;
    let fee = FeeOnTransferToken::setFeeBpsCall { bps: U256::from(1) };
    market.world.send(alice, quote, &fee).unwrap();
    let mismatch = CallFailure::is::<IPool::TokenAmountMismatch>;
    assert_refused(&mut market, mismatch, |market| {
        market.buy(alice, id, "1").unwrap_err()
    });
    let million = market.world.quote_units("1000000");
    assert_refused(&mut market, mismatch, |market| {
        market.deposit(alice, million).unwrap_err()
    });
    // Exits stay open; the fee is the receiver's loss, not the pool's.
    market.sell(alice, id, "5").unwrap();
    market.assert_backed();
}
