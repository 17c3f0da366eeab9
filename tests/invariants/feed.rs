//! The price feed as the walk writes it, and the rule by which its rounds settle an expiry.

use std::collections::BTreeMap;

use alloy_primitives::{aliases::U80, I256, U256};
use smirk_world::{abi::PriceFeed, World};

use crate::state::Walk;

/// Greatest age of an answer that is traded at, seconds.
const MAX_AGE: u64 = 5_400;
/// How long the sequencer has to be up, seconds.
const GRACE: u64 = 3_600;
/// How long an earlier round replaces a proposed one, seconds.
const CHALLENGE: u64 = 3_600;
/// How long a feed is waited for, seconds.
const PATIENCE: u64 = 3 * 86_400;

/// One answer; `updated_at` is zero for a round that was opened and not answered.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub price: U256,
    pub updated_at: u64,
}

/// A price that no single round proves.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    pub price: U256,
    pub updated_at: u64,
    pub first_at: u64,
}

/// What settling an expiry by a round comes to.
#[derive(Debug)]
pub enum Ruling {
    /// It settles at this price.
    Settles(U256),
    /// The round becomes the proposal.
    Proposes(Proposal),
    /// The name of the error.
    Refuses(&'static str),
}

/// Every round of every phase by id: the phase is in the bits above 64.
#[derive(Clone)]
pub struct Feed {
    pub rounds: BTreeMap<u128, Round>,
    pub latest: u128,
    pub dead: bool,
    pub sequencer_up: bool,
    pub sequencer_since: u64,
}

impl Feed {
    pub fn of(world: &mut World) -> Feed {
        let round = world
            .view(world.feed, &PriceFeed::latestRoundDataCall {})
            .unwrap();
        let id = round.roundId.to();
        let first = Round {
            price: price_of(world, round.answer),
            updated_at: round.updatedAt.to(),
        };
        Feed {
            rounds: BTreeMap::from([(id, first)]),
            latest: id,
            dead: false,
            sequencer_up: true,
            sequencer_since: 0,
        }
    }

    /// The first answer of a phase that was given at `time` or later, by its id.
    pub fn first_at(&self, phase: u128, time: u64) -> Option<u128> {
        let (low, high) = (phase << 64, (phase + 1) << 64);
        // Times do not fall within a phase, and walks look at the last days only.
        let later = self.rounds.range(low..high).rev();
        let mut found = None;
        for (id, round) in later {
            if round.updated_at == 0 {
                continue;
            }
            if round.updated_at < time {
                break;
            }
            found = Some(*id);
        }
        found
    }

    /// A round as the pool can read it: not of a dead feed, nor one that was never written.
    fn read(&self, id: u128) -> Option<Round> {
        self.rounds.get(&id).copied().filter(|_| !self.dead)
    }

    /// The answered round before one in its phase; up to sixteen without an answer are passed over, none that was never written.
    fn before(&self, id: u128) -> Option<Round> {
        for before in (1..=16).map(|step| id - step) {
            if before as u64 == 0 {
                break;
            }
            let round = self.read(before)?;
            if round.updated_at != 0 {
                return Some(round);
            }
        }
        None
    }

    /// Why nothing is priced by the feed's last answer, whatever its age.
    pub fn unreadable(&self) -> Option<&'static str> {
        match self.read(self.latest) {
            None => Some("CallFailed"),
            Some(Round { updated_at: 0, .. }) => Some("FeedRoundIncomplete"),
            Some(_) => None,
        }
    }

    /// Why nothing is traded at the feed's last answer.
    pub fn unfit(&self, now: u64) -> Option<&'static str> {
        if !self.sequencer_up {
            return Some("SequencerDown");
        }
        if now - self.sequencer_since <= GRACE {
            return Some("SequencerGracePeriod");
        }
        let stale = || {
            let age = now - self.rounds[&self.latest].updated_at;
            (age > MAX_AGE).then_some("FeedStale")
        };
        self.unreadable().or_else(stale)
    }

    /// The rule: the first round at or after expiry of the present phase, which its predecessor proves; where the phase is
    /// younger than the expiry, the earliest that anyone proposes within an hour; where the feed ended, its last round.
    pub fn rule(&self, expiry: u64, id: u128, now: u64, standing: Option<&Proposal>) -> Ruling {
        if let Some(standing) = standing {
            if now > standing.first_at + CHALLENGE {
                return Ruling::Settles(standing.price);
            }
        }
        let Some(latest) = self.read(self.latest) else {
            return Ruling::Refuses("CallFailed");
        };
        let overdue = now >= expiry + PATIENCE;
        if standing.is_none() && latest.updated_at < expiry && overdue {
            return match latest.updated_at {
                0 => Ruling::Refuses("FeedRoundIncomplete"),
                _ => Ruling::Settles(latest.price),
            };
        }
        let answered = |id: u128| self.read(id).filter(|round| round.updated_at != 0);
        let Some(round) = answered(id) else {
            return Ruling::Refuses("RoundMissing");
        };
        if round.updated_at < expiry {
            return Ruling::Refuses("RoundBeforeExpiry");
        }
        let same_phase = id >> 64 == self.latest >> 64;
        let previous = self.before(id);
        if same_phase && previous.is_some_and(|previous| previous.updated_at < expiry) {
            return Ruling::Settles(round.price);
        }
        let opened = match answered(self.latest >> 64 << 64 | 1) {
            Some(first) => first.updated_at >= expiry,
            None => overdue,
        };
        if !opened {
            return Ruling::Refuses(match (same_phase, previous) {
                (false, _) => "RoundOfOtherPhase",
                (true, Some(_)) => "RoundNotFirst",
                (true, None) => "RoundUnproven",
            });
        }
        if standing.is_some_and(|standing| standing.updated_at <= round.updated_at) {
            return Ruling::Refuses("RoundNotEarlier");
        }
        Ruling::Proposes(Proposal {
            price: round.price,
            updated_at: round.updated_at,
            first_at: standing.map_or(now, |standing| standing.first_at),
        })
    }
}

/// Quote per base, WAD, of an answer.
fn price_of(world: &World, answer: I256) -> U256 {
    answer.into_raw() * U256::from(10).pow(U256::from(18 - world.feed_decimals))
}

/// What happens to the feed.
impl Walk {
    /// A round of the present phase, updated at a time that may have passed.
    pub fn push_round(&mut self, price: U256, updated_at: u64) {
        let answer = self.market.world.feed_answer(price);
        let world = &mut self.market.world;
        let id = world.push_round(answer, updated_at, updated_at).unwrap();
        let round = Round {
            price: price_of(world, answer),
            updated_at,
        };
        self.feed.rounds.insert(id, round);
        self.feed.latest = id;
    }

    /// A new aggregator, whose rounds begin a while ago or now.
    pub fn next_phase(&mut self, overlap: u64) {
        let price = self.spot();
        self.tell_feed(PriceFeed::nextPhaseCall {});
        let now = self.now();
        for before in [overlap, overlap / 2, overlap / 5] {
            if before > 0 {
                let tenths = 9_950 + self.rng.below(101);
                let near = price * U256::from(tenths) / U256::from(10_000);
                self.push_round(near, now - before);
            }
        }
        self.push_round(price, now);
        self.done("phase");
    }

    /// A round that was opened and not answered.
    pub fn push_incomplete(&mut self) {
        let answer = self.market.world.feed_answer(self.spot());
        let call = PriceFeed::pushIncompleteCall {
            answer,
            startedAt: U256::from(self.now()),
            answeredInRound: U80::from(self.feed.latest),
        };
        let price = self.spot();
        self.tell_feed(call);
        self.feed.latest += 1;
        let round = Round {
            price,
            updated_at: 0,
        };
        self.feed.rounds.insert(self.feed.latest, round);
        self.done("incomplete");
    }

    /// Leaves round ids unwritten, then answers.
    pub fn skip_rounds(&mut self, count: u64) {
        let price = self.spot();
        self.tell_feed(PriceFeed::skipRoundsCall { count });
        self.push_round(price, self.now());
        self.done("skip");
    }

    pub fn set_dead(&mut self, dead: bool) {
        self.tell_feed(PriceFeed::setDeadCall { dead });
        self.feed.dead = dead;
        self.done(if dead { "feed dies" } else { "feed revives" });
    }

    pub fn set_sequencer(&mut self, up: bool) {
        let now = self.now();
        self.market.world.set_sequencer(up, now).unwrap();
        self.feed.sequencer_up = up;
        self.feed.sequencer_since = now;
        self.done(if up { "sequencer up" } else { "sequencer down" });
    }

    fn tell_feed<C: alloy_sol_types::SolCall>(&mut self, call: C) {
        let (oracle, feed) = (
            self.market.world.actors.oracle.address,
            self.market.world.feed,
        );
        self.market.world.send(oracle, feed, &call).unwrap();
    }
}
