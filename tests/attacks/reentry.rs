//! Calls back into the pool in the middle of a call: from the quote token and from the venue.

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::{Status, Transaction};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::{HostileVenue, IPool, ReentrantToken},
    price::wad,
    TokenKind, World,
};

use crate::common::{call, Market};

/// Every entry point that moves money, positions against the pool, or the surface.
fn changes(market: &Market, who: Address) -> Vec<(Address, &'static str, Bytes)> {
    let actors = &market.world.actors;
    let (owner, keeper) = (actors.owner.address, actors.keeper.address);
    let expiry = U256::from(market.expiries[1]);
    let id = call(market.expiries[1], "2500");
    let (size, limit, receiver) = (wad("1"), U256::MAX, who);
    let leg = IPool::Leg {
        id,
        size: I256::try_from(size).unwrap(),
    };
    let (assets, shares, owner_) = (U256::from(1_000_000), U256::from(1_000_000), who);
    fn encode<C: SolCall>(from: Address, call: C) -> (Address, &'static str, Bytes) {
        (from, C::SIGNATURE, call.abi_encode().into())
    }
    vec![
        encode(
            who,
            IPool::buyCall {
                id,
                size,
                maxCost: limit,
                deadline: limit,
                receiver,
            },
        ),
        encode(
            who,
            IPool::sellCall {
                id,
                size,
                minProceeds: U256::ZERO,
                deadline: limit,
                receiver,
            },
        ),
        encode(
            who,
            IPool::tradeCall {
                legs: vec![leg.clone()],
                limit: I256::MAX,
                deadline: limit,
                receiver,
            },
        ),
        encode(
            who,
            IPool::multicallCall {
                data: vec![IPool::rebalanceCall {}.abi_encode().into()],
            },
        ),
        encode(
            who,
            IPool::permitQuoteCall {
                value: U256::ZERO,
                deadline: limit,
                v: 27,
                r: Default::default(),
                s: Default::default(),
            },
        ),
        encode(
            who,
            IPool::tradeOnAccountCall {
                legs: vec![leg.clone()],
                limit: I256::MAX,
                deadline: limit,
                account_: who,
            },
        ),
        encode(
            who,
            IPool::depositMarginCall {
                amount: assets,
                account_: who,
            },
        ),
        encode(
            who,
            IPool::withdrawMarginCall {
                amount: assets,
                receiver,
            },
        ),
        encode(who, IPool::depositPositionCall { id, size }),
        encode(who, IPool::withdrawPositionCall { id, size, receiver }),
        encode(
            who,
            IPool::setDelegateCall {
                delegate: keeper,
                approved: true,
            },
        ),
        encode(who, IPool::touchCall { account_: who }),
        encode(who, IPool::flagCall { account_: who }),
        encode(
            who,
            IPool::liquidateCall {
                account_: who,
                receiver,
            },
        ),
        encode(who, IPool::rebalanceCall {}),
        encode(
            who,
            IPool::settleCall {
                expiry,
                roundId: U256::from(1),
            },
        ),
        encode(who, IPool::claimCall { id, size, receiver }),
        encode(who, IPool::depositCall { assets, receiver }),
        encode(who, IPool::mintCall { shares, receiver }),
        encode(
            who,
            IPool::withdrawCall {
                assets,
                receiver,
                owner_,
            },
        ),
        encode(
            who,
            IPool::redeemCall {
                shares,
                receiver,
                owner_,
            },
        ),
        encode(
            keeper,
            IPool::listExpiryCall {
                expiry: expiry + U256::from(86_400),
            },
        ),
        encode(
            keeper,
            IPool::postAnchorCall {
                expiry,
                atmVol: wad("0.70"),
                leftWing: wad("0.40"),
                rightWing: wad("0.28"),
                carry: I256::ZERO,
            },
        ),
        encode(
            owner,
            IPool::setParameterCall {
                index: U256::from(5),
                value: wad("0.02"),
            },
        ),
        encode(owner, IPool::pauseCall {}),
        encode(owner, IPool::resumeCall {}),
    ]
}

/// Selector of what `caller` is told in the middle of a call: what it is not entitled to is refused before the lock is
/// looked at.
fn refusal(entitled: Address, caller: Address) -> [u8; 4] {
    if entitled == caller {
        IPool::Reentered::SELECTOR
    } else {
        IPool::NotAuthorised::SELECTOR
    }
}

/// Every view that prices the book.
fn views(market: &Market, who: Address) -> Vec<(Address, &'static str, Bytes)> {
    let id = call(market.expiries[1], "2500");
    let (size, one) = (wad("1"), U256::from(1_000_000));
    fn encode<C: SolCall>(from: Address, call: C) -> (Address, &'static str, Bytes) {
        (from, C::SIGNATURE, call.abi_encode().into())
    }
    vec![
        encode(who, IPool::quoteBuyCall { id, size }),
        encode(
            who,
            IPool::quoteCall {
                legs: vec![IPool::Leg {
                    id,
                    size: I256::try_from(size).unwrap(),
                }],
                onAccount: false,
            },
        ),
        encode(
            who,
            IPool::multicallCall {
                data: vec![IPool::navCall {}.abi_encode().into()],
            },
        ),
        encode(who, IPool::accountCall { account_: who }),
        encode(
            who,
            IPool::marginForCall {
                legs: vec![IPool::Leg {
                    id,
                    size: I256::try_from(size).unwrap(),
                }],
            },
        ),
        encode(
            who,
            IPool::quoteOnAccountCall {
                legs: vec![IPool::Leg {
                    id,
                    size: I256::try_from(size).unwrap(),
                }],
                account_: who,
            },
        ),
        encode(who, IPool::quoteSellCall { id, size }),
        encode(who, IPool::bookCall {}),
        encode(who, IPool::riskCall {}),
        encode(who, IPool::navCall {}),
        encode(who, IPool::totalAssetsCall {}),
        encode(who, IPool::convertToSharesCall { assets: one }),
        encode(who, IPool::convertToAssetsCall { shares: one }),
        encode(who, IPool::previewDepositCall { assets: one }),
        encode(who, IPool::previewMintCall { shares: one }),
        encode(who, IPool::previewWithdrawCall { assets: one }),
        encode(who, IPool::previewRedeemCall { shares: one }),
    ]
}

/// Defence: the pool's own lock, looked at from outside with the lock held as in the middle of a call.
#[test]
fn everything_that_prices_or_pays_refuses_while_locked() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    market
        .buy(alice, call(market.expiries[1], "2500"), "5")
        .unwrap();
    let head = U256::from(slots::HEAD);
    let pool = market.pool.address;
    let word = market.world.chain.storage(pool, head);
    assert!(!word.bit(0), "free between transactions");
    market
        .world
        .chain
        .set_storage(pool, head, word | U256::from(1));
    let reentered = Bytes::from(IPool::Reentered::SELECTOR.to_vec());
    let all = changes(&market, alice)
        .into_iter()
        .chain(views(&market, alice));
    for (from, name, input) in all {
        let outcome = market
            .world
            .chain
            .call(Transaction::call(from, pool, input));
        assert_eq!(outcome.status, Status::Revert, "{name}");
        assert_eq!(outcome.output, reentered, "{name}");
    }
    for limit in [
        market
            .view(IPool::maxDepositCall { receiver: alice })
            .unwrap(),
        market
            .view(IPool::maxWithdrawCall { owner_: alice })
            .unwrap(),
        market.view(IPool::maxRedeemCall { owner_: alice }).unwrap(),
    ] {
        assert!(limit.is_zero());
    }
    market.world.chain.set_storage(pool, head, word);
    for (from, name, input) in views(&market, alice) {
        assert!(
            market
                .world
                .chain
                .call(Transaction::call(from, pool, input))
                .is_success(),
            "{name}"
        );
    }
}

/// Defence: the lock. A token that calls back gets nothing, and the call around it goes on as if nothing had happened.
#[test]
fn a_token_that_calls_back_gets_nothing() {
    let world = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Reentrant, 6);
    let mut market = Market::with(world, |_| {});
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[1], "2500");
    let (quote, pool) = (market.world.quote, market.pool.address);
    // The token is a customer itself, so that its calls lack nothing but the lock.
    market.world.mint(quote, quote, wad("1")).unwrap();
    let shares = IPool::transfer_0Call {
        to: quote,
        shares: U256::from(1_000_000_000),
    };
    market.send(provider, shares).unwrap();
    market.buy(alice, id, "5").unwrap();
    let gift = IPool::transfer_1Call {
        receiver: quote,
        id,
        amount: wad("2"),
    };
    market.send(alice, gift).unwrap();

    let start = market.world.chain.snapshot();
    let honest: [U256; 4] = outer_calls(&mut market, alice, provider, id);
    let state = market.balances(alice, id);
    market.world.chain.revert(start.clone());
    let all: Vec<_> = changes(&market, quote)
        .into_iter()
        .chain(views(&market, quote))
        .collect();
    for (entitled, name, payload) in all {
        let arm = ReentrantToken::setReentryCall {
            target: pool,
            payload,
        };
        market.world.send(alice, quote, &arm).unwrap();
        assert_eq!(
            outer_calls(&mut market, alice, provider, id),
            honest,
            "{name}"
        );
        let attempts = market
            .world
            .view(quote, &ReentrantToken::attemptsCall {})
            .unwrap();
        assert!(attempts >= U256::from(4), "{name}: {attempts} attempts");
        let said = ReentrantToken::lastOutputCall {};
        let said = market.world.view(quote, &said).unwrap();
        assert!(said.starts_with(&refusal(entitled, quote)), "{name}");
        assert_eq!(market.balances(alice, id), state, "{name}");
        market.world.chain.revert(start.clone());
    }
}

fn outer_calls(market: &mut Market, alice: Address, provider: Address, id: U256) -> [U256; 4] {
    [
        market.buy(alice, id, "30").unwrap().value,
        market.sell(alice, id, "1").unwrap().value,
        market.deposit(alice, U256::from(5_000_000)).unwrap().value,
        market
            .withdraw(provider, U256::from(5_000_000))
            .unwrap()
            .value,
    ]
}

/// Defence: the lock again. A guardian that the token calls in the middle of a trade is told that it did not pause, instead of having its
/// pause undone by what the trade writes afterwards; and so is an owner that resumes.
#[test]
fn a_pause_in_the_middle_of_a_call_is_refused_and_not_lost() {
    let world = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Reentrant, 6);
    let mut market = Market::with(world, |_| {});
    let (alice, owner) = (
        market.world.actors.alice.address,
        market.world.actors.owner.address,
    );
    let id = call(market.expiries[1], "2500");
    let (quote, pool) = (market.world.quote, market.pool.address);
    market.buy(alice, id, "5").unwrap();
    market
        .send(owner, IPool::setGuardianCall { newGuardian: quote })
        .unwrap();
    let arm = ReentrantToken::setReentryCall {
        target: pool,
        payload: IPool::pauseCall {}.abi_encode().into(),
    };
    market.world.send(alice, quote, &arm).unwrap();
    market.buy(alice, id, "1").unwrap();
    let attempts = ReentrantToken::attemptsCall {};
    assert_eq!(
        market.world.view(quote, &attempts).unwrap(),
        U256::from(1),
        "the guardian was called"
    );
    let said = ReentrantToken::lastOutputCall {};
    let said = market.world.view(quote, &said).unwrap();
    assert_eq!(said[..], IPool::Reentered::SELECTOR);
    assert!(!market.view(IPool::pausedCall {}).unwrap());
    // Between calls it may.
    let transfer = IPool::transfer_0Call {
        to: owner,
        shares: U256::from(1),
    };
    market.world.send(alice, quote, &transfer).unwrap();
    assert!(market.view(IPool::pausedCall {}).unwrap());
}

/// Defence: the same against the hedge venue, which is called with the trade half done and answered while it swaps.
#[test]
fn a_venue_that_calls_back_gets_nothing() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    let mut market = Market::in_world(world, |arguments| arguments.factory = venue);
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let pool = market.pool.address;
    let start = market.world.chain.snapshot();
    let bought = market.buy(alice, id, "40").unwrap();
    assert!(
        bought.event::<IPool::Hedged>(pool).is_some(),
        "the venue is called"
    );
    let honest = bought.value;
    let state = market.balances(alice, id);
    let all: Vec<_> = changes(&market, venue)
        .into_iter()
        .chain(views(&market, venue))
        .collect();
    for (entitled, name, payload) in all {
        market.world.chain.revert(start.clone());
        let arm = HostileVenue::setReentryCall {
            target: pool,
            payload,
        };
        market.world.send(alice, venue, &arm).unwrap();
        assert_eq!(market.buy(alice, id, "40").unwrap().value, honest, "{name}");
        let attempts = HostileVenue::attemptsCall {};
        assert_eq!(
            market.world.view(venue, &attempts).unwrap(),
            U256::from(1),
            "{name}"
        );
        let said = HostileVenue::lastOutputCall {};
        let said = market.world.view(venue, &said).unwrap();
        assert!(said.starts_with(&refusal(entitled, venue)), "{name}");
        assert_eq!(market.balances(alice, id), state, "{name}");
    }
}

/// Defence: a swap is paid once. A venue that asks in its own name before the swap asks is refused the second time, and
/// with that loses the swap and what it had.
#[test]
fn a_venue_that_asks_out_of_turn_is_not_paid() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    let mut market = Market::in_world(world, |arguments| arguments.factory = venue);
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let in_quote: U256 = U256::from(1) << 128;
    let ask = IPool::uniswapV3SwapCallbackCall {
        amount0Delta: I256::ZERO,
        amount1Delta: I256::from_raw(market.world.quote_units("1000")),
        data: (in_quote | U256::from(u128::MAX)).to_be_bytes_vec().into(),
    };
    let arm = HostileVenue::setReentryCall {
        target: market.pool.address,
        payload: ask.abi_encode().into(),
    };
    market.world.send(alice, venue, &arm).unwrap();
    let bought = market.buy(alice, id, "40").unwrap();
    let missed = bought.event::<IPool::HedgeMissed>(market.pool.address);
    assert!(missed.is_some(), "the swap's own request came second");
    assert_eq!(market.cash_of(venue), U256::ZERO);
    market.assert_backed();
}
