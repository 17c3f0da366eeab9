//! Transactions: sending them and finding them again.

use std::time::{Duration, Instant};

use alloy_consensus::Transaction as _;
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, Bytes, TxKind, B256};
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::{json, Value};

use super::blocks::{by_hash, by_number};
use super::network::chain_id;
use super::{reply, Arguments, Method, Quantity, Reply};
use crate::accounts::stand_in_signature;
use crate::call;
use crate::error::RpcError;
use crate::node::Node;
use crate::past::by_nonce;
use crate::receipt;
use crate::transaction::{self, Sent};

/// Longest time that a request waits for a receipt.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

pub(super) const METHODS: &[Method] = &[
    Method::long("eth_sendRawTransaction", 1, send_raw),
    Method::long("eth_sendRawTransactionSync", 2, send_raw_and_wait),
    Method::long("eth_sendTransaction", 1, send),
    Method::long("eth_sendTransactionSync", 2, send_and_wait),
    Method::long("eth_sendUnsignedTransaction", 1, send_unsigned),
    Method::long("eth_signTransaction", 1, sign),
    Method::long("eth_fillTransaction", 1, fill_transaction),
    Method::quick("eth_getTransactionByHash", 1, by_transaction_hash),
    Method::long("eth_getTransactionBySenderAndNonce", 2, by_sender_and_nonce),
    Method::quick("eth_getTransactionReceipt", 1, transaction_receipt),
    Method::quick(
        "eth_getTransactionByBlockNumberAndIndex",
        2,
        |node, arguments| {
            let id = by_number(arguments)?;
            by_index(node, id, arguments)
        },
    ),
    Method::quick(
        "eth_getTransactionByBlockHashAndIndex",
        2,
        |node, arguments| {
            let id = by_hash(arguments)?;
            by_index(node, id, arguments)
        },
    ),
    Method::quick("eth_pendingTransactions", 0, pending),
];

fn send_raw(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let raw: Bytes = arguments.next()?;
    let sent = transaction::decode(&raw, chain_id(node))?;
    reply(node.submit(sent)?)
}

/// Gives the receipt instead of the hash, once there is one within the milliseconds given (EIP-7966).
fn send_raw_and_wait(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let raw: Bytes = arguments.next()?;
    let sent = transaction::decode(&raw, chain_id(node))?;
    let patience = patience(arguments)?;
    let hash = node.submit(sent)?;
    wait_for_receipt(node, hash, patience)
}

/// The same for a transaction that the node signs.
fn send_and_wait(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.object()?;
    let patience = patience(arguments)?;
    let hash = {
        let _alone = node.number_alone();
        node.submit(from_request(node, request)?)?
    };
    wait_for_receipt(node, hash, patience)
}

fn patience(arguments: &mut Arguments<'_>) -> Result<Duration, RpcError> {
    let milliseconds: Option<Quantity> = arguments.optional()?;
    let milliseconds = milliseconds.map_or(Ok(0), Quantity::to_u64)?;
    Ok(Duration::from_millis(milliseconds).min(LONGEST_WAIT))
}

fn wait_for_receipt(node: &Node, hash: B256, patience: Duration) -> Reply {
    let begun = Instant::now();
    loop {
        let found = node.read(|state| {
            let found = state.ledger.find(hash);
            found.map(|(block, index)| receipt::view(block, index))
        });
        match found {
            Some(receipt) => return Ok(receipt),
            None if begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(20)),
            None => {
                return Err(RpcError::refused(format!(
                    "transaction {hash} was taken and waits for a block"
                )))
            }
        }
    }
}

fn send(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.object()?;
    let _alone = node.number_alone();
    reply(node.submit(from_request(node, request)?)?)
}

/// Sends for any account, as if it were impersonated.
fn send_unsigned(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request: TransactionRequest = arguments.object()?;
    let sender = sender_of(&request)?;
    let _alone = node.number_alone();
    let built = transaction::build(fill(node, request)?, chain_id(node))?;
    let sent = transaction::sign(built, sender, stand_in_signature(sender));
    reply(node.submit(sent)?)
}

fn sender_of(request: &TransactionRequest) -> Result<Address, RpcError> {
    request
        .from
        .ok_or_else(|| RpcError::invalid("invalid params: missing field `from`"))
}

fn sign(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let sent = from_request(node, arguments.object()?)?;
    node.account(sent.signer())?;
    reply(json!({
        "raw": Bytes::from(sent.encoded_2718()),
        "tx": sent.inner(),
    }))
}

fn fill_transaction(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = fill(node, arguments.object()?)?;
    let built = transaction::build(request, chain_id(node))?;
    reply(json!({ "tx": built }))
}

/// Fills in, builds and signs what a request asks for.
pub(super) fn from_request(node: &Node, request: TransactionRequest) -> Result<Sent, RpcError> {
    let sender = sender_of(&request)?;
    node.check_unlocked(sender)?;
    let request = fill(node, request)?;
    node.sign(sender, transaction::build(request, chain_id(node))?)
}

/// Nonce, gas limit and fee where the request leaves them open.
///
/// # Errors
/// A creation of nothing, a nonce or an estimate that can't be had.
fn fill(node: &Node, mut request: TransactionRequest) -> Result<TransactionRequest, RpcError> {
    let is_creation = !matches!(request.to, Some(TxKind::Call(_)));
    if is_creation && transaction::request_input(&request).is_empty() {
        // Who leaves the recipient out would lose what is sent.
        return Err(RpcError::refused(
            "contract creation without any data provided",
        ));
    }
    let sender = request.from.unwrap_or_default();
    if request.nonce.is_none() {
        request.nonce = Some(node.pending_nonce(sender)?);
    }
    if matches!(request.transaction_type, Some(0 | 1)) && request.gas_price.is_none() {
        request.gas_price = Some(node.read(|state| state.base_fee()).into());
    }
    if request.transaction_type == Some(1) {
        request.access_list.get_or_insert_default();
    }
    if request.gas_price.is_none() {
        let base_fee = u128::from(node.read(|state| state.base_fee()));
        let tip = *request.max_priority_fee_per_gas.get_or_insert(0);
        request
            .max_fee_per_gas
            .get_or_insert(tip.saturating_add(2 * base_fee));
    }
    if request.gas.is_none() {
        let chain = node.chain_at(BlockId::Number(BlockNumberOrTag::Pending))?;
        let cap = chain.config().tx_gas_limit;
        let transaction = call::transaction(&chain, &request, cap)?;
        request.gas = Some(call::estimate_gas(&chain, &transaction)?);
    }
    Ok(request)
}

fn by_transaction_hash(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    node.read(|state| {
        if let Some((block, index)) = state.ledger.find(hash) {
            return reply(block.transaction_view(index));
        }
        reply(state.pool.get(hash).map(transaction::pending_view))
    })
}

/// Where nothing but the sender and its nonce is known, all blocks are gone through, the latest first.
fn by_sender_and_nonce(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let sender: Address = arguments.next()?;
    let nonce = arguments.next::<Quantity>()?.to_u64()?;
    let is_it = |sent: &Sent| sent.signer() == sender && sent.nonce() == nonce;
    let found = node.read(|state| {
        if let Some(waiting) = state.pool.all().find(|sent| is_it(sent)) {
            return reply(transaction::pending_view(waiting));
        }
        let mined = state.ledger.blocks().iter().rev().find_map(|block| {
            let mut sent = block.entries.iter().map(|entry| &entry.transaction);
            sent.position(is_it)
                .map(|index| block.transaction_view(index))
        });
        reply(mined)
    })?;
    match found {
        Value::Null => by_nonce(node, sender, nonce),
        found => Ok(found),
    }
}

fn transaction_receipt(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    node.read(|state| {
        let found = state.ledger.find(hash);
        Ok(found.map_or(Value::Null, |(block, index)| receipt::view(block, index)))
    })
}

fn by_index(node: &Node, id: BlockId, arguments: &mut Arguments<'_>) -> Reply {
    let index = usize::try_from(arguments.next::<Quantity>()?.to_u64()?).unwrap_or(usize::MAX);
    node.read(|state| {
        let block = state.ledger.resolve(id);
        let block = block.filter(|block| index < block.entries.len());
        reply(block.map(|block| block.transaction_view(index)))
    })
}

fn pending(node: &Node, _: &mut Arguments<'_>) -> Reply {
    node.read(|state| {
        reply(
            state
                .pool
                .all()
                .map(transaction::pending_view)
                .collect::<Vec<_>>(),
        )
    })
}
