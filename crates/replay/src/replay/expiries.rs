//! Listing and settling expiries, and paying their holders.

use alloy_primitives::U256;
use anyhow::{anyhow, Result};
use smirk_engine::series::payoff;
use smirk_engine::state::Kind;
use smirk_world::abi::IPool;
use smirk_world::Actor;

use super::people::Trader;
use super::stage::Stage;
use super::units::{signed_atoms, wad};
use crate::report::{SettledSeries, Settlement};
use crate::time::format_day;

/// A round of the feed.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Its id.
    pub id: u128,
    /// When it was written.
    pub updated_at: u64,
}

/// Lists an expiry. Its first anchor makes it tradable.
pub fn list(stage: &mut Stage, keeper: &Actor, expiry: u64) -> Result<()> {
    let call = IPool::listExpiryCall {
        expiry: U256::from(expiry),
    };
    stage
        .must("listExpiry", keeper, format_day(expiry), &call)
        .map(drop)
}

/// Settles an expiry with the first round at or after it, after somebody has tried the latest one instead.
pub fn settle(
    stage: &mut Stage,
    settler: &Actor,
    expiry: u64,
    rounds: &[Round],
    traders: &[Trader],
) -> Result<Settlement> {
    let first = rounds.iter().find(|round| round.updated_at >= expiry);
    let first =
        first.ok_or_else(|| anyhow!("no round of the feed at or after {}", format_day(expiry)))?;
    let latest = rounds.last().unwrap_or(first);
    if latest.id != first.id {
        let call = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(latest.id),
        };
        stage.send(
            "settle",
            settler,
            format!("{} with a later round", format_day(expiry)),
            &call,
        )?;
    }
    let call = IPool::settleCall {
        expiry: U256::from(expiry),
        roundId: U256::from(first.id),
    };
    let receipt = stage.must("settle", settler, format_day(expiry), &call)?;
    let (mut owed, mut from_accounts) = (0.0, 0.0);
    for event in receipt.interface_events::<IPool::IPoolEvents>(stage.pool) {
        match event {
            IPool::IPoolEvents::Settled(settled) => owed = stage.quote(settled.owed),
            IPool::IPoolEvents::AccountsSettled(settled) => {
                from_accounts = signed_atoms(settled.amount, stage.quote_decimals);
            }
            _ => {}
        }
    }
    let settled = stage.view(&IPool::settlementCall {
        expiry: U256::from(expiry),
    })?;
    let price: u128 = settled.price.to();
    let mut series: Vec<SettledSeries> = Vec::new();
    for (held, size) in traders.iter().flat_map(|trader| trader.held(expiry)) {
        let kind = if held.kind == Kind::Call {
            "call"
        } else {
            "put"
        };
        let strike = wad(U256::from(held.strike));
        match series
            .iter_mut()
            .find(|known| known.kind == kind && known.strike == strike)
        {
            Some(known) => known.size += wad(*size),
            None => series.push(SettledSeries {
                kind: kind.to_owned(),
                strike,
                size: wad(*size),
                payoff: wad(U256::from(payoff(held.kind, held.strike, price))),
            }),
        }
    }
    Ok(Settlement {
        expiry,
        settled_at: stage.world.chain.now(),
        round: first.id.to_string(),
        price: wad(settled.price),
        // What accounts are owed is in the event's sum, and not the holders'.
        reserved: owed + from_accounts.min(0.0),
        from_accounts,
        claimed: 0.0,
        series,
    })
}
