//! Prices that are old, unproven or from a chain that stood still are not traded on, and an order lands in time or not at all.

use alloy_primitives::U256;
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, Market},
};

fn buy(market: &Market, deadline: U256) -> IPool::buyCall {
    IPool::buyCall {
        id: call(market.expiries[0], "2500"),
        size: wad("1"),
        maxCost: U256::MAX,
        deadline,
        receiver: market.world.actors.alice.address,
    }
}

fn sell(market: &Market, deadline: U256) -> IPool::sellCall {
    IPool::sellCall {
        id: call(market.expiries[0], "2500"),
        size: wad("0.5"),
        minProceeds: U256::ZERO,
        deadline,
        receiver: market.world.actors.alice.address,
    }
}

fn start() -> Market {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let opened = buy(&market, U256::MAX);
    market.send(alice, opened).unwrap();
    market
}

#[test]
fn nothing_trades_while_the_sequencer_is_down_or_for_an_hour_after() {
    let mut market = start();
    let alice = market.world.actors.alice.address;
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    let since = U256::from(now);
    let (opening, closing) = (buy(&market, U256::MAX), sell(&market, U256::MAX));
    market.refuses(alice, opening.clone(), IPool::SequencerDown { since });
    market.refuses(alice, closing.clone(), IPool::SequencerDown { since });
    market.refuses(
        alice,
        IPool::rebalanceCall {},
        IPool::SequencerDown { since },
    );
    market.world.set_sequencer(true, now).unwrap();
    market.world.chain.set_time(now + 3_590);
    market.world.refresh_feed().unwrap();
    let error: IPool::SequencerGracePeriod = market.refusal(alice, opening.clone());
    assert_eq!((error.upSince, error.grace), (since, U256::from(3_600)));
    market.world.chain.set_time(now + 3_610);
    market.world.refresh_feed().unwrap();
    market.send(alice, opening).unwrap();
    market.send(alice, closing).unwrap();
}

#[test]
fn nothing_trades_on_an_old_answer() {
    let mut market = start();
    let alice = market.world.actors.alice.address;
    let written = market.world.chain.now();
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(written + 5_500);
    let (opening, closing) = (buy(&market, U256::MAX), sell(&market, U256::MAX));
    let error: IPool::FeedStale = market.refusal(alice, opening);
    assert_eq!(error.maxAge, U256::from(5_400));
    assert!(error.now_ > error.updatedAt + error.maxAge);
    let _: IPool::FeedStale = market.refusal(alice, closing.clone());
    let deposit = IPool::depositCall {
        assets: atoms(1_000.0),
        receiver: alice,
    };
    let _: IPool::FeedStale = market.refusal(alice, deposit);
    market.world.refresh_feed().unwrap();
    market.send(alice, closing).unwrap();
}

/// A deadline is the last second at which an order may land.
#[test]
fn an_order_does_not_land_after_its_deadline() {
    let mut market = start();
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let now = market.world.chain.now();
    market.world.chain.set_time(now + 100);
    let late = U256::from(now + 50);
    let (opening, closing) = (buy(&market, late), sell(&market, late));
    let error: IPool::DeadlinePassed = market.refusal(alice, opening);
    assert_eq!(error.deadline, late);
    assert!(error.now_ > late);
    let _: IPool::DeadlinePassed = market.refusal(alice, closing);
    let deposit = IPool::depositAtLeastCall {
        assets: atoms(1_000.0),
        receiver: alice,
        minShares: U256::ZERO,
        deadline: late,
    };
    let _: IPool::DeadlinePassed = market.refusal(alice, deposit);
    let mint = IPool::mintAtMostCall {
        shares: U256::from(1_000_000_000u64),
        receiver: alice,
        maxAssets: U256::MAX,
        deadline: late,
    };
    let _: IPool::DeadlinePassed = market.refusal(alice, mint);
    let withdraw = IPool::withdrawAtMostCall {
        assets: atoms(1_000.0),
        receiver: provider,
        owner_: provider,
        maxShares: U256::MAX,
        deadline: late,
    };
    let _: IPool::DeadlinePassed = market.refusal(provider, withdraw);
    let redeem = IPool::redeemAtLeastCall {
        shares: U256::from(1_000_000_000_000u64),
        receiver: provider,
        owner_: provider,
        minAssets: U256::ZERO,
        deadline: late,
    };
    let _: IPool::DeadlinePassed = market.refusal(provider, redeem);
    // The second itself is in time.
    let moment = market.world.chain.now() + 500;
    market.world.chain.set_time(moment);
    let opening = buy(&market, U256::from(moment + 1));
    market.send(alice, opening).unwrap();
}

/// What an exchange may be worth at least is kept, on both sides and in both forms.
#[test]
fn no_exchange_is_worse_than_its_limit() {
    let mut market = start();
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[0], "2500");
    let cost = market.quote_buy(id, "1").unwrap().total;
    let limit = cost - U256::from(1);
    let mut opening = buy(&market, U256::MAX);
    opening.maxCost = limit;
    market.refuses(alice, opening, IPool::CostAboveLimit { cost, limit });
    let proceeds = market.quote_sell(id, "0.5").total;
    let limit = proceeds + U256::from(1);
    let mut closing = sell(&market, U256::MAX);
    closing.minProceeds = limit;
    market.refuses(
        alice,
        closing,
        IPool::ProceedsBelowLimit { proceeds, limit },
    );
    let assets = atoms(1_000.0);
    let shares = market.view(IPool::previewDepositCall { assets }).unwrap();
    let limit = shares + U256::from(1);
    let deposit = IPool::depositAtLeastCall {
        assets,
        receiver: alice,
        minShares: limit,
        deadline: U256::MAX,
    };
    market.refuses(alice, deposit, IPool::SharesBelowLimit { shares, limit });
    let limit = assets - U256::from(2);
    let mint = IPool::mintAtMostCall {
        shares,
        receiver: alice,
        maxAssets: limit,
        deadline: U256::MAX,
    };
    let error: IPool::AssetsAboveLimit = market.refusal(alice, mint);
    assert_eq!(error.limit, limit);
    let shares = market.view(IPool::previewWithdrawCall { assets }).unwrap();
    let limit = shares - U256::from(1);
    let withdraw = IPool::withdrawAtMostCall {
        assets,
        receiver: provider,
        owner_: provider,
        maxShares: limit,
        deadline: U256::MAX,
    };
    market.refuses(
        provider,
        withdraw,
        IPool::SharesAboveLimit { shares, limit },
    );
    let paid = market.view(IPool::previewRedeemCall { shares }).unwrap();
    let limit = paid + U256::from(1);
    let redeem = IPool::redeemAtLeastCall {
        shares,
        receiver: provider,
        owner_: provider,
        minAssets: limit,
        deadline: U256::MAX,
    };
    market.refuses(
        provider,
        redeem,
        IPool::AssetsBelowLimit {
            assets: paid,
            limit,
        },
    );
}
