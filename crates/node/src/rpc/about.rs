//! What the node says about itself to Foundry and Hardhat.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use serde_json::{json, Value};

use super::network::{chain_id, client_version};
use super::{reply, Arguments, Method, Reply};
use crate::fork::Fork;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("anvil_nodeInfo", 0, node_info),
    Method::quick("anvil_metadata", 0, anvil_metadata),
    Method::quick("hardhat_metadata", 0, |node, _| Ok(metadata(node))),
    Method::quick("anvil_getGenesisTime", 0, |node, _| {
        reply(node.read(|state| state.ledger.chain().config().start_time))
    }),
];

fn node_info(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let automatic = node.is_automatic();
    node.read(|state| {
        let (head, config) = (state.ledger.head(), state.ledger.chain().config());
        reply(json!({
            "currentBlockNumber": U256::from(head.header.number),
            "currentBlockTimestamp": head.header.timestamp,
            "currentBlockHash": head.header.hash(),
            "hardFork": format!("arbos{}", config.arbos_version),
            "transactionOrder": "fifo",
            "environment": {
                "baseFee": U256::from(state.base_fee()),
                "chainId": config.chain_id,
                "gasLimit": U256::from(config.block_gas_limit),
                "gasPrice": U256::from(state.base_fee()),
            },
            "forkConfig": fork_config(state.fork.as_deref()),
            "automine": automatic,
        }))
    })
}

fn fork_config(fork: Option<&Fork>) -> Value {
    json!({
        "forkUrl": fork.map(Fork::url),
        "forkBlockNumber": fork.map(|fork| fork.point().number),
        "forkRetryBackoff": fork.map(|fork| fork.options().patience.pause.as_millis()),
    })
}

fn anvil_metadata(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let mut metadata = metadata(node);
    let snapshots = node.snapshots().into_iter();
    let snapshots: BTreeMap<U256, Value> = snapshots
        .map(|(id, number, hash)| (U256::from(id), json!([number, hash])))
        .collect();
    metadata["snapshots"] = reply(snapshots)?;
    if let Some(fork) = node.fork() {
        let point = fork.point();
        metadata["forkedNetwork"] = json!({
            "chainId": point.chain_id,
            "forkBlockNumber": point.number,
            "forkBlockHash": point.hash,
        });
    }
    metadata["clientSemver"] = env!("CARGO_PKG_VERSION").into();
    Ok(metadata)
}

fn metadata(node: &Node) -> Value {
    let id = chain_id(node);
    node.read(|state| {
        let head = state.ledger.head();
        json!({
            "clientVersion": client_version(),
            "chainId": id,
            "latestBlockHash": head.header.hash(),
            "latestBlockNumber": head.header.number,
            "instanceId": state.ledger.blocks()[0].header.hash(),
        })
    })
}
