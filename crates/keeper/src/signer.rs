//! The signing role: reads markets, fits, signs, and keeps the newest report for whoever asks.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy_primitives::{Address, U256};
use alloy_signer_local::PrivateKeySigner;
use anyhow::{anyhow, ensure, Result};
use smirk_engine::state::Slice;
use smirk_fit::fit::{fit, FittedChain, Selection};
use tokio::sync::watch;

use crate::{
    chain::{float, PoolState},
    config::SignerConfig,
    log::log,
    market::Market,
    report::Report,
    source,
    surface::{Memory, Origin},
    Keeper,
};

/// Relative distance of index and feed beyond which nothing is signed: the pool takes reports within 1 %.
const SPOT_TOLERANCE: f64 = 0.009;
/// Shortest time to expiry that is fitted, seconds: nearer ones keep their last smile.
const NEAREST: u64 = 2 * 3_600;

/// A signer with its key, and what it has signed and read last.
pub struct Signer {
    key: PrivateKeySigner,
    clients: source::Clients,
    report: Mutex<Option<Report>>,
    market: Mutex<Option<Market>>,
}

/// What the loop carries from one look to the next.
#[derive(Default)]
struct Past {
    memory: Memory,
    fitted: Vec<Slice>,
    spot: f64,
    good_at: u64,
    signed_at: u64,
}

impl Past {
    /// Goes by a chain that was fitted now.
    fn take(&mut self, fitted: &FittedChain, now: u64) {
        self.fitted = fitted.expiries.iter().map(|expiry| expiry.slice).collect();
        self.memory.learn(&self.fitted, now);
        self.spot = fitted.index;
        self.good_at = now;
    }

    /// Goes by the last good chain, whose age in seconds it gives, and by the feed's price: spot moves on without the exchange.
    ///
    /// # Errors
    /// There is none, or it is older than `longest` seconds.
    fn keep(&mut self, pool: &PoolState, longest: u64) -> Result<u64> {
        ensure!(self.good_at != 0, "no market has answered yet");
        let age = pool.now.saturating_sub(self.good_at);
        ensure!(
            age <= longest,
            "no market answers, and the last good chain is {age} s old, more than {longest} s"
        );
        self.fitted.clear();
        self.spot = float(pool.price);
        Ok(age)
    }
}

impl Signer {
    /// A signer that has signed nothing yet.
    pub fn new(config: &SignerConfig) -> Result<Signer> {
        Ok(Signer {
            key: config.key.read()?,
            clients: source::Clients::new()?,
            report: Mutex::new(None),
            market: Mutex::new(None),
        })
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// The newest report.
    pub fn report(&self) -> Option<Report> {
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.clone()
    }

    /// The market as it was last read.
    pub fn market(&self) -> Option<Market> {
        let market = self.market.lock().unwrap_or_else(PoisonError::into_inner);
        market.clone()
    }
}

/// Looks at the markets until told to stop.
pub async fn run(
    signer: Arc<Signer>,
    keeper: Arc<Keeper>,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let Some(config) = &keeper.config.signer else {
        return Ok(());
    };
    log!("sign", "starts", signer = signer.address());
    let mut past = Past::default();
    loop {
        if let Err(error) = look(&signer, &keeper, config, &mut past).await {
            keeper.metrics.count("sign_failures_total");
            log!("sign", "holds", reason = format!("{error:#}"));
        }
        let pause = tokio::time::sleep(Duration::from_secs_f64(config.every));
        tokio::select! {
            () = pause => {}
            _ = stopped.changed() => return Ok(()),
        }
    }
}

/// One look at the chain and, if it has moved on since the last report, at the markets.
async fn look(
    signer: &Signer,
    keeper: &Keeper,
    config: &SignerConfig,
    past: &mut Past,
) -> Result<()> {
    let pool = keeper.chain.state().await?;
    if pool.now <= past.signed_at {
        return Ok(());
    }
    let looked = sign(signer, keeper, config, &pool, past).await;
    keeper
        .metrics
        .set("signer_looked_at_seconds", pool.now as f64);
    looked
}

async fn sign(
    signer: &Signer,
    keeper: &Keeper,
    config: &SignerConfig,
    pool: &PoolState,
    past: &mut Past,
) -> Result<()> {
    read(signer, keeper, config, pool, past).await?;
    let price = float(pool.price);
    let distance = (past.spot / price - 1.0).abs();
    if distance > SPOT_TOLERANCE {
        return Err(anyhow!(
            "the index {} is {:.2} % from the feed {price}",
            past.spot,
            100.0 * distance
        ));
    }
    let target = past
        .memory
        .target(&past.fitted, pool)
        .map_err(|why| anyhow!("no surface that the pool takes: {why}"))?;
    for (slice, origin) in target.slices.iter().zip(&target.origins) {
        if *origin != Origin::Fitted {
            log!(
                "fit",
                "keeps",
                expiry = slice.expiry,
                origin = format!("{origin:?}"),
                atm_vol = slice.atm_vol as f64 / 1e18
            );
        }
    }
    let spot = U256::from((past.spot * 1e9).round() as u64) * U256::from(1_000_000_000u64);
    let domain = keeper.chain.domain;
    let report = Report::sign(&signer.key, domain, pool.now, spot, &target.slices)?;
    *signer.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    past.signed_at = pool.now;
    keeper.metrics.set("report_time_seconds", pool.now as f64);
    keeper.metrics.count("reports_total");
    log!(
        "sign",
        "signs",
        at = pool.now,
        expiries = target.slices.len(),
        share = target.share,
        spot = past.spot
    );
    Ok(())
}

/// Reads the first market with a usable chain; without any the last good one stands for a while.
async fn read(
    signer: &Signer,
    keeper: &Keeper,
    config: &SignerConfig,
    pool: &PoolState,
    past: &mut Past,
) -> Result<()> {
    let selection = Selection {
        min_seconds: NEAREST,
        ..Selection::default()
    };
    for source in &config.sources {
        let name = source.name();
        let found = source
            .read(&signer.clients, &config.currency, pool.now)
            .await;
        let fitted =
            found.and_then(|reading| Ok((fit(&reading.chain, &selection)?, reading.rejected)));
        match fitted {
            Ok((fitted, rejected)) => {
                past.take(&fitted, pool.now);
                let market = Some(Market::of(name, &fitted));
                *signer.market.lock().unwrap_or_else(PoisonError::into_inner) = market;
                keeper
                    .metrics
                    .count(&format!("source_reads_total{{source=\"{name}\"}}"));
                keeper.metrics.set("fit_rmse_vol_points", fitted.rmse());
                log!(
                    "read",
                    "takes",
                    source = name,
                    expiries = past.fitted.len(),
                    points = fitted.points(),
                    rmse = fitted.rmse(),
                    stale = rejected.stale,
                    thin = rejected.thin,
                    crossed = rejected.crossed,
                    absurd = rejected.absurd
                );
                return Ok(());
            }
            Err(error) => {
                keeper
                    .metrics
                    .count(&format!("source_failures_total{{source=\"{name}\"}}"));
                log!(
                    "read",
                    "passes over",
                    source = name,
                    reason = format!("{error:#}")
                );
            }
        }
    }
    let age = past.keep(pool, config.keep)?;
    log!("read", "keeps", age = age, reason = "no market answers");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(now: u64) -> PoolState {
        PoolState::example(now, Vec::new())
    }

    #[test]
    fn the_last_good_chain_is_kept_for_a_while_if_there_was_one() {
        const NOW: u64 = 1_770_000_000;
        let mut past = Past::default();
        let said = past.keep(&pool(NOW), 900).unwrap_err().to_string();
        assert_eq!(said, "no market has answered yet");
        past.good_at = NOW;
        assert_eq!(past.keep(&pool(NOW + 900), 900).unwrap(), 900);
        assert_eq!(past.spot, 2_500.0);
        let said = past.keep(&pool(NOW + 901), 900).unwrap_err().to_string();
        assert!(said.ends_with("is 901 s old, more than 900 s"), "{said}");
    }
}
