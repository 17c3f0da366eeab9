//! The node's own accounts: what they are, and their signatures.

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, Bytes};
use serde_json::Value;

use super::{invalid, reply, Arguments, Method, Reply};
use crate::accounts::{personal_message_digest, signature_hex};
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_accounts", accounts),
    Method::quick("eth_requestAccounts", accounts),
    Method::quick("personal_listAccounts", accounts),
    Method::quick("eth_sign", sign),
    Method::quick("personal_sign", personal_sign),
    Method::quick("eth_signTypedData", sign_typed_data),
    Method::quick("eth_signTypedData_v4", sign_typed_data),
];

fn accounts(node: &Node, _: &mut Arguments<'_>) -> Reply {
    let addresses: Vec<Address> = node.accounts().iter().map(|own| own.address).collect();
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
    let data: TypedData = match arguments.next()? {
        Value::String(text) => serde_json::from_str(&text),
        object => serde_json::from_value(object),
    }
    .map_err(invalid)?;
    let digest = data.eip712_signing_hash().map_err(invalid)?;
    reply(signature_hex(account.sign(digest)))
}

fn sign_message(node: &Node, address: Address, message: &Bytes) -> Reply {
    let account = node.account(address)?;
    reply(signature_hex(
        account.sign(personal_message_digest(message)),
    ))
}
