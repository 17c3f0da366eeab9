//! `web3_*`, `net_*` and what `eth_*` says about the node itself.

use alloy_primitives::{keccak256, Bytes, U256};
use serde_json::json;

use super::unoffered::is_unoffered;
use super::{quantity, reply, Arguments, Method, Reply};
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("web3_clientVersion", 0, |_, _| reply(client_version())),
    Method::quick("web3_sha3", 1, |_, arguments| {
        reply(keccak256(arguments.next::<Bytes>()?))
    }),
    Method::quick("net_version", 0, network_id),
    Method::quick("eth_networkId", 0, network_id),
    Method::quick("net_listening", 0, |_, _| reply(true)),
    Method::quick("net_peerCount", 0, |_, _| quantity(0)),
    Method::quick("eth_chainId", 0, |node, _| quantity(chain_id(node))),
    Method::quick("eth_protocolVersion", 0, |_, _| quantity(65)),
    Method::quick("eth_syncing", 0, |_, _| reply(false)),
    Method::quick("eth_mining", 0, |_, _| reply(false)),
    Method::quick("eth_hashrate", 0, |_, _| quantity(0)),
    Method::quick("eth_coinbase", 0, coinbase),
    Method::quick("eth_capabilities", 0, capabilities),
    Method::quick("rpc_modules", 0, modules),
];

/// Version and name of the node. It begins as Anvil's does: Hardhat's network helpers ask no other node to change its state.
pub(super) fn client_version() -> String {
    format!("anvil/v{}/inkhorn", env!("CARGO_PKG_VERSION"))
}

/// Id of the chain.
pub(super) fn chain_id(node: &Node) -> u64 {
    node.read(|state| state.ledger.chain().config().chain_id)
}

fn network_id(node: &Node, _: &mut Arguments<'_>) -> Reply {
    reply(chain_id(node).to_string())
}

fn coinbase(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let first = node.accounts().first();
    reply(
        first
            .map(|account| account.address)
            .ok_or_else(|| RpcError::refused("etherbase must be explicitly specified"))?,
    )
}

/// From which block on there is what: everything but states and their proofs is kept for ever.
fn capabilities(node: &Node, _: &mut Arguments<'_>) -> Reply {
    node.read(|state| {
        let (ledger, is_fork) = (&state.ledger, state.fork.is_some());
        let from = |block: u64| json!({ "disabled": false, "oldestBlock": U256::from(block) });
        // What was before a fork is the other chain's to answer.
        let first = from(if is_fork { 0 } else { ledger.first_number() });
        let proofs = match is_fork {
            true => json!({ "disabled": true }),
            false => from(ledger.first_state()),
        };
        let head = &ledger.head().header;
        reply(json!({
            "head": { "number": U256::from(head.number), "hash": head.hash() },
            "state": from(if is_fork { 0 } else { ledger.first_state() }),
            "tx": first, "logs": first, "receipts": first, "blocks": first,
            "stateproofs": proofs,
        }))
    })
}

fn modules(_: &Node, _: &mut Arguments<'_>) -> Reply {
    let mut modules = serde_json::Map::new();
    for method in super::methods().filter(|method| !is_unoffered(method.name)) {
        if let Some((namespace, _)) = method.name.split_once('_') {
            modules.insert(namespace.to_owned(), json!("1.0"));
        }
    }
    Ok(modules.into())
}
