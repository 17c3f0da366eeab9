//! Orders of several legs, and several calls in one, as ways to get what single ones do not give.

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolCall;
use smirk_world::{abi::IPool, price::wad, CallFailure, Receipt};

use crate::common::{call, put, Market};

type Parts<'a> = &'a [(U256, I256)];

fn size(size: &str) -> I256 {
    I256::try_from(wad(size)).unwrap()
}

fn legs(parts: Parts) -> Vec<IPool::Leg> {
    let leg = |&(id, size): &(U256, I256)| IPool::Leg { id, size };
    parts.iter().map(leg).collect()
}

impl Market {
    fn order(&mut self, who: Address, parts: Parts) -> Result<Receipt<I256>, CallFailure> {
        let order = IPool::tradeCall {
            legs: legs(parts),
            limit: I256::MAX,
            deadline: U256::MAX,
            receiver: who,
        };
        self.send(who, order)
    }
}

/// Defence: a wallet sells what it holds; its half of a box is worth the width at least, and each leg pays its floor.
#[test]
fn a_wallet_borrows_nothing_by_a_box() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, ..] = market.expiries;
    let ten = size("10");
    let short = [
        (call(week, "2400"), -ten),
        (call(week, "2600"), ten),
        (put(week, "2600"), -ten),
        (put(week, "2400"), ten),
    ];
    let error = market.order(alice, &short).unwrap_err();
    assert!(error.is::<IPool::InsufficientBalance>(), "{error}");
    let before = market.cash_of(alice);
    let held = [(call(week, "2400"), ten), (put(week, "2600"), ten)];
    let paid = market.order(alice, &held).unwrap().value;
    assert!(paid > I256::try_from(market.world.quote_units("2000")).unwrap());
    // Turned into the other half, and back to nothing.
    market.order(alice, &short).unwrap();
    market
        .order(
            alice,
            &[(call(week, "2600"), -ten), (put(week, "2400"), -ten)],
        )
        .unwrap();
    assert!(market.gain(alice, before) < I256::ZERO);
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
    market.assert_backed();
}

/// Defence: each node that an order opens pays its own rent, at the scarcity that the ones before it leave.
#[test]
fn eight_nodes_at_once_cost_what_eight_orders_cost() {
    let market = Market::new();
    let alice = market.world.actors.alice.address;
    let far = market.expiries[2];
    let strikes: Vec<String> = (0..40)
        .map(|step| (2_050 + 25 * step).to_string())
        .collect();
    let all: Vec<(U256, I256)> = strikes
        .iter()
        .map(|strike| (call(far, strike), size("0.01")))
        .collect();
    let (mut together, mut alone) = (market.clone(), market);
    for eight in all.chunks(8) {
        together.order(alice, eight).unwrap();
    }
    for one in &all {
        alone.order(alice, &[*one]).unwrap();
    }
    let [a, b] = [&mut together, &mut alone].map(|market| market.nav().rent);
    assert!(a.abs_diff(b) <= U256::from(all.len()), "{a} {b}");
    assert!(a >= U256::from(40) * together.world.quote_units("0.5"));
}

/// Defence: a full book takes no node of an order, and nothing of an order that would open one.
#[test]
fn an_order_beyond_the_last_node_leaves_nothing_and_stops_no_exit() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, far] = market.expiries;
    let mut all = Vec::new();
    for expiry in [week, month, far] {
        for step in 0..42 {
            let strike = (2_050 + 25 * step).to_string();
            all.push((call(expiry, &strike), size("0.01")));
        }
    }
    for eight in all.chunks(8) {
        market.order(alice, eight).unwrap();
    }
    let id = all[0].0;
    let before = market.balances(alice, id);
    // 126 are in use.
    let three = [
        (id, -size("0.01")),
        (put(week, "1500"), size("0.01")),
        (put(week, "1525"), size("0.01")),
        (put(week, "1550"), size("0.01")),
    ];
    let error = market.order(alice, &three).unwrap_err();
    assert!(error.is::<IPool::TooManyNodes>(), "{error}");
    assert_eq!(market.balances(alice, id), before);
    market.order(alice, &three[..3]).unwrap();
    for eight in all[1..].chunks(8) {
        let back: Vec<_> = eight.iter().map(|(id, size)| (*id, -*size)).collect();
        market.order(alice, &back).unwrap();
    }
    assert_eq!(market.view(IPool::bookCall {}).unwrap().len(), 2);
    market.assert_backed();
}

/// Defence: what enters pays the high side, what leaves gets the low side, and charges are earned over time: in one call as in
/// several transactions.
#[test]
fn entering_trading_and_leaving_in_one_call_pays_nobody() {
    for parts in [
        vec![("2500", "20")],
        vec![("2500", "20"), ("2600", "10"), ("2400", "5")],
    ] {
        let mut market = Market::new();
        let alice = market.world.actors.alice.address;
        let month = market.expiries[1];
        let order: Vec<(U256, I256)> = parts
            .iter()
            .map(|(strike, options)| (call(month, strike), size(options)))
            .collect();
        let back: Vec<_> = order.iter().map(|(id, size)| (*id, -*size)).collect();
        let trade = |parts: Parts| {
            IPool::tradeCall {
                legs: legs(parts),
                limit: I256::MAX,
                deadline: U256::MAX,
                receiver: alice,
            }
            .abi_encode()
        };
        let assets = market.world.quote_units("200000");
        let preview = market.view(IPool::previewDepositCall { assets }).unwrap();
        let deposit = IPool::depositCall {
            assets,
            receiver: alice,
        };
        let redeem = |shares| {
            IPool::redeemCall {
                shares,
                receiver: alice,
                owner_: alice,
            }
            .abi_encode()
        };
        let part = preview / U256::from(10);
        let calls = [
            deposit.abi_encode(),
            trade(&order),
            redeem(part),
            trade(&back),
            redeem(part),
        ];
        let before = market.cash_of(alice);
        let several = IPool::multicallCall {
            data: calls.map(Into::into).to_vec(),
        };
        market.send(alice, several).unwrap();
        market.wait(86_400);
        market.refresh();
        market.leave(alice);
        let shares = market.shares(alice);
        let rest = market.view(IPool::convertToAssetsCall { shares }).unwrap();
        let gain = market.gain(alice, before) + I256::try_from(rest).unwrap();
        assert!(gain < I256::ZERO, "{gain}, {rest} of it in shares");
        market.assert_backed();
    }
}
