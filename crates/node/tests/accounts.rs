//! The node's own accounts and their signatures.

use alloy_primitives::{hex, keccak256, Address, Signature, B256};
use serde_json::json;

use crate::support::{parse, Served};

fn signer(signature: &serde_json::Value, digest: B256) -> Address {
    let bytes = hex::decode(signature.as_str().unwrap()).unwrap();
    Signature::from_raw(&bytes)
        .unwrap()
        .recover_address_from_prehash(&digest)
        .unwrap()
}

#[test]
fn accounts_are_those_of_the_mnemonic() {
    let node = Served::new();
    let accounts: Vec<Address> = parse(&node.rpc("eth_accounts", json!([])));
    assert_eq!(accounts, node.accounts);
    assert_eq!(
        node.rpc("eth_requestAccounts", json!([])),
        json!(node.accounts)
    );
    assert_eq!(
        node.rpc("personal_listAccounts", json!([])),
        json!(node.accounts)
    );
}

#[test]
fn messages_are_signed_as_wallets_do() {
    let node = Served::new();
    let account = node.accounts[1];
    let digest = keccak256("\x19Ethereum Signed Message:\n5hello");
    for (method, params) in [
        ("eth_sign", json!([account, "0x68656c6c6f"])),
        ("personal_sign", json!(["0x68656c6c6f", account])),
    ] {
        assert_eq!(signer(&node.rpc(method, params), digest), account);
    }
    let stranger = Address::repeat_byte(9);
    let failure = node.refused("eth_sign", json!([stranger, "0x00"]));
    assert_eq!(failure.code, -32_000);
    assert!(failure.message.starts_with("unknown account"));
}

#[test]
fn typed_data_is_signed() {
    let node = Served::new();
    let account = node.accounts[0];
    let data = json!({
        "types": {
            "EIP712Domain": [{ "name": "name", "type": "string" }],
            "Vote": [{ "name": "yes", "type": "bool" }],
        },
        "primaryType": "Vote",
        "domain": { "name": "test" },
        "message": { "yes": true },
    });
    let domain = keccak256([keccak256("EIP712Domain(string name)"), keccak256("test")].concat());
    let vote = keccak256([keccak256("Vote(bool yes)"), B256::with_last_byte(1)].concat());
    let digest = keccak256([&[0x19, 0x01], &domain[..], &vote[..]].concat());
    let signature = node.rpc("eth_signTypedData_v4", json!([account, data]));
    assert_eq!(signer(&signature, digest), account);
    let as_text = node.rpc("eth_signTypedData", json!([account, data.to_string()]));
    assert_eq!(as_text, signature);
}

/// Typed data whose first type has one field, with more types beside it.
fn typed(
    field: &str,
    more: impl IntoIterator<Item = (String, serde_json::Value)>,
) -> serde_json::Value {
    let mut types = serde_json::Map::from_iter(more);
    types.insert("EIP712Domain".to_owned(), json!([]));
    types.insert("First".to_owned(), json!([{ "name": "a", "type": field }]));
    json!({ "types": types, "primaryType": "First", "domain": {}, "message": { "a": [] } })
}

#[test]
fn typed_data_does_not_exhaust_the_node() {
    let node = Served::new();
    let account = node.accounts[0];
    let chain = |fields: usize, length: usize| {
        (0..length).map(move |nth| {
            let next = json!({ "name": "a", "type": format!("T{}", nth + 1) });
            (format!("T{nth}"), json!(vec![next; fields]))
        })
    };
    let cases = [
        typed(&format!("uint8{}", "[]".repeat(100_000)), []),
        typed("T0", chain(1, 20_000)),
        typed("T0", chain(2, 40)),
        typed("First", []),
    ];
    for data in cases {
        let failure = node.refused("eth_signTypedData_v4", json!([account, data]));
        assert_eq!(failure.code, -32_602);
    }
    let nested = typed("uint8[][][][]", chain(1, 5_000));
    node.rpc("eth_signTypedData_v4", json!([account, nested]));
}

#[test]
fn impersonated_accounts_are_listed_while_they_are() {
    let node = Served::new();
    let count = || {
        let accounts = node.rpc("eth_accounts", json!([]));
        accounts.as_array().map(Vec::len)
    };
    let whale = Address::repeat_byte(0x77);
    for who in [whale, node.accounts[0]] {
        node.rpc("anvil_impersonateAccount", json!([who]));
    }
    assert_eq!(node.rpc("eth_accounts", json!([]))[3], json!(whale));
    assert_eq!(count(), Some(4), "one of the node's own is there already");
    node.rpc("anvil_stopImpersonatingAccount", json!([whale]));
    assert_eq!(count(), Some(3));
}
