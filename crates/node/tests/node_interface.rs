//! NodeInterface: answers of the node that look like those of a contract.

use alloy_primitives::{hex, keccak256, Address, Bytes, U256};
use alloy_sol_types::{sol, SolCall};
use serde_json::{json, Value};

use crate::support::contract;
use crate::support::http::Failure;
use crate::support::{number, Served};

sol! {
    function gasEstimateComponents(address to, bool contractCreation, bytes data)
        returns (uint64 gas, uint64 l1Gas, uint256 baseFee, uint256 l1BaseFee);
    function gasEstimateL1Component(address to, bool contractCreation, bytes data)
        returns (uint64 l1Gas, uint256 baseFee, uint256 l1BaseFee);
    function nitroGenesisBlock() returns (uint256);
    function blockL1Num(uint64 number) returns (uint64);
    function l2BlockRangeForL1(uint64 number) returns (uint64 first, uint64 last);
    function getL1Confirmations(bytes32 blockHash) returns (uint64);
    function findBatchContainingBlock(uint64 number) returns (uint64);
    function constructOutboxProof(uint64 size, uint64 leaf) returns (bytes32, bytes32, bytes32[]);
    function redeem(bytes32 ticket);
}

const NODE_INTERFACE: &str = "0x00000000000000000000000000000000000000c8";

fn call(node: &Served, data: &impl SolCall, more: Value) -> Result<Bytes, Failure> {
    let mut request = json!({ "to": NODE_INTERFACE, "data": Bytes::from(data.abi_encode()) });
    for (name, value) in more.as_object().into_iter().flatten() {
        request[name] = value.clone();
    }
    let answer = node.try_rpc("eth_call", json!([request]))?;
    Ok(crate::support::parse(&answer))
}

fn ask<C: SolCall>(node: &Served, data: C) -> C::Return {
    let answer = call(node, &data, json!({})).expect("an answer");
    C::abi_decode_returns(&answer).expect("what the interface says")
}

#[test]
fn gas_estimates_are_those_of_the_transaction_itself() {
    let node = Served::new();
    let (from, contract) = (node.accounts[0], node.deploy());
    let inner = gasEstimateComponentsCall {
        to: contract,
        contractCreation: false,
        data: Bytes::new(),
    };
    let answer = call(&node, &inner, json!({ "from": from, "value": "0x5" })).unwrap();
    let parts = gasEstimateComponentsCall::abi_decode_returns(&answer).unwrap();
    let request = json!([{ "from": from, "to": contract, "value": "0x5" }]);
    assert_eq!(parts.gas, node.number("eth_estimateGas", request));
    assert_eq!(parts.baseFee, U256::from(20_000_000));
    assert_eq!((parts.l1Gas, parts.l1BaseFee), (0, U256::ZERO));

    let creation = gasEstimateComponentsCall {
        to: Address::ZERO,
        contractCreation: true,
        data: contract::init_code(),
    };
    let request = json!([{ "data": contract::init_code() }]);
    let expected = node.number("eth_estimateGas", request);
    assert_eq!(ask(&node, creation).gas, expected);

    let l1 = gasEstimateL1ComponentCall {
        to: contract,
        contractCreation: false,
        data: Bytes::new(),
    };
    assert_eq!(ask(&node, l1).baseFee, U256::from(20_000_000));
}

#[test]
fn an_estimate_of_what_reverts_gives_the_revert() {
    let node = Served::new();
    let inner = gasEstimateComponentsCall {
        to: node.deploy(),
        contractCreation: false,
        data: hex!("01").into(),
    };
    let failure = call(&node, &inner, json!({})).unwrap_err();
    assert_eq!(failure.code, 3);
    assert_eq!(failure.data, json!("0xdeadbeef"));
}

#[test]
fn l1_and_l2_blocks_find_each_other() {
    let node = Served::new();
    // Three blocks in the first L1 block, two in the third.
    node.rpc("anvil_mine", json!([2]));
    node.rpc("evm_increaseTime", json!([24]));
    node.rpc("anvil_mine", json!([2]));
    let l1_of = |number| ask(&node, blockL1NumCall { number });
    let l1 = number(&node.rpc("eth_getBlockByNumber", json!(["0x0", false]))["l1BlockNumber"]);
    assert_eq!((l1_of(0), l1_of(2), l1_of(3)), (l1, l1, l1 + 2));
    let range = |number| {
        let range = ask(&node, l2BlockRangeForL1Call { number });
        (range.first, range.last)
    };
    assert_eq!((range(l1), range(l1 + 2)), ((0, 2), (3, 4)));
    let between = call(&node, &l2BlockRangeForL1Call { number: l1 + 1 }, json!({}));
    assert!(between.unwrap_err().message.contains("NodeInterface"));
    let beyond = call(&node, &blockL1NumCall { number: 5 }, json!({}));
    assert!(beyond.unwrap_err().message.contains("no such L2 block"));
    assert_eq!(ask(&node, nitroGenesisBlockCall {}), U256::ZERO);
    let head = node.rpc("eth_getBlockByNumber", json!(["latest", false]))["hash"].clone();
    let block_hash = crate::support::parse(&head);
    let confirmations = getL1ConfirmationsCall {
        blockHash: block_hash,
    };
    assert_eq!(ask(&node, confirmations), 0);
}

#[test]
fn what_the_node_cannot_know_is_refused_by_name() {
    let node = Served::new();
    let batch = call(
        &node,
        &findBatchContainingBlockCall { number: 0 },
        json!({}),
    );
    let proof = call(
        &node,
        &constructOutboxProofCall { size: 1, leaf: 0 },
        json!({}),
    );
    let unknown = call(
        &node,
        &redeemCall {
            ticket: keccak256([]),
        },
        json!({}),
    );
    for refused in [batch, proof, unknown] {
        let failure = refused.unwrap_err();
        assert_eq!(failure.code, 3);
        let name = "execution reverted: NodeInterface (0xc8)";
        assert!(failure.message.starts_with(name), "{}", failure.message);
    }
}

#[test]
fn a_transaction_to_node_interface_reverts_and_keeps_its_money() {
    let node = Served::new();
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": NODE_INTERFACE, "value": "0x5", "gas": "0x186a0",
    }));
    assert_eq!(receipt["status"], "0x0");
    let balance = node.number("eth_getBalance", json!([NODE_INTERFACE]));
    assert_eq!(balance, 0);
}
