//! Changes that no transaction could make, by the names that Anvil and Hardhat give them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, B256};
use serde::Deserialize;
use serde_json::Value;

use super::{reply, Arguments, Method, Quantity, Reply, Slot};
use crate::call::{check_code_at, check_storage_of};
use crate::dump::NodeDump;
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::long("anvil_setBalance", 2, |node, arguments| {
        set_balance(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_setBalance", 2, |node, arguments| {
        set_balance(node, arguments).and(HARDHAT)
    }),
    Method::long("tenderly_setBalance", 2, |node, arguments| {
        set_balance(node, arguments).and(ANVIL)
    }),
    Method::long("anvil_addBalance", 2, add_balance),
    Method::long("hardhat_addBalance", 2, add_balance),
    Method::long("tenderly_addBalance", 2, add_balance),
    Method::long("anvil_setCode", 2, |node, arguments| {
        set_code(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_setCode", 2, |node, arguments| {
        set_code(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_setNonce", 2, |node, arguments| {
        set_nonce(node, arguments).and(ANVIL)
    }),
    // As Ganache has them.
    Method::long("evm_setAccountBalance", 2, |node, arguments| {
        set_balance(node, arguments).and(HARDHAT)
    }),
    Method::long("evm_setAccountCode", 2, |node, arguments| {
        set_code(node, arguments).and(HARDHAT)
    }),
    Method::long("evm_setAccountStorageAt", 3, set_storage),
    Method::long("evm_setAccountNonce", 2, |node, arguments| {
        set_nonce(node, arguments).and(HARDHAT)
    }),
    Method::long("hardhat_setNonce", 2, |node, arguments| {
        set_nonce(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_setStorageAt", 3, set_storage),
    Method::long("hardhat_setStorageAt", 3, set_storage),
    Method::long("anvil_impersonateAccount", 1, |node, arguments| {
        impersonate(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_impersonateAccount", 1, |node, arguments| {
        impersonate(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_stopImpersonatingAccount", 1, |node, arguments| {
        stop_impersonating(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_stopImpersonatingAccount", 1, stop_impersonating),
    Method::long("anvil_autoImpersonateAccount", 1, impersonate_all),
    Method::long("hardhat_autoImpersonateAccount", 1, |node, arguments| {
        impersonate_all(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_dropTransaction", 1, drop_transaction),
    Method::long("hardhat_dropTransaction", 1, |node, arguments| {
        reply(!drop_transaction(node, arguments)?.is_null())
    }),
    Method::long("anvil_dropAllTransactions", 0, drop_all_transactions),
    Method::long("hardhat_dropAllTransactions", 0, |node, arguments| {
        drop_all_transactions(node, arguments).and(HARDHAT)
    }),
    Method::long("anvil_removePoolTransactions", 1, |node, arguments| {
        let sender = arguments.next()?;
        node.change(|state| state.pool.clear(Some(sender)));
        ANVIL
    }),
    Method::long("anvil_dumpState", 1, dump_state),
    Method::long("hardhat_dumpState", 1, dump_state),
    Method::long("anvil_loadState", 1, load_state),
    Method::long("hardhat_loadState", 1, load_state),
    Method::long("anvil_reset", 1, |node, arguments| {
        reset(node, arguments).and(ANVIL)
    }),
    Method::long("hardhat_reset", 1, |node, arguments| {
        reset(node, arguments).and(HARDHAT)
    }),
];

/// What Anvil answers when there is nothing to say.
pub(super) const ANVIL: Reply = Ok(Value::Null);
/// What Hardhat answers then.
pub(super) const HARDHAT: Reply = Ok(Value::Bool(true));

fn set_balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, wei) = (arguments.next()?, arguments.next::<Quantity>()?);
    node.meet(who)?;
    node.change(|state| state.ledger.chain_mut().fund(who, wei.0));
    ANVIL
}

fn add_balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, wei) = (arguments.next()?, arguments.next::<Quantity>()?);
    node.meet(who)?;
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        chain.fund(who, chain.balance(who).saturating_add(wei.0));
    });
    ANVIL
}

fn set_code(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, code): (Address, Bytes) = (arguments.next()?, arguments.next()?);
    node.meet(who)?;
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        check_code_at(chain, who)?;
        chain.set_code(who, code);
        ANVIL
    })
}

fn set_nonce(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, nonce) = (arguments.next()?, arguments.next::<Quantity>()?.to_u64()?);
    node.meet(who)?;
    node.change(|state| state.ledger.chain_mut().set_nonce(who, nonce));
    ANVIL
}

/// Both say true.
fn set_storage(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (who, slot): (Address, _) = (arguments.next()?, arguments.next::<Slot>()?);
    let value: B256 = arguments.next()?;
    node.meet(who)?;
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        check_storage_of(who)?;
        chain.set_storage(who, slot.0, value.into());
        HARDHAT
    })
}

fn impersonate(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let who = arguments.next()?;
    node.change(|state| state.impersonated.insert(who));
    ANVIL
}

/// Whether the account was impersonated.
fn stop_impersonating(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let who: Address = arguments.next()?;
    reply(node.change(|state| state.impersonated.remove(&who)))
}

/// The hash of a transaction that waited and does so no longer, or null.
fn impersonate_all(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let on = arguments.next()?;
    node.change(|state| state.impersonate_all = on);
    ANVIL
}

fn drop_all_transactions(node: &Node, _: &mut Arguments<'_>) -> Reply {
    node.change(|state| state.pool.clear(None));
    ANVIL
}

fn drop_transaction(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    let is_mined = node.read(|state| state.ledger.find(hash).is_some());
    if is_mined {
        return Err(RpcError::refused(format!(
            "transaction {hash} can't be dropped: it is mined already"
        )));
    }
    let dropped = node.change(|state| state.pool.remove(hash));
    reply(dropped.then_some(hash))
}

/// The dump always holds the blocks, which Anvil leaves out unless it is told not to.
fn dump_state(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    if arguments.optional::<bool>()? == Some(false) {
        return Err(RpcError::invalid(
            "a dump of this node always holds its blocks",
        ));
    }
    reply(node.dump().pack()?)
}

fn load_state(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let packed: Bytes = arguments.next()?;
    node.load(NodeDump::unpack(&packed)?)?;
    HARDHAT
}

/// Where to start again from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetOptions {
    forking: Option<Forking>,
}

/// What to fork. viem sends it empty where it means nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Forking {
    json_rpc_url: Option<String>,
    block_number: Option<Quantity>,
    http_headers: Option<BTreeMap<String, String>>,
}

/// Starts again: from what is to be forked, or else from what the node was started with. A block alone is one of the chain that
/// is forked now.
fn reset(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let options: Option<ResetOptions> = arguments.optional()?;
    let Some(Forking {
        json_rpc_url,
        block_number,
        http_headers,
    }) = options.and_then(|options| options.forking)
    else {
        node.reset();
        return ANVIL;
    };
    let block_number = block_number.map(Quantity::to_u64).transpose()?;
    let headers = http_headers.unwrap_or_default().into_iter().collect();
    match (json_rpc_url, node.fork()) {
        (Some(url), _) => node.fork_again(url, headers, block_number)?,
        (None, Some(fork)) if block_number.is_some() => {
            let known = fork.options().headers.clone();
            node.fork_again(fork.url().to_owned(), known, block_number)?;
        }
        (None, None) if block_number.is_some() => {
            return Err(RpcError::invalid(
                "forking.jsonRpcUrl is missing: this node forks no chain that could have the block",
            ));
        }
        (None, _) => node.reset(),
    }
    ANVIL
}
