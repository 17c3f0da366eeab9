//! Which transactions the node takes.

use alloy_consensus::{
    SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy, TypedTransaction,
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, B256, U256};
use inkhorn_node::{DevAccount, PoolLimits, ServerLimits};
use serde_json::{json, Value};

use crate::support::{ether, number, Served};

const CHAIN: u64 = 412_346;
const BASE_FEE: u128 = 20_000_000;

/// The raw transaction as the first account signs it.
fn raw(transaction: impl Into<TypedTransaction>) -> Bytes {
    let transaction = transaction.into();
    let account = &DevAccount::from_mnemonic(1)[0];
    let signature = account.sign(transaction.signature_hash());
    alloy_consensus::TxEnvelope::new_unhashed(transaction, signature)
        .encoded_2718()
        .into()
}

fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 2 * BASE_FEE,
        max_priority_fee_per_gas: BASE_FEE,
        to: TxKind::Call(Address::repeat_byte(0xbb)),
        value: U256::ONE,
        ..TxEip1559::default()
    }
}

fn legacy(nonce: u64, chain_id: Option<u64>) -> TxLegacy {
    TxLegacy {
        chain_id,
        nonce,
        gas_price: BASE_FEE,
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(0xbb)),
        ..TxLegacy::default()
    }
}

fn refusal(node: &Served, transaction: impl Into<TypedTransaction>) -> String {
    let failure = node.refused("eth_sendRawTransaction", json!([raw(transaction)]));
    assert_eq!(failure.code, -32_000);
    failure.message
}

#[test]
fn every_type_that_arbitrum_has_is_executed() {
    let node = Served::new();
    let listed = TxEip2930 {
        chain_id: CHAIN,
        nonce: 1,
        gas_price: BASE_FEE,
        gas_limit: 30_000,
        to: TxKind::Call(Address::repeat_byte(0xbb)),
        access_list: vec![alloy_eips::eip2930::AccessListItem {
            address: Address::repeat_byte(0xcc),
            storage_keys: vec![B256::ZERO],
        }]
        .into(),
        ..TxEip2930::default()
    };
    let cases: [(TypedTransaction, &str, u64); 4] = [
        (legacy(0, Some(CHAIN)).into(), "0x0", 21_000),
        (listed.into(), "0x1", 21_000 + 2_400 + 1_900),
        (transfer(2).into(), "0x2", 21_000),
        // From before EIP-155.
        (legacy(3, None).into(), "0x0", 21_000),
    ];
    for (transaction, kind, gas) in cases {
        let raw = raw(transaction);
        let hash = node.rpc("eth_sendRawTransaction", json!([raw]));
        assert_eq!(hash, json!(alloy_primitives::keccak256(&raw)));
        let receipt = node.rpc("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(receipt["type"], kind);
        assert_eq!(number(&receipt["gasUsed"]), gas);
        assert_eq!(receipt["from"], json!(node.accounts[0]));
    }
}

#[test]
fn tips_are_dropped() {
    let node = Served::new();
    let before: U256 = ether(1_000);
    let hash = node.rpc("eth_sendRawTransaction", json!([raw(transfer(0))]));
    let receipt = node.rpc("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(number(&receipt["effectiveGasPrice"]), BASE_FEE as u64);
    let after: U256 =
        crate::support::parse(&node.rpc("eth_getBalance", json!([node.accounts[0], "latest"])));
    assert_eq!(before - after, U256::from(21_000 * BASE_FEE + 1));
}

#[test]
fn receipt_comes_at_once_when_asked_for() {
    let node = Served::new();
    let receipt = node.rpc("eth_sendRawTransactionSync", json!([raw(transfer(0))]));
    assert_eq!(receipt["status"], "0x1");
    let failure = node.refused("eth_sendRawTransactionSync", json!([raw(transfer(2))]));
    assert!(failure.message.contains("waits for a block"));
}

#[test]
fn refusals_say_why() {
    let node = Served::new();
    node.rpc("eth_sendRawTransaction", json!([raw(transfer(0))]));
    let sender = node.accounts[0];
    // Waiting, mined, or another one with its nonce.
    node.rpc("eth_sendRawTransaction", json!([raw(transfer(5))]));
    assert_eq!(refusal(&node, transfer(5)), "already known");
    assert!(refusal(&node, transfer(0)).starts_with("nonce too low"));
    let again = TxEip1559 {
        value: U256::from(2),
        ..transfer(0)
    };
    assert_eq!(
        refusal(&node, again),
        format!("nonce too low: address {sender}, tx: 0 state: 1")
    );
    let other_chain = TxEip1559 {
        chain_id: 1,
        ..transfer(1)
    };
    assert_eq!(
        refusal(&node, other_chain),
        "invalid chain id for signer: have 1 want 412346"
    );
    let cheap = TxEip1559 {
        max_fee_per_gas: 1,
        max_priority_fee_per_gas: 0,
        ..transfer(1)
    };
    assert!(refusal(&node, cheap).starts_with("max fee per gas less than block base fee"));
    let generous = TxEip1559 {
        max_priority_fee_per_gas: 3 * BASE_FEE,
        ..transfer(1)
    };
    assert!(refusal(&node, generous).starts_with("max priority fee per gas higher than max fee"));
    let poor = TxEip1559 {
        value: ether(5_000),
        ..transfer(1)
    };
    assert!(refusal(&node, poor).starts_with("insufficient funds for gas * price + value"));
    let short = TxEip1559 {
        gas_limit: 20_000,
        ..transfer(1)
    };
    assert!(refusal(&node, short).starts_with("intrinsic gas too low"));
    let set_code = TxEip7702 {
        chain_id: CHAIN,
        ..TxEip7702::default()
    };
    assert!(refusal(&node, set_code).contains("empty auth list"));
    assert_eq!(
        node.number("eth_getTransactionCount", json!([sender, "pending"])),
        1
    );
}

#[test]
fn bytes_that_are_no_transaction_are_refused() {
    let node = Served::new();
    let mut trailing = raw(transfer(0)).to_vec();
    trailing.push(0);
    let mut forged = raw(transfer(0)).to_vec();
    let last = forged.len() - 1;
    forged[last] = 0;
    forged[last - 32..].fill(0);
    for bytes in [
        vec![],
        vec![2],
        vec![0x7f; 40],
        trailing,
        forged,
        vec![0xf8; 200_000],
    ] {
        let failure = node.refused("eth_sendRawTransaction", json!([Bytes::from(bytes)]));
        assert_eq!(failure.code, -32_000);
    }
    assert_eq!(node.number("eth_blockNumber", json!([])), 0);
}

#[test]
fn transactions_wait_for_the_nonces_before_theirs() {
    let node = Served::new();
    let sender = node.accounts[0];
    let count = |tag: &str| node.number("eth_getTransactionCount", json!([sender, tag]));
    for nonce in [2, 1] {
        let hash = node.rpc("eth_sendRawTransaction", json!([raw(transfer(nonce))]));
        let receipt = node.rpc("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt, Value::Null);
        let waiting = node.rpc("eth_getTransactionByHash", json!([hash]));
        assert_eq!(waiting["blockNumber"], Value::Null);
    }
    assert_eq!(count("pending"), 0);
    assert_eq!(
        node.rpc("txpool_status", json!([])),
        json!({ "pending": "0x0", "queued": "0x2" })
    );
    node.rpc("eth_sendRawTransaction", json!([raw(transfer(0))]));
    assert_eq!((count("latest"), count("pending")), (3, 3));
    assert_eq!(node.number("eth_blockNumber", json!([])), 3);
}

#[test]
fn failing_transaction_gets_its_receipt() {
    let node = Served::new();
    let contract = node.deploy();
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": contract, "data": "0x01", "gas": "0x186a0",
    }));
    assert_eq!(receipt["status"], "0x0");
    assert_eq!(receipt["logs"], json!([]));
    assert!(number(&receipt["gasUsed"]) > 21_000);
}

#[test]
fn unlocked_accounts_need_no_signature() {
    let node = Served::new();
    let [alice, bob, _] = node.accounts[..] else {
        panic!("three accounts")
    };
    let receipt =
        node.send(json!({ "from": alice, "to": bob, "value": "0x1", "gasPrice": "0x1312d00" }));
    assert_eq!(receipt["type"], "0x0");
    let stranger = Address::repeat_byte(0x77);
    let failure = node.refused(
        "eth_sendTransaction",
        json!([{ "from": stranger, "to": bob }]),
    );
    assert!(failure.message.starts_with("unknown account"));
    let failure = node.refused("eth_sendTransaction", json!([{ "to": bob }]));
    assert_eq!(failure.code, -32_602);
    let blob = json!([{ "from": alice, "to": bob, "blobVersionedHashes": [B256::ZERO] }]);
    assert!(node
        .refused("eth_sendTransaction", blob)
        .message
        .contains("blob"));
    // Signed by the node, sent by somebody else.
    let signed = node.rpc("eth_signTransaction", json!([{ "from": bob, "to": alice }]));
    let hash = node.rpc("eth_sendRawTransaction", json!([signed["raw"]]));
    assert_eq!(hash, signed["tx"]["hash"]);
    let filled = node.rpc("eth_fillTransaction", json!([{ "from": bob, "to": alice }]));
    assert_eq!(filled["tx"]["nonce"], "0x1");
}

#[test]
fn concurrent_requests_get_nonces_of_their_own() {
    let node = Served::new();
    let transfer = json!([{ "from": node.accounts[0], "to": node.accounts[1], "value": "0x1" }]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..10).for_each(|_| drop(node.rpc("eth_sendTransaction", transfer.clone())))
            });
        }
    });
    let count = node.rpc(
        "eth_getTransactionCount",
        json!([node.accounts[0], "latest"]),
    );
    assert_eq!(number(&count), 80);
}

#[test]
fn the_last_nonce_is_refused() {
    let node = Served::new();
    let [sender, other] = [node.accounts[0], node.accounts[1]];
    node.rpc("anvil_setNonce", json!([sender, "0xffffffffffffffff"]));
    for to in [json!(other), Value::Null] {
        let transaction = json!([{ "from": sender, "to": to, "data": "0x00", "gas": "0x10000" }]);
        let failure = node.refused("eth_sendTransaction", transaction);
        assert_eq!(failure.message, "nonce has max value");
    }
    let receipt = node.send(json!({ "from": other, "to": sender, "value": "0x1" }));
    assert_eq!(receipt["status"], "0x1");
}

#[test]
fn a_tip_beyond_measure_is_refused() {
    let node = Served::new();
    let tip = format!("{:#x}", u128::MAX);
    let transaction =
        json!([{ "from": node.accounts[0], "to": node.accounts[1], "maxPriorityFeePerGas": tip }]);
    assert_eq!(
        node.refused("eth_sendTransaction", transaction).code,
        -32_000
    );
}

/// Sends transfers of the first account.
fn send_all(node: &Served, nonces: impl IntoIterator<Item = u64>) {
    for nonce in nonces {
        node.rpc("eth_sendRawTransaction", json!([raw(transfer(nonce))]));
    }
}

#[test]
fn a_queue_sent_ahead_does_not_shut_out_the_transaction_that_it_waits_for() {
    let limits = PoolLimits {
        per_sender: 64,
        total: 64,
    };
    let node = Served::with(ServerLimits::default(), |options| options.pool = limits);
    send_all(&node, 1..=64);
    let refused = refusal(&node, transfer(65));
    assert!(refused.starts_with("txpool is full"), "{refused}");
    send_all(&node, [0]);
    // The last one made way.
    let sent = node.number(
        "eth_getTransactionCount",
        json!([node.accounts[0], "latest"]),
    );
    assert_eq!(sent, 64);
    send_all(&node, [64, 65]);
    assert_eq!(node.number("eth_blockNumber", json!([])), 66);
}

#[test]
fn a_block_takes_hundreds_of_transactions_of_one_account() {
    let node = Served::new();
    node.rpc("evm_setAutomine", json!([false]));
    send_all(&node, 0..300);
    assert_eq!(
        node.rpc("txpool_status", json!([])),
        json!({ "pending": "0x12c", "queued": "0x0" })
    );
    node.rpc("evm_mine", json!([]));
    let count = node.number("eth_getBlockTransactionCountByNumber", json!(["latest"]));
    assert_eq!(count, 300);
}

#[test]
fn ether_without_a_recipient_is_not_lost_in_an_empty_contract() {
    let node = Served::new();
    let from = node.accounts[0];
    for request in [
        json!({ "from": from, "value": "0x1" }),
        json!({ "from": from, "value": "0x1", "to": null, "data": "0x" }),
    ] {
        for method in [
            "eth_sendTransaction",
            "eth_signTransaction",
            "eth_fillTransaction",
        ] {
            let refused = node.refused(method, json!([request]));
            assert_eq!(
                refused.message,
                "contract creation without any data provided"
            );
        }
    }
    assert_eq!(node.rpc("eth_blockNumber", json!([])), "0x0");
    let receipt = node.send(json!({ "from": from, "value": "0x1", "data": "0x00" }));
    assert_eq!(receipt["status"], "0x1");
}

#[test]
fn an_account_can_pay_for_everything_of_it_that_waits() {
    let node = Served::new();
    node.rpc("evm_setAutomine", json!([false]));
    let each = 21_000 * 2 * BASE_FEE + 1;
    let funds = U256::from(3 * each - 1);
    node.rpc("anvil_setBalance", json!([node.accounts[0], funds]));
    let send = |nonce| node.rpc("eth_sendRawTransaction", json!([raw(transfer(nonce))]));
    send(0);
    // It has to pay also for what is behind a gap.
    send(2);
    assert_eq!(
        refusal(&node, transfer(1)),
        format!(
            "insufficient funds for gas * price + value: balance {funds}, queued cost {}, tx cost {each}, overshot 1",
            2 * each
        )
    );
    // What is replaced is not paid for.
    let dearer = TxEip1559 {
        max_fee_per_gas: 3 * BASE_FEE,
        ..transfer(2)
    };
    let last = node.rpc("eth_sendRawTransaction", json!([raw(dearer)]));
    node.rpc("anvil_dropTransaction", json!([last]));
    send(1);
    node.rpc("evm_mine", json!([]));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["transactions"].as_array().map(Vec::len), Some(2));
}
