//! Host functions of Stylus programs, told to JavaScript.

use alloy_primitives::{hex, Address, Bytes};
use inkhorn_chain::{Chain, ChainConfig};
use serde_json::{json, Value};

use super::{call_code, put, trace_mined};
use crate::support::{ether, Served};

/// Calls the contract that its calldata names in each of three ways, creates a contract, and returns the address.
const RELAY: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
    (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "create1" (func $create (param i32 i32 i32 i32 i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 800) "\60\01\5f\f3")
    (func (export "user_entrypoint") (param $length i32) (result i32)
        (call $read_args (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 512) (i64.const -1) (i32.const 600)))
        (drop (call $delegate (i32.const 0) (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 600)))
        (drop (call $static (i32.const 0) (i32.const 0) (i32.const 1) (i64.const 50000) (i32.const 600)))
        (call $create (i32.const 800) (i32.const 4) (i32.const 512) (i32.const 900) (i32.const 600))
        (call $write_result (i32.const 0) (i32.const 20))
        (i32.const 0)))"#;

/// The steps of a program with those of its callees nested, put together from what `hostio`, `enter` and `exit` tell: what cargo-stylus
/// does when it is not told to use the node's own tracer.
const HOST_FUNCTIONS: &str = "{
    levels: [[]],
    holders: ['call_contract', 'delegate_call_contract', 'static_call_contract'],
    names: {
        CALL: 'evm_call_contract', DELEGATECALL: 'evm_delegate_call_contract', STATICCALL: 'evm_static_call_contract',
        CREATE: 'evm_create1', CREATE2: 'evm_create2', SELFDESTRUCT: 'evm_self_destruct',
    },
    top() { return this.levels[this.levels.length - 1]; },
    enter(frame) {
        const steps = [];
        this.top().push({ name: this.names[frame.getType()], address: toHex(frame.getTo()), steps });
        this.levels.push(steps);
    },
    exit() { this.levels.pop(); },
    hostio(info) {
        const shown = { ...info, args: toHex(info.args), outs: toHex(info.outs) };
        if (this.holders.includes(info.name)) {
            const { address, steps } = this.top().pop();
            Object.assign(shown, { address, steps });
        }
        this.top().push(shown);
    },
    fault() {},
    result() { return this.levels[0]; },
}";

/// What the native tracer says of frames that the EVM opens and JavaScript is not told.
fn without_ink_of_the_evm(trace: &Value) -> Value {
    let Value::Array(steps) = trace else {
        return trace.clone();
    };
    let cleaned = steps.iter().map(|step| {
        let mut step = step.as_object().unwrap().clone();
        if step["name"].as_str().unwrap().starts_with("evm_") {
            step.retain(|name, _| ["name", "address", "steps"].contains(&name.as_str()));
        }
        if let Some(steps) = step.get_mut("steps") {
            *steps = without_ink_of_the_evm(steps);
        }
        Value::Object(step)
    });
    cleaned.collect()
}

/// Deploys and activates a program of WebAssembly text.
fn program(node: &Served, place: Address, text: &str) {
    let mut chain = Chain::new(ChainConfig::default());
    let deployer = Address::repeat_byte(0xde);
    chain.fund(deployer, ether(1));
    let wasm = wat::parse_str(text).unwrap();
    let deployed = chain.deploy_program(deployer, &wasm).unwrap();
    node.rpc("anvil_setCode", json!([place, chain.code(deployed)]));
    let activate = [&hex!("58c780c2")[..], place.into_word().as_slice()].concat();
    let sent = node.send(json!({
        "from": node.accounts[0], "to": "0x0000000000000000000000000000000000000071",
        "data": Bytes::from(activate), "value": ether(1),
    }));
    assert_eq!(sent["status"], "0x1");
}

#[test]
fn host_functions_are_told_as_the_stylus_tracer_has_them() {
    let node = Served::new();
    let relay = Address::repeat_byte(0x51);
    program(&node, relay, RELAY);
    let contract = node.deploy();
    let sent = node.send(json!({
        "from": node.accounts[0], "to": relay, "data": contract, "gas": "0x1e8480",
    }));
    assert_eq!(sent["status"], "0x1");
    let native = trace_mined(&node, &sent["transactionHash"], "stylusTracer");
    let names: Vec<&str> = native
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "user_entrypoint",
            "read_args",
            "call_contract",
            "delegate_call_contract",
            "static_call_contract",
            "evm_create1",
            "create1",
            "write_result",
            "user_returned",
        ]
    );
    assert_eq!(
        trace_mined(&node, &sent["transactionHash"], HOST_FUNCTIONS),
        without_ink_of_the_evm(&native)
    );
    let ink = "{
        seen: [],
        hostio(info) { if (info.name == 'read_args') this.seen.push(info.startInk - info.endInk, info.outs instanceof Uint8Array); },
        fault() {},
        result() { return this.seen; },
    }";
    let read = &native[1];
    let cost = read["startInk"].as_u64().unwrap() - read["endInk"].as_u64().unwrap();
    assert_eq!(
        trace_mined(&node, &sent["transactionHash"], ink),
        json!([cost, true])
    );
}

#[test]
fn programs_within_contracts_within_programs_are_nested() {
    let node = Served::new();
    let relay = Address::repeat_byte(0x51);
    program(&node, relay, RELAY);
    // A contract that hands its calldata's address to nobody: the program called by it finds none, and calls the zero address.
    let between = put(
        &node,
        0xb7,
        &[call_code("f1", relay), "00".to_owned()].concat(),
    );
    let sent = node.send(json!({
        "from": node.accounts[0], "to": relay, "data": between, "gas": "0x1e8480",
    }));
    assert_eq!(sent["status"], "0x1");
    let native = trace_mined(&node, &sent["transactionHash"], "stylusTracer");
    let inner = &native[2]["steps"][0];
    assert_eq!(
        (&inner["name"], &inner["address"]),
        (&json!("evm_call_contract"), &json!(relay))
    );
    assert!(inner["steps"].as_array().unwrap().len() > 5, "{native:#}");
    assert_eq!(
        trace_mined(&node, &sent["transactionHash"], HOST_FUNCTIONS),
        without_ink_of_the_evm(&native)
    );
}

#[test]
fn a_program_has_frames_and_host_functions_and_no_steps() {
    let node = Served::new();
    let relay = Address::repeat_byte(0x51);
    program(&node, relay, RELAY);
    let contract = node.deploy();
    let sent = node.send(
        json!({ "from": node.accounts[0], "to": relay, "data": contract, "gas": "0x1e8480" }),
    );
    let tracer = "{
        steps: {}, frames: [], told: 0,
        step(log) { this.steps[log.getDepth()] = true; },
        enter(frame) { this.frames.push(frame.getType()); },
        exit() {},
        hostio(info) { this.told++; },
        fault() {},
        result() { return [Object.keys(this.steps), this.frames, this.told]; },
    }";
    assert_eq!(
        trace_mined(&node, &sent["transactionHash"], tracer),
        json!([["2"], ["CALL", "DELEGATECALL", "STATICCALL", "CREATE"], 8])
    );
}
