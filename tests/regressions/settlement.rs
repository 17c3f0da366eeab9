//! A settlement price is one number whoever settles, and there always is one.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
};

use crate::{
    actions::*,
    common::{call, Market, DAY},
};

const HOUR: u64 = 3_600;

impl Market {
    /// Writes a round at a time, which need not be now.
    fn round_at(&mut self, time: u64, price: &str) -> U256 {
        let answer = self.world.feed_answer(wad(price));
        U256::from(self.world.push_round(answer, time, time).unwrap())
    }

    fn next_phase(&mut self) {
        let (feed, oracle) = (self.world.feed, self.world.actors.oracle.address);
        self.world
            .send(oracle, feed, &PriceFeed::nextPhaseCall {})
            .unwrap();
    }

    fn settle(&mut self, expiry: u64, round: U256) -> Result<Vec<IPool::IPoolEvents>, String> {
        let who = self.world.actors.carol.address;
        let receipt = self.send(who, settle(expiry, round));
        let receipt = receipt.map_err(|failure| failure.reason())?;
        Ok(receipt.interface_events(self.pool.address))
    }

    fn settlement_price(&mut self, expiry: u64) -> f64 {
        let expiry = U256::from(expiry);
        let settlement = self.view(IPool::settlementCall { expiry }).unwrap();
        float(settlement.price)
    }
}

fn settle(expiry: u64, round: U256) -> IPool::settleCall {
    IPool::settleCall {
        expiry: U256::from(expiry),
        roundId: round,
    }
}

/// Alice holds 50 calls at 2,500 of the week, which is about to end.
fn start() -> (Market, Address, u64) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    for _ in 0..5 {
        market.buy(alice, call(week, "2500"), "10").unwrap();
    }
    market.world.chain.set_time(week - 300);
    market.round_at(week - 300, "2510");
    (market, alice, week)
}

#[test]
fn two_phases_around_an_expiry_have_one_answer() {
    let (mut market, alice, week) = start();
    market.round_at(week - 30, "2510");
    let old = market.round_at(week + 5, "2500");
    market.next_phase();
    market.round_at(week - 40, "2511");
    let new = market.round_at(week + 50, "2530");
    market.world.chain.set_time(week + 60);
    // Both have a predecessor before expiry; only the present phase's settles, whoever asks and in whatever order.
    let phase = |id: U256| id >> 64;
    let error = IPool::RoundOfOtherPhase {
        roundId: old,
        phase: phase(old),
        presentPhase: phase(new),
    };
    for who in [alice, market.world.actors.bob.address] {
        market.refuses(who, settle(week, old), error.clone());
    }
    market.settle(week, new).unwrap();
    assert_eq!(market.settlement_price(week), 2_530.0);
    let paid = market.claim(alice, call(week, "2500"), "50").unwrap();
    assert_eq!(paid, 1_500.0);
}

#[test]
fn no_round_but_the_first_at_or_after_expiry_settles() {
    let (mut market, alice, week) = start();
    let early = market.round_at(week - 1, "2400");
    let first = market.round_at(week, "2550");
    let later = market.round_at(week + 20, "2700");
    market.world.chain.set_time(week + 30);
    market.refuses(
        alice,
        settle(week, early),
        IPool::RoundBeforeExpiry {
            roundId: early,
            updatedAt: U256::from(week - 1),
            expiry: U256::from(week),
        },
    );
    market.refuses(
        alice,
        settle(week, later),
        IPool::RoundNotFirst {
            previousRoundId: first,
            previousUpdatedAt: U256::from(week),
            expiry: U256::from(week),
        },
    );
    market.settle(week, first).unwrap();
    assert_eq!(market.settlement_price(week), 2_550.0);
}

/// The first phase ends before expiry, the second begins after it: no round has a predecessor that proves it.
#[test]
fn an_expiry_in_the_seam_of_two_phases_settles_by_the_earliest_proposal() {
    let (mut market, alice, week) = start();
    let last = market.round_at(week - 20, "2505");
    market.next_phase();
    let first = market.round_at(week + 20, "2520");
    let second = market.round_at(week + 40, "2560");
    market.world.chain.set_time(week + 100);
    assert!(market
        .settle(week, last)
        .unwrap_err()
        .contains("RoundBeforeExpiry"));
    let events = market.settle(week, second).unwrap();
    let [IPool::IPoolEvents::SettlementProposed(proposed)] = &events[..] else {
        panic!("a proposal, and no settlement: {events:?}");
    };
    assert_eq!((proposed.roundId, proposed.price), (second, wad("2560")));
    let until = proposed.until;
    // Nothing is paid on a proposal.
    let refusal = market.claim(alice, call(week, "2500"), "1").unwrap_err();
    assert!(refusal.is::<IPool::NotSettled>(), "{refusal}");
    // One that is not earlier does not replace it, an earlier one does and does not prolong the hour.
    market.refuses(
        alice,
        settle(week, second),
        IPool::RoundNotEarlier {
            roundId: second,
            updatedAt: U256::from(week + 40),
            standing: U256::from(week + 40),
        },
    );
    market.world.chain.set_time(week + 100 + HOUR - 30);
    let events = market.settle(week, first).unwrap();
    let [IPool::IPoolEvents::SettlementProposed(proposed)] = &events[..] else {
        panic!("an earlier proposal: {events:?}");
    };
    assert_eq!((proposed.roundId, proposed.until), (first, until));
    market.world.chain.set_time(until.to::<u64>() - 5);
    assert!(market
        .settle(week, first)
        .unwrap_err()
        .contains("RoundNotEarlier"));
    market.world.chain.set_time(until.to::<u64>() + 1);
    // Now any call makes it the price, whatever round it names.
    let events = market.settle(week, second).unwrap();
    let [IPool::IPoolEvents::Settled(settled), IPool::IPoolEvents::Funded(funded), IPool::IPoolEvents::ShareStatus(_)] =
        &events[..]
    else {
        panic!("the price, what is set aside by it, and what shares are worth then: {events:?}");
    };
    assert_eq!((settled.roundId, settled.price), (U256::ZERO, wad("2520")));
    assert_eq!((funded.funded, funded.owed), (settled.owed, settled.owed));
    assert_eq!(market.settlement_price(week), 2_520.0);
    assert_eq!(
        market.claim(alice, call(week, "2500"), "50").unwrap(),
        1_000.0
    );
    // Deposits and sales are open again.
    market.world.set_price(wad("2560")).unwrap();
    market.scale_vols(1.0).unwrap();
    market.deposit(alice, 1_000.0).unwrap();
}

/// A round of the phase that ended counts too, if it is at or after expiry.
#[test]
fn in_a_seam_the_earliest_round_of_any_phase_stands() {
    let (mut market, _, week) = start();
    market.next_phase();
    let middle = market.round_at(week + 10, "2530");
    market.next_phase();
    let newest = market.round_at(week + 30, "2600");
    market.world.chain.set_time(week + 100);
    market.settle(week, newest).unwrap();
    market.settle(week, middle).unwrap();
    market.world.chain.set_time(week + 200 + HOUR);
    market.settle(week, newest).unwrap();
    assert_eq!(market.settlement_price(week), 2_530.0);
}

/// Proposals are for a phase that began after expiry; where one round proves itself no other is taken, not even for an hour.
#[test]
fn nothing_is_proposed_where_a_round_proves_itself() {
    let (mut market, _, week) = start();
    let first = market.round_at(week + 5, "2550");
    let later = market.round_at(week + 50, "2800");
    market.world.chain.set_time(week + 10 * DAY);
    assert!(market
        .settle(week, later)
        .unwrap_err()
        .contains("RoundNotFirst"));
    market.settle(week, first).unwrap();
    assert_eq!(market.settlement_price(week), 2_550.0);
}

/// Rounds without an answer, or with none that is a price, settle nothing and hide nothing: the first price behind them is proved by
/// the last one before the expiry.
#[test]
fn the_first_round_with_a_price_settles_behind_those_without() {
    let (mut market, _, week) = start();
    let (feed, oracle) = (market.world.feed, market.world.actors.oracle.address);
    let mut invalid = vec![];
    for answer in [I256::ZERO, I256::MINUS_ONE] {
        let round = market.world.push_round(answer, week + 5, week + 5);
        invalid.push(U256::from(round.unwrap()));
    }
    let open = PriceFeed::pushIncompleteCall {
        answer: market.world.feed_answer(wad("2400")),
        startedAt: U256::from(week + 6),
        answeredInRound: (invalid[0] - U256::from(1)).to(),
    };
    market.world.send(oracle, feed, &open).unwrap();
    let first = market.round_at(week + 20, "2530");
    let later = market.round_at(week + 40, "2800");
    market.world.chain.set_time(week + 60);
    for round in invalid {
        let refusal = market.settle(week, round).unwrap_err();
        assert!(refusal.contains("FeedPriceInvalid"), "{refusal}");
    }
    let who = market.world.actors.carol.address;
    market.refuses(
        who,
        settle(week, later),
        IPool::RoundNotFirst {
            previousRoundId: first,
            previousUpdatedAt: U256::from(week + 20),
            expiry: U256::from(week),
        },
    );
    market.settle(week, first).unwrap();
    assert_eq!(market.settlement_price(week), 2_530.0);
}

#[test]
fn a_feed_that_ended_settles_by_its_last_round_after_three_days() {
    let (mut market, alice, week) = start();
    let last = market.round_at(week - 20, "2600");
    market.world.chain.set_time(week + 3 * DAY - 10);
    assert!(market
        .settle(week, last)
        .unwrap_err()
        .contains("RoundBeforeExpiry"));
    market.world.chain.set_time(week + 3 * DAY);
    market.settle(week, last).unwrap();
    assert_eq!(market.settlement_price(week), 2_600.0);
    assert_eq!(
        market.claim(alice, call(week, "2500"), "50").unwrap(),
        5_000.0
    );
}

#[test]
fn a_proposal_that_stood_its_hour_settles_without_a_feed() {
    let (mut market, alice, week) = start();
    market.next_phase();
    let first = market.round_at(week + 20, "2520");
    market.world.chain.set_time(week + 100);
    market.settle(week, first).unwrap();
    let (feed, oracle) = (market.world.feed, market.world.actors.oracle.address);
    let dead = PriceFeed::setDeadCall { dead: true };
    market.world.send(oracle, feed, &dead).unwrap();
    assert!(market
        .settle(week, first)
        .unwrap_err()
        .contains("CallFailed"));
    market.world.chain.set_time(week + 200 + HOUR);
    market.settle(week, first).unwrap();
    assert_eq!(market.settlement_price(week), 2_520.0);
    assert_eq!(
        market.claim(alice, call(week, "2500"), "50").unwrap(),
        1_000.0
    );
}

/// A skipped first round hides when the phase began; that is waited out and does not lock anything up for good.
#[test]
fn a_phase_without_its_first_round_settles_after_three_days() {
    let (mut market, _, week) = start();
    market.next_phase();
    let (feed, oracle) = (market.world.feed, market.world.actors.oracle.address);
    let skip = PriceFeed::skipRoundsCall { count: 1 };
    market.world.send(oracle, feed, &skip).unwrap();
    let second = market.round_at(week + 20, "2540");
    market.world.chain.set_time(week + 100);
    assert!(market
        .settle(week, second)
        .unwrap_err()
        .contains("RoundUnproven"));
    market.world.chain.set_time(week + 3 * DAY);
    market.settle(week, second).unwrap();
    market.world.chain.set_time(week + 3 * DAY + 2 * HOUR);
    market.settle(week, second).unwrap();
    assert_eq!(market.settlement_price(week), 2_540.0);
}
