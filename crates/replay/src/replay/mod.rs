//! Replays a market folder on the embedded chain: a pool, a keeper, an arbitrageur, and a seeded flow of people.

mod clock;
mod expiries;
pub mod keeper;
mod liquidator;
mod mirror;
pub mod observe;
mod people;
mod run;
mod setup;
mod sight;
mod stage;
#[cfg(test)]
mod tests;
pub mod units;
mod writers;

use alloy_primitives::Address;
use anyhow::Result;
use inkhorn_chain::ChainConfig;
use smirk_engine::state::Kind;
use smirk_world::{Actor, World};

use crate::market::Market;
use crate::report::Replay;
use crate::time::DAY;
use clock::ticks;
use run::Run;

/// What a replay runs on.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The chain; it starts when the market does, whatever this says.
    pub chain: ChainConfig,
    /// Whether every block and its state are kept.
    pub keep_history: bool,
}

/// Who trades in a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The only kind of option that takers trade, at the strikes that they would have traded.
    pub only: Option<Kind>,
    /// Whether people write options on margin accounts.
    pub writers: bool,
}

impl Flow {
    /// Takers and writers.
    pub const TWO_SIDED: Flow = Flow {
        only: None,
        writers: true,
    };
    /// Takers alone.
    pub const TAKERS: Flow = Flow {
        only: None,
        writers: false,
    };

    /// Takers alone, who trade one kind of option.
    pub fn only(kind: Kind) -> Flow {
        Flow {
            only: Some(kind),
            writers: false,
        }
    }
}

/// A replay that has ended.
pub struct Ended {
    /// What happened.
    pub record: Replay,
    /// The world as it stands.
    pub world: World,
    /// The pool in it.
    pub pool: Address,
    /// Who acted, beside the world's own.
    pub people: Vec<Actor>,
}

/// Replays `market` with people seeded by `seed`, telling `say` how it goes.
pub fn replay(market: &Market, seed: u64, flow: Flow, say: &mut dyn FnMut(&str)) -> Result<Replay> {
    Ok(replay_on(&Scene::default(), market, seed, flow, say)?.record)
}

/// The same on a chain of the caller's, which is there afterwards.
pub fn replay_on(
    scene: &Scene,
    market: &Market,
    seed: u64,
    flow: Flow,
    say: &mut dyn FnMut(&str),
) -> Result<Ended> {
    let mut run = Run::begin(scene, market, seed, say)?;
    for trader in &mut run.cast.traders {
        trader.only = flow.only;
    }
    if !flow.writers {
        run.cast.writers.clear();
    }
    let mut day = 0;
    for time in ticks(market) {
        run.tick(time)?;
        if time / DAY != day {
            day = time / DAY;
            say(&run.progress());
        }
    }
    run.finish()?;
    say(&run.progress());
    run.into_ended(seed)
}
