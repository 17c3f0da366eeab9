use alloy_primitives::{aliases::U80, I256, U256};
use smirk_world::{
    abi::{PriceFeed, SequencerFeed},
    price::wad,
    World,
};

const PHASE_1: u128 = 1 << 64;

fn round(world: &mut World, id: u128) -> PriceFeed::getRoundDataReturn {
    world
        .view(
            world.feed,
            &PriceFeed::getRoundDataCall {
                roundId: U80::from(id),
            },
        )
        .unwrap()
}

fn feed<C: alloy_sol_types::SolCall>(world: &mut World, call: C) -> C::Return {
    let (oracle, feed) = (world.actors.oracle.address, world.feed);
    world.send(oracle, feed, &call).unwrap().value
}

#[test]
fn price_is_rounded_to_the_feeds_decimals() {
    for (decimals, answer) in [
        (6, "2512345678"),
        (8, "251234567890"),
        (18, "2512345678901234567890"),
    ] {
        let mut world = World::builder().feed_decimals(decimals).build().unwrap();
        world.push_price(wad("2512.345678901234567890")).unwrap();
        let latest = world
            .view(world.feed, &PriceFeed::latestRoundDataCall {})
            .unwrap();
        assert_eq!(latest.answer, I256::from_dec_str(answer).unwrap());
        assert_eq!(
            world.view(world.feed, &PriceFeed::decimalsCall {}).unwrap(),
            decimals
        );
    }
}

#[test]
fn history_keeps_every_round() {
    let mut world = World::builder().build().unwrap();
    let first = world.chain.now();
    world.chain.advance(600);
    let id = world.push_price(wad("2990")).unwrap();
    assert_eq!(id, PHASE_1 + 2);
    let (old, new) = (round(&mut world, id - 1), round(&mut world, id));
    assert_eq!(
        (old.answer, old.updatedAt),
        (world.feed_answer(wad("3000")), U256::from(first))
    );
    assert_eq!(
        (new.answer, new.updatedAt),
        (world.feed_answer(wad("2990")), U256::from(first + 600))
    );
    assert_eq!(new.answeredInRound, U80::from(id));
}

#[test]
fn heartbeat_repeats_the_answer_with_a_new_time() {
    let mut world = World::builder().build().unwrap();
    world.chain.advance(3_600);
    let id = world.refresh_feed().unwrap();
    let latest = round(&mut world, id);
    assert_eq!(latest.answer, world.feed_answer(wad("3000")));
    assert_eq!(latest.updatedAt, U256::from(world.chain.now()));
}

#[test]
fn skipped_rounds_revert_or_answer_zero() {
    let mut world = World::builder().build().unwrap();
    feed(&mut world, PriceFeed::skipRoundsCall { count: 3 });
    let id = world.push_price(wad("3100")).unwrap();
    assert_eq!(id, PHASE_1 + 5);
    let gap = PriceFeed::getRoundDataCall {
        roundId: U80::from(id - 1),
    };
    let refusal = world.view(world.feed, &gap).unwrap_err();
    assert_eq!(
        refusal.error(),
        Some(PriceFeed::NoDataPresent {
            roundId: U80::from(id - 1)
        })
    );
    assert!(
        refusal.reason().starts_with("NoDataPresent { roundId: "),
        "{}",
        refusal.reason()
    );

    feed(
        &mut world,
        PriceFeed::setMissingRoundsRevertCall { reverts: false },
    );
    let missing = round(&mut world, id - 1);
    assert_eq!(
        (missing.answer, missing.updatedAt),
        (I256::ZERO, U256::ZERO)
    );
}

#[test]
fn incomplete_round_was_never_updated() {
    let mut world = World::builder().build().unwrap();
    let now = U256::from(world.chain.now());
    let answered = U80::from(PHASE_1 + 1);
    let answer = world.feed_answer(wad("3000"));
    feed(
        &mut world,
        PriceFeed::pushIncompleteCall {
            answer,
            startedAt: now,
            answeredInRound: answered,
        },
    );
    let latest = world
        .view(world.feed, &PriceFeed::latestRoundDataCall {})
        .unwrap();
    assert_eq!(latest.roundId, U80::from(PHASE_1 + 2));
    assert_eq!(
        (latest.startedAt, latest.updatedAt, latest.answeredInRound),
        (now, U256::ZERO, answered)
    );
}

#[test]
fn new_phase_counts_from_one_and_keeps_the_old_rounds() {
    let mut world = World::builder().build().unwrap();
    feed(&mut world, PriceFeed::nextPhaseCall {});
    let id = world.push_price(wad("3050")).unwrap();
    assert_eq!(id, (2 << 64) + 1);
    assert_eq!(
        round(&mut world, PHASE_1 + 1).answer,
        world.feed_answer(wad("3000"))
    );
}

#[test]
fn dead_feed_reverts() {
    let mut world = World::builder().build().unwrap();
    feed(&mut world, PriceFeed::setDeadCall { dead: true });
    assert!(world
        .feed_price()
        .unwrap_err()
        .is::<PriceFeed::FeedIsDead>());
}

#[test]
fn sequencer_reports_what_was_set() {
    let mut world = World::builder().build().unwrap();
    let sequencer = world.sequencer_feed.unwrap();
    let status = world
        .view(sequencer, &SequencerFeed::latestRoundDataCall {})
        .unwrap();
    assert_eq!(status.answer, I256::ZERO);
    assert!(status.startedAt < U256::from(world.chain.now() - 86_400));

    let since = world.chain.now() - 60;
    world.set_sequencer(false, since).unwrap();
    let status = world
        .view(sequencer, &SequencerFeed::latestRoundDataCall {})
        .unwrap();
    assert_eq!(
        (status.answer, status.startedAt),
        (I256::ONE, U256::from(since))
    );

    let mut without = World::builder().without_sequencer_feed().build().unwrap();
    assert_eq!(without.sequencer_feed, None);
    without.set_sequencer(false, since).unwrap();
}
