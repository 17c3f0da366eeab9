//! Three notions of the price of gas: the base fee, what contracts see as the price, what the sender offers.

use alloy_primitives::{hex, Address, Bytes, U256};
use serde_json::{json, Value};

use crate::support::{ether, number, parse, word, Served};

const BASE_FEE: u64 = 20_000_000;

/// Returns `GASPRICE` and `BASEFEE`.
const PRICES: [u8; 12] = hex!("3a5f524860205260405ff300");

fn asked(node: &Served, method: &str, mut request: Value) -> (Value, Value) {
    let contract = Address::repeat_byte(0xcc);
    node.rpc("anvil_setCode", json!([contract, Bytes::from(PRICES)]));
    request["to"] = json!(contract);
    let output: Bytes = parse(&node.rpc(method, json!([request])));
    let part = |at: usize| json!(Bytes::copy_from_slice(&output[at..at + 32]));
    (part(0), part(32))
}

#[test]
fn the_history_of_fees_tells_how_far_the_speed_limit_was_used() {
    let node = Served::new();
    // Half of the seven million gas that two seconds have, and twice what one has.
    let burner = Address::repeat_byte(0xbb);
    node.rpc("anvil_setCode", json!([burner, "0x5b5f56"]));
    for (seconds, gas) in [
        (2, "0x6acfc0"),
        (1, "0xd59f80"),
        (0, "0x5208"),
        (100, "0x5208"),
    ] {
        node.rpc("evm_increaseTime", json!([seconds]));
        node.send(json!({ "from": node.accounts[0], "to": burner, "gas": gas }));
    }
    let history = node.rpc("eth_feeHistory", json!([4, "latest", []]));
    let ratios: Vec<f64> = parse(&history["gasUsedRatio"]);
    let close = |ratio: f64, to: f64| (ratio - to).abs() < 1e-9;
    assert!(close(ratios[0], 0.25), "{ratios:?}");
    assert_eq!(
        ratios[1..3],
        [1.0, 1.0],
        "what comes in the same second adds up"
    );
    assert!(close(ratios[3], 21_000.0 / 1.4e9), "{ratios:?}");
    // Where no time has passed yet, nothing is known.
    let fresh = Served::new().rpc("eth_feeHistory", json!([1, "latest"]));
    let ratios: Vec<f64> = parse(&fresh["gasUsedRatio"]);
    assert_eq!(ratios.len(), 1);
}

#[test]
fn a_call_without_a_price_sees_no_base_fee() {
    let node = Served::new();
    let from = node.accounts[0];
    let nothing = (json!(word(0)), json!(word(0)));
    let base_fee = (json!(word(BASE_FEE)), json!(word(BASE_FEE)));
    for (free, prices) in [
        (json!({}), &nothing),
        (json!({ "from": from }), &nothing),
        (json!({ "from": from, "gasPrice": "0x0" }), &nothing),
        (json!({ "from": from, "gasPrice": "0x1312d05" }), &base_fee),
        (
            json!({ "from": from, "maxFeePerGas": "0x2312d00", "maxPriorityFeePerGas": "0x5" }),
            &base_fee,
        ),
    ] {
        assert_eq!(asked(&node, "eth_call", free.clone()), *prices, "{free}");
    }
}

#[test]
fn contracts_store_the_base_fee_as_the_price_that_a_transaction_pays() {
    let node = Served::new();
    let contract = Address::repeat_byte(0xdd);
    // Slot 0 becomes GASPRICE, slot 1 BASEFEE.
    node.rpc("anvil_setCode", json!([contract, "0x3a5f554860015500"]));
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": contract,
        "maxFeePerGas": "0x5f5e100", "maxPriorityFeePerGas": "0x5f5e0",
    }));
    assert_eq!(receipt["status"], "0x1");
    for slot in ["0x0", "0x1"] {
        let stored = node.rpc("eth_getStorageAt", json!([contract, slot]));
        assert_eq!(stored, json!(word(BASE_FEE)));
    }
    // A trace runs it again with the same prices.
    let hash = &receipt["transactionHash"];
    let trace = node.rpc("debug_traceTransaction", json!([hash]));
    assert_eq!(
        trace["gas"],
        json!(crate::support::number(&receipt["gasUsed"]))
    );
}

#[test]
fn l1_data_is_estimated_paid_and_told_where_it_has_a_price() {
    let mut chain = inkhorn_chain::Chain::new(inkhorn_chain::ChainConfig::default());
    let accounts = inkhorn_node::DevAccount::from_mnemonic(2);
    chain.fund(accounts[0].address, ether(100));
    chain.set_l1_price(3_000_000_000);
    let options = inkhorn_node::NodeOptions {
        accounts,
        ..inkhorn_node::NodeOptions::default()
    };
    let node = std::sync::Arc::new(inkhorn_node::Node::new(chain, options));
    let node = Served::serve(node, inkhorn_node::ServerLimits::default());
    let transfer = json!({ "from": node.accounts[0], "to": node.accounts[1], "value": "0x1" });
    let estimate = node.number("eth_estimateGas", json!([transfer]));
    // Sent with the estimate, it goes through and pays less.
    let receipt = node.send(transfer);
    assert_eq!(receipt["status"], "0x1");
    let (used, for_l1) = (
        number(&receipt["gasUsed"]),
        number(&receipt["gasUsedForL1"]),
    );
    assert_eq!(used - for_l1, 21_000);
    let raw: Bytes = parse(&node.rpc(
        "eth_getRawTransactionByHash",
        json!([receipt["transactionHash"]]),
    ));
    // Little of a transfer compresses: sixteen units for each byte, of which a few more or less.
    let per_byte = 16 * 3_000_000_000 / 20_000_000;
    let bytes = for_l1 / per_byte;
    assert_eq!(for_l1 % per_byte, 0);
    assert!(
        bytes.abs_diff(raw.len() as u64) <= 8,
        "{bytes} of {}",
        raw.len()
    );
    assert!(
        estimate > used && estimate < used * 2,
        "{estimate} for {used}"
    );
    // NodeInterface.gasEstimateComponents(to, false, "").
    let to: Address = node.accounts[1];
    let mut input =
        alloy_primitives::keccak256("gasEstimateComponents(address,bool,bytes)")[..4].to_vec();
    for word in [to.into_word(), word(0), word(96), word(0)] {
        input.extend(word);
    }
    let call = json!({
        "from": node.accounts[0], "to": "0x00000000000000000000000000000000000000c8",
        "data": Bytes::from(input), "value": "0x1",
    });
    let answer: Bytes = parse(&node.rpc("eth_call", json!([call])));
    let words: Vec<u64> = answer
        .chunks(32)
        .map(|word| U256::from_be_slice(word).to())
        .collect();
    assert_eq!(words[0], estimate);
    assert_eq!(words[0] - words[1], 21_000);
    assert_eq!(words[2..], [20_000_000, 3_000_000_000]);
}
