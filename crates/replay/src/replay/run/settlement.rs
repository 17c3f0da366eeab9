//! Expiries that have passed are settled, and holders come for their money.

use anyhow::Result;

use super::Run;
use crate::replay::{expiries, liquidator};
use crate::time::DAY;

/// Seconds after its expiry at which an expiry is settled.
const SETTLE_AFTER: u64 = 900;

impl Run<'_> {
    pub(super) fn settle_due(&mut self, time: u64) -> Result<()> {
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
    pub(super) fn claim(&mut self, expiry: u64) -> Result<()> {
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
}
