//! Replays a market folder on the embedded chain: a pool, a keeper, an arbitrageur, and a seeded flow of people.

mod clock;
mod expiries;
pub mod keeper;
mod liquidator;
mod mirror;
pub mod observe;
mod people;
mod setup;
mod sight;
mod stage;
pub mod units;
mod writers;

use alloy_primitives::{Address, I256, U256};
use anyhow::{ensure, Result};
use smirk_devnet::ChainConfig;
use smirk_engine::state::{Kind, Slice};
use smirk_world::abi::IPool;
use smirk_world::{Actor, PoolParameters, World, FEE};

use crate::market::Market;
use crate::report::{number, Replay};
use crate::rng::Rng;
use crate::time::{format_day, format_utc, DAY};
use clock::ticks;
use expiries::Round;
use keeper::{Limits, Moment};
use setup::Cast;
use sight::Sight;
use stage::Stage;
use units::{to_wad, wad};

/// Visits of traders per hour, on average.
const VISITS: f64 = 4.0;
/// What tells the writers' stream of chance from the others'.
const WRITERS: u64 = 0x5752_4954_4552_5321;
/// Visits of writers per hour, on average.
const WRITER_VISITS: f64 = 1.6;
/// Providers' moves per day, on average.
const PROVIDER_MOVES: f64 = 1.5;
/// Seconds after its expiry at which an expiry is settled.
const SETTLE_AFTER: u64 = 900;
/// Seconds between two records of the pool's state.
const HOUR: u64 = 3_600;
/// Health of the pool's loan below which the contract puts up collateral.
const LEAST_HEALTH: f64 = 1.6;
/// Seconds between two pokes while the hedge is due.
const MINUTE: u64 = 60;

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

/// A replay under way.
struct Run<'a> {
    market: &'a Market,
    stage: Stage,
    cast: Cast,
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
    fn begin(
        scene: &Scene,
        market: &'a Market,
        seed: u64,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let (mut stage, cast, setup) = setup::deploy(market, scene, say)?;
        let parameters = PoolParameters(stage.view(&IPool::parametersCall {})?);
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
        stage.minimum_hedge = parameters.get("minimumHedge").max(U256::from(1));
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
                interval: parameters.get("anchorInterval").to(),
                jump: wad(parameters.get("anchorJump")),
                moneyness: ["moneynessLow", "moneynessHigh"].map(|name| wad(parameters.get(name))),
            },
            strike_tick: wad(parameters.get("strikeTick")),
            cutoff: parameters.get("cutoff").to(),
            rounds: Vec::new(),
            awaiting: Vec::new(),
            is_below: false,
            claims: Vec::new(),
            record,
        })
    }

    fn tick(&mut self, time: u64) -> Result<()> {
        self.watch_hedge(time)?;
        self.stage.world.chain.set_time(time);
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

    /// The feed gets the index, and arbitrageurs take the venue near it.
    fn move_market(&mut self, time: u64) -> Result<()> {
        let id = self
            .stage
            .world
            .push_price(to_wad(self.market.spot(time), 8))?;
        self.rounds.push(Round {
            id,
            updated_at: time,
        });
        self.trade_venue()
    }

    /// Arbitrageurs leave the venue somewhere within its fee of the feed: nearer, they would lose by trading.
    fn trade_venue(&mut self) -> Result<()> {
        let fee = f64::from(FEE) / 1e6;
        let basis = self.venue_rng.between(-fee, fee);
        let price = wad(self.stage.world.feed_price()?) * (1.0 + basis);
        self.stage.world.arbitrage_to(to_wad(price, 8))?;
        Ok(())
    }

    fn post_anchors(&mut self, time: u64) -> Result<()> {
        for expiry in self.due_for_listing(time)? {
            expiries::list(&mut self.stage, &self.cast.keeper, expiry)?;
        }
        let listed = observe::slices(&mut self.stage)?;
        let targets: Vec<Slice> = listed
            .iter()
            .filter_map(|slice| keeper::target(&self.market.surfaces, slice.expiry, time))
            .collect();
        let moment = Moment {
            now: time,
            spot: self.stage.world.feed_price()?.to(),
            limits: self.limits,
        };
        for post in keeper::plan(&listed, &targets, moment) {
            let word = |value: u64| U256::from(value);
            let call = IPool::postAnchorCall {
                expiry: word(post.expiry),
                atmVol: word(post.atm_vol),
                leftWing: word(post.left_wing),
                rightWing: word(post.right_wing),
                carry: I256::try_from(post.carry)?,
            };
            let summary = format!(
                "{} at {:.2} %, carry {} %",
                format_day(post.expiry),
                post.atm_vol as f64 / 1e16,
                number(post.carry as f64 / 1e16, 2)
            );
            self.stage
                .must("postAnchor", &self.cast.keeper, summary, &call)?;
        }
        Ok(())
    }

    /// Expiries that the folder samples the market's vols of (or else all), once the market lists them.
    fn due_for_listing(&mut self, time: u64) -> Result<Vec<u64>> {
        let listed = observe::slices(&mut self.stage)?;
        let sampled = |expiry: u64| {
            self.market
                .vols
                .iter()
                .any(|sample| sample.expiry == expiry)
        };
        let seen = self
            .market
            .surfaces
            .iter()
            .filter(|surface| surface.time <= time);
        let mut due: Vec<u64> = seen
            .flat_map(|surface| surface.slices.iter().map(|slice| slice.expiry))
            .filter(|&expiry| expiry > time + self.cutoff + DAY / 2)
            .filter(|&expiry| self.market.vols.is_empty() || sampled(expiry))
            .filter(|&expiry| !listed.iter().any(|slice| slice.expiry == expiry))
            .collect();
        due.sort_unstable();
        due.dedup();
        due.truncate(smirk_engine::state::MAX_EXPIRIES - listed.len());
        for &expiry in &due {
            self.awaiting.push(expiry);
        }
        Ok(due)
    }

    /// At each market snapshot, the surface beside the market's vols.
    fn seen_by_market(&mut self, time: u64) -> Result<()> {
        if self
            .market
            .surfaces
            .iter()
            .any(|surface| surface.time == time)
        {
            let samples: Vec<_> = self
                .market
                .vols
                .iter()
                .filter(|sample| sample.time == time)
                .collect();
            let frame = observe::frame(&mut self.stage, &samples)?;
            self.record.frames.push(frame);
        }
        Ok(())
    }

    /// The first provider opens the pool.
    fn open_pool(&mut self) -> Result<()> {
        people::deposit(
            &mut self.stage,
            &self.cast.providers[0],
            setup::FIRST_DEPOSIT,
        )?;
        let refused = self
            .stage
            .transactions
            .last()
            .and_then(|sent| sent.error.clone());
        ensure!(
            refused.is_none(),
            "the first deposit was refused: {}",
            refused.unwrap_or_default()
        );
        Ok(())
    }

    fn people(&mut self, time: u64) -> Result<()> {
        let hours = self.quiet_hours(time);
        let mut visits = self.rng.exponential(1.0);
        while visits < VISITS * hours {
            let who = (self.rng.unit() * self.cast.traders.len() as f64) as usize;
            self.visit(who)?;
            visits += self.rng.exponential(1.0);
        }
        let mut visits = self.writer_rng.exponential(1.0);
        while !self.cast.writers.is_empty() && visits < WRITER_VISITS * hours {
            self.visit_of_writer()?;
            visits += self.writer_rng.exponential(1.0);
        }
        if time.is_multiple_of(HOUR) {
            for writer in &mut self.cast.writers {
                writer.look_after(&mut self.stage)?;
            }
        }
        if self.rng.chance(PROVIDER_MOVES * hours / 24.0) {
            self.provide()?;
        }
        while let Some(place) = self.claims.iter().position(|&(due, _)| due <= time) {
            let (_, expiry) = self.claims.remove(place);
            self.claim(expiry)?;
        }
        Ok(())
    }

    /// Hours since the last tick.
    fn quiet_hours(&self, time: u64) -> f64 {
        let before = self
            .rounds
            .len()
            .checked_sub(2)
            .map_or(time, |i| self.rounds[i].updated_at);
        (time - before) as f64 / 3_600.0
    }

    fn visit(&mut self, who: usize) -> Result<()> {
        let slices = observe::slices(&mut self.stage)?;
        let sight = self.sight(&slices)?;
        self.cast.traders[who].act(&mut self.stage, &mut self.rng, &sight)
    }

    fn visit_of_writer(&mut self) -> Result<()> {
        let who = (self.writer_rng.unit() * self.cast.writers.len() as f64) as usize;
        let slices = observe::slices(&mut self.stage)?;
        let sight = self.sight(&slices)?;
        self.cast.writers[who].act(&mut self.stage, &mut self.writer_rng, &sight)
    }

    fn sight<'s>(&mut self, slices: &'s [Slice]) -> Result<Sight<'s>> {
        Ok(Sight {
            spot: wad(self.stage.world.feed_price()?),
            now: self.stage.world.chain.now(),
            slices,
            strike_tick: self.strike_tick,
            cutoff: self.cutoff,
        })
    }

    /// The liquidator looks at every account. Whether one is still below maintenance.
    fn liquidate(&mut self) -> Result<bool> {
        let mut is_below = false;
        for writer in self.cast.writers.iter_mut().filter(|writer| writer.is_open) {
            is_below |= liquidator::look_at(&mut self.stage, &self.cast.liquidator, writer)?;
        }
        self.is_below = is_below;
        Ok(is_below)
    }

    fn provide(&mut self) -> Result<()> {
        let provider = self.rng.pick(&self.cast.providers).clone();
        if self.rng.chance(0.6) {
            let amount = (self.rng.between(20.0, 150.0)).round() * 1_000.0;
            people::deposit(&mut self.stage, &provider, amount)
        } else {
            let part = self.rng.between(0.05, 0.4);
            people::redeem(&mut self.stage, &provider, part)
        }
    }

    /// Between two ticks: every minute for as long as a hedge is due or an account below maintenance, arbitrageurs bring the venue
    /// back near the feed, the liquidator tries and the keeper pokes again. What a poke may fill beyond the venue's fee grows with the minutes.
    fn watch_hedge(&mut self, until: u64) -> Result<()> {
        while !self.rounds.is_empty() && (self.is_below || self.hedge_due()?) {
            let next = self.stage.world.chain.now() + MINUTE;
            if next >= until {
                break;
            }
            self.stage.world.chain.set_time(next);
            self.trade_venue()?;
            if self.is_below {
                self.liquidate()?;
            }
            self.poke_when_due()?;
        }
        Ok(())
    }

    /// Whether the contract would swap, what is due being worth a swap, or its loan is in need of collateral.
    fn hedge_due(&mut self) -> Result<bool> {
        let risk = self.stage.view(&IPool::riskCall {})?;
        let due = risk.hedgeDue.unsigned_abs() >= self.stage.minimum_hedge;
        Ok(due || risk.health < to_wad(LEAST_HEALTH, 2))
    }

    /// The keeper, as anyone might, brings the hedge back when the contract says that it is due.
    fn poke_when_due(&mut self) -> Result<()> {
        if self.hedge_due()? {
            let keeper = self.cast.keeper.clone();
            let summary = "due by the contract's own view".to_owned();
            self.stage
                .send("rebalance", &keeper, summary, &IPool::rebalanceCall {})?;
        }
        Ok(())
    }

    fn settle_due(&mut self, time: u64) -> Result<()> {
        while let Some(place) = self
            .awaiting
            .iter()
            .position(|&expiry| expiry + SETTLE_AFTER <= time)
        {
            let expiry = self.awaiting.remove(place);
            let settler = self.cast.settler.clone();
            let settled = expiries::settle(
                &mut self.stage,
                &settler,
                expiry,
                &self.rounds,
                &self.cast.traders,
            )?;
            self.record.settlements.push(settled);
            for writer in self.cast.writers.iter().filter(|writer| writer.is_open) {
                liquidator::touch(&mut self.stage, &self.cast.liquidator, writer)?;
            }
            // Holders come for their money over the next day.
            for _ in 0..self.cast.traders.len() {
                let wait = self.rng.between(0.0, 1.0) * DAY as f64;
                self.claims.push((time + wait as u64, expiry));
            }
        }
        Ok(())
    }

    /// The next trader that still holds something of a settled expiry claims it.
    fn claim(&mut self, expiry: u64) -> Result<()> {
        let holder = self
            .cast
            .traders
            .iter_mut()
            .find(|trader| trader.held(expiry).next().is_some());
        if let Some(trader) = holder {
            let paid = trader.claim(&mut self.stage, expiry)?;
            let settled = self
                .record
                .settlements
                .iter_mut()
                .find(|settled| settled.expiry == expiry);
            if let Some(settled) = settled {
                settled.claimed += paid;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let step = observe::step(&mut self.stage, &mut self.cast)?;
        if self
            .record
            .steps
            .last()
            .is_some_and(|last| last.time < step.time)
        {
            self.record.steps.push(step);
        }
        Ok(())
    }

    fn progress(&self) -> String {
        let sent = &self.stage.transactions;
        let count = |kind: &str| {
            sent.iter()
                .filter(|tx| tx.kind == kind && tx.error.is_none())
                .count()
        };
        let last = self.record.steps.last();
        format!(
            "{}  spot {:>8}  trades {:>4}  refused {:>3}  hedges {:>3}  anchors {:>5}  pool value {:>12}",
            &format_utc(self.stage.world.chain.now())[..16],
            number(last.map_or(0.0, |step| step.spot), 2),
            count("buy") + count("sell") + count("tradeOnAccount"),
            sent.iter().filter(|tx| tx.error.is_some()).count(),
            self.stage.hedges.len(),
            count("postAnchor"),
            number(last.map_or(0.0, |step| step.nav), 2)
        )
    }

    fn into_ended(mut self, seed: u64) -> Result<Ended> {
        for writer in &mut self.cast.writers {
            let summary = writer.summed_up(&mut self.stage)?;
            self.record.accounts.push(summary);
        }
        self.record.expiries = observe::expiries(&mut self.stage, &self.record.settlements)?;
        self.record.seed = seed;
        self.record.liquidations = self.stage.liquidations;
        self.record.judged = self.stage.judged;
        self.record.outside = self.stage.outside;
        self.record.fills = self.stage.fills;
        self.record.hedges = self.stage.hedges;
        self.record.transactions = self.stage.transactions;
        Ok(Ended {
            record: self.record,
            world: self.stage.world,
            pool: self.stage.pool,
            people: self.cast.people().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{attribution, hedge_error, page, Fill};
    use std::path::Path;

    fn week() -> Market {
        Market::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week")).unwrap()
    }

    /// The first day and a half of the shipped week with every expiry listed, so that one settles.
    fn opening() -> Market {
        let mut market = week();
        market.index.truncate(7);
        market.surfaces.truncate(7);
        market.vols.clear();
        market
    }

    #[test]
    fn a_seed_fixes_everything_and_another_changes_it() {
        let run = |seed| {
            serde_json::to_string(&replay(&opening(), seed, Flow::TWO_SIDED, &mut |_| ()).unwrap())
                .unwrap()
        };
        let first = run(3);
        assert_eq!(first, run(3));
        assert_ne!(first, run(4));
    }

    #[test]
    fn what_the_chain_says_adds_up() {
        let record = replay(&opening(), 1, Flow::TWO_SIDED, &mut |_| ()).unwrap();
        assert_eq!(record.frames.len(), 7);
        assert!(record.steps.len() > 30);
        assert!(record
            .transactions
            .iter()
            .any(|sent| sent.kind == "buy" && sent.error.is_none()));

        // The engine beside the chain finds the same interest to the atom, and no order pays less.
        let bought = || record.fills.iter().filter(|fill| fill.kind == "buy");
        let differs = |fill: &Fill| fill.capacity - fill.interest;
        assert!(bought().all(|fill| differs(fill) > -2e-6));
        let exact = bought().filter(|fill| fill.interest > 1e-4 && differs(fill) < 2e-6);
        assert!(exact.count() > 10);

        let settled = &record.settlements[0];
        assert_eq!(format_utc(settled.expiry), "2026-02-02T08:00:00Z");
        let owed: f64 = settled
            .series
            .iter()
            .map(|series| series.size * series.payoff)
            .sum();
        assert!(
            (settled.reserved - owed).abs() < 0.01,
            "{} set aside for {owed}",
            settled.reserved
        );
        assert!(settled.claimed <= settled.reserved);
        let later = record
            .transactions
            .iter()
            .find(|sent| sent.kind == "settle")
            .unwrap();
        assert!(
            later
                .error
                .as_deref()
                .is_some_and(|error| error.starts_with("RoundNotFirst")),
            "{later:?}"
        );

        let parts = attribution(&record);
        assert!(parts.residue().abs() < 5.0, "{parts:?}");
        assert!(page(&record).contains("</html>"));
    }

    #[test]
    fn puts_are_hedged_as_well_as_calls() {
        let week = week();
        // Books of the same people at the same strikes.
        let error = |seed, kind| {
            let record = replay(&week, seed, Flow::only(kind), &mut |_| ()).unwrap();
            let lent = record.hedges.iter().filter(|hedge| hedge.lent).count();
            assert_eq!(lent > 0, kind == Kind::Put);
            let steps = record.steps.iter();
            let outside = steps.filter(|step| step.exposure.abs() > step.band).count();
            assert!(
                outside * 20 < record.steps.len(),
                "{outside} hours outside the band"
            );
            hedge_error(&record)
        };
        let mut squares = [0.0, 0.0];
        for seed in [1, 2, 3] {
            let (calls, puts) = (error(seed, Kind::Call), error(seed, Kind::Put));
            assert!(
                puts.part() < 1.2 * calls.part(),
                "seed {seed}: {puts:?} of puts, {calls:?} of calls"
            );
            squares[0] += calls.left.powi(2);
            squares[1] += puts.left.powi(2);
        }
        // In money a single week also says where in the band its flow kept the exposure while the price fell.
        let [calls, puts] = squares.map(f64::sqrt);
        assert!(
            puts < 1.2 * calls,
            "{puts} is left with puts, {calls} with calls"
        );
    }

    #[test]
    fn writers_and_a_liquidator_leave_no_bad_debt_in_the_fall() {
        let record = replay(&week(), 1, Flow::TWO_SIDED, &mut |_| ()).unwrap();
        let last = record.steps.last().unwrap();
        assert_eq!((last.bad_debt, last.accounts.claim), (0.0, 0.0));
        // That says something only of a week in which much was written, of every habit, and accounts ran low.
        assert!(record.liquidations.len() > 3);
        assert!(record.accounts.iter().all(|account| account.orders > 5));
        assert!(record.accounts.iter().any(|account| account.topped_up > 0));
        assert!(record
            .steps
            .iter()
            .any(|step| step.written() > 0.2 * step.nav));
        for found in &record.liquidations {
            // What closing costs and the penalty explain what the account lost, to the atom.
            let lost = found.value_before - found.value_after;
            let explained = found.total - found.mark + found.reward + found.insurance;
            assert!((lost - explained).abs() < 0.01, "{found:?}");
            assert!(found.value_before < found.requirement_before, "{found:?}");
            assert!(found.value_after >= found.requirement_after, "{found:?}");
        }
        // The replay itself ends when an exposure is outside its band and nothing says why.
        assert!(record.judged > 800);
        assert!(record.outside.len() * 50 < record.judged);
        let parts = attribution(&record);
        assert!(parts.residue().abs() < 5.0, "{parts:?}");
    }
}
