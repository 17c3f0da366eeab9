//! Re-entry through a token. motsu's own reentrancy flag never rises, so the pool's lock is the only defence here.

use alloy_primitives::{I256, U256};
use alloy_sol_types::SolCall;
use smirk_motsu::interface::IPool;

use crate::market::{call_id, is, units, wad, Market, EXPIRY, NOW};

/// Every call of people that takes the lock or prices the book, each with arguments that would pass outside a call.
fn guarded(market: &Market, id: U256) -> Vec<(&'static str, Vec<u8>)> {
    let (token, receiver) = (market.quote.address(), market.taker);
    let (size, assets, shares) = (wad("1"), units(1), units(1));
    macro_rules! calls {
        ($($call:expr),* $(,)?) => {
            vec![$((stringify!($call), $call.abi_encode())),*]
        };
    }
    calls![
        market.buy_call(id, "1"),
        market.sell_call(id, "1"),
        IPool::rebalanceCall {},
        IPool::depositCall { assets, receiver },
        IPool::mintCall { shares, receiver },
        IPool::withdrawCall {
            assets,
            receiver,
            owner_: token
        },
        IPool::redeemCall {
            shares,
            receiver,
            owner_: token
        },
        IPool::settleCall {
            expiry: U256::from(NOW),
            roundId: U256::from(2)
        },
        IPool::claimCall { id, size, receiver },
        IPool::quoteBuyCall { id, size },
        IPool::quoteSellCall { id, size },
        IPool::totalAssetsCall {},
        IPool::convertToSharesCall { assets },
        IPool::convertToAssetsCall { shares },
        IPool::previewDepositCall { assets },
        IPool::previewMintCall { shares },
        IPool::previewWithdrawCall { assets },
        IPool::previewRedeemCall { shares },
        IPool::bookCall {},
        IPool::riskCall {},
        IPool::navCall {},
    ]
}

/// What the pool answered to a call made by the quote token during its next transfer.
fn reenter(market: &Market, calldata: &[u8], during: impl FnOnce()) -> Vec<u8> {
    let pool = market.pool.address();
    market
        .quote
        .sender(market.owner)
        .reenter(pool, calldata.to_vec().into());
    during();
    market.quote.sender(market.owner).outcome().to_vec()
}

#[test]
fn token_finds_every_guarded_call_locked_during_a_purchase() {
    let market = Market::new();
    let id = call_id("2500");
    for (name, calldata) in guarded(&market, id) {
        let outcome = reenter(&market, &calldata, || {
            market
                .buy(id, "0.1")
                .expect("the purchase itself goes through");
        });
        assert!(is::<IPool::Reentered>(&outcome), "{name}: {outcome:x?}");
    }
}

#[test]
fn token_finds_every_guarded_call_locked_during_a_deposit() {
    let market = Market::new();
    let (id, provider) = (call_id("2500"), market.provider);
    for (name, calldata) in guarded(&market, id) {
        let outcome = reenter(&market, &calldata, || {
            let deposit = IPool::depositCall {
                assets: units(10),
                receiver: provider,
            };
            market
                .send(provider, deposit)
                .expect("the deposit itself goes through");
        });
        assert!(is::<IPool::Reentered>(&outcome), "{name}: {outcome:x?}");
    }
}

#[test]
fn token_finds_every_guarded_call_locked_while_it_is_sent_out() {
    let market = Market::new();
    let (id, provider) = (call_id("2500"), market.provider);
    market.buy(id, "10").unwrap();
    for (name, calldata) in guarded(&market, id) {
        let outcome = reenter(&market, &calldata, || {
            market
                .sell(id, "0.1")
                .expect("the sale itself goes through");
        });
        assert!(
            is::<IPool::Reentered>(&outcome),
            "sale, {name}: {outcome:x?}"
        );
        let outcome = reenter(&market, &calldata, || {
            let withdraw = IPool::withdrawCall {
                assets: units(10),
                receiver: provider,
                owner_: provider,
            };
            market
                .send(provider, withdraw)
                .expect("the withdrawal itself goes through");
        });
        assert!(
            is::<IPool::Reentered>(&outcome),
            "withdrawal, {name}: {outcome:x?}"
        );
    }
}

#[test]
fn token_finds_the_pool_locked_while_the_venue_is_paid() {
    let market = Market::new();
    market.venue.sender(market.owner).refuse(true);
    market.buy(call_id("2500"), "30").unwrap();
    market.venue.sender(market.owner).refuse(false);
    let calldata = IPool::rebalanceCall {}.abi_encode();
    let outcome = reenter(&market, &calldata, || {
        let traded = market.send(market.taker, IPool::rebalanceCall {}).unwrap();
        assert!(!traded.baseTraded.is_zero());
    });
    assert!(is::<IPool::Reentered>(&outcome), "{outcome:x?}");
}

#[test]
fn keeper_and_owner_find_the_pool_locked_when_they_are_the_token() {
    let market = Market::new();
    let (token, owner) = (market.quote.address(), market.owner);
    let expiry = U256::from(EXPIRY + 86_400);
    market
        .send(owner, IPool::setKeeperCall { newKeeper: token })
        .unwrap();
    market
        .send(owner, IPool::transferOwnershipCall { newOwner: token })
        .unwrap();
    market.send(token, IPool::acceptOwnershipCall {}).unwrap();
    let anchor = IPool::postAnchorCall {
        expiry: U256::from(EXPIRY),
        atmVol: wad("0.7"),
        leftWing: wad("0.4"),
        rightWing: wad("0.28"),
        carry: I256::ZERO,
    };
    let parameter = IPool::setParameterCall {
        index: U256::from(13),
        value: U256::ZERO,
    };
    for calldata in [
        IPool::listExpiryCall { expiry }.abi_encode(),
        anchor.abi_encode(),
        parameter.abi_encode(),
    ] {
        let outcome = reenter(&market, &calldata, || {
            market.buy(call_id("2500"), "0.1").unwrap();
        });
        assert!(is::<IPool::Reentered>(&outcome), "{outcome:x?}");
    }
}

#[test]
fn lock_is_free_again_after_a_refusal() {
    let market = Market::new();
    let id = call_id("2500");
    market.quote.sender(market.owner).return_false(true);
    market.buy(id, "1").unwrap_err();
    market.quote.sender(market.owner).return_false(false);
    market.buy(id, "1").expect("the lock is free");
    market.nav();
}
