//! What a subscriber wants, and what of an event that is.

use alloy_rpc_types_eth::pubsub::SubscriptionKind;
use alloy_rpc_types_eth::Log as RpcLog;
use jsonrpsee::types::Params;
use serde_json::{json, Value};

use crate::block::Block;
use crate::error::RpcError;
use crate::filter::{check_future, is_in_range, Wanted};
use crate::node::{Event, Node};
use crate::receipt;
use crate::rpc::Arguments;
use crate::transaction;

/// What a subscriber wants.
pub(super) enum Topic {
    Heads,
    Logs(Box<Wanted>),
    Transactions { whole: bool },
    Syncing,
}

impl Topic {
    /// The topic that a request names.
    ///
    /// # Errors
    /// There is no such topic, or its filter can't be honoured.
    pub(super) fn parse(params: &Params<'_>) -> Result<Self, RpcError> {
        let mut arguments = Arguments::new(params.sequence());
        let kind: SubscriptionKind = arguments.next()?;
        let topic = match kind {
            SubscriptionKind::NewHeads => Topic::Heads,
            SubscriptionKind::Logs => {
                let wanted: Wanted = arguments.optional_object()?.unwrap_or_default();
                check_future(&wanted)?;
                Topic::Logs(Box::new(wanted))
            }
            SubscriptionKind::NewPendingTransactions => Topic::Transactions {
                whole: arguments.optional()?.unwrap_or_default(),
            },
            SubscriptionKind::Syncing => Topic::Syncing,
            other => {
                return Err(RpcError::Unsupported(format!(
                    "there is no {other} subscription"
                )))
            }
        };
        match arguments.optional::<Value>()? {
            Some(_) => Err(RpcError::invalid(format!(
                "too many arguments for a {kind} subscription"
            ))),
            None => Ok(topic),
        }
    }

    /// What there is to say at once: that there is nothing to wait for, as Anvil does.
    pub(super) fn first(&self) -> Option<Value> {
        matches!(self, Self::Syncing).then_some(Value::Bool(false))
    }

    /// What an event means for the subscriber.
    pub(super) fn messages(&self, node: &Node, event: &Event) -> Vec<Value> {
        match (self, event) {
            (Self::Heads, Event::Block(block)) => vec![block.header_view()],
            (Self::Logs(wanted), Event::Block(block)) => matching_logs(wanted, block, false),
            (Self::Logs(wanted), Event::Removed(block)) => matching_logs(wanted, block, true),
            (Self::Transactions { whole: false }, Event::Transaction(hash)) => vec![json!(hash)],
            (Self::Transactions { whole: true }, Event::Transaction(hash)) => node
                .find_sent(*hash)
                .map(|sent| json!(transaction::pending_view(&sent)))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn matching_logs(wanted: &Wanted, block: &Block, removed: bool) -> Vec<Value> {
    let is_wanted = is_in_range(wanted, block.header.number);
    if !is_wanted || !wanted.matches_bloom(block.header.logs_bloom) {
        return Vec::new();
    }
    (0..block.entries.len())
        .flat_map(|index| receipt::logs(block, index))
        .filter(|log| wanted.matches(&log.inner))
        .map(|log| json!(RpcLog { removed, ..log }))
        .collect()
}
