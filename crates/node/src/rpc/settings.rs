//! Rules of the blocks to come, by the names that Anvil and Hardhat give them.

use super::cheats::{ANVIL, HARDHAT};
use super::{Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::long("anvil_setNextBlockBaseFeePerGas", 1, |node, arguments| {
        set_next_base_fee(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_setNextBlockBaseFeePerGas", 1, |node, arguments| {
        set_next_base_fee(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_setChainId", 1, |node, arguments| {
        let id = arguments.next::<Quantity>()?.to_u64()?;
        node.change(|state| state.ledger.chain_mut().set_chain_id(id));
        ANVIL
    }),
    Method::long("anvil_setCoinbase", 1, |node, arguments| {
        set_coinbase(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_setCoinbase", 1, |node, arguments| {
        set_coinbase(node, arguments).and(HARDHAT)
    }),
    Method::long("hardhat_setPrevRandao", 1, |node, arguments| {
        set_prev_randao(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_setPrevRandao", 1, |node, arguments| {
        set_prev_randao(node, arguments).and(ANVIL)
    }),
    Method::long("anvil_setNextBlockPrevRandao", 1, |node, arguments| {
        set_prev_randao(node, arguments).and(ANVIL)
    }),
    Method::long("evm_setBlockGasLimit", 1, set_block_gas_limit),
    Method::long("anvil_setBlockGasLimit", 1, set_block_gas_limit),
    Method::quick("anvil_setMinGasPrice", 1, refuse_min_gas_price),
    Method::quick("hardhat_setMinGasPrice", 1, refuse_min_gas_price),
    // What is printed goes by the command line's options.
    Method::quick("anvil_setLoggingEnabled", 1, |_, arguments| {
        arguments.next::<bool>().and(ANVIL)
    }),
    Method::quick("hardhat_setLoggingEnabled", 1, |_, arguments| {
        arguments.next::<bool>().and(HARDHAT)
    }),
];

fn set_next_base_fee(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let fee = arguments.next::<Quantity>()?.to_u64()?;
    node.change(|state| state.next_base_fee = Some(fee));
    ANVIL
}

/// The beneficiary from the next block on. Fees do not go there: Arbitrum has accounts of its own for them.
fn set_coinbase(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let coinbase = arguments.next()?;
    node.change(|state| state.ledger.chain_mut().set_coinbase(coinbase));
    ANVIL
}

/// What `PREVRANDAO` gives in the next block, and in no other.
fn set_prev_randao(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let random = arguments.next::<Quantity>()?.0.into();
    node.change(|state| state.next_prev_randao = Some(random));
    ANVIL
}

/// Both say true.
fn set_block_gas_limit(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let gas = arguments.next::<Quantity>()?.to_u64()?;
    if gas == 0 {
        return Err(RpcError::invalid("block gas limit must be greater than 0"));
    }
    node.change(|state| state.ledger.chain_mut().set_block_gas_limit(gas));
    HARDHAT
}

/// In the words of both.
fn refuse_min_gas_price(_: &Node, _: &mut Arguments<'_>) -> Reply {
    Err(RpcError::refused(
        "setMinGasPrice is not supported when EIP-1559 is active: the base fee is the lowest price, and \
         setNextBlockBaseFeePerGas or ArbOwner sets it",
    ))
}
