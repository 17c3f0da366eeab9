//! Money that is set aside is its own holders', and a pool that has lost everything neither takes a deposit nor burns a share
//! for nothing.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, Market},
};

impl Market {
    /// Lets the provider take out what it can, again and again.
    fn drain(&mut self, who: Address) {
        for _ in 0..8 {
            let most = self.most_out(who);
            if most < atoms(1.0) || self.withdraw(who, most).is_err() {
                return;
            }
        }
    }

    /// Lets an expiry pass at a price, and settles it.
    fn expire(&mut self, expiry: u64, price: &str) {
        self.world.chain.set_time(expiry - 10);
        self.world.refresh_feed().unwrap();
        self.world.chain.set_time(expiry);
        let round = self.world.push_price(wad(price)).unwrap();
        self.world.arbitrage().unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(round),
        };
        let who = self.world.actors.carol.address;
        self.send(who, settle).unwrap();
    }

    /// Owed to and set aside for an expiry's holders.
    fn reserve(&mut self, expiry: u64) -> (f64, f64) {
        let expiry = U256::from(expiry);
        let settlement = self.view(IPool::settlementCall { expiry }).unwrap();
        (quote(settlement.owed), quote(settlement.setAside))
    }
}

/// Alice holds calls of the week, Bob of the month, and the provider has left with what it could.
fn start(week_size: &str, month_size: &str) -> (Market, Address, Address) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2500"), week_size).unwrap();
    market.buy(bob, call(month, "2500"), month_size).unwrap();
    market.drain(provider);
    (market, alice, bob)
}

#[test]
fn what_is_set_aside_for_one_expiry_pays_no_other() {
    let (mut market, alice, bob) = start("20", "60");
    let [week, month, _] = market.expiries;
    market.expire(week, "3000");
    assert_eq!(market.reserve(week), (10_000.0, 10_000.0));
    // The month ends far beyond what any scenario covers; its holder claims before the week's does.
    market.expire(month, "22500");
    let (owed, aside) = market.reserve(month);
    assert_eq!(owed, 1_200_000.0);
    assert!(aside < owed, "{aside} of {owed} is there");
    market.refuses(
        bob,
        IPool::claimCall {
            id: call(month, "2500"),
            size: wad("60"),
            receiver: bob,
        },
        IPool::InsufficientFreeCash {
            free: atoms(aside),
            needed: atoms(owed),
        },
    );
    // All that is set aside for both would have covered a part of it that its own does not.
    let more = format!("{:.6}", (aside + 5_000.0) / 20_000.0);
    assert!(market.claim(bob, call(month, "2500"), &more).is_err());
    let less = format!("{:.6}", (aside - 1.0) / 20_000.0);
    market.claim(bob, call(month, "2500"), &less).unwrap();
    assert_eq!(market.reserve(week), (10_000.0, 10_000.0));
    assert_eq!(
        market.claim(alice, call(week, "2500"), "20").unwrap(),
        10_000.0
    );
    market.assert_backed();
}

#[test]
fn of_two_expiries_that_are_short_the_older_is_paid_first() {
    let (mut market, alice, bob) = start("60", "60");
    let [week, month, _] = market.expiries;
    market.expire(week, "22500");
    let (owed, aside) = market.reserve(week);
    assert!(owed == 1_200_000.0 && aside < owed, "{aside} of {owed}");
    market.expire(month, "22500");
    let (later_owed, later_aside) = market.reserve(month);
    assert_eq!((later_owed, later_aside), (1_200_000.0, 0.0));
    // The hedge is sold for them, in pieces; the younger gets nothing before the older has all.
    let mut last = aside;
    for _ in 0..40 {
        market.world.arbitrage().unwrap();
        market.world.chain.advance(300);
        market.world.refresh_feed().unwrap();
        market.rebalance(bob);
        let (_, aside) = market.reserve(week);
        let (_, later) = market.reserve(month);
        assert!(aside >= last);
        assert!(later == 0.0 || aside == owed, "{later} before {aside}");
        last = aside;
    }
    assert!(last > aside, "the hedge brought something: {last}");
    let part = format!("{:.6}", (last - 1.0) / 20_000.0);
    market.claim(alice, call(week, "2500"), &part).unwrap();
    market.assert_backed();
}

/// A pool whose book owes more than it has.
fn ruined() -> (Market, Address, Address) {
    let (mut market, _, _) = start("60", "60");
    let (carol, provider) = (
        market.world.actors.carol.address,
        market.world.actors.provider.address,
    );
    market.world.set_price(wad("25000")).unwrap();
    let mid = signed(market.nav().mid);
    assert!(mid < 0.0, "net asset value is {mid}");
    (market, carol, provider)
}

#[test]
fn a_pool_at_or_below_its_floor_takes_no_deposit() {
    let (mut market, carol, _) = ruined();
    let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
    for assets in [1, 1_000_000, 1_000_000_000_000u64] {
        let deposit = IPool::depositCall {
            assets: U256::from(assets),
            receiver: carol,
        };
        let error: IPool::NavBelowFloor = market.refusal(carol, deposit);
        assert_eq!(error.nav, U256::ZERO);
        assert_eq!(error.floor, supply / U256::from(1_000_000));
    }
    let mint = IPool::mintCall {
        shares: supply,
        receiver: carol,
    };
    let _: IPool::NavBelowFloor = market.refusal(carol, mint);
    let most = market.view(IPool::maxDepositCall { receiver: carol });
    assert!(most.unwrap().is_zero());
    // The recovery is the old holders' own.
    market.world.set_price(wad("2500")).unwrap();
    assert!(market.equity() > 10_000.0);
    assert_eq!(market.view(IPool::totalSupply_0Call {}).unwrap(), supply);
}

#[test]
fn no_share_is_burned_for_nothing() {
    let (mut market, _, provider) = ruined();
    let shares = market.shares_of(provider);
    assert!(!shares.is_zero());
    for part in [shares, U256::from(1)] {
        let redeem = IPool::redeemCall {
            shares: part,
            receiver: provider,
            owner_: provider,
        };
        market.refuses(provider, redeem, IPool::NothingPaid { shares: part });
    }
    assert_eq!(market.shares_of(provider), shares);
    // Nor in a sound pool, where a share is worth less than an atom.
    let mut market = Market::new();
    let redeem = IPool::redeemCall {
        shares: U256::from(1),
        receiver: provider,
        owner_: provider,
    };
    let one = U256::from(1);
    market.refuses(provider, redeem, IPool::NothingPaid { shares: one });
}
