//! `smirk devnet --live`: the market goes on by itself. A price walks at random and the feed says so every minute, arbitrageurs bring
//! the hedge venue after it, and the keeper settles what has expired, lists what comes next, posts anchors and pokes the hedge.
//!
//! What is due follows from the chain's time alone, so that a clock that is moved on by a day finds the market a moment later as it
//! would be then. Everything is done on a copy of the chain first ([`Node::rehearsal`]); what works there is sent, and what does not is said once.

mod chance;
mod keeper;
mod surroundings;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use inkhorn::AddressBook;
use inkhorn_node::Node;
use smirk_replay::{
    rng::Rng,
    units::{to_wad, wad},
};
use smirk_world::{TypedCalls, World, FEE};
use tokio::time::{interval, MissedTickBehavior};

use chance::Walk;
use surroundings::Surroundings;

/// How often the chain's time is looked at, real time.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Seconds between two rounds of the feed.
const ROUND_EVERY: u64 = 60;
/// Longest time that the market moves for at once, seconds: whoever skips a year finds the price a day on.
const LONGEST_MOVE: u64 = 86_400;

/// Those who keep a market going.
pub struct Live {
    surroundings: Surroundings,
    rng: Rng,
    walk: Walk,
    /// How far vols had walked when an expiry was posted, by expiry.
    posted: BTreeMap<u64, f64>,
    /// What each of them said last when it did not work.
    complaints: BTreeMap<&'static str, String>,
}

impl Live {
    /// For the pool of an address book. The seed fixes how the market moves, as far as time does the same.
    ///
    /// # Errors
    /// The book has no pool with all that stands around it.
    pub fn new(book: &AddressBook, seed: u64) -> Result<Live> {
        Ok(Live {
            surroundings: Surroundings::of(book)
                .context("--live needs a pool on the chain: --with-pool or --market")?,
            rng: Rng::new(seed),
            walk: Walk::default(),
            posted: BTreeMap::new(),
            complaints: BTreeMap::new(),
        })
    }

    /// Goes on without end.
    pub async fn run(mut self, node: Arc<Node>) -> Result<()> {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let node = Arc::clone(&node);
            self = tokio::task::spawn_blocking(move || {
                self.look(&node);
                self
            })
            .await?;
        }
    }

    /// Does what is due, if anything is.
    fn look(&mut self, node: &Node) {
        let outcome = self.act(node);
        self.note("market", outcome);
    }

    fn act(&mut self, node: &Node) -> Result<()> {
        let mut world = self.surroundings.world(node.rehearsal()?);
        // Blocks come at a pace of their own, and what was sent last is not in one yet.
        let actors = &world.actors;
        for actor in [&actors.oracle, &actors.arbitrageur, &actors.keeper] {
            if node.pending_nonce(actor.address)? != world.chain.nonce(actor.address) {
                return Ok(());
            }
        }
        let latest = surroundings::latest_round(&mut world)?;
        let passed = world.chain.now().saturating_sub(latest.updated_at);
        if passed < ROUND_EVERY {
            return Ok(());
        }
        let moved = self.walk.go(&mut self.rng, passed.min(LONGEST_MOVE));
        let price = wad(world.feed_price()?) * moved.exp();
        world.push_price(to_wad(price, 8))?;
        let outcome = self.arbitrage(&mut world);
        self.note("arbitrageur", outcome);
        for (duty, done) in self.keep(&mut world) {
            self.note(duty, done);
        }
        node.perform(world.chain)?;
        Ok(())
    }

    /// Arbitrageurs leave the venue within its fee of the feed: nearer, they would lose by trading.
    fn arbitrage(&mut self, world: &mut World) -> Result<()> {
        let fee = f64::from(FEE) / 1e6;
        let basis = self.rng.between(-fee, fee);
        let price = wad(world.feed_price()?) * (1.0 + basis);
        world.arbitrage_to(to_wad(price, 8))?;
        Ok(())
    }

    /// Says what does not work, when it begins not to.
    fn note(&mut self, who: &'static str, outcome: Result<()>) {
        let text = outcome.err().map(|error| format!("{error:#}"));
        if let Some(text) = text
            .as_ref()
            .filter(|text| self.complaints.get(who) != Some(text))
        {
            eprintln!("Live, {who}: {text}");
        }
        match text {
            Some(text) => self.complaints.insert(who, text),
            None => self.complaints.remove(who),
        };
    }
}

/// Sends a call of the pool's in a rehearsal. One that is refused is no transaction.
fn send<C: alloy_sol_types::SolCall>(
    world: &mut World,
    pool: alloy_primitives::Address,
    call: &C,
) -> Result<()> {
    let keeper = world.actors.keeper.address;
    world.view_from(keeper, pool, call)?;
    world.send(keeper, pool, call)?;
    Ok(())
}
