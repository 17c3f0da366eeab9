//! Set-code transactions (EIP-7702).

use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, U256};
use inkhorn_node::DevAccount;
use serde_json::{json, Value};

use crate::support::contract::CODE;
use crate::support::{number, word, Served};

const CHAIN: u64 = 412_346;

fn authorize(
    account: &DevAccount,
    address: Address,
    nonce: u64,
    chain: u64,
) -> SignedAuthorization {
    let authorization = Authorization {
        chain_id: U256::from(chain),
        address,
        nonce,
    };
    let signature = account.sign(authorization.signature_hash());
    authorization.into_signed(signature)
}

fn send(node: &Served, to: Address, list: &[SignedAuthorization]) -> Value {
    node.send(
        json!({ "from": node.accounts[0], "to": to, "authorizationList": list, "gas": "0x30d40" }),
    )
}

#[test]
fn an_account_runs_the_code_that_it_delegates_to() {
    let node = Served::new();
    let contract = node.deploy();
    let wallet = &node.node.accounts()[1];
    let signed = authorize(wallet, contract, 0, CHAIN);
    let receipt = send(&node, wallet.address, std::slice::from_ref(&signed));
    assert_eq!(
        (&receipt["type"], &receipt["status"]),
        (&json!("0x4"), &json!("0x1"))
    );
    assert_eq!(
        receipt["logs"][0]["address"],
        json!(wallet.address),
        "it counts for itself"
    );
    let code = format!("0xef0100{}", alloy_primitives::hex::encode(contract));
    assert_eq!(
        node.rpc("eth_getCode", json!([wallet.address, "latest"])),
        code
    );
    assert_eq!(
        node.number("eth_getTransactionCount", json!([wallet.address])),
        1
    );
    let sent = node.rpc(
        "eth_getTransactionByHash",
        json!([receipt["transactionHash"]]),
    );
    assert_eq!(sent["authorizationList"], json!([signed]));
    let count = json!([{ "to": wallet.address, "data": "0x010203" }]);
    assert_eq!(node.rpc("eth_call", count.clone()), json!(word(1)));
    assert_eq!(
        node.rpc("eth_call", json!([{ "to": contract, "data": "0x010203" }])),
        json!(word(0))
    );
    // A node that is written down and read back knows what the code is.
    let packed = node.rpc("anvil_dumpState", json!([]));
    let other = Served::new();
    other.rpc("anvil_loadState", json!([packed]));
    assert_eq!(other.rpc("eth_call", count), json!(word(1)));
    let ended = send(
        &node,
        node.accounts[2],
        &[authorize(wallet, Address::ZERO, 1, 0)],
    );
    assert_eq!(ended["status"], "0x1");
    assert_eq!(
        node.rpc("eth_getCode", json!([wallet.address, "latest"])),
        "0x"
    );
}

#[test]
fn authorizations_that_do_not_hold_are_paid_for_and_passed_over() {
    let node = Served::new();
    let contract = node.deploy();
    let wallet = node.node.accounts()[1].clone();
    for (signed, why) in [
        (authorize(&wallet, contract, 7, CHAIN), "nonce"),
        (authorize(&wallet, contract, 0, CHAIN + 1), "chain"),
    ] {
        let receipt = send(&node, node.accounts[2], &[signed]);
        assert_eq!(number(&receipt["gasUsed"]), 21_000 + 25_000, "{why}");
        assert_eq!(
            node.rpc("eth_getCode", json!([wallet.address, "latest"])),
            "0x"
        );
    }
    // One of an account that exists gives half of its price back, up to a fifth of all.
    let receipt = send(
        &node,
        node.accounts[2],
        &[authorize(&wallet, contract, 0, CHAIN)],
    );
    assert_eq!(number(&receipt["gasUsed"]), 46_000 - 46_000 / 5);
}

#[test]
fn calls_and_estimates_take_authorizations() {
    let node = Served::new();
    let contract = node.deploy();
    let wallet = &node.node.accounts()[1];
    let list = json!([authorize(wallet, contract, 0, CHAIN)]);
    let call = json!({ "from": node.accounts[0], "to": wallet.address, "data": "0x0101", "authorizationList": list });
    assert_ne!(node.rpc("eth_call", json!([call])), "0x");
    assert!(node.number("eth_estimateGas", json!([call])) > 46_000);
    assert_eq!(
        node.rpc("eth_getCode", json!([wallet.address, "latest"])),
        "0x",
        "a call leaves nothing"
    );
    let creation = json!({ "from": node.accounts[0], "data": format!("0x{}", alloy_primitives::hex::encode(CODE)), "authorizationList": list });
    for method in ["eth_call", "eth_sendTransaction"] {
        let failure = node.refused(method, json!([creation]));
        assert!(
            failure.message.contains("cannot be used to create"),
            "{failure:?}"
        );
    }
    let without = json!([{ "from": node.accounts[0], "to": contract, "type": "0x4" }]);
    assert!(node
        .refused("eth_call", without)
        .message
        .contains("`authorizationList`"));
}
