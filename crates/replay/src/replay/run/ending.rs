//! How far a replay is, and what is left of it.

use anyhow::Result;

use super::Run;
use crate::replay::{observe, Ended};
use crate::report::number;
use crate::time::format_utc;

impl Run<'_> {
    pub fn finish(&mut self) -> Result<()> {
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

    pub fn progress(&self) -> String {
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

    pub fn into_ended(mut self, seed: u64) -> Result<Ended> {
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
