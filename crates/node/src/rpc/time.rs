//! Blocks and time at the developer's command.

use std::time::Duration;

use inkhorn_chain::Status;
use serde::Deserialize;
use serde_json::{json, Value};

use super::cheats::{ANVIL, HARDHAT};
use super::debug::outcomes;
use super::{quantity, reply, Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::node::{Distance, Node};

/// Most blocks that one request makes.
const MAX_BLOCKS: u64 = 100_000;
/// A number of this and above between blocks is one of milliseconds.
const LEAST_MILLISECONDS: u64 = 100;

pub(super) const METHODS: &[Method] = &[
    Method::long("evm_mine", 1, evm_mine),
    Method::long("anvil_mine", 2, |node, arguments| {
        let (count, seconds) = count_and_distance(arguments)?;
        node.mine(count, seconds.map(Distance::Before))?;
        ANVIL
    }),
    Method::long("hardhat_mine", 2, |node, arguments| {
        let (count, seconds) = count_and_distance(arguments)?;
        node.mine(count, Some(Distance::Between(seconds.unwrap_or(1))))?;
        HARDHAT
    }),
    Method::long("anvil_mine_detailed", 1, mine_detailed),
    Method::long("evm_mine_detailed", 1, mine_detailed),
    Method::long("anvil_mineDetailed", 1, mine_detailed),
    Method::long("evm_setAutomine", 1, set_automine),
    Method::long("anvil_setAutomine", 1, |node, arguments| {
        set_automine(node, arguments).and(ANVIL)
    }),
    Method::quick("anvil_getAutomine", 0, automine),
    Method::quick("hardhat_getAutomine", 0, automine),
    Method::long("evm_setIntervalMining", 1, set_interval_of_either),
    Method::long("anvil_setIntervalMining", 1, |node, arguments| {
        let seconds = arguments.next::<Quantity>()?.to_u64()?;
        set_interval(node, Duration::from_secs(seconds))?;
        ANVIL
    }),
    Method::quick("anvil_getIntervalMining", 0, |node, _| {
        let distance = *node.block_time().borrow();
        reply(distance.map(|distance| distance.as_secs()))
    }),
    Method::long("evm_increaseTime", 1, increase_time),
    Method::long("anvil_increaseTime", 1, increase_time),
    Method::long("evm_setTime", 1, set_time),
    Method::long("anvil_setTime", 1, set_time),
    Method::long("evm_setNextBlockTimestamp", 1, set_next_timestamp),
    Method::long("anvil_setNextBlockTimestamp", 1, |node, arguments| {
        set_next_timestamp(node, arguments).and(ANVIL)
    }),
    Method::long("anvil_setBlockTimestampInterval", 1, |node, arguments| {
        let seconds = arguments.next::<Quantity>()?.to_u64()?;
        node.change(|state| state.clock.set_interval(Some(seconds)));
        Ok(Value::Null)
    }),
    Method::long("anvil_removeBlockTimestampInterval", 0, |node, _| {
        reply(node.change(|state| state.clock.set_interval(None)))
    }),
    Method::long("evm_snapshot", 0, snapshot),
    Method::long("anvil_snapshot", 0, snapshot),
    Method::long("evm_revert", 1, revert),
    Method::long("anvil_revert", 1, revert),
];

/// `evm_mine` takes nothing, a timestamp, or an object with a timestamp and a number of blocks.
#[derive(Deserialize)]
#[serde(untagged)]
enum MineOptions {
    Timestamp(Quantity),
    Options(BlocksToMine),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlocksToMine {
    timestamp: Option<Quantity>,
    blocks: Option<Quantity>,
}

fn evm_mine(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    mine_as_told(node, arguments)?;
    reply("0x0")
}

/// Makes blocks as `evm_mine` does; gives them with what each transaction returned, or why it reverted.
fn mine_detailed(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let count = mine_as_told(node, arguments)?;
    let blocks = node.read(|state| {
        let blocks = state.ledger.blocks();
        let first = blocks
            .len()
            .saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        blocks[first..].to_vec()
    });
    let detailed = blocks.iter().map(|block| {
        let mut view = block.view(true);
        for (index, outcome) in outcomes(node, block)?.into_iter().enumerate() {
            let transaction = &mut view["transactions"][index];
            transaction["output"] = json!(outcome.output);
            if outcome.status == Status::Revert {
                let reason = RpcError::Revert(outcome.output).to_string();
                transaction["revertReason"] = reason.into();
            }
        }
        Ok(view)
    });
    detailed
        .collect::<Result<Vec<_>, RpcError>>()
        .map(Value::Array)
}

/// Makes blocks; gives their number.
fn mine_as_told(node: &Node, arguments: &mut Arguments<'_>) -> Result<u64, RpcError> {
    let (timestamp, blocks) = match arguments.optional()? {
        None => (None, None),
        Some(MineOptions::Timestamp(timestamp)) => (Some(timestamp), None),
        Some(MineOptions::Options(told)) => (told.timestamp, told.blocks),
    };
    let count = block_count(blocks)?;
    if let Some(timestamp) = timestamp {
        set_next(node, timestamp.to_u64()?)?;
    }
    node.mine(count, None)?;
    Ok(count)
}

/// Number of blocks and seconds between them: before each with Anvil, between them with Hardhat, which takes one unless told
/// otherwise.
fn count_and_distance(arguments: &mut Arguments<'_>) -> Result<(u64, Option<u64>), RpcError> {
    let count = block_count(arguments.optional()?)?;
    let seconds: Option<Quantity> = arguments.optional()?;
    Ok((count, seconds.map(Quantity::to_u64).transpose()?))
}

fn block_count(count: Option<Quantity>) -> Result<u64, RpcError> {
    let count = count.map_or(Ok(1), Quantity::to_u64)?;
    if count > MAX_BLOCKS {
        return Err(RpcError::LimitExceeded(format!(
            "{count} blocks asked for; at most {MAX_BLOCKS} at a time"
        )));
    }
    Ok(count)
}

fn set_automine(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    node.set_automatic(arguments.next()?)?;
    reply(true)
}

fn automine(node: &Node, _: &mut Arguments<'_>) -> Reply {
    reply(node.is_automatic())
}

/// What Hardhat and Anvil both call `evm_setIntervalMining`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Interval {
    /// Shortest and longest distance, as Hardhat alone has it.
    Range([Quantity; 2]),
    Fixed(Quantity),
}

/// Hardhat counts in milliseconds, Anvil in seconds: a hundred or more are milliseconds, less are seconds. Nobody has wanted a
/// block every tenth of a second or one every two minutes. Zero stops the timer.
fn set_interval_of_either(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let distance = match arguments.next()? {
        Interval::Fixed(number) => match number.to_u64()? {
            seconds @ ..LEAST_MILLISECONDS => Duration::from_secs(seconds),
            milliseconds => Duration::from_millis(milliseconds),
        },
        Interval::Range([shortest, longest]) if shortest == longest => {
            Duration::from_millis(shortest.to_u64()?)
        }
        Interval::Range(_) => {
            return Err(RpcError::Unsupported(
                "blocks come at a fixed distance, not at a random one".to_owned(),
            ))
        }
    };
    set_interval(node, distance)?;
    HARDHAT
}

fn set_interval(node: &Node, distance: Duration) -> Result<(), RpcError> {
    node.set_automatic(false)?;
    node.set_block_time(Some(distance));
    Ok(())
}

fn increase_time(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let seconds = arguments.next::<Quantity>()?.to_u64()?;
    reply(node.change(|state| state.clock.increase(seconds)))
}

fn set_time(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let time = arguments.next::<Quantity>()?.to_u64()?;
    node.change(|state| state.clock.set(time));
    quantity(time)
}

fn set_next_timestamp(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let time = arguments.next::<Quantity>()?.to_u64()?;
    set_next(node, time)?;
    quantity(time)
}

fn set_next(node: &Node, time: u64) -> Result<(), RpcError> {
    node.change(|state| {
        let previous = state.ledger.chain().now();
        state.clock.set_next(time, previous)
    })
}

fn snapshot(node: &Node, _: &mut Arguments<'_>) -> Reply {
    quantity(node.snapshot())
}

fn revert(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let id = arguments.next::<Quantity>()?.to_u64()?;
    reply(node.revert(id))
}
