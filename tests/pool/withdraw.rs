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
fn what_leaving_costs_is_an_event_of_its_own() {
    let (mut market, _, bob) = start();
    let [_, month, _] = market.expiries;
    let assets = market.world.quote_units("400");
    let before = market.view(IPool::navCall {}).unwrap();
    let receipt = market.send(bob, withdraw(assets, bob)).unwrap();
    let after = market.view(IPool::navCall {}).unwrap();
    let charged: IPool::ExitCharged = market.event(&receipt);
    assert_eq!((charged.owner, charged.expiry), (bob, month));
    assert!(charged.charge >= assets / U256::from(5_000), "{charged:?}");
    assert_eq!(after.capacity - before.capacity, charged.charge);
    assert_eq!(after.premiums, before.premiums);
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
fn withdraw_of_the_most_works_and_one_more_than_the_gate_leaves_is_refused() {
    let (mut market, provider, _) = start();
    market.set_parameter("equityFloor", wad("0.9"));
    let limit = most(&mut market, provider);
    assert!(limit > U256::ZERO);
    let more = limit + limit / U256::from(100);
    let error: IPool::WithdrawAboveLimit = market.refusal(provider, withdraw(more, provider));
    let part = error.part;
    assert!(
        part < error.gate && error.gate < error.freeCash,
        "{error:?}"
    );
    assert!(
        limit <= part && part - limit < part / U256::from(500),
        "{limit} of {part}"
    );
    let assets = part + U256::from(1);
    let error: IPool::WithdrawAboveLimit = market.refusal(provider, withdraw(assets, provider));
    assert_eq!((error.assets, error.part), (assets, part));
    let shares = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    assert!(market.view(IPool::previewRedeemCall { shares }).unwrap() <= limit);
    market.send(provider, withdraw(limit, provider)).unwrap();
}

#[test]
fn withdraw_of_more_than_the_shares_is_refused() {
    let (mut market, _, bob) = start();
    let carol = market.world.actors.carol.address;
    let shares = market.shares_of(bob);
    market
        .send(bob, IPool::transfer_0Call { to: carol, shares })
        .unwrap();
    let assets = U256::from(1_000_000);
    let error: IPool::WithdrawAboveLimit = market.refusal(bob, withdraw(assets, bob));
    assert_eq!(error.part, U256::ZERO);
    let error: IPool::WithdrawAboveLimit = market.refusal(bob, redeem(shares, bob));
    assert_eq!(error.part, U256::ZERO);
}

#[test]
fn redeem_of_exactly_the_most_works_and_a_little_more_is_refused() {
    let (mut market, provider, bob) = start();
    for owner in [bob, provider] {
        let shares = market.view(IPool::maxRedeemCall { owner_: owner }).unwrap();
        let all = market.shares_of(owner);
        assert!(shares < all);
        // Within rounding of the limit.
        let more = shares + shares / U256::from(1_000);
        let error: IPool::WithdrawAboveLimit = market.refusal(owner, redeem(more, owner));
        assert!(error.assets > error.part, "{error:?}");
        market.send(owner, redeem(shares, owner)).unwrap();
    }
}

#[test]
fn withdraw_from_a_pool_without_a_book_takes_everything() {
    let mut market = Market::new();
    let provider = market.world.actors.provider.address;
    let shares = market.shares_of(provider);
    let assets = market.world.quote_units("1000000");
    assert_eq!(most(&mut market, provider), assets);
    let receipt = market.send(provider, redeem(shares, provider)).unwrap();
    assert_eq!(receipt.value, assets);
    let charged = receipt.events::<IPool::ExitCharged>(market.pool.address);
    assert!(charged.is_empty(), "{charged:?}");
    assert_eq!(market.money().cash, U256::ZERO);
    assert_eq!(
        market.view(IPool::totalSupply_0Call {}).unwrap(),
        U256::ZERO
    );
}

#[test]
fn withdraw_after_deposit_never_gains() {
    let (mut market, _, _) = start();
    let carol = market.world.actors.carol.address;
    for assets in [1u64, 2, 999, 1_000_001, 5_000_000_000] {
        let assets = U256::from(assets);
        let deposit = IPool::depositCall {
            assets,
            receiver: carol,
        };
        let shares = market.send(carol, deposit).unwrap().value;
        match market.send(carol, redeem(shares, carol)) {
            Ok(receipt) => assert!(receipt.value < assets, "{} for {assets}", receipt.value),
            Err(failure) => {
                let dust = failure.is::<IPool::NothingPaid>() && assets < U256::from(10);
                let limited = failure.is::<IPool::WithdrawAboveLimit>();
                assert!(dust || limited, "{failure}");
            }
        }
    }
}

#[test]
fn withdraw_stays_open_while_paused_off_the_venue_and_on_a_stale_anchor() {
    let (mut market, provider, bob) = start();
    market.pause();
    market.world.push_price(wad("2600")).unwrap();
    market.world.chain.advance(100_000);
    market.world.refresh_feed().unwrap();
    for owner in [bob, provider] {
        let limit = most(&mut market, owner);
        assert!(limit > U256::ZERO);
        market
            .send(owner, withdraw(limit / U256::from(2), owner))
            .unwrap();
    }
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
        // The charge is found by steps: never too little, and at most a ten-thousandth or a few atoms too much.
        let slack = assets / U256::from(10_000) + U256::from(4);
        let worth = worth(burnt);
        assert!(
            worth >= assets && worth <= assets + slack,
            "{worth} for {assets}"
        );
        let shares = market.view(IPool::previewDepositCall { assets }).unwrap();
        let mut cost = |shares| market.view(IPool::previewMintCall { shares }).unwrap();
        assert!(cost(shares) <= assets && cost(shares + one) > assets);
    }
}

#[test]
fn withdraw_limit_is_what_the_tails_leave_where_they_bind() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let [week, ..] = market.expiries;
    market.buy(alice, call(week, "2000"), "95").unwrap();
    let limit = most(&mut market, provider);
    let shares = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    assert!(limit > market.world.quote_units("700000"), "{limit}");
    let more = limit + limit / U256::from(100);
    let error: IPool::CapacityExhausted = market.refusal(provider, withdraw(more, provider));
    assert_eq!(error.limit, wad("1"));
    market.send(provider, redeem(shares, provider)).unwrap();
}
