//! Who gets it: every entry point with a receiver, and every transfer, told to give it to nobody or to the pool itself.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::{buy, sell},
    common::{call, put, Market},
};

#[test]
fn nothing_is_given_to_nobody_or_to_the_pool_itself() {
    let mut market = Market::new();
    let actors = market.world.actors.clone();
    let (alice, bob, provider) = (
        actors.alice.address,
        actors.bob.address,
        actors.provider.address,
    );
    let [week, month, _] = market.expiries;
    let (id, expired) = (call(month, "2500"), put(week, "2600"));
    for series in [id, expired] {
        market.buy(alice, series, "2").unwrap();
    }
    market.expire(week - 20, "2500");
    let round = market.expire(week + 10, "2500");
    market.settle(week, round);
    market.post(month, "0.70").unwrap();
    let spend = IPool::approve_1Call {
        spender: bob,
        id,
        amount: wad("1"),
    };
    market.send(alice, spend).unwrap();
    let spend = IPool::approve_0Call {
        spender: bob,
        shares: wad("1"),
    };
    market.send(provider, spend).unwrap();

    let (size, amount, shares) = (wad("1"), wad("1"), U256::from(1_000_000_000u64));
    let assets = U256::from(1_000_000);
    fn refused<C: alloy_sol_types::SolCall>(
        market: &mut Market,
        from: Address,
        receiver: Address,
        call: C,
    ) {
        if receiver.is_zero() {
            market.refuses(from, call, IPool::ZeroAddress {});
        } else {
            market.refuses(from, call, IPool::ReceiverInvalid { receiver });
        }
    }
    let pool = market.pool.address;
    for receiver in [Address::ZERO, pool] {
        let market = &mut market;
        refused(market, alice, receiver, buy(id, size, receiver));
        refused(market, alice, receiver, sell(id, size, receiver));
        let claim = IPool::claimCall {
            id: expired,
            size,
            receiver,
        };
        refused(market, alice, receiver, claim);
        let deposit = IPool::depositCall { assets, receiver };
        refused(market, alice, receiver, deposit);
        let mint = IPool::mintCall { shares, receiver };
        refused(market, alice, receiver, mint);
        let owner_ = provider;
        let withdraw = IPool::withdrawCall {
            assets,
            receiver,
            owner_,
        };
        refused(market, provider, receiver, withdraw);
        let redeem = IPool::redeemCall {
            shares,
            receiver,
            owner_,
        };
        refused(market, provider, receiver, redeem);
        let transfer = IPool::transfer_0Call {
            to: receiver,
            shares,
        };
        refused(market, provider, receiver, transfer);
        let transfer = IPool::transferFrom_0Call {
            from: provider,
            to: receiver,
            shares,
        };
        refused(market, bob, receiver, transfer);
        let transfer = IPool::transfer_1Call {
            receiver,
            id,
            amount,
        };
        refused(market, alice, receiver, transfer);
        let transfer = IPool::transferFrom_1Call {
            sender: alice,
            receiver,
            id,
            amount,
        };
        refused(market, bob, receiver, transfer);
    }
}

#[test]
fn nothing_moves_in_the_name_of_one_who_allowed_nothing() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "1").unwrap();
    for amount in [U256::ZERO, wad("1")] {
        let positions = IPool::transferFrom_1Call {
            sender: alice,
            receiver: bob,
            id,
            amount,
        };
        let _: IPool::InsufficientAllowance = market.refusal(bob, positions);
        let shares = IPool::transferFrom_0Call {
            from: provider,
            to: bob,
            shares: amount,
        };
        let _: IPool::InsufficientAllowance = market.refusal(bob, shares);
    }
}

#[test]
fn dust_below_a_lot_is_sent_to_no_holder() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "1").unwrap();
    let lot = U256::from(1_000_000_000_000u64);
    for size in [U256::from(1), lot - U256::from(1), lot + U256::from(1)] {
        let dust = IPool::transfer_1Call {
            receiver: bob,
            id,
            amount: size,
        };
        market.refuses(alice, dust, IPool::SizeOffGrid { size, lot });
    }
    assert_eq!(market.position_of(bob, id), U256::ZERO);
}
