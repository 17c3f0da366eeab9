//! The node's own accounts: what they are, and their signatures.

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, Bytes};
use serde_json::{Map, Value};

use super::{invalid, reply, Arguments, Method, Reply};
use crate::accounts::{personal_message_digest, signature_hex};
use crate::error::RpcError;
use crate::node::Node;

/// Most parts that the types of typed data unfold to.
const MAX_TYPE_PARTS: usize = 10_000;
/// Deepest nesting of structs and arrays in typed data.
const MAX_TYPE_DEPTH: usize = 64;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_accounts", 0, accounts),
    Method::quick("eth_requestAccounts", 0, accounts),
    Method::quick("personal_listAccounts", 0, accounts),
    Method::quick("eth_sign", 2, sign),
    Method::quick("personal_sign", 3, personal_sign),
    Method::quick("eth_signTypedData", 2, sign_typed_data),
    Method::quick("eth_signTypedData_v3", 2, sign_typed_data),
    Method::quick("eth_signTypedData_v4", 2, sign_typed_data),
];

/// The node's own accounts, then those that it impersonates.
fn accounts(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let mut addresses: Vec<Address> = node.accounts().iter().map(|own| own.address).collect();
    let mut impersonated: Vec<Address> =
        node.read(|state| state.impersonated.iter().copied().collect());
    impersonated.retain(|who| !addresses.contains(who));
    impersonated.sort_unstable();
    addresses.extend(impersonated);
    reply(addresses)
}

fn sign(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (address, message) = (arguments.next()?, arguments.next()?);
    sign_message(node, address, &message)
}

/// Takes message and account the other way around.
fn personal_sign(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (message, address) = (arguments.next()?, arguments.next()?);
    sign_message(node, address, &message)
}

/// The data comes as an object or as its text.
fn sign_typed_data(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let account = node.account(arguments.next()?)?;
    let data = match arguments.next()? {
        Value::String(text) => serde_json::from_str(&text).map_err(invalid)?,
        object => object,
    };
    check_types(&data)?;
    let data: TypedData = serde_json::from_value(data).map_err(invalid)?;
    let digest = data.eip712_signing_hash().map_err(invalid)?;
    reply(signature_hex(account.sign(digest)))
}

/// Refuses types whose unfolding takes more time, memory or native stack than a message is worth.
fn check_types(data: &Value) -> Result<(), RpcError> {
    if let (Some(types), Some(name)) = (data["types"].as_object(), data["primaryType"].as_str()) {
        let mut parts = MAX_TYPE_PARTS;
        unfold(types, name, MAX_TYPE_DEPTH, &mut parts).ok_or_else(|| {
            RpcError::invalid("invalid params: the types are too deep or too many")
        })?;
    }
    Ok(())
}

/// Walks through a type and all within it; `None` when it is deeper or has more parts than allowed.
fn unfold(types: &Map<String, Value>, name: &str, depth: usize, parts: &mut usize) -> Option<()> {
    let base = name.find('[').map_or(name, |end| &name[..end]);
    let nesting = name.matches(['[', '(']).count();
    let depth = depth.checked_sub(1 + nesting)?;
    *parts = parts.checked_sub(1 + nesting)?;
    let fields = types.get(base).and_then(Value::as_array);
    fields
        .into_iter()
        .flatten()
        .filter_map(|field| field["type"].as_str())
        .try_for_each(|field| unfold(types, field, depth, parts))
}

fn sign_message(node: &Node, address: Address, message: &Bytes) -> Reply {
    let account = node.account(address)?;
    reply(signature_hex(
        account.sign(personal_message_digest(message)),
    ))
}
