//! Claims: paid from what was set aside, rounded down, whatever feed, sequencer, venue and pause say.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
    TypedCalls,
};

use crate::common::{call, put, Market};

/// Alice holds 2.000001 calls at 2,400 and Bob 1 put at 2,600, settled at 2,550.
fn start() -> (Market, Address, U256) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let [week, ..] = market.expiries;
    let id = call(week, "2400");
    market.buy(alice, id, "2.000001").unwrap();
    market.buy(bob, put(week, "2600"), "1").unwrap();
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2550");
    market.settle(week, round);
    (market, alice, id)
}

fn claim(id: U256, size: &str, receiver: Address) -> IPool::claimCall {
    IPool::claimCall {
        id,
        size: wad(size),
        receiver,
    }
}

#[test]
fn claim_pays_the_receiver_and_burns_the_position() {
    let (mut market, alice, id) = start();
    let carol = market.world.actors.carol.address;
    let (before, carols) = (market.money(), market.quote_of(carol));
    let receipt = market.send(alice, claim(id, "2", carol)).unwrap();
    let payout = U256::from(300_000_000u64);
    assert_eq!(receipt.value, payout);
    let claimed: IPool::Claimed = market.event(&receipt);
    assert_eq!(
        (claimed.holder, claimed.receiver, claimed.id),
        (alice, carol, id)
    );
    assert_eq!((claimed.size, claimed.payout), (wad("2"), payout));
    assert_eq!(market.quote_of(carol) - carols, payout);
    assert_eq!(market.position_of(alice, id), wad("0.000001"));
    let after = market.money();
    assert_eq!(before.set_aside - after.set_aside, payout);
    assert_eq!(after.cash, before.cash);
    let owed = market
        .view(IPool::settlementCall { expiry: id >> 128 })
        .unwrap()
        .owed;
    assert_eq!(owed, after.set_aside);
    assert_eq!(market.quote_of(market.pool.address), after.recorded());
}

#[test]
fn claims_add_up_to_what_was_set_aside() {
    let (mut market, alice, id) = start();
    let bob = market.world.actors.bob.address;
    market.send(alice, claim(id, "2.000001", alice)).unwrap();
    let week = market.expiries[0];
    market
        .send(bob, claim(put(week, "2600"), "1", bob))
        .unwrap();
    assert_eq!(market.money().set_aside, U256::ZERO);
    let stored = market
        .view(IPool::settlementCall {
            expiry: U256::from(week),
        })
        .unwrap();
    assert_eq!((stored.price, stored.owed), (wad("2550"), U256::ZERO));
}

#[test]
fn claim_of_a_series_out_of_the_money_pays_nothing() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, ..] = market.expiries;
    let id = call(week, "2600");
    market.buy(alice, id, "1").unwrap();
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2550");
    market.settle(week, round);
    assert_eq!(
        market.send(alice, claim(id, "1", alice)).unwrap().value,
        U256::ZERO
    );
    assert_eq!(market.position_of(alice, id), U256::ZERO);
}

#[test]
fn claim_works_without_feed_sequencer_and_keeper_while_paused() {
    let (mut market, alice, id) = start();
    market.pause();
    let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
    market
        .world
        .chain
        .send(anyone, feed, &PriceFeed::setDeadCall { dead: true })
        .unwrap();
    market.world.set_sequencer(false, 1).unwrap();
    market.world.chain.advance(1_000_000);
    market.send(alice, claim(id, "1", alice)).unwrap();
}

#[test]
fn claim_of_a_transferred_position_is_the_new_holders() {
    let (mut market, alice, id) = start();
    let carol = market.world.actors.carol.address;
    market
        .send(
            alice,
            IPool::transfer_1Call {
                receiver: carol,
                id,
                amount: wad("1"),
            },
        )
        .unwrap();
    market.send(carol, claim(id, "1", carol)).unwrap();
    let (holder, balance, needed) = (carol, U256::ZERO, wad("1"));
    market.refuses(
        carol,
        claim(id, "1", carol),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
}

#[test]
fn claim_is_refused_before_settlement_and_with_wrong_arguments() {
    let (mut market, alice, id) = start();
    let month = market.expiries[1];
    let open = call(month, "2500");
    market.refuses(
        alice,
        claim(open, "1", alice),
        IPool::NotSettled {
            expiry: U256::from(month),
        },
    );
    market.refuses(alice, claim(id, "0", alice), IPool::SizeZero {});
    market.refuses(alice, claim(id, "1", Address::ZERO), IPool::ZeroAddress {});
    let odd = U256::from(1) << 200;
    market.refuses(alice, claim(odd, "1", alice), IPool::InvalidId { id: odd });
    let (holder, balance, needed) = (alice, wad("2.000001"), wad("2.000002"));
    market.refuses(
        alice,
        claim(id, "2.000002", alice),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
}
