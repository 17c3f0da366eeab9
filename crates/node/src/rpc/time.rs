//! Blocks and time at the developer's command.

use serde::Deserialize;
use serde_json::Value;

use super::{quantity, reply, Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::node::Node;

/// Most blocks that one request makes.
const MAX_BLOCKS: u64 = 10_000;

pub(super) const METHODS: &[Method] = &[
    Method::long("evm_mine", 1, evm_mine),
    Method::long("anvil_mine", 2, mine),
    Method::long("hardhat_mine", 2, mine),
    Method::long("evm_setAutomine", 1, set_automine),
    Method::long("anvil_setAutomine", 1, set_automine),
    Method::quick("anvil_getAutomine", 0, automine),
    Method::quick("hardhat_getAutomine", 0, automine),
    Method::long("evm_setIntervalMining", 1, set_interval),
    Method::long("anvil_setIntervalMining", 1, set_interval),
    Method::quick("anvil_getIntervalMining", 0, |node, _| {
        reply(*node.block_time().borrow())
    }),
    Method::long("evm_increaseTime", 1, increase_time),
    Method::long("anvil_increaseTime", 1, increase_time),
    Method::long("evm_setTime", 1, set_time),
    Method::long("anvil_setTime", 1, set_time),
    Method::long("evm_setNextBlockTimestamp", 1, set_next_timestamp),
    Method::long("anvil_setNextBlockTimestamp", 1, set_next_timestamp),
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
    Options {
        timestamp: Option<Quantity>,
        blocks: Option<Quantity>,
    },
}

fn evm_mine(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (timestamp, blocks) = match arguments.optional()? {
        None => (None, None),
        Some(MineOptions::Timestamp(timestamp)) => (Some(timestamp), None),
        Some(MineOptions::Options { timestamp, blocks }) => (timestamp, blocks),
    };
    let count = block_count(blocks)?;
    if let Some(timestamp) = timestamp {
        set_next(node, timestamp.to_u64()?)?;
    }
    node.mine(count, None);
    reply("0x0")
}

/// Number of blocks and seconds between them.
fn mine(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let count = block_count(arguments.optional()?)?;
    let interval: Option<Quantity> = arguments.optional()?;
    let interval = interval.map(Quantity::to_u64).transpose()?;
    node.mine(count, interval);
    Ok(Value::Null)
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
    node.set_automatic(arguments.next()?);
    reply(true)
}

fn automine(node: &Node, _: &mut Arguments<'_>) -> Reply {
    reply(node.is_automatic())
}

/// Seconds between blocks; zero stops the timer. Hardhat counts in milliseconds, Anvil in seconds: seconds it is.
fn set_interval(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let seconds = arguments.next::<Quantity>()?.to_u64()?;
    node.set_automatic(false);
    node.set_block_time(Some(seconds));
    reply(true)
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
