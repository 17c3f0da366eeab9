//! What the start-up script of Nitro's development node does, call by call, and what follows from it.

use std::sync::Arc;

use alloy_primitives::{address, hex, keccak256, Address, Bytes, U256};
use alloy_sol_types::{sol, SolCall};
use inkhorn_chain::{Chain, ChainConfig};
use inkhorn_node::{Clock, DevAccount, Node, NodeOptions, ServerLimits};
use serde_json::{json, Value};

use crate::support::{ether, parse, Served, START};

sol! {
    function becomeChainOwner() external;
    function setL1PricePerUnit(uint256 price) external;
    function addWasmCacheManager(address manager) external;
    function isCacheManager(address manager) external view returns (bool);
    function isChainOwner(address owner) external view returns (bool);
}

/// The factory's deployer, and the transaction that it signed for every chain.
const FACTORY_DEPLOYER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
const FACTORY: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");
const FACTORY_TRANSACTION: &str = "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";

/// A development chain with nothing on it but Nitro's own account.
fn bare() -> (Served, Address) {
    let mut chain = Chain::new(ChainConfig {
        start_time: START,
        debug: true,
        ..ChainConfig::default()
    });
    let nitro = DevAccount::nitro();
    chain.fund(nitro.address, ether(1_000));
    let options = NodeOptions {
        accounts: vec![nitro.clone()],
        clock: Clock::frozen(START),
        ..NodeOptions::default()
    };
    let node = Arc::new(Node::new(chain, options));
    (Served::serve(node, ServerLimits::default()), nitro.address)
}

fn precompile(low: u8) -> Address {
    Address::with_last_byte(low)
}

fn send(node: &Served, from: Address, to: Address, data: Vec<u8>) -> Value {
    let receipt = node.send(json!({ "from": from, "to": to, "data": Bytes::from(data) }));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    receipt
}

fn ask<C: SolCall>(node: &Served, to: Address, call: &C) -> C::Return {
    let call = json!([{ "to": to, "data": Bytes::from(call.abi_encode()) }]);
    let answer: Bytes = parse(&node.rpc("eth_call", call));
    C::abi_decode_returns(&answer).unwrap()
}

#[test]
fn the_start_up_of_a_nitro_development_node_goes_through() {
    let (node, owner) = bare();
    assert!(!ask(&node, precompile(0x6b), &isChainOwnerCall { owner }));
    send(
        &node,
        owner,
        precompile(0xff),
        becomeChainOwnerCall {}.abi_encode(),
    );
    assert!(ask(&node, precompile(0x6b), &isChainOwnerCall { owner }));
    let free = setL1PricePerUnitCall { price: U256::ZERO };
    send(&node, owner, precompile(0x70), free.abi_encode());
    node.send(json!({ "from": owner, "to": FACTORY_DEPLOYER, "value": "0xde0b6b3a7640000" }));
    let hash = node.rpc("eth_sendRawTransaction", json!([FACTORY_TRANSACTION]));
    let receipt = node.rpc("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["contractAddress"], json!(FACTORY));
    assert_ne!(node.rpc("eth_getCode", json!([FACTORY, "latest"])), "0x");
    // A contract through the factory, at the address that it foretells.
    let init = hex!("60018060093d393df300");
    let deployed = FACTORY.create2([0; 32], keccak256(init));
    send(&node, owner, FACTORY, [&[0; 32][..], &init].concat());
    assert_ne!(node.rpc("eth_getCode", json!([deployed, "latest"])), "0x");
    let add = addWasmCacheManagerCall { manager: deployed };
    send(&node, owner, precompile(0x70), add.abi_encode());
    assert!(ask(
        &node,
        precompile(0x72),
        &isCacheManagerCall { manager: deployed }
    ));
}

#[test]
fn messages_to_l1_are_in_events_and_headers() {
    let (node, owner) = bare();
    let before = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(before["sendCount"], "0x0");
    let withdraw = [
        &keccak256("withdrawEth(address)")[..4],
        &[0; 12],
        owner.as_slice(),
    ]
    .concat();
    let receipt = node.send(json!({
        "from": owner, "to": precompile(0x64), "value": "0x5", "data": Bytes::from(withdraw),
    }));
    assert_eq!(receipt["logs"].as_array().unwrap().len(), 1);
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["sendCount"], "0x1");
    assert_eq!(block["sendRoot"], block["extraData"]);
    assert_ne!(block["sendRoot"], before["sendRoot"]);
    assert_eq!(
        &block["mixHash"].as_str().unwrap()[..18],
        "0x0000000000000001"
    );
}
