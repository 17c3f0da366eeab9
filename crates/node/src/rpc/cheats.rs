//! Changes that no transaction could make, by the names that Anvil and Hardhat give them.

use alloy_primitives::{Address, Bytes, B256};
use serde_json::{json, Value};

use super::network::{chain_id, client_version};
use super::{reply, Arguments, Method, Quantity, Reply};
use crate::call::check_code_at;
use crate::dump::NodeDump;
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::long("anvil_setBalance", 2, set_balance),
    Method::long("hardhat_setBalance", 2, set_balance),
    Method::long("anvil_addBalance", 2, add_balance),
    Method::long("anvil_setCode", 2, set_code),
    Method::long("hardhat_setCode", 2, set_code),
    Method::long("anvil_setNonce", 2, set_nonce),
    Method::long("hardhat_setNonce", 2, set_nonce),
    Method::long("evm_setAccountNonce", 2, set_nonce),
    Method::long("anvil_setStorageAt", 3, set_storage),
    Method::long("hardhat_setStorageAt", 3, set_storage),
    Method::long("anvil_impersonateAccount", 1, impersonate),
    Method::long("hardhat_impersonateAccount", 1, impersonate),
    Method::long("anvil_stopImpersonatingAccount", 1, stop_impersonating),
    Method::long("hardhat_stopImpersonatingAccount", 1, stop_impersonating),
    Method::long("anvil_autoImpersonateAccount", 1, |node, arguments| {
        let on = arguments.next()?;
        node.change(|state| state.impersonate_all = on);
        Ok(Value::Null)
    }),
    Method::long("anvil_setNextBlockBaseFeePerGas", 1, set_next_base_fee),
    Method::long("hardhat_setNextBlockBaseFeePerGas", 1, set_next_base_fee),
    Method::long("anvil_dropTransaction", 1, drop_transaction),
    Method::long("hardhat_dropTransaction", 1, drop_transaction),
    Method::long("anvil_dropAllTransactions", 0, |node, _| {
        node.change(|state| state.pool.clear(None));
        Ok(Value::Null)
    }),
    Method::long("anvil_removePoolTransactions", 1, |node, arguments| {
        let sender = arguments.next()?;
        node.change(|state| state.pool.clear(Some(sender)));
        Ok(Value::Null)
    }),
    Method::long("anvil_dumpState", 1, |node, _| reply(node.dump().pack()?)),
    Method::long("hardhat_dumpState", 1, |node, _| reply(node.dump().pack()?)),
    Method::long("anvil_loadState", 1, load_state),
    Method::long("hardhat_loadState", 1, load_state),
    Method::long("anvil_reset", 1, reset),
    Method::long("hardhat_reset", 1, reset),
    Method::quick("anvil_setLoggingEnabled", 1, |_, _| Ok(Value::Null)),
    Method::quick("hardhat_setLoggingEnabled", 1, |_, _| Ok(Value::Null)),
    Method::quick("anvil_nodeInfo", 0, node_info),
    Method::quick("anvil_metadata", 0, metadata),
    Method::quick("hardhat_metadata", 0, metadata),
];

fn set_balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, wei) = (arguments.next()?, arguments.next::<Quantity>()?);
    node.change(|state| state.ledger.chain_mut().fund(who, wei.0));
    Ok(Value::Null)
}

fn add_balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, wei) = (arguments.next()?, arguments.next::<Quantity>()?);
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        chain.fund(who, chain.balance(who).saturating_add(wei.0));
    });
    Ok(Value::Null)
}

fn set_code(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, code): (Address, Bytes) = (arguments.next()?, arguments.next()?);
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        check_code_at(chain, who)?;
        chain.set_code(who, code);
        Ok(Value::Null)
    })
}

fn set_nonce(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, nonce) = (arguments.next()?, arguments.next::<Quantity>()?.to_u64()?);
    node.change(|state| state.ledger.chain_mut().set_nonce(who, nonce));
    Ok(Value::Null)
}

fn set_storage(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, slot) = (arguments.next()?, arguments.next::<Quantity>()?);
    let value: B256 = arguments.next()?;
    node.change(|state| {
        state
            .ledger
            .chain_mut()
            .set_storage(who, slot.0, value.into());
    });
    reply(true)
}

fn impersonate(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let who = arguments.next()?;
    node.change(|state| state.impersonated.insert(who));
    Ok(Value::Null)
}

fn stop_impersonating(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let who: Address = arguments.next()?;
    node.change(|state| state.impersonated.remove(&who));
    Ok(Value::Null)
}

fn set_next_base_fee(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let fee = arguments.next::<Quantity>()?.to_u64()?;
    node.change(|state| state.next_base_fee = Some(fee));
    Ok(Value::Null)
}

fn drop_transaction(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    let dropped = node.change(|state| state.pool.remove(hash));
    reply(dropped.then_some(hash))
}

fn load_state(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let packed: Bytes = arguments.next()?;
    node.load(NodeDump::unpack(&packed)?)
        .map_err(|error| RpcError::refused(error.to_string()))?;
    reply(true)
}

/// There is nothing to fork from here.
fn reset(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let options: Option<Value> = arguments.optional()?;
    if options.is_some_and(|options| options.get("forking").is_some()) {
        return Err(RpcError::Unsupported(
            "this node does not fork other chains".to_owned(),
        ));
    }
    node.reset();
    reply(true)
}

fn node_info(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let automatic = node.is_automatic();
    node.read(|state| {
        let (head, config) = (state.ledger.head(), state.ledger.chain().config());
        reply(json!({
            "currentBlockNumber": head.header.number,
            "currentBlockTimestamp": head.header.timestamp,
            "currentBlockHash": head.header.hash(),
            "hardFork": format!("arbos{}", config.arbos_version),
            "transactionOrder": "fifo",
            "environment": {
                "baseFee": state.base_fee(),
                "chainId": config.chain_id,
                "gasLimit": head.header.gas_limit,
                "gasPrice": state.base_fee(),
            },
            "forkConfig": {},
            "automine": automatic,
        }))
    })
}

fn metadata(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let id = chain_id(node);
    node.read(|state| {
        let head = state.ledger.head();
        reply(json!({
            "clientVersion": client_version(),
            "chainId": id,
            "latestBlockHash": head.header.hash(),
            "latestBlockNumber": head.header.number,
            "instanceId": state.ledger.blocks()[0].header.hash(),
            "snapshots": {},
        }))
    })
}
