//! Attacks on the part that everybody may take out: with borrowed money, and with gifts.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::IPool,
    price::{units, wad},
    TokenKind, World,
};

use crate::common::{call, Market};

/// Somebody with a billion that the pool may take.
fn rich(market: &mut Market, who: Address, decimals: u8) -> U256 {
    let (quote, spender) = (market.world.quote, market.pool.address);
    let billion = units("1000000000", decimals);
    market.world.mint(quote, who, billion).unwrap();
    market
        .world
        .approve(quote, who, spender, U256::MAX)
        .unwrap();
    billion
}

fn most(market: &mut Market, owner_: Address) -> U256 {
    market.view(IPool::maxWithdrawCall { owner_ }).unwrap()
}

/// Deposits, and redeems all but so many shares.
fn visit(market: &mut Market, who: Address, assets: U256, kept: u64) {
    let receiver = who;
    market
        .send(who, IPool::depositCall { assets, receiver })
        .unwrap();
    let held = market.view(IPool::balanceOf_0Call { holder: who }).unwrap();
    let shares = held - U256::from(kept);
    let redeem = IPool::redeemCall {
        shares,
        receiver,
        owner_: who,
    };
    market.send(who, redeem).unwrap();
}

/// Defence: what left of late is remembered with as many bits as borrowed money of 18 decimals takes in a day.
#[test]
fn borrowed_money_takes_nobodys_part() {
    let world = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Honest, 18)
        .base(TokenKind::Honest, 8);
    let mut market = Market::with(world, |_| {});
    let actors = &market.world.actors;
    let (me, provider) = (actors.alice.address, actors.provider.address);
    let billion = rich(&mut market, me, 18);
    let before = most(&mut market, provider);
    for round in 0..82 {
        visit(&mut market, me, billion, 0);
        let now = most(&mut market, provider);
        let least = before / U256::from(100) * U256::from(99);
        assert!(now > least, "after {round} rounds {now} of {before}");
    }
}

/// Defence: what somebody took does not go with its shares to whoever gets them.
#[test]
fn a_gift_of_shares_lowers_nobodys_part() {
    let mut parts = Vec::new();
    for is_given in [false, true] {
        let world = World::builder().price(wad("2500")).depth(wad("400000"));
        let mut market = Market::with(world, |_| {});
        let actors = &market.world.actors;
        let (me, to) = (actors.alice.address, actors.carol.address);
        let bob = actors.bob.address;
        let billion = rich(&mut market, me, 6);
        rich(&mut market, to, 6);
        let deposit = IPool::depositCall {
            assets: units("100000", 6),
            receiver: to,
        };
        market.send(to, deposit).unwrap();
        if is_given {
            visit(&mut market, me, billion, 1_000);
            let shares = U256::from(1_000);
            market
                .send(me, IPool::transfer_0Call { to, shares })
                .unwrap();
        }
        market
            .buy(bob, call(market.expiries[0], "2000"), "150")
            .unwrap();
        parts.push(most(&mut market, to));
    }
    let (untouched, grieved) = (parts[0], parts[1]);
    let hundredth = untouched / U256::from(100);
    assert!(untouched < units("90000", 6), "the book ties nothing");
    assert!(
        grieved + hundredth > untouched,
        "{grieved} instead of {untouched}"
    );
}
