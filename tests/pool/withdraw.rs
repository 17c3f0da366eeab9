//! Withdrawals and redemptions: at the low side of net asset value, up to exactly what maxWithdraw says.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::common::{call, put, Market};

fn withdraw(assets: U256, owner_: Address) -> IPool::withdrawCall {
    IPool::withdrawCall {
        assets,
        receiver: owner_,
        owner_,
    }
}

fn redeem(shares: U256, owner_: Address) -> IPool::redeemCall {
    IPool::redeemCall {
        shares,
        receiver: owner_,
        owner_,
    }
}

/// A pool with options sold and a second, small provider.
fn start() -> (Market, Address, Address) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2600"), "60").unwrap();
    market.buy(alice, put(week, "2400"), "60").unwrap();
    let assets = market.world.quote_units("1000");
    market
        .send(
            bob,
            IPool::depositCall {
                assets,
                receiver: bob,
            },
        )
        .unwrap();
    (market, provider, bob)
}

fn most(market: &mut Market, owner_: Address) -> U256 {
    market.view(IPool::maxWithdrawCall { owner_ }).unwrap()
}

#[test]
fn withdraw_burns_what_it_previews_and_moves_the_assets() {
    let (mut market, _, bob) = start();
    let carol = market.world.actors.carol.address;
    let assets = market.world.quote_units("400");
    let (before, carols, shares) = (
        market.money(),
        market.quote_of(carol),
        market.shares_of(bob),
    );
    let preview = market.view(IPool::previewWithdrawCall { assets }).unwrap();
    let call = IPool::withdrawCall {
        assets,
        receiver: carol,
        owner_: bob,
    };
    let receipt = market.send(bob, call).unwrap();
    assert_eq!(receipt.value, preview);
    assert_eq!(shares - market.shares_of(bob), preview);
    assert_eq!(market.quote_of(carol) - carols, assets);
    assert_eq!(before.cash - market.money().cash, assets);
    let event: IPool::Withdraw = market.event(&receipt);
    assert_eq!(
        (event.sender, event.receiver, event.owner),
        (bob, carol, bob)
    );
    assert_eq!((event.assets, event.shares), (assets, preview));
    let burnt: IPool::Transfer_0 = market.event(&receipt);
    assert_eq!(
        (burnt.from, burnt.to, burnt.value),
        (bob, Address::ZERO, preview)
    );
    market.check_status(&receipt);
}

#[test]
fn redeem_pays_what_it_previews() {
    let (mut market, _, bob) = start();
    let shares = market.shares_of(bob) / U256::from(3);
    let (before, bobs) = (market.money(), market.quote_of(bob));
    let preview = market.view(IPool::previewRedeemCall { shares }).unwrap();
    let receipt = market.send(bob, redeem(shares, bob)).unwrap();
    assert_eq!(receipt.value, preview);
    assert_eq!(market.quote_of(bob) - bobs, preview);
    assert_eq!(before.cash - market.money().cash, preview);
}

#[test]
fn withdraw_of_exactly_the_most_works_and_one_more_is_refused_by_the_gate() {
    let (mut market, provider, _) = start();
    let limit = most(&mut market, provider);
    let worth = market.shares_of(provider);
    let worth = market
        .view(IPool::previewRedeemCall { shares: worth })
        .unwrap();
    assert!(limit > U256::ZERO && limit < worth, "{limit} of {worth}");
    let assets = limit + U256::from(1);
    market.refuses(
        provider,
        withdraw(assets, provider),
        IPool::WithdrawAboveLimit { assets, limit },
    );
    let shares = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    assert!(market.view(IPool::previewRedeemCall { shares }).unwrap() <= limit);
    market.send(provider, withdraw(limit, provider)).unwrap();
    assert!(
        most(&mut market, provider) <= U256::from(1_000_000),
        "nothing to speak of is left"
    );
}

#[test]
fn withdraw_of_exactly_the_most_works_and_one_more_is_beyond_the_shares() {
    let (mut market, _, bob) = start();
    let limit = most(&mut market, bob);
    let holder = bob;
    let balance = market.shares_of(bob);
    let assets = limit + U256::from(1);
    let needed = market.view(IPool::previewWithdrawCall { assets }).unwrap();
    market.refuses(
        bob,
        withdraw(assets, bob),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
    market.send(bob, withdraw(limit, bob)).unwrap();
}

#[test]
fn redeem_of_exactly_the_most_works_and_one_more_is_refused() {
    let (mut market, provider, bob) = start();
    let shares = market.view(IPool::maxRedeemCall { owner_: bob }).unwrap();
    assert_eq!(shares, market.shares_of(bob));
    let needed = shares + U256::from(1);
    market.refuses(
        bob,
        redeem(needed, bob),
        IPool::InsufficientBalance {
            holder: bob,
            balance: shares,
            needed,
        },
    );
    market.send(bob, redeem(shares, bob)).unwrap();
    assert_eq!(market.shares_of(bob), U256::ZERO);
    let shares = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    let all = market.shares_of(provider);
    let error: IPool::WithdrawAboveLimit = market.refusal(provider, redeem(all, provider));
    assert!(error.assets > error.limit);
    market.send(provider, redeem(shares, provider)).unwrap();
}

#[test]
fn withdraw_from_a_pool_without_a_book_takes_everything() {
    let mut market = Market::new();
    let provider = market.world.actors.provider.address;
    let shares = market.shares_of(provider);
    let assets = market.world.quote_units("1000000");
    assert_eq!(most(&mut market, provider), assets);
    assert_eq!(
        market
            .send(provider, redeem(shares, provider))
            .unwrap()
            .value,
        assets
    );
    assert_eq!(market.money().cash, U256::ZERO);
    assert_eq!(market.view(IPool::totalSupplyCall {}).unwrap(), U256::ZERO);
}

#[test]
fn withdraw_after_deposit_never_gains() {
    let (mut market, _, _) = start();
    let carol = market.world.actors.carol.address;
    for assets in [1u64, 2, 999, 1_000_001, 5_000_000_000] {
        let assets = U256::from(assets);
        let shares = market
            .send(
                carol,
                IPool::depositCall {
                    assets,
                    receiver: carol,
                },
            )
            .unwrap()
            .value;
        let back = market.send(carol, redeem(shares, carol)).unwrap().value;
        assert!(back <= assets, "{back} for {assets}");
    }
    assert_eq!(market.shares_of(carol), U256::ZERO);
}

#[test]
fn withdraw_stays_open_while_paused_off_the_venue_and_on_a_stale_anchor() {
    let (mut market, provider, bob) = start();
    market.pause();
    market.world.push_price(wad("2600")).unwrap();
    market.world.chain.advance(100_000);
    market.world.refresh_feed().unwrap();
    let limit = most(&mut market, bob);
    assert!(limit > U256::ZERO);
    market.send(bob, withdraw(limit, bob)).unwrap();
    let shares = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    market
        .send(provider, redeem(shares / U256::from(2), provider))
        .unwrap();
}

#[test]
fn withdraw_for_another_spends_the_allowance() {
    let (mut market, _, bob) = start();
    let carol = market.world.actors.carol.address;
    let assets = market.world.quote_units("100");
    let needed = market.view(IPool::previewWithdrawCall { assets }).unwrap();
    let allowance = needed - U256::from(1);
    let call = IPool::withdrawCall {
        assets,
        receiver: carol,
        owner_: bob,
    };
    market
        .send(
            bob,
            IPool::approve_0Call {
                spender: carol,
                shares: allowance,
            },
        )
        .unwrap();
    market.refuses(
        carol,
        call.clone(),
        IPool::InsufficientAllowance {
            spender: carol,
            allowance,
            needed,
        },
    );
    market
        .send(
            bob,
            IPool::approve_0Call {
                spender: carol,
                shares: needed,
            },
        )
        .unwrap();
    market.send(carol, call).unwrap();
    let left = market
        .view(IPool::allowance_0Call {
            owner_: bob,
            spender: carol,
        })
        .unwrap();
    assert_eq!(left, U256::ZERO);
}

#[test]
fn withdraw_with_wrong_arguments_is_refused() {
    let (mut market, _, bob) = start();
    let call = IPool::withdrawCall {
        assets: U256::from(1),
        receiver: Address::ZERO,
        owner_: bob,
    };
    market.refuses(bob, call, IPool::ZeroAddress {});
    let limit = U256::from(u128::MAX);
    let value = U256::MAX;
    market.refuses(
        bob,
        withdraw(value, bob),
        IPool::ValueTooLarge { value, limit },
    );
    market.refuses(
        bob,
        redeem(value, bob),
        IPool::ValueTooLarge { value, limit },
    );
}

#[test]
fn withdraw_does_not_wait_for_a_bad_series() {
    let (mut market, _, bob) = start();
    let [week, ..] = market.expiries;
    market.expire(week + 100, "2500");
    let limit = most(&mut market, bob);
    assert!(limit > U256::ZERO);
    market.send(bob, withdraw(limit, bob)).unwrap();
}

#[test]
fn withdraw_previews_round_in_favour_of_the_pool_by_less_than_a_unit() {
    let (mut market, _, _) = start();
    let one = U256::from(1);
    for assets in [1u64, 2, 3, 7, 1_000_003, 123_456_789] {
        let assets = U256::from(assets);
        let burnt = market.view(IPool::previewWithdrawCall { assets }).unwrap();
        let mut worth = |shares| market.view(IPool::previewRedeemCall { shares }).unwrap();
        assert!(worth(burnt) >= assets && worth(burnt - one) < assets);
        let shares = market.view(IPool::previewDepositCall { assets }).unwrap();
        let mut cost = |shares| market.view(IPool::previewMintCall { shares }).unwrap();
        assert!(cost(shares) <= assets && cost(shares + one) > assets);
    }
}
