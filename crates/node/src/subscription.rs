//! `eth_subscribe`: new heads, logs and transactions as they come.

use std::sync::Arc;

use alloy_rpc_types_eth::pubsub::SubscriptionKind;
use alloy_rpc_types_eth::{Filter, Log as RpcLog};
use jsonrpsee::types::Params;
use jsonrpsee::{PendingSubscriptionSink, RpcModule, SubscriptionSink};
use serde_json::{json, Value};
use tokio::sync::broadcast::error::RecvError;

use crate::block::Block;
use crate::error::RpcError;
use crate::filter::{check_future, is_in_range};
use crate::node::{Event, Node};
use crate::receipt;
use crate::rpc::Arguments;
use crate::transaction;

/// What a subscriber wants.
enum Topic {
    Heads,
    Logs(Box<Filter>),
    Transactions { whole: bool },
}

/// Registers `eth_subscribe` and `eth_unsubscribe`.
pub fn register(module: &mut RpcModule<Node>) {
    module
        .register_subscription(
            "eth_subscribe",
            "eth_subscription",
            "eth_unsubscribe",
            |params, pending, node, _| serve(params, pending, node),
        )
        .expect("method names are distinct");
}

async fn serve(params: Params<'static>, pending: PendingSubscriptionSink, node: Arc<Node>) {
    let topic = match parse(&params) {
        Ok(topic) => topic,
        Err(error) => return pending.reject(error).await,
    };
    let mut events = node.subscribe();
    let Ok(sink) = pending.accept().await else {
        return;
    };
    loop {
        let event = tokio::select! {
            () = sink.closed() => return,
            event = events.recv() => event,
        };
        let messages = match event {
            Ok(event) => topic.messages(&node, &event),
            // A subscriber that can't keep up misses what it can't take.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if send(&sink, messages).await.is_err() {
            return;
        }
    }
}

/// # Errors
/// The subscriber is gone.
async fn send(sink: &SubscriptionSink, messages: Vec<Value>) -> Result<(), ()> {
    for message in messages {
        let message = serde_json::value::to_raw_value(&message).map_err(drop)?;
        sink.send(message).await.map_err(drop)?;
    }
    Ok(())
}

fn parse(params: &Params<'_>) -> Result<Topic, RpcError> {
    let mut arguments = Arguments::new(params.sequence());
    let kind: SubscriptionKind = arguments.next()?;
    let topic = match kind {
        SubscriptionKind::NewHeads => Topic::Heads,
        SubscriptionKind::Logs => {
            let wanted: Filter = arguments.optional_object()?.unwrap_or_default();
            check_future(&wanted)?;
            Topic::Logs(Box::new(wanted))
        }
        SubscriptionKind::NewPendingTransactions => Topic::Transactions {
            whole: arguments.optional()?.unwrap_or_default(),
        },
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

impl Topic {
    fn messages(&self, node: &Node, event: &Event) -> Vec<Value> {
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

fn matching_logs(wanted: &Filter, block: &Block, removed: bool) -> Vec<Value> {
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
