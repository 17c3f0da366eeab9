//! The duty towards margin accounts: those below their maintenance requirement are closed as far as the pool closes them, or flagged
//! while the hedge venue is too far from the feed for that; legs of settled expiries are met.

use alloy_primitives::{Address, I256, U256};
use anyhow::Result;

use crate::{
    chain::{float, Answer, IPool, PoolState},
    config::OperatorConfig,
    log::log,
    operator::Operator,
    Keeper,
};

/// A flag older than this counts for nothing, seconds.
const FLAG_LIFE: u64 = 86_400;

impl Operator {
    /// Judges every account that is short of something by the pool's own view, and closes those that the pool lets be closed.
    pub async fn liquidate(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        pool: &PoolState,
    ) -> Result<()> {
        let writers = {
            let mut accounts = self.accounts.lock().await;
            accounts.update(&keeper.chain, config.from_block).await?;
            accounts.ledger().writers()
        };
        let mut below = 0;
        for &owner in &writers {
            let call = IPool::accountCall { account_: owner };
            let state = match keeper.chain.simulate(Address::ZERO, &call).await? {
                Answer::Value(state) => state,
                Answer::Refused(why) => {
                    log!("liquidate", "can't judge", account = owner, reason = why);
                    continue;
                }
            };
            let required = I256::try_from(state.maintenance).unwrap_or(I256::MAX);
            if state.value < required {
                below += 1;
                log!(
                    "liquidate",
                    "finds below",
                    account = owner,
                    value = signed_float(state.value),
                    requirement = float(state.maintenance)
                );
                self.close(keeper, config, pool, owner, &state).await?;
            }
        }
        keeper.metrics.set("accounts_watched", writers.len() as f64);
        keeper.metrics.set("accounts_below", below as f64);
        Ok(())
    }

    /// Closes an account if that brings more than its gas, flags it if the venue is in the way.
    async fn close(
        &self,
        keeper: &Keeper,
        config: &OperatorConfig,
        pool: &PoolState,
        owner: Address,
        state: &IPool::Account,
    ) -> Result<()> {
        let own = self.sender.address();
        let call = IPool::liquidateCall {
            account_: owner,
            receiver: own,
        };
        let reward = match keeper.chain.simulate(own, &call).await? {
            Answer::Value(reward) => keeper.chain.cash(reward),
            Answer::Refused(why) => {
                log!("liquidate", "waits", account = owner, reason = why);
                let is_away = why.starts_with("VenueTooFar");
                return match is_away && is_flag_void(state.flaggedAt, pool.now) {
                    true => self.flag(keeper, owner).await,
                    false => Ok(()),
                };
            }
        };
        let ether_price = config.ether_price.unwrap_or(float(pool.price));
        let cost = keeper.chain.cost_in_ether(own, &call).await? * ether_price;
        if reward < cost + config.least_reward {
            log!(
                "liquidate",
                "waits",
                account = owner,
                reason = "the reward is not worth the gas",
                reward = reward,
                gas_cost = cost
            );
            return Ok(());
        }
        log!(
            "liquidate",
            "is due",
            account = owner,
            reward = reward,
            gas_cost = cost
        );
        if !keeper.is_dry {
            self.sender
                .send(&keeper.chain, &keeper.metrics, "liquidate", &call)
                .await?;
        }
        Ok(())
    }

    /// From a flag on, the time counts that widens how far the venue may be.
    async fn flag(&self, keeper: &Keeper, owner: Address) -> Result<()> {
        let call = IPool::flagCall { account_: owner };
        if let Answer::Refused(why) = keeper.chain.simulate(self.sender.address(), &call).await? {
            log!("flag", "waits", account = owner, reason = why);
            return Ok(());
        }
        log!("flag", "is due", account = owner);
        if !keeper.is_dry {
            self.sender
                .send(&keeper.chain, &keeper.metrics, "flag", &call)
                .await?;
        }
        Ok(())
    }

    /// Lets accounts meet their legs of settled expiries, so that the pool knows what they don't pay.
    pub async fn touch(&self, keeper: &Keeper, config: &OperatorConfig) -> Result<()> {
        let unmet = {
            let mut accounts = self.accounts.lock().await;
            accounts.update(&keeper.chain, config.from_block).await?;
            accounts.ledger().unmet()
        };
        keeper.metrics.set("accounts_unmet", unmet.len() as f64);
        for owner in unmet {
            let call = IPool::touchCall { account_: owner };
            if let Answer::Refused(why) =
                keeper.chain.simulate(self.sender.address(), &call).await?
            {
                log!("touch", "waits", account = owner, reason = why);
                continue;
            }
            log!(
                "touch",
                "is due",
                account = owner,
                reason = "legs of a settled expiry"
            );
            if !keeper.is_dry {
                self.sender
                    .send(&keeper.chain, &keeper.metrics, "touch", &call)
                    .await?;
            }
        }
        Ok(())
    }
}

fn is_flag_void(flagged_at: U256, now: u64) -> bool {
    flagged_at.is_zero() || U256::from(now) > flagged_at + U256::from(FLAG_LIFE)
}

fn signed_float(wad: I256) -> f64 {
    let size = float(wad.unsigned_abs());
    if wad.is_negative() {
        -size
    } else {
        size
    }
}
