//! Who comes by: traders, writers and providers, each after a time that chance decides.

use anyhow::{ensure, Result};
use smirk_engine::state::Slice;

use super::{Run, HOUR};
use crate::replay::sight::Sight;
use crate::replay::units::wad;
use crate::replay::{observe, people, setup};

/// Visits of traders per hour, on average.
const VISITS: f64 = 4.0;
/// Visits of writers per hour, on average.
const WRITER_VISITS: f64 = 1.6;
/// Providers' moves per day, on average.
const PROVIDER_MOVES: f64 = 1.5;

impl Run<'_> {
    /// The first provider opens the pool.
    pub(super) fn open_pool(&mut self) -> Result<()> {
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

    pub(super) fn people(&mut self, time: u64) -> Result<()> {
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
    pub(super) fn quiet_hours(&self, time: u64) -> f64 {
        let before = self
            .rounds
            .len()
            .checked_sub(2)
            .map_or(time, |i| self.rounds[i].updated_at);
        (time - before) as f64 / 3_600.0
    }

    pub(super) fn visit(&mut self, who: usize) -> Result<()> {
        let slices = observe::slices(&mut self.stage)?;
        let sight = self.sight(&slices)?;
        self.cast.traders[who].act(&mut self.stage, &mut self.rng, &sight)
    }

    pub(super) fn visit_of_writer(&mut self) -> Result<()> {
        let who = (self.writer_rng.unit() * self.cast.writers.len() as f64) as usize;
        let slices = observe::slices(&mut self.stage)?;
        let sight = self.sight(&slices)?;
        self.cast.writers[who].act(&mut self.stage, &mut self.writer_rng, &sight)
    }

    pub(super) fn sight<'s>(&mut self, slices: &'s [Slice]) -> Result<Sight<'s>> {
        Ok(Sight {
            spot: wad(self.stage.world.feed_price()?),
            now: self.stage.world.chain.now(),
            slices,
            strike_tick: self.strike_tick,
            cutoff: self.cutoff,
        })
    }

    pub(super) fn provide(&mut self) -> Result<()> {
        let provider = self.rng.pick(&self.cast.providers).clone();
        if self.rng.chance(0.6) {
            let amount = (self.rng.between(20.0, 150.0)).round() * 1_000.0;
            people::deposit(&mut self.stage, &provider, amount)
        } else {
            let part = self.rng.between(0.05, 0.4);
            people::redeem(&mut self.stage, &provider, part)
        }
    }
}
