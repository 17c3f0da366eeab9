//! What shares are worth at the end of a call: both sides of net asset value and the supply, as the views say it then.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::settle,
    common::{call, put, quorum, Market},
};

/// A pool with options of both kinds sold, and a second provider.
fn start(mut market: Market) -> (Market, Address, Address) {
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2600"), "60").unwrap();
    market.buy(alice, put(week, "2400"), "60").unwrap();
    let assets = market.world.quote_units("20000");
    let deposit = IPool::depositCall {
        assets,
        receiver: bob,
    };
    let receipt = market.send(bob, deposit).unwrap();
    let status = market.check_shares(&receipt);
    assert!(status.low < status.mid && status.mid < status.high);
    (market, alice, bob)
}

fn redeem(market: &mut Market, owner_: Address, part: u64) -> IPool::redeemCall {
    IPool::redeemCall {
        shares: market.shares_of(owner_) / U256::from(part),
        receiver: owner_,
        owner_,
    }
}

#[test]
fn who_comes_and_who_leaves_says_what_is_left() {
    let (mut market, _, bob) = start(Market::new());
    // Seconds later part of the charges is earned, and spot has moved.
    market.world.chain.advance(77);
    market.world.push_price(wad("2510")).unwrap();
    let redeem = redeem(&mut market, bob, 3);
    let receipt = market.send(bob, redeem).unwrap();
    let charged: IPool::ExitCharged = market.event(&receipt);
    assert!(charged.charge > U256::ZERO);
    market.check_shares(&receipt);
    let shares = wad("0.000001");
    let mint = IPool::mintCall {
        shares,
        receiver: bob,
    };
    let before = market.view(IPool::totalSupply_0Call {}).unwrap();
    let receipt = market.send(bob, mint).unwrap();
    assert_eq!(market.check_shares(&receipt).supply, before + shares);
}

#[test]
fn a_withdrawal_that_brings_collateral_back_says_what_is_left() {
    let (mut market, _, bob) = start(Market::with_lender());
    market.world.set_price(wad("2450")).unwrap();
    market.send(bob, IPool::rebalanceCall {}).unwrap();
    let owner = market.world.actors.owner.address;
    let share = wad("0.8");
    market
        .send(owner, IPool::setIdleShareCall { share })
        .unwrap();
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert!(!receipt
        .events::<IPool::LoanChanged>(market.pool.address)
        .is_empty());
    market.check_shares(&receipt);
    market.world.chain.advance(3_600);
    market.world.push_price(wad("2455")).unwrap();
    let provider = market.world.actors.provider.address;
    let assets = market.view(IPool::navCall {}).unwrap().cash + U256::from(1);
    let withdraw = IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let receipt = market.send(provider, withdraw).unwrap();
    let step: IPool::LoanChanged = market.event(&receipt);
    assert!(step.supplied < I256::ZERO);
    market.check_shares(&receipt);
}

#[test]
fn a_rebalance_says_it_after_its_swap() {
    for make in [Market::new, Market::with_lender] {
        let (mut market, _, bob) = start(make());
        for price in ["2700", "2300"] {
            market.world.set_price(wad(price)).unwrap();
            let before = market.view(IPool::navCall {}).unwrap();
            let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
            assert!(!receipt.value.is_zero());
            let status = market.check_shares(&receipt);
            // The exposure was part of what the sides are apart.
            assert!(status.high - status.low < before.high - before.low);
        }
    }
}

#[test]
fn a_settlement_says_it() {
    let (mut market, alice, _) = start(Market::new());
    let [week, ..] = market.expiries;
    market.expire(week - 100, "2300");
    let round = market.expire(week, "2290");
    let receipt = market.send(alice, settle(week, round)).unwrap();
    let settled: IPool::Settled = market.event(&receipt);
    assert!(settled.owed > U256::ZERO);
    market.check_shares(&receipt);
}

#[test]
fn a_settlement_without_a_price_says_nothing_of_shares() {
    let (mut market, alice, _) = start(Market::new());
    let [week, ..] = market.expiries;
    market.expire(week - 100, "2300");
    let round = market.expire(week, "2290");
    market.world.chain.advance(90_000);
    assert!(market.view(IPool::navCall {}).unwrap().stale);
    let receipt = market.send(alice, settle(week, round)).unwrap();
    let settled: IPool::Settled = market.event(&receipt);
    assert_eq!(settled.price, wad("2290"));
    assert!(receipt
        .events::<IPool::ShareStatus>(market.pool.address)
        .is_empty());
}

#[test]
fn a_post_says_what_the_vols_made_of_it() {
    let (mut market, _, _) = start(Market::new());
    let [week, ..] = market.expiries;
    market.world.chain.advance(600);
    let before = market.view(IPool::navCall {}).unwrap();
    let receipt = market.post(week, "0.80").unwrap();
    let status = market.check_shares(&receipt);
    assert!(status.mid < before.mid, "what was sold costs more");
    assert!(status.high - status.low > before.high - before.low);
}

#[test]
fn a_post_of_a_quorum_says_it_once() {
    let (mut market, _, bob) = start(Market::new());
    let signers = market.appoint(2, 3);
    market.world.chain.advance(600);
    let reports = [0.74, 0.75].into_iter().zip(&signers);
    let reports = reports
        .map(|(vol, signer)| {
            let report = market.report(&market.usual(vol));
            market.sign(signer, report)
        })
        .collect();
    let receipt = market.send(bob, quorum::post(reports)).unwrap();
    assert_eq!(
        receipt
            .events::<IPool::AnchorPosted>(market.pool.address)
            .len(),
        3
    );
    market.check_shares(&receipt);
}

#[test]
fn an_order_says_the_mid_alone() {
    let (mut market, alice, _) = start(Market::new());
    let receipt = market
        .buy(alice, call(market.expiries[1], "2600"), "1")
        .unwrap();
    market.check_status(&receipt);
    assert!(receipt
        .events::<IPool::ShareStatus>(market.pool.address)
        .is_empty());
}
