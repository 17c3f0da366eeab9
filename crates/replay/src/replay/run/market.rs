//! The market's side of a replay: the feed, the venue beside it, and the surface that the keeper posts.

use alloy_primitives::{I256, U256};
use anyhow::Result;
use smirk_engine::state::Slice;
use smirk_world::abi::IPool;
use smirk_world::FEE;

use super::Run;
use crate::replay::expiries::{self, Round};
use crate::replay::keeper::{self, Moment};
use crate::replay::observe;
use crate::replay::units::to_wad;
use crate::report::number;
use crate::time::{format_day, DAY};

impl Run<'_> {
    /// The venue follows the index, and the feed says it.
    pub(super) fn move_market(&mut self, time: u64) -> Result<()> {
        let index = self.market.spot(time);
        self.trade_venue(time, index)?;
        let id = self.stage.world.push_price(to_wad(index, 8))?;
        self.rounds.push(Round {
            id,
            updated_at: time,
        });
        Ok(())
    }

    /// Moves the clock to `time`. In the second before, arbitrageurs leave the venue somewhere within its fee of the market: nearer,
    /// they would lose by trading. In that second, because orders pay for where the venue was before their own, and a venue
    /// that is traded all the time was not where the last tick left it.
    pub(super) fn trade_venue(&mut self, time: u64, market: f64) -> Result<()> {
        let chain = &mut self.stage.world.chain;
        chain.set_time((time - 1).max(chain.now()));
        let fee = f64::from(FEE) / 1e6;
        let basis = self.venue_rng.between(-fee, fee);
        self.stage
            .world
            .arbitrage_to(to_wad(market * (1.0 + basis), 8))?;
        self.stage.world.chain.set_time(time);
        Ok(())
    }

    pub(super) fn post_anchors(&mut self, time: u64) -> Result<()> {
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
    pub(super) fn due_for_listing(&mut self, time: u64) -> Result<Vec<u64>> {
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
    pub(super) fn seen_by_market(&mut self, time: u64) -> Result<()> {
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
}
