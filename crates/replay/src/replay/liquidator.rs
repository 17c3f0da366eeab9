//! A liquidator as anybody can be one: flags accounts below maintenance, liquidates them as soon as the venue is near enough, and
//! lets accounts meet what is settled.

use alloy_primitives::U256;
use anyhow::Result;
use smirk_world::abi::IPool;
use smirk_world::Actor;

use super::stage::Stage;
use super::units::{signed_wad, wad};
use super::writers::{legs, Writer};
use crate::report::{number, Liquidation};

/// Looks at an account, and if it is below maintenance flags it and closes what restores it. Whether it still is below.
pub fn look_at(stage: &mut Stage, liquidator: &Actor, writer: &mut Writer) -> Result<bool> {
    let [value, maintenance] = writer.health(stage)?;
    if value >= maintenance {
        return Ok(false);
    }
    let state = writer.state(stage)?;
    let account_ = writer.actor.address;
    let summary = format!(
        "{}: worth {} of {} required",
        writer.actor.name(),
        number(signed_wad(state.value), 2),
        number(wad(state.maintenance), 2)
    );
    if state.flaggedAt.is_zero() {
        let call = IPool::flagCall { account_ };
        stage.must("flag", liquidator, summary.clone(), &call)?;
    }
    let call = IPool::liquidateCall {
        account_,
        receiver: liquidator.address,
    };
    let Some(receipt) = stage.send("liquidate", liquidator, summary, &call)? else {
        return Ok(true);
    };
    let events = receipt.interface_events::<IPool::IPoolEvents>(stage.pool);
    let mut found = closed(stage, writer.actor.name(), &events);
    let after = writer.state(stage)?;
    found.left = legs(&after)
        .map(|(_, size)| signed_wad(size).abs())
        .sum::<f64>();
    writer.so_far.liquidations += 1;
    writer.so_far.penalties += found.reward + found.insurance;
    stage.liquidations.push(found);
    Ok(!after.legs.is_empty() && is_below(&after))
}

fn is_below(state: &IPool::Account) -> bool {
    state.value < alloy_primitives::I256::try_from(state.maintenance).unwrap_or_default()
}

/// What the events of a liquidation say.
fn closed(stage: &mut Stage, account: &str, events: &[IPool::IPoolEvents]) -> Liquidation {
    let mut found = Liquidation {
        time: stage.world.chain.now(),
        account: account.to_owned(),
        ..Liquidation::default()
    };
    for event in events {
        match event {
            IPool::IPoolEvents::LegFilled(leg) => {
                let size = signed_wad(leg.size);
                found.options += size.abs();
                found.mark += size * wad(leg.mark);
            }
            IPool::IPoolEvents::Liquidated(event) => {
                let total = stage.quote(event.total.unsigned_abs());
                found.part = wad(event.part);
                found.total = if event.total.is_negative() {
                    -total
                } else {
                    total
                };
                found.reward = stage.quote(event.reward);
                found.insurance = stage.quote(event.insurance);
                found.value_before = signed_wad(event.valueBefore);
                found.requirement_before = wad(event.requirementBefore);
                found.value_after = signed_wad(event.valueAfter);
                found.requirement_after = wad(event.requirementAfter);
            }
            _ => {}
        }
    }
    found.spot = stage
        .world
        .feed_price()
        .map_or(0.0, |price: U256| wad(price));
    found
}

/// Lets an account meet what is settled.
pub fn touch(stage: &mut Stage, liquidator: &Actor, writer: &Writer) -> Result<()> {
    let call = IPool::touchCall {
        account_: writer.actor.address,
    };
    let summary = writer.actor.name().to_owned();
    stage.must("touch", liquidator, summary, &call).map(drop)
}
