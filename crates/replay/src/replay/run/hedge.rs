//! Between visits: the hedge is poked while it is due, and accounts that are below maintenance are liquidated.

use anyhow::Result;
use smirk_world::abi::IPool;

use super::Run;
use crate::replay::liquidator;
use crate::replay::units::{to_wad, wad};

/// Health of the pool's loan below which the contract puts up collateral.
const LEAST_HEALTH: f64 = 1.6;
/// Seconds between two pokes while the hedge is due.
const MINUTE: u64 = 60;

impl Run<'_> {
    /// Between two ticks: every minute for as long as a hedge is due or an account below maintenance, arbitrageurs bring the venue
    /// back near the feed, the liquidator tries and the keeper pokes again. What a poke may fill beyond the venue's fee grows with the minutes.
    pub(super) fn watch_hedge(&mut self, until: u64) -> Result<()> {
        while !self.rounds.is_empty() && (self.is_below || self.hedge_due()?) {
            let next = self.stage.world.chain.now() + MINUTE;
            if next >= until {
                break;
            }
            let feed = wad(self.stage.world.feed_price()?);
            self.trade_venue(next, feed)?;
            if self.is_below {
                self.liquidate()?;
            }
            self.poke_when_due()?;
        }
        Ok(())
    }

    /// Whether the contract would swap, what is due being worth a swap, or its loan is in need of collateral.
    pub(super) fn hedge_due(&mut self) -> Result<bool> {
        let risk = self.stage.view(&IPool::riskCall {})?;
        let due = risk.hedgeDue.unsigned_abs() >= self.stage.minimum_hedge;
        Ok(due || risk.health < to_wad(LEAST_HEALTH, 2))
    }

    /// The keeper, as anyone might, brings the hedge back when the contract says that it is due.
    pub(super) fn poke_when_due(&mut self) -> Result<()> {
        if self.hedge_due()? {
            let keeper = self.cast.keeper.clone();
            let summary = "due by the contract's own view".to_owned();
            self.stage
                .send("rebalance", &keeper, summary, &IPool::rebalanceCall {})?;
        }
        Ok(())
    }

    /// The liquidator looks at every account. Whether one is still below maintenance.
    pub(super) fn liquidate(&mut self) -> Result<bool> {
        let mut is_below = false;
        for writer in self.cast.writers.iter_mut().filter(|writer| writer.is_open) {
            is_below |= liquidator::look_at(&mut self.stage, &self.cast.liquidator, writer)?;
        }
        self.is_below = is_below;
        Ok(is_below)
    }
}
