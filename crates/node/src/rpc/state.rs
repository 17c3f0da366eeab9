//! Accounts, code and storage, now or after an earlier block.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256};

use super::{quantity, reply, Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_getBalance", 2, balance),
    Method::quick("eth_getCode", 2, code),
    Method::quick("eth_getStorageAt", 3, storage),
    Method::quick("eth_getTransactionCount", 2, nonce),
    Method::quick("eth_getProof", 3, |_, _| {
        Err(RpcError::Unsupported(
            "eth_getProof is not supported: this chain keeps no state trie".to_owned(),
        ))
    }),
];

fn balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let chain = node.chain_at(arguments.block()?)?;
    reply(chain.balance(address))
}

fn code(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let chain = node.chain_at(arguments.block()?)?;
    reply(chain.code(address))
}

fn storage(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (address, slot) = (arguments.next()?, arguments.next::<Quantity>()?);
    let chain = node.chain_at(arguments.block()?)?;
    reply(B256::from(chain.storage(address, slot.0)))
}

fn nonce(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address: Address = arguments.next()?;
    let block = arguments.block()?;
    if block == BlockId::Number(BlockNumberOrTag::Pending) {
        return quantity(node.pending_nonce(address));
    }
    quantity(node.chain_at(block)?.nonce(address))
}
