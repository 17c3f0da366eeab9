//! Programs in fragments over JSON-RPC, as cargo-stylus checks, deploys, activates and verifies them.

use alloy_primitives::{address, hex, keccak256, Address, Bytes, U256};
use inkhorn_chain::deployment_code;
use serde_json::{json, Value};

use crate::calls::{stylus_code, ECHO};
use crate::support::{names, number, parse, Served};

const ARB_OWNER_PUBLIC: Address = address!("000000000000000000000000000000000000006b");
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

/// The echo program cut into so many fragments.
fn fragments(count: usize) -> Vec<Bytes> {
    let stream = &stylus_code()[4..];
    let pieces = stream.chunks(stream.len().div_ceil(count));
    pieces
        .map(|piece| [&hex!("eff001"), piece].concat().into())
        .collect()
}

fn root(addresses: &[Address]) -> Bytes {
    let length = (ECHO.len() as u32).to_be_bytes();
    let head = [&hex!("eff00200"), &length[..]].concat();
    [head, addresses.iter().flatten().copied().collect()]
        .concat()
        .into()
}

fn activation(program: Address) -> Bytes {
    let selector = &keccak256("activateProgram(address)")[..4];
    [selector, program.into_word().as_slice()].concat().into()
}

/// `eth_call` of an activation, with the accounts' code only in the call.
fn check(node: &Served, program: Address, codes: &[(Address, Bytes)]) -> Result<Bytes, String> {
    let sender = Address::repeat_byte(0x51);
    let mut overrides = json!({ sender.to_string(): { "balance": U256::MAX } });
    for (address, code) in codes {
        overrides[address.to_string()] = json!({ "code": code });
    }
    let call = json!({
        "from": sender, "to": ARB_WASM, "data": activation(program), "value": "0xde0b6b3a7640000",
    });
    let answer = node.try_rpc("eth_call", json!([call, "latest", overrides]));
    answer
        .map(|value| parse(&value))
        .map_err(|failure| format!("{failure:?}"))
}

#[test]
fn a_program_is_checked_with_all_its_accounts_only_in_the_call() {
    let node = Served::new();
    let limit = json!([{ "to": ARB_OWNER_PUBLIC, "data": "0xe5a7f893" }]);
    assert_eq!(number_of(&node.rpc("eth_call", limit)), U256::from(4));
    let paused = json!([{ "to": ARB_WASM, "data": "0x2278c278" }]);
    assert_eq!(number_of(&node.rpc("eth_call", paused)), U256::ZERO);
    let program = Address::repeat_byte(0x52);
    for count in 1..=5 {
        let parts = fragments(count);
        let places = (1..=count as u8).map(|place| Address::repeat_byte(0x60 + place));
        let addresses: Vec<Address> = places.collect();
        let mut codes: Vec<_> = addresses.iter().copied().zip(parts).collect();
        codes.push((program, root(&addresses)));
        let checked = check(&node, program, &codes);
        if count > 4 {
            assert!(checked.is_err(), "{count} fragments are too many");
            continue;
        }
        let checked = checked.unwrap();
        assert_eq!(U256::from_be_slice(&checked[..32]), U256::from(3));
        assert!(U256::from_be_slice(&checked[32..]) > U256::ZERO);
        codes.remove(0);
        assert!(check(&node, program, &codes).is_err(), "a piece is missing");
    }
    let code = node.rpc("eth_getCode", json!([program, "latest"]));
    assert_eq!(code, "0x", "nothing of it stays");
}

fn number_of(value: &Value) -> U256 {
    U256::from_be_slice(&parse::<Bytes>(value))
}

/// Creates an account with this code, with the gas that the node estimates.
fn create(node: &Served, code: &[u8]) -> Address {
    let mut create = json!({ "from": node.accounts[0], "data": deployment_code(code) });
    create["gas"] = node.rpc("eth_estimateGas", json!([create]));
    let receipt = node.send(create);
    assert_eq!(receipt["status"], "0x1");
    parse(&receipt["contractAddress"])
}

#[test]
fn a_program_is_deployed_activated_and_read_back() {
    let node = Served::new();
    let wallet = node.accounts[0];
    let parts = fragments(4);
    let addresses: Vec<Address> = parts.iter().map(|part| create(&node, part)).collect();
    let program = create(&node, &root(&addresses));
    // The fee comes from a call in which only the root is replaced, the fragments are those on chain.
    let checked = check(&node, program, &[(program, root(&addresses))]).unwrap();
    let fee = U256::from_be_slice(&checked[32..]);
    let mut activate =
        json!({ "from": wallet, "to": ARB_WASM, "data": activation(program), "value": fee });
    activate["gas"] = node.rpc("eth_estimateGas", json!([activate]));
    let receipt = node.send(activate);
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(number(&receipt["effectiveGasPrice"]), 20_000_000);
    for (address, part) in addresses.iter().zip(&parts) {
        let code = node.rpc("eth_getCode", json!([address, "latest"]));
        assert_eq!(code, json!(part));
    }
    let code = node.rpc("eth_getCode", json!([program, "latest"]));
    assert_eq!(code, json!(root(&addresses)));
    let echoed = node.rpc("eth_call", json!([{ "to": program, "data": "0x010203" }]));
    assert_eq!(echoed, "0x010203");
    let codehash = keccak256(root(&addresses));
    let cached = [
        &keccak256("codehashIsCached(bytes32)")[..4],
        codehash.as_slice(),
    ]
    .concat();
    let cached = json!([{ "to": ARB_WASM_CACHE, "data": Bytes::from(cached) }]);
    assert_eq!(number_of(&node.rpc("eth_call", cached)), U256::ZERO);
}

#[test]
fn a_program_is_traced() {
    let node = Served::new();
    let parts = fragments(2);
    let addresses: Vec<Address> = parts.iter().map(|part| create(&node, part)).collect();
    let program = create(&node, &root(&addresses));
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": ARB_WASM, "data": activation(program), "value": "0xde0b6b3a7640000",
    }));
    assert_eq!(receipt["status"], "0x1");
    let called = node.send(json!({ "from": node.accounts[0], "to": program, "data": "0x010203" }));
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([called["transactionHash"], { "tracer": "stylusTracer" }]),
    );
    assert_eq!(
        names(&trace),
        [
            "user_entrypoint",
            "read_args",
            "write_result",
            "user_returned"
        ]
    );
}
