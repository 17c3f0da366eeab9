//! The operating role: posts what a quorum signed, settles what expired, closes accounts that are below their requirement, brings the
//! hedge back, lists expiries, looks after the program.
//!
//! Each duty reads the chain, decides, says why, and sends one transaction at a time.

use std::{sync::Arc, time::Duration};

use alloy_primitives::U256;
use anyhow::Result;
use tokio::{
    sync::{watch, Mutex},
    task::JoinSet,
};

use crate::{
    accounts::Accounts,
    agreement::{agreeing, due, usable},
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

    /// Settles every expiry that has passed, by the round that proves its price, or by the last one of a feed that has ended. A round that
    /// can't be found holds up no other expiry.
    async fn settle(&self, keeper: &Keeper, pool: &PoolState) -> Result<()> {
        let mut failed = Ok(());
        for slice in pool.surface.iter().filter(|slice| slice.expiry <= pool.now) {
            let expiry = slice.expiry;
            let found = keeper.chain.settling_round(expiry).await;
            // Without one a proposal may stand, or the feed may have ended: then it does not matter which is named.
            let named = found.as_ref().ok().copied().flatten();
            let call = IPool::settleCall {
                expiry: U256::from(expiry),
                roundId: named.unwrap_or_default(),
            };
            if let Answer::Refused(why) =
                keeper.chain.simulate(self.sender.address(), &call).await?
            {
                let reason = match found {
                    Ok(None) => "the feed has no round at or after it".to_owned(),
                    Ok(Some(_)) => why,
                    Err(error) => {
                        let reason = format!("{error:#}; {why}");
                        failed = failed.and(Err(error));
                        reason
                    }
                };
                log!("settle", "waits", expiry = expiry, reason = reason);
                continue;
            }
            let round = call.roundId;
            log!("settle", "is due", expiry = expiry, round = round);
            if !keeper.is_dry {
                self.sender
                    .send(&keeper.chain, &keeper.metrics, "settle", &call)
                    .await?;
            }
        }
        failed
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
        let nearest = pool
            .surface
            .iter()
            .filter(|slice| slice.expiry > pool.now && slice.atm_vol != 0)
            .map(|slice| slice.expiry - pool.now)
            .min();
        keeper
            .metrics
            .set("nearest_expiry_seconds", nearest.unwrap_or_default() as f64);
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
