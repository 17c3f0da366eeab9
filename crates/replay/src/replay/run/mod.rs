//! A replay under way, tick by tick.

mod ending;
mod hedge;
mod market;
mod settlement;
mod visits;

use alloy_primitives::U256;
use anyhow::Result;
use smirk_world::abi::IPool;

use super::expiries::Round;
use super::keeper::Limits;
use super::setup::{self, Cast};
use super::stage::Stage;
use super::units::wad;
use super::{observe, Scene};
use crate::market::Market;
use crate::report::Replay;
use crate::rng::Rng;

/// What tells the writers' stream of chance from the others'.
const WRITERS: u64 = 0x5752_4954_4552_5321;
/// Seconds between two records of the pool's state.
const HOUR: u64 = 3_600;

/// A replay under way.
pub struct Run<'a> {
    market: &'a Market,
    stage: Stage,
    pub(super) cast: Cast,
    rng: Rng,
    venue_rng: Rng,
    writer_rng: Rng,
    limits: Limits,
    strike_tick: f64,
    cutoff: u64,
    rounds: Vec<Round>,
    awaiting: Vec<u64>,
    /// Whether an account was below maintenance when the liquidator last looked, and could not be restored.
    is_below: bool,
    claims: Vec<(u64, u64)>,
    record: Replay,
}

impl<'a> Run<'a> {
    /// With everything deployed and everybody endowed, before the first tick.
    pub fn begin(
        scene: &Scene,
        market: &'a Market,
        seed: u64,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let (mut stage, cast, setup) = setup::deploy(market, scene, say)?;
        let parameters = stage.view(&IPool::parametersCall {})?;
        let record = Replay {
            base: market.currency.clone(),
            quote: "USDC".to_owned(),
            seed,
            setup,
            index: market
                .index
                .iter()
                .map(|seen| (seen.time, seen.price))
                .collect(),
            steps: Vec::new(),
            fills: Vec::new(),
            hedges: Vec::new(),
            frames: Vec::new(),
            settlements: Vec::new(),
            transactions: Vec::new(),
            accounts: Vec::new(),
            liquidations: Vec::new(),
            judged: 0,
            outside: Vec::new(),
            expiries: Vec::new(),
            takers_alone: Vec::new(),
        };
        stage.minimum_hedge = parameters.minimumHedge.max(U256::from(1));
        Ok(Self {
            market,
            stage,
            cast,
            rng: Rng::new(seed),
            // Of its own, so that what happens at the venue changes no visit.
            venue_rng: Rng::new(!seed),
            // So that takers come as they would without writers.
            writer_rng: Rng::new(seed ^ WRITERS),
            limits: Limits {
                interval: parameters.anchorInterval.to(),
                jump: wad(parameters.anchorJump),
                moneyness: [parameters.moneynessLow, parameters.moneynessHigh].map(wad),
            },
            strike_tick: wad(parameters.strikeTick),
            cutoff: parameters.cutoff.to(),
            rounds: Vec::new(),
            awaiting: Vec::new(),
            is_below: false,
            claims: Vec::new(),
            record,
        })
    }

    /// What happens at a time of the market's.
    pub fn tick(&mut self, time: u64) -> Result<()> {
        self.watch_hedge(time)?;
        self.move_market(time)?;
        self.settle_due(time)?;
        self.post_anchors(time)?;
        self.seen_by_market(time)?;
        if self.record.steps.is_empty() {
            self.open_pool()?;
        }
        self.poke_when_due()?;
        self.liquidate()?;
        self.poke_when_due()?;
        self.people(time)?;
        self.poke_when_due()?;
        if time.is_multiple_of(HOUR) || self.record.steps.is_empty() {
            let step = observe::step(&mut self.stage, &mut self.cast)?;
            self.record.steps.push(step);
        }
        Ok(())
    }
}
