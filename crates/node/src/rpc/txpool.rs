//! The pool as go-ethereum shows it: what blocks can take, and what waits for the nonces before it.

use std::collections::BTreeMap;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, U256};
use serde_json::{json, Value};

use super::{reply, Arguments, Method, Reply};
use crate::node::Node;
use crate::transaction::{self, Sent};

pub(super) const METHODS: &[Method] = &[
    Method::quick("txpool_status", 0, status),
    Method::quick("txpool_content", 0, |node, _| {
        content(node, |sent| json!(transaction::pending_view(sent)))
    }),
    Method::quick("txpool_contentFrom", 1, content_from),
    Method::quick("txpool_inspect", 0, |node, _| content(node, summary)),
];

/// Transactions by sender, in the form that carries a checksum, and nonce.
type ByNonce = BTreeMap<String, BTreeMap<u64, Value>>;

fn status(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let [pending, queued] = split(node, |_| Value::Null);
    let count = |senders: ByNonce| {
        let total: usize = senders.values().map(BTreeMap::len).sum();
        U256::from(total)
    };
    reply(json!({ "pending": count(pending), "queued": count(queued) }))
}

fn content(node: &Node, view: impl Fn(&Sent) -> Value) -> Reply {
    let [pending, queued] = split(node, view);
    reply(json!({ "pending": pending, "queued": queued }))
}

/// The transactions of one account.
fn content_from(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let sender: Address = arguments.next()?;
    let parts = split(node, |sent| json!(transaction::pending_view(sent)));
    let sender = sender.to_checksum(None);
    let [pending, queued] = parts.map(|mut part| part.remove(&sender).unwrap_or_default());
    reply(json!({ "pending": pending, "queued": queued }))
}

/// Executable transactions, and those that wait for a nonce.
fn split(node: &Node, view: impl Fn(&Sent) -> Value) -> [ByNonce; 2] {
    node.read(|state| {
        let mut parts = [ByNonce::new(), ByNonce::new()];
        for sent in state.pool.all() {
            let sender = sent.signer();
            let nonce = state.ledger.chain().nonce(sender);
            let is_queued = sent.nonce() >= state.pool.next_nonce(sender, nonce);
            parts[usize::from(is_queued)]
                .entry(sender.to_checksum(None))
                .or_default()
                .insert(sent.nonce(), view(sent));
        }
        parts
    })
}

fn summary(sent: &Sent) -> Value {
    let to = sent
        .to()
        .map_or("contract creation".to_owned(), |to| to.to_string());
    json!(format!(
        "{to}: {} wei + {} gas × {} wei",
        sent.value(),
        sent.gas_limit(),
        transaction::max_fee(sent)
    ))
}
