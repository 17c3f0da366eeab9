//! Settlement: only the proven first round at or after expiry, once, by anyone, paused or not.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
    Receipt, TypedCalls,
};

use crate::{
    checks::settle,
    common::{call, put, Market},
};

const DOLLAR: u64 = 1_000_000;

/// Alice holds 2 calls at 2,400 and 3 puts at 2,600 of the first expiry, and 1 call of the second.
fn start() -> (Market, Address, u64) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2400"), "2").unwrap();
    market.buy(alice, put(week, "2600"), "3").unwrap();
    market.buy(alice, call(month, "2500"), "1").unwrap();
    market.expire(week - 100, "2490");
    (market, alice, week)
}

#[test]
fn settle_fixes_the_price_and_sets_aside_what_is_owed() {
    let (mut market, alice, week) = start();
    let round = market.expire(week, "2550");
    let before = market.money();
    market.pause();
    let receipt = market.send(alice, settle(week, round)).unwrap();
    let owed = U256::from((2 * 150 + 3 * 50) * DOLLAR);
    let settled: IPool::Settled = market.event(&receipt);
    assert_eq!((settled.expiry, settled.roundId), (week, round));
    assert_eq!((settled.price, settled.owed), (wad("2550"), owed));
    let stored = market
        .view(IPool::settlementCall {
            expiry: U256::from(week),
        })
        .unwrap();
    assert_eq!((stored.price, stored.owed), (wad("2550"), owed));
    let after = market.money();
    assert_eq!(after.cash, before.cash - owed);
    assert_eq!((after.set_aside, after.shortfall), (owed, U256::ZERO));
    let nodes = market.view(IPool::bookCall {}).unwrap();
    assert_eq!(nodes.len(), 1, "the other expiry stays");
    assert_eq!(nodes[0].expiry, U256::from(market.expiries[1]));
    assert_eq!(market.view(IPool::surfaceCall {}).unwrap().len(), 2);
}

#[test]
fn settle_rounds_what_is_owed_up() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, ..] = market.expiries;
    market.buy(alice, call(week, "2500"), "0.010001").unwrap();
    market.expire(week - 100, "2500");
    // 0.010001 x 0.00001 is a tenth of an atom.
    let round = market.expire(week + 1, "2500.00001");
    market.settle(week, round);
    let owed = market
        .view(IPool::settlementCall {
            expiry: U256::from(week),
        })
        .unwrap()
        .owed;
    assert_eq!(owed, U256::from(1));
    let claim = IPool::claimCall {
        id: call(week, "2500"),
        size: wad("0.010001"),
        receiver: alice,
    };
    assert_eq!(market.send(alice, claim).unwrap().value, U256::ZERO);
}

#[test]
fn settle_twice_or_unlisted_is_refused() {
    let (mut market, alice, week) = start();
    let round = market.expire(week + 5, "2550");
    market.settle(week, round);
    let expiry = U256::from(week);
    market.refuses(alice, settle(week, round), IPool::AlreadySettled { expiry });
    let expiry = U256::from(week - 7);
    market.refuses(
        alice,
        settle(week - 7, round),
        IPool::ExpiryNotListed { expiry },
    );
}

#[test]
fn settle_before_expiry_is_refused() {
    let (mut market, alice, week) = start();
    let round = U256::from(market.world.push_price(wad("2500")).unwrap());
    let error: IPool::NotExpired = market.refusal(alice, settle(week, round));
    assert_eq!(error.expiry, U256::from(week));
    assert!(error.now_ < error.expiry);
}

#[test]
fn settle_with_a_round_before_expiry_is_refused() {
    let (mut market, alice, week) = start();
    let roundId = market.expire(week - 50, "2480");
    let updatedAt = U256::from(market.world.chain.now() - 1);
    market.world.chain.set_time(week + 10);
    let error: IPool::RoundBeforeExpiry = market.refusal(alice, settle(week, roundId));
    assert_eq!((error.roundId, error.expiry), (roundId, U256::from(week)));
    assert!(error.updatedAt >= updatedAt && error.updatedAt < error.expiry);
}

#[test]
fn settle_with_a_later_round_is_refused_and_the_first_one_holds() {
    let (mut market, alice, week) = start();
    let first = market.expire(week + 10, "2550");
    let firstAt = U256::from(market.world.chain.now());
    let later = market.expire(week + 3_000, "2700");
    let error: IPool::RoundNotFirst = market.refusal(alice, settle(week, later));
    assert_eq!(
        (error.previousRoundId, error.expiry),
        (first, U256::from(week))
    );
    assert!(error.previousUpdatedAt.abs_diff(firstAt) <= U256::from(2));
    market.settle(week, first);
    let price = market
        .view(IPool::settlementCall {
            expiry: U256::from(week),
        })
        .unwrap()
        .price;
    assert_eq!(price, wad("2550"));
}

#[test]
fn settle_after_a_gap_of_rounds_is_unproven() {
    for reverts in [true, false] {
        let (mut market, alice, week) = start();
        let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
        market
            .world
            .chain
            .send(
                anyone,
                feed,
                &PriceFeed::setMissingRoundsRevertCall { reverts },
            )
            .unwrap();
        market
            .world
            .chain
            .send(anyone, feed, &PriceFeed::skipRoundsCall { count: 2 })
            .unwrap();
        let round = market.expire(week + 10, "2550");
        let roundId = round;
        market.refuses(alice, settle(week, round), IPool::RoundUnproven { roundId });
    }
}

#[test]
fn settle_with_a_round_that_is_not_there_is_refused() {
    let (mut market, alice, week) = start();
    let round = market.expire(week + 10, "2550") + U256::from(1);
    for roundId in [round, U256::MAX] {
        market.refuses(
            alice,
            settle(week, roundId),
            IPool::RoundMissing { roundId },
        );
    }
}

/// Begins a new phase of the feed, whose ids count from one again.
fn next_phase(market: &mut Market) {
    let feed = market.world.feed;
    market.tell(feed, PriceFeed::nextPhaseCall {});
}

#[test]
fn settle_by_a_round_of_an_ended_phase_is_refused_while_the_present_one_proves() {
    let (mut market, alice, week) = start();
    let old = market.expire(week + 5, "2500");
    next_phase(&mut market);
    let since = market.world.chain.now();
    // The new phase was written in parallel: its first round is older than expiry.
    let answer = market.world.feed_answer(wad("2511"));
    market
        .world
        .push_round(answer, week - 40, week - 40)
        .unwrap();
    let right = market.expire(since + 45, "2530");
    let phases = [old, right].map(|round| round >> 64);
    market.refuses(
        alice,
        settle(week, old),
        IPool::RoundOfOtherPhase {
            roundId: old,
            phase: phases[0],
            presentPhase: phases[1],
        },
    );
    market.settle(week, right);
    let expiry = U256::from(week);
    let settled = market.view(IPool::settlementCall { expiry }).unwrap();
    assert_eq!(settled.price, wad("2530"));
}

#[test]
fn settle_in_the_seam_of_two_phases_proposes_and_the_earliest_round_stands_after_an_hour() {
    let (mut market, alice, week) = start();
    let before = market.expire(week - 20, "2400");
    next_phase(&mut market);
    let first = market.expire(week + 20, "2550");
    let second = market.expire(week + 60, "2600");
    let expiry = U256::from(week);
    let error: IPool::RoundBeforeExpiry = market.refusal(alice, settle(week, before));
    assert_eq!(error.roundId, before);

    // A later round may be proposed, an earlier one replaces it, and not the other way around.
    let proposed = market.send(alice, settle(week, second)).unwrap();
    let proposal: IPool::SettlementProposed = market.event(&proposed);
    let until = U256::from(market.world.chain.now() + 3_600);
    assert_eq!((proposal.price, proposal.until), (wad("2600"), until));
    market.world.chain.advance(3_000);
    let replaced = market.send(alice, settle(week, first)).unwrap();
    let proposal: IPool::SettlementProposed = market.event(&replaced);
    assert_eq!(
        (proposal.price, proposal.until.abs_diff(until)),
        (wad("2550"), U256::ZERO),
        "the hour runs from the first proposal"
    );
    let error: IPool::RoundNotEarlier = market.refusal(alice, settle(week, second));
    assert_eq!(error.roundId, second);
    let open = market.view(IPool::settlementCall { expiry }).unwrap();
    assert_eq!(open.price, U256::ZERO);

    // After the hour any call makes it the price, whatever round it names.
    market.world.chain.advance(700);
    market.settle(week, second);
    let settled = market.view(IPool::settlementCall { expiry }).unwrap();
    assert_eq!(settled.price, wad("2550"));
}

#[test]
fn settle_by_the_last_round_when_the_feed_ended() {
    let (mut market, alice, week) = start();
    let last = market.expire(week - 50, "2480");
    market.world.chain.set_time(week + 3 * 86_400 - 10);
    let _: IPool::RoundBeforeExpiry = market.refusal(alice, settle(week, last));
    market.world.chain.advance(20);
    market.settle(week, last);
    let expiry = U256::from(week);
    let settled = market.view(IPool::settlementCall { expiry }).unwrap();
    assert_eq!(settled.price, wad("2480"));
}

#[test]
fn settle_within_a_new_phase_works_once_it_has_a_round_before_expiry() {
    let (mut market, _, week) = start();
    let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
    market
        .world
        .chain
        .send(anyone, feed, &PriceFeed::nextPhaseCall {})
        .unwrap();
    market.expire(week - 20, "2540");
    let round = market.expire(week + 10, "2550");
    market.settle(week, round);
}

#[test]
fn settle_with_an_answer_that_is_no_price_is_refused() {
    let (mut market, alice, week) = start();
    market.world.chain.set_time(week + 10);
    let now = market.world.chain.now();
    for answer in [I256::ZERO, I256::MINUS_ONE] {
        let round = U256::from(market.world.push_round(answer, now, now).unwrap());
        market.refuses(
            alice,
            settle(week, round),
            IPool::FeedPriceInvalid { answer },
        );
    }
}

#[test]
fn settle_with_a_round_that_was_not_answered_is_refused() {
    let (mut market, alice, week) = start();
    market.world.chain.set_time(week + 10);
    let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
    let answered = market
        .world
        .view(feed, &PriceFeed::latestRoundIdCall {})
        .unwrap();
    let push = PriceFeed::pushIncompleteCall {
        answer: market.world.feed_answer(wad("2500")),
        startedAt: U256::from(week),
        answeredInRound: answered,
    };
    let roundId = U256::from(market.world.chain.send(anyone, feed, &push).unwrap().value);
    market.refuses(
        alice,
        settle(week, roundId),
        IPool::RoundMissing { roundId },
    );
}

#[test]
fn settle_owes_what_cash_does_not_cover_and_rebalance_pays_it() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let [week, ..] = market.expiries;
    let id = call(week, "2000");
    market.buy(alice, id, "95").unwrap();
    let assets = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    market
        .send(
            provider,
            IPool::withdrawCall {
                assets,
                receiver: provider,
                owner_: provider,
            },
        )
        .unwrap();
    market.world.set_price(wad("9000")).unwrap();
    market.expire(week - 100, "9000");
    let round = market.expire(week, "9000");
    let before = market.money();
    let receipt = market.settle(week, round);
    let owed = U256::from(95 * 7_000 * DOLLAR);
    let event: IPool::Funded = market.event(&receipt);
    assert_eq!(
        (event.expiry, event.amount, event.funded, event.owed),
        (week, before.cash, before.cash, owed)
    );
    let mut funded = event.funded;
    let after = market.money();
    assert_eq!((after.cash, after.set_aside), (U256::ZERO, before.cash));
    assert_eq!(after.shortfall, owed - before.cash);
    let (free, needed) = (after.set_aside, owed);
    let claim = IPool::claimCall {
        id,
        size: wad("95"),
        receiver: alice,
    };
    market.refuses(
        alice,
        claim.clone(),
        IPool::InsufficientFreeCash { free, needed },
    );
    // The hedge is worth more than what is missing.
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert!(receipt.value < I256::ZERO);
    let pool = market.pool.address;
    let mut note = |receipt: &Receipt<I256>| {
        for event in receipt.events::<IPool::Funded>(pool) {
            funded += event.amount;
            assert_eq!(
                (event.expiry, event.funded, event.owed),
                (week, funded, owed)
            );
        }
    };
    note(&receipt);
    // A little of it within two basis points, the rest as the window widens.
    for _ in 0..60 {
        market.world.arbitrage().unwrap();
        market.world.chain.advance(60);
        market.world.refresh_feed().unwrap();
        note(&market.send(bob, IPool::rebalanceCall {}).unwrap());
    }
    assert_eq!(funded, owed);
    let funded = market.money();
    assert_eq!((funded.set_aside, funded.shortfall), (owed, U256::ZERO));
    assert_eq!(market.send(alice, claim).unwrap().value, owed);
    assert_eq!(market.money().set_aside, U256::ZERO);
}

#[test]
fn settle_needs_neither_sequencer_nor_a_fresh_answer() {
    let (mut market, _, week) = start();
    let round = market.expire(week + 10, "2550");
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    market.world.chain.advance(1_000_000);
    market.settle(week, round);
}
