//! What the keeper of a live market does: settles, lists, posts anchors, pokes the hedge.

use alloy_primitives::{I256, U256};
use anyhow::Result;
use smirk_engine::state::{Slice, MAX_EXPIRIES};
use smirk_fit::time::DAY;
use smirk_replay::{
    keeper::{plan, Limits, Moment},
    observe,
    units::wad,
};
use smirk_world::{abi::IPool, TypedCalls, World};

use super::{send, surroundings, Live};
use crate::devnet::market;

impl Live {
    /// Every duty in its order, and how it went.
    pub(super) fn keep(&mut self, world: &mut World) -> [(&'static str, Result<()>); 4] {
        [
            ("settlement", self.settle(world)),
            ("listing", self.list(world)),
            ("anchors", self.post(world)),
            ("hedge", self.poke(world)),
        ]
    }

    fn surface(&self, world: &mut World) -> Result<Vec<Slice>> {
        let anchors = world.view(self.surroundings.pool, &IPool::surfaceCall {})?;
        Ok(anchors.iter().map(observe::slice).collect())
    }

    fn settle(&mut self, world: &mut World) -> Result<()> {
        let now = world.chain.now();
        for slice in self.surface(world)? {
            if slice.expiry > now {
                continue;
            }
            let round = surroundings::first_round(world, slice.expiry)?;
            let call = IPool::settleCall {
                expiry: U256::from(slice.expiry),
                roundId: round.id,
            };
            send(world, self.surroundings.pool, &call)?;
            self.posted.remove(&slice.expiry);
        }
        Ok(())
    }

    /// Keeps an expiry listed for each of the tenors that a devnet begins with: one that is more than half as far away.
    fn list(&mut self, world: &mut World) -> Result<()> {
        let now = world.chain.now();
        let mut listed: Vec<u64> = self
            .surface(world)?
            .iter()
            .map(|slice| slice.expiry)
            .collect();
        for days in market::tenors() {
            let far =
                |expiry: &u64| (now + days * DAY / 2..=now + (days + 1) * DAY).contains(expiry);
            if listed.len() >= MAX_EXPIRIES || listed.iter().any(far) {
                continue;
            }
            let expiry = market::expiry(now, days);
            let call = IPool::listExpiryCall {
                expiry: U256::from(expiry),
            };
            if !listed.contains(&expiry) {
                send(world, self.surroundings.pool, &call)?;
                listed.push(expiry);
            }
        }
        Ok(())
    }

    /// Posts what is worth a post of where vols have walked to, in an order that the pool takes.
    fn post(&mut self, world: &mut World) -> Result<()> {
        let now = world.chain.now();
        let listed = self.surface(world)?;
        let targets: Vec<Slice> = listed.iter().map(|slice| self.target(slice, now)).collect();
        let parameters = world.view(self.surroundings.pool, &IPool::parametersCall {})?;
        let moment = Moment {
            now,
            spot: world.feed_price()?.to(),
            limits: Limits {
                interval: parameters.anchorInterval.to(),
                jump: wad(parameters.anchorJump),
                moneyness: [parameters.moneynessLow, parameters.moneynessHigh].map(wad),
            },
        };
        for post in plan(&listed, &targets, moment) {
            let call = IPool::postAnchorCall {
                expiry: U256::from(post.expiry),
                atmVol: U256::from(post.atm_vol),
                leftWing: U256::from(post.left_wing),
                rightWing: U256::from(post.right_wing),
                carry: I256::try_from(post.carry)?,
            };
            send(world, self.surroundings.pool, &call)?;
            self.posted.insert(post.expiry, self.walk.vols);
        }
        Ok(())
    }

    /// An anchor as far from the last post as vols have walked since; without one, what a devnet begins with.
    fn target(&self, slice: &Slice, now: u64) -> Slice {
        let (from, before) = if slice.atm_vol == 0 {
            (market::first_anchor(slice.expiry, now), 0.0)
        } else {
            // What somebody else posted stands for where vols are now.
            let before = self.posted.get(&slice.expiry).copied();
            (*slice, before.unwrap_or(self.walk.vols))
        };
        let moved = (self.walk.vols - before).exp();
        Slice {
            atm_vol: (from.atm_vol as f64 * moved).round() as u64,
            posted_at: now,
            ..from
        }
    }

    fn poke(&mut self, world: &mut World) -> Result<()> {
        let keeper = world.actors.keeper.address;
        let call = IPool::rebalanceCall {};
        let traded = world.view_from(keeper, self.surroundings.pool, &call)?;
        if traded.is_zero() {
            return Ok(());
        }
        send(world, self.surroundings.pool, &call)
    }
}
