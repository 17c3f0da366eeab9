//! Blocks that are taken back, and others in their place.

use alloy_primitives::Bytes;
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::Value;

use super::cheats::ANVIL;
use super::network::chain_id;
use super::transactions::from_request;
use super::{invalid, Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::fields::Request;
use crate::node::Node;
use crate::transaction::{self, Sent};

/// Most blocks that are replaced at a time.
const MAX_DEPTH: u64 = 10_000;

pub(super) const METHODS: &[Method] = &[
    Method::long("anvil_rollback", 1, roll_back),
    // By name is how alloy sends them.
    Method::long("anvil_reorg", 2, reorganise).named(&["depth", "tx_block_pairs"]),
];

/// One block unless told otherwise.
fn roll_back(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let depth: Option<Quantity> = arguments.optional()?;
    node.roll_back(depth.map_or(Ok(1), Quantity::to_u64)?)?;
    ANVIL
}

/// The depth, and transactions with the number of the new block that each goes into, the first being 0.
fn reorganise(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let depth = arguments.next::<Quantity>()?.to_u64()?;
    if depth == 0 || depth > MAX_DEPTH {
        return Err(RpcError::invalid(format!(
            "the depth of a re-organisation lies between 1 and {MAX_DEPTH}"
        )));
    }
    let mut blocks = vec![Vec::new(); usize::try_from(depth).unwrap_or(usize::MAX)];
    let placed: Vec<(Value, Quantity)> = arguments.optional()?.unwrap_or_default();
    for (value, place) in placed {
        let place = usize::try_from(place.to_u64()?).unwrap_or(usize::MAX);
        let block = blocks.get_mut(place).ok_or_else(|| {
            RpcError::invalid(format!("there is no block {place} among {depth} new ones"))
        })?;
        block.push(read(node, value)?);
    }
    node.reorganise(blocks)?;
    ANVIL
}

/// A signed transaction, or what an unlocked account is to send.
fn read(node: &Node, value: Value) -> Result<Sent, RpcError> {
    if value.is_string() {
        let raw: Bytes = serde_json::from_value(value).map_err(invalid)?;
        return transaction::decode(&raw, chain_id(node));
    }
    TransactionRequest::SHAPE.check(&value)?;
    from_request(node, serde_json::from_value(value).map_err(invalid)?)
}
