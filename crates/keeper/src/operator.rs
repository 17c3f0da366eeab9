//! The operating role: posts what a quorum signed, settles what expired, closes accounts that are below their requirement, brings the
//! hedge back, lists expiries, looks after the program.
//!
//! Each duty reads the chain, decides, says why, and sends one transaction at a time.

use std::{sync::Arc, time::Duration};

use alloy_primitives::U256;
use anyhow::{anyhow, Result};
use smirk_engine::state::Slice;
use smirk_fit::fit::check_surface;
use tokio::{
    sync::{watch, Mutex},
    task::JoinSet,
};

use crate::{
    accounts::Accounts,
    chain::{Answer, IPool, PoolState},
    config::OperatorConfig,
    fetch,
    log::log,
    report::Report,
    sender::Sender,
    signer::Signer,
    Keeper,
};

/// What an operator does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    Settle,
    Post,
    Liquidate,
    Rebalance,
    Touch,
    List,
    Watch,
}
const DUTIES: [Duty; 7] = [
    Duty::Settle,
    Duty::Post,
    Duty::Liquidate,
    Duty::Rebalance,
    Duty::Touch,
    Duty::List,
    Duty::Watch,
];

/// A report older than this at the chain is no longer carried, seconds: the pool takes 300.
const GREATEST_AGE: u64 = 270;
/// Spot may move this far, as a logarithm, before an unchanged surface is posted again: the pool's spread widens past 0.5 %.
const SPOT_MOVE: f64 = 0.003;
/// The same of a forward against spot.
const BASIS_MOVE: f64 = 2e-5;
const YEAR: f64 = 31_536_000.0;

/// An operator with its account.
pub struct Operator {
    /// Signs and sends.
    pub sender: Sender,
    /// Margin accounts as far as they are known.
    pub accounts: Mutex<Accounts>,
    client: reqwest::Client,
    own: Option<Arc<Signer>>,
}

impl Operator {
    /// An operator that also carries the reports of a signer in the same process.
    pub fn new(config: &OperatorConfig, own: Option<Arc<Signer>>) -> Result<Operator> {
        Ok(Operator {
            sender: Sender::new(config)?,
            accounts: Mutex::default(),
            client: reqwest::Client::builder()
                .timeout(Duration::from_secs(5))
                .build()?,
            own,
        })
    }

    /// Attends to a duty, with the pool as it was last read unless a transaction has changed it since.
    async fn attend(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        duty: Duty,
        known: &mut Option<PoolState>,
    ) -> Result<()> {
        let mut reports = Vec::new();
        if duty == Duty::Post {
            // Before the chain, so that it is never behind what was signed by it.
            reports = self.collect(config).await;
            *known = None;
        }
        let pool = match known.take() {
            Some(pool) => pool,
            None => keeper.chain.state().await?,
        };
        let sent = self.sender.count();
        let done = match duty {
            Duty::Settle => self.settle(keeper, &pool).await,
            Duty::Post => self.post(keeper, config, &pool, reports).await,
            Duty::Rebalance if config.rebalance => self.rebalance(keeper).await,
            Duty::Liquidate if config.liquidate => self.liquidate(keeper, config, &pool).await,
            Duty::Touch if config.touch => self.touch(keeper, config).await,
            Duty::Rebalance | Duty::Liquidate | Duty::Touch => Ok(()),
            Duty::List => self.list(keeper, &config.listing, &pool).await,
            Duty::Watch => self.watch(keeper, config, &pool).await,
        };
        if self.sender.count() == sent {
            *known = Some(pool);
        }
        done
    }

    /// Attends to every duty once, unless told to stop between two.
    async fn look(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        stopped: &watch::Receiver<bool>,
    ) {
        let (mut known, mut begun) = (None, None);
        for duty in DUTIES {
            if *stopped.borrow() {
                return;
            }
            if let Err(error) = self.attend(keeper, config, duty, &mut known).await {
                keeper
                    .metrics
                    .count(&format!("failures_total{{duty=\"{duty:?}\"}}"));
                log!(
                    "operate",
                    "fails",
                    on = format!("{duty:?}"),
                    reason = format!("{error:#}")
                );
            }
            begun = begun.or(known.as_ref().map(|pool| pool.now));
        }
        if let Some(begun) = begun {
            keeper
                .metrics
                .set("operator_looked_at_seconds", begun as f64);
        }
        keeper.metrics.count("looks_total");
    }

    /// Settles every expiry that has passed, by the round that proves its price.
    async fn settle(&self, keeper: &Keeper, pool: &PoolState) -> Result<()> {
        for slice in pool.surface.iter().filter(|slice| slice.expiry <= pool.now) {
            let expiry = slice.expiry;
            let Some(round) = keeper.chain.settling_round(expiry).await? else {
                log!(
                    "settle",
                    "waits",
                    expiry = expiry,
                    reason = "the feed has no round at or after it"
                );
                continue;
            };
            let call = IPool::settleCall {
                expiry: U256::from(expiry),
                roundId: round,
            };
            if let Answer::Refused(why) =
                keeper.chain.simulate(self.sender.address(), &call).await?
            {
                log!("settle", "waits", expiry = expiry, reason = why);
                continue;
            }
            log!("settle", "is due", expiry = expiry, round = round);
            if !keeper.is_dry {
                self.sender
                    .send(&keeper.chain, &keeper.metrics, "settle", &call)
                    .await?;
            }
        }
        Ok(())
    }

    /// Posts the reports that there are, if they say something worth a transaction.
    async fn post(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        pool: &PoolState,
        reports: Vec<Report>,
    ) -> Result<()> {
        keeper
            .metrics
            .set("posted_report_time_seconds", pool.newest as f64);
        if pool.threshold == 0 || pool.is_paused {
            let reason = if pool.is_paused {
                "the pool is paused"
            } else {
                "the pool has no signers"
            };
            log!("post", "holds", reason = reason);
            return Ok(());
        }
        let reports = agreeing(usable(reports, keeper, pool), pool.now);
        keeper.metrics.set("reports_usable", reports.len() as f64);
        if reports.len() < pool.threshold {
            log!(
                "post",
                "waits",
                reason = "too few reports",
                reports = reports.len(),
                threshold = pool.threshold
            );
            return Ok(());
        }
        let Some(reason) = due(pool, &reports, config) else {
            log!("post", "waits", reason = "nothing has changed");
            return Ok(());
        };
        let Some(call) = self.accepted(keeper, pool, reports).await? else {
            return Ok(());
        };
        log!(
            "post",
            "is due",
            reason = reason,
            reports = call.reports.len()
        );
        if !keeper.is_dry {
            self.sender
                .send(&keeper.chain, &keeper.metrics, "post", &call)
                .await?;
        }
        Ok(())
    }

    /// The call with as many reports as the pool takes: those that it rejects are left out.
    async fn accepted(
        &self,
        keeper: &Keeper,
        pool: &PoolState,
        mut reports: Vec<Report>,
    ) -> Result<Option<IPool::postSurfaceCall>> {
        while reports.len() >= pool.threshold.max(1) {
            let reports_ = reports
                .iter()
                .map(Report::argument)
                .collect::<Result<_>>()?;
            let call = IPool::postSurfaceCall { reports: reports_ };
            let why = match keeper.chain.simulate(self.sender.address(), &call).await? {
                Answer::Value(_) => return Ok(Some(call)),
                Answer::Refused(why) => why,
            };
            keeper.metrics.count("posts_refused_total");
            // ReportRejected names the report; what concerns the whole is for the next look.
            let named = why
                .split_once("ReportRejected { report: ")
                .and_then(|(_, rest)| rest.split(',').next()?.parse::<usize>().ok());
            log!(
                "post",
                "is refused in simulation",
                reason = why,
                reports = reports.len()
            );
            match named.filter(|index| *index < reports.len()) {
                Some(index) => drop(reports.remove(index)),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What the signers have to say now.
    async fn collect(&self, config: &OperatorConfig) -> Vec<Report> {
        let mut found: Vec<Report> = self.own.iter().filter_map(|own| own.report()).collect();
        let mut requests = JoinSet::new();
        for url in &config.signers {
            let (client, url) = (self.client.clone(), url.clone());
            requests.spawn(async move {
                let report = async {
                    let response = client.get(&url).send().await?;
                    fetch::json(response, fetch::REPORT).await
                }
                .await;
                (url, report)
            });
        }
        while let Some(Ok((url, report))) = requests.join_next().await {
            match report {
                Ok(report) => found.push(report),
                Err(error) => log!(
                    "collect",
                    "passes over",
                    signer = url,
                    reason = format!("{error:#}")
                ),
            }
        }
        found
    }

    /// Pokes the hedge when it is due and the pool would fill some of it.
    async fn rebalance(&self, keeper: &Keeper) -> Result<()> {
        let call = IPool::rebalanceCall {};
        let from = self.sender.address();
        match keeper.chain.simulate(from, &call).await? {
            Answer::Value(traded) if !traded.is_zero() => {
                log!("rebalance", "is due", base = traded);
                if !keeper.is_dry {
                    self.sender
                        .send(&keeper.chain, &keeper.metrics, "rebalance", &call)
                        .await?;
                }
            }
            Answer::Value(_) => log!(
                "rebalance",
                "waits",
                reason = "inside the band, or nothing to fill"
            ),
            Answer::Refused(why) => log!("rebalance", "waits", reason = why),
        }
        Ok(())
    }

    /// Says how the pool and its program are.
    async fn watch(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        pool: &PoolState,
    ) -> Result<()> {
        let oldest = pool
            .surface
            .iter()
            .filter(|slice| slice.expiry > pool.now && slice.atm_vol != 0)
            .map(|slice| slice.expiry - pool.now)
            .min();
        keeper
            .metrics
            .set("nearest_expiry_seconds", oldest.unwrap_or_default() as f64);
        keeper
            .metrics
            .set("pool_paused", f64::from(u8::from(pool.is_paused)));
        self.look_after_program(keeper, config).await
    }
}

/// Attends to every duty until told to stop; a transaction under way is finished first.
pub async fn run(
    operator: Operator,
    keeper: Arc<Keeper>,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let Some(config) = &keeper.config.operator else {
        return Ok(());
    };
    log!("operate", "starts", account = operator.sender.address());
    if !keeper.is_dry {
        operator.sender.wait_for_earlier(&keeper.chain).await?;
    }
    loop {
        operator.look(&keeper, config, &stopped).await;
        if *stopped.borrow() {
            return Ok(());
        }
        let pause = tokio::time::sleep(Duration::from_secs_f64(config.every));
        tokio::select! {
            () = pause => {}
            _ = stopped.changed() => return Ok(()),
        }
    }
}

/// The usable reports in the order of the pool's signers, of one signer the newest.
fn usable(found: Vec<Report>, keeper: &Keeper, pool: &PoolState) -> Vec<Report> {
    let place = |report: &Report| match judge(report, keeper, pool) {
        Ok(place) => Some(place),
        Err(why) => {
            log!(
                "collect",
                "leaves out",
                time = report.time,
                reason = format!("{why}")
            );
            None
        }
    };
    let mut placed: Vec<(usize, Report)> = found
        .into_iter()
        .filter_map(|report| Some((place(&report)?, report)))
        .collect();
    placed.sort_by_key(|(place, report)| (*place, std::cmp::Reverse(report.time)));
    placed.dedup_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, report)| report).collect()
}

/// The place of a report's signer, or why it can't be used.
fn judge(report: &Report, keeper: &Keeper, pool: &PoolState) -> Result<usize> {
    let signer = report.signer(keeper.chain.domain)?;
    let place = pool.signers.iter().position(|known| *known == signer);
    let place = place.ok_or_else(|| anyhow!("{signer} is no signer"))?;
    if report.time <= pool.newest {
        return Err(anyhow!("not newer than the last post"));
    }
    if report.time > pool.now || report.time + GREATEST_AGE < pool.now {
        return Err(anyhow!(
            "of {}, and the chain is at {}",
            report.time,
            pool.now
        ));
    }
    if report.spot.abs_diff(pool.price) > pool.price / U256::from(100) {
        return Err(anyhow!("spot {} is away from {}", report.spot, pool.price));
    }
    Ok(place)
}

/// The reports that can be posted together: those of which the pool takes every slice, of the expiries that most of them name. One that is
/// no surface, or of other expiries, would have the pool refuse all, or the others.
fn agreeing(reports: Vec<Report>, now: u64) -> Vec<Report> {
    let live = |report: &Report| {
        let mut surface = report.surface();
        surface.retain(|slice| slice.expiry > now);
        surface
    };
    let names =
        |report: &Report| -> Vec<u64> { live(report).iter().map(|slice| slice.expiry).collect() };
    let is_sound = |report: &Report| match check_surface(&live(report), now) {
        Ok(()) => true,
        Err(error) => {
            log!(
                "collect",
                "leaves out",
                time = report.time,
                reason = format!("{error:#}")
            );
            false
        }
    };
    let mut sound: Vec<Report> = reports.into_iter().filter(is_sound).collect();
    let all: Vec<Vec<u64>> = sound.iter().map(names).collect();
    let count = |named: &&Vec<u64>| all.iter().filter(|other| other == named).count();
    if let Some(most) = all.iter().max_by_key(count) {
        sound.retain(|report| {
            let agrees = names(report) == *most;
            if !agrees {
                log!(
                    "collect",
                    "leaves out",
                    time = report.time,
                    reason = "most name other expiries"
                );
            }
            agrees
        });
    }
    sound
}

/// Why the surface should be posted now, if it should.
fn due(pool: &PoolState, reports: &[Report], config: &OperatorConfig) -> Option<&'static str> {
    let live = || pool.surface.iter().filter(|slice| slice.expiry > pool.now);
    let posted = || live().filter(|slice| slice.atm_vol != 0);
    let youngest = posted()
        .map(|slice| slice.posted_at)
        .max()
        .unwrap_or_default();
    let (interval, now) = (pool.limits.interval, pool.now);
    if pool.posted_at + interval > now {
        return None;
    }
    // No signer alone decides, neither that there is something to say nor that there is nothing.
    let surfaces: Vec<Vec<Slice>> = reports.iter().map(Report::surface).collect();
    let most = |says: &dyn Fn(&[Slice]) -> bool| {
        let count = surfaces.iter().filter(|surface| says(surface)).count();
        2 * count > surfaces.len()
    };
    let reported = |surface: &[Slice], slice: &Slice| {
        let mut found = surface.iter().filter(|new| new.expiry == slice.expiry);
        found.next().copied()
    };
    let is_new = |surface: &[Slice]| {
        live().any(|slice| slice.atm_vol == 0 && reported(surface, slice).is_some())
    };
    if most(&is_new) {
        return Some("an expiry has no anchor yet");
    }
    if now > youngest + config.refresh {
        return Some("the surface is old");
    }
    let spot = pool.price.saturating_to::<u128>() as f64;
    if posted().any(|slice| (spot / slice.spot as f64).ln().abs() > SPOT_MOVE) {
        return Some("spot has moved");
    }
    let differs = |a: u64, b: u64| (a as f64 / b as f64 - 1.0).abs() > config.worthwhile;
    let moves = |surface: &[Slice], old: &Slice| {
        let Some(new) = reported(surface, old) else {
            return false;
        };
        let basis = (new.carry - old.carry) as f64 / 1e18 * (old.expiry - now) as f64 / YEAR;
        differs(new.atm_vol, old.atm_vol)
            || differs(new.left_wing, old.left_wing)
            || differs(new.right_wing, old.right_wing)
            || basis.abs() > BASIS_MOVE
    };
    let has_moved = |surface: &[Slice]| posted().any(|old| moves(surface, old));
    most(&has_moved).then_some("vols or forwards have moved")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain::Limits, report::pack};
    use alloy_primitives::B256;

    const NOW: u64 = 1_770_000_000;
    const PERCENT: u64 = 10_000_000_000_000_000;

    fn slice(vol: u64) -> Slice {
        Slice {
            expiry: NOW + 86_400,
            atm_vol: vol * PERCENT,
            left_wing: 40 * PERCENT,
            right_wing: 28 * PERCENT,
            posted_at: NOW - 600,
            spot: 2_500_000_000_000_000_000_000,
            ..Slice::default()
        }
    }

    fn why(posted: u64, reported: [u64; 3]) -> Option<&'static str> {
        let config = "key = { env = \"KEY\" }";
        let config: OperatorConfig = toml::from_str(config).unwrap();
        let pool = PoolState {
            now: NOW,
            price: U256::from(2_500_000_000_000_000_000_000u128),
            surface: vec![slice(posted)],
            threshold: 2,
            signers: Vec::new(),
            newest: 0,
            posted_at: NOW - 600,
            limits: Limits {
                interval: 300,
                jump: 0.5,
                moneyness: [0.8, 1.25],
            },
            is_paused: false,
        };
        let reports = reported.map(|vol| Report {
            time: NOW,
            spot: pool.price,
            slices: vec![pack(&slice(vol))],
            r: B256::ZERO,
            s: B256::ZERO,
            v: 27,
        });
        due(&pool, &reports, &config)
    }

    #[test]
    fn no_report_alone_keeps_the_others_from_being_posted() {
        let report = |slices: &[Slice]| Report {
            time: NOW,
            spot: U256::ZERO,
            slices: slices.iter().map(pack).collect(),
            r: B256::ZERO,
            s: B256::ZERO,
            v: 27,
        };
        let later = |vol: u64| Slice {
            expiry: NOW + 8 * 86_400,
            ..slice(vol)
        };
        let honest = report(&[slice(75), later(74)]);
        let others = [
            // Less variance in the end than before it.
            report(&[slice(75), later(20)]),
            // A wing that is none.
            report(&[
                Slice {
                    left_wing: 400 * PERCENT,
                    ..slice(75)
                },
                later(74),
            ]),
            // An expiry less, which the pool would ask of the others too if it came first, or one more.
            report(&[slice(75)]),
            report(&[
                slice(75),
                later(74),
                Slice {
                    expiry: NOW + 20 * 86_400,
                    ..slice(73)
                },
            ]),
        ];
        for other in others {
            for place in 0..3 {
                let mut reports = vec![honest.clone(); 2];
                reports.insert(place, other.clone());
                assert_eq!(agreeing(reports, NOW), vec![honest.clone(); 2], "{place}");
            }
        }
        // What has expired since it was signed is nobody's.
        let past = Slice {
            expiry: NOW - 1,
            ..slice(75)
        };
        let reports = vec![report(&[past, slice(75)]), report(&[slice(75)])];
        assert_eq!(agreeing(reports.clone(), NOW), reports);
        assert!(agreeing(Vec::new(), NOW).is_empty());
    }

    #[test]
    fn no_signer_alone_makes_a_post_due_or_keeps_it_from_being() {
        let moved = Some("vols or forwards have moved");
        for place in 0..3 {
            let (mut still, mut moves) = ([75; 3], [80; 3]);
            (still[place], moves[place]) = (90, 75);
            assert_eq!(why(75, still), None, "{place} says what nobody sees");
            assert_eq!(why(75, moves), moved, "{place} sees nothing");
        }
        assert_eq!(why(75, [75; 3]), None);
        assert_eq!(why(0, [75; 3]), Some("an expiry has no anchor yet"));
    }
}
