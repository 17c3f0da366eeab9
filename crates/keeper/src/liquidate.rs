//! The duty towards margin accounts: those below their maintenance requirement are closed as far as the pool closes them, or flagged
//! while the hedge venue is too far from the feed for that; legs of settled expiries are met.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, I256, U256};
use anyhow::Result;
use futures_util::{stream, StreamExt};

use crate::{
    chain::{float, Answer, IPool, PoolState},
    config::OperatorConfig,
    log::log,
    operator::Operator,
    Keeper,
};

/// A flag older than this counts for nothing to the pool, seconds.
const FLAG_LIFE: u64 = 7_200;
/// Accounts that are read at once.
const AT_ONCE: usize = 32;
/// Accounts that may be unreadable before the node counts as gone: one alone keeps no other from being judged.
const MOST_UNREAD: usize = 3;
/// How long closing, or meeting, goes on before the other duties have their turn.
const LONGEST: Duration = Duration::from_secs(60);

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
        let mut below = self.below(keeper, &writers).await?;
        keeper.metrics.set("accounts_watched", writers.len() as f64);
        keeper.metrics.set("accounts_below", below.len() as f64);
        // Anybody can have any number of small accounts: they come after those that can cost something.
        below.sort_by_key(|(_, state)| Reverse(state.maintenance));
        let begun = Instant::now();
        for (owner, state) in &below {
            log!(
                "liquidate",
                "finds below",
                account = owner,
                value = signed_float(state.value),
                requirement = float(state.maintenance)
            );
            self.close(keeper, config, pool, *owner, state).await?;
            if begun.elapsed() > LONGEST {
                log!("liquidate", "pauses", reason = "other duties are due");
                break;
            }
        }
        Ok(())
    }

    /// Accounts below their maintenance requirement.
    async fn below(
        &self,
        keeper: &Keeper,
        writers: &BTreeSet<Address>,
    ) -> Result<Vec<(Address, IPool::Account)>> {
        let read = |owner: Address| async move {
            let call = IPool::accountCall { account_: owner };
            (owner, keeper.chain.simulate(Address::ZERO, &call).await)
        };
        let writers = writers.iter().copied();
        let mut answers = stream::iter(writers.map(read)).buffer_unordered(AT_ONCE);
        let (mut below, mut unread) = (Vec::new(), 0);
        while let Some((owner, answer)) = answers.next().await {
            let why = match answer {
                Ok(Answer::Value(state)) => {
                    let required = I256::try_from(state.maintenance).unwrap_or(I256::MAX);
                    if state.value < required {
                        below.push((owner, state));
                    }
                    continue;
                }
                Ok(Answer::Refused(why)) => why,
                Err(error) => {
                    unread += 1;
                    if unread > MOST_UNREAD {
                        return Err(error);
                    }
                    format!("{error:#}")
                }
            };
            log!("liquidate", "can't judge", account = owner, reason = why);
        }
        Ok(below)
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
        let begun = Instant::now();
        for owner in unmet {
            if begun.elapsed() > LONGEST {
                log!("touch", "pauses", reason = "other duties are due");
                break;
            }
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
