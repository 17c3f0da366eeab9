//! The node's own accounts: what they are, and their signatures.

use alloy_primitives::{Address, Bytes};

use super::{reply, Arguments, Method, Reply};
use crate::accounts::{personal_message_digest, signature_hex};
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_accounts", accounts),
    Method::quick("eth_requestAccounts", accounts),
    Method::quick("personal_listAccounts", accounts),
    Method::quick("eth_sign", sign),
    Method::quick("personal_sign", personal_sign),
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

fn sign_message(node: &Node, address: Address, message: &Bytes) -> Reply {
    let account = node.account(address)?;
    reply(signature_hex(
        account.sign(personal_message_digest(message)),
    ))
}
