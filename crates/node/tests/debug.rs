//! Traces.

use alloy_primitives::Address;
use serde_json::{json, Value};

use crate::calls::stylus_code;
use crate::support::{hash_of_last, names, number, word, Served};

/// A contract that calls another one with all its gas and without calldata.
fn caller_of(node: &Served, callee: Address) -> Address {
    let caller = Address::repeat_byte(0xca);
    let code = format!(
        "0x5f5f5f5f5f73{}5af100",
        alloy_primitives::hex::encode(callee)
    );
    node.rpc("anvil_setCode", json!([caller, code]));
    caller
}

#[test]
fn call_tracer_gives_the_tree_of_calls() {
    let node = Served::new();
    let contract = node.deploy();
    let caller = caller_of(&node, contract);
    // An estimate would be enough for the caller alone.
    let receipt = node.send(json!({ "from": node.accounts[0], "to": caller, "gas": "0x186a0" }));
    let options = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([receipt["transactionHash"], options]),
    );
    assert_eq!(trace["type"], "CALL");
    assert_eq!(trace["from"], json!(node.accounts[0]));
    assert_eq!(trace["gasUsed"], receipt["gasUsed"]);
    let inner = &trace["calls"][0];
    assert_eq!(
        (&inner["from"], &inner["to"]),
        (&json!(caller), &json!(contract))
    );
    assert_eq!(inner["logs"][0]["topics"], json!([word(7)]));
    let top = json!({ "tracer": "callTracer", "tracerConfig": { "onlyTopCall": true } });
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([receipt["transactionHash"], top]),
    );
    assert_eq!(trace.get("calls"), None);
}

#[test]
fn transactions_are_traced_where_they_stood() {
    let node = Served::new();
    let contract = node.deploy();
    node.rpc("evm_setAutomine", json!([false]));
    let hashes: Vec<Value> = (0..3)
        .map(|_| {
            let count = json!({ "from": node.accounts[0], "to": contract, "gas": "0x186a0" });
            node.rpc("eth_sendTransaction", json!([count]))
        })
        .collect();
    node.rpc("evm_mine", json!([]));
    let options = json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } });
    for (nth, hash) in hashes.iter().enumerate() {
        let trace = node.rpc("debug_traceTransaction", json!([hash, options]));
        assert_eq!(trace["logs"][0]["data"], json!(word(nth as u64 + 1)));
    }
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    for (method, id) in [
        ("debug_traceBlockByNumber", json!("latest")),
        ("debug_traceBlockByHash", block["hash"].clone()),
    ] {
        let traces = node.rpc(method, json!([id, options]));
        assert_eq!(traces[2]["txHash"], hashes[2]);
        assert_eq!(traces[2]["result"]["logs"][0]["data"], json!(word(3)));
    }
}

#[test]
fn default_tracer_gives_every_step() {
    let node = Served::new();
    let contract = node.deploy();
    let receipt = node.send(json!({ "from": node.accounts[0], "to": contract }));
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([receipt["transactionHash"]]),
    );
    assert_eq!(trace["failed"], false);
    assert_eq!(
        json!(format!("{:#x}", trace["gas"].as_u64().unwrap())),
        receipt["gasUsed"]
    );
    let steps = trace["structLogs"].as_array().unwrap();
    assert_eq!(
        (&steps[0]["op"], &steps[0]["pc"]),
        (&json!("CALLDATASIZE"), &json!(0))
    );
    assert!(steps.iter().any(|step| step["op"] == "LOG1"));
    let limited = json!({ "limit": 2, "disableStack": true });
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([receipt["transactionHash"], limited]),
    );
    let steps = trace["structLogs"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].get("stack"), None);
    let endless = json!([{ "to": contract }, "latest", {
        "stateOverrides": { contract.to_string(): { "code": "0x5b5f56" } },
    }]);
    assert_eq!(node.refused("debug_traceCall", endless).code, -32_005);
}

#[test]
fn traces_do_not_outgrow_the_node() {
    let node = Served::new();
    let target = Address::repeat_byte(0xab);
    // Calls address 0xbb with 64 KiB of calldata, again and again.
    let code = "0x5b5f5f620100005f5f60bb5af1505f56";
    let overrides = json!({ "stateOverrides": { target.to_string(): { "code": code } }, "tracer": "callTracer" });
    let call = json!([{ "to": target, "gas": "0x2dc6c0" }, "latest", overrides]);
    assert_eq!(node.refused("debug_traceCall", call).code, -32_005);
    // A megabyte of memory in every step.
    let code = "0x60ff62100000525b600756";
    let overrides =
        json!({ "stateOverrides": { target.to_string(): { "code": code } }, "enableMemory": true });
    let call = json!([{ "to": target, "gas": "0x2dc6c0" }, "latest", overrides]);
    assert_eq!(node.refused("debug_traceCall", call).code, -32_005);
}

#[test]
fn stylus_tracer_gives_host_functions() {
    let node = Served::new();
    let program = Address::repeat_byte(0x52);
    node.rpc(
        "anvil_setCode",
        json!([program, alloy_primitives::Bytes::from(stylus_code())]),
    );
    let activate = format!(
        "0x58c780c2{}",
        alloy_primitives::hex::encode(program.into_word())
    );
    node.send(json!({
        "from": node.accounts[0],
        "to": "0x0000000000000000000000000000000000000071",
        "data": activate,
        "value": "0xde0b6b3a7640000",
    }));
    let call = json!({ "from": node.accounts[0], "to": program, "data": "0x010203" });
    node.send(call.clone());
    let hash = hash_of_last(&node);
    let native = node.rpc(
        "debug_traceTransaction",
        json!([hash, { "tracer": "stylusTracer" }]),
    );
    assert_eq!(
        names(&native),
        [
            "user_entrypoint",
            "read_args",
            "write_result",
            "user_returned"
        ]
    );
    let called = node.rpc(
        "debug_traceCall",
        json!([call, "latest", { "tracer": "stylusTracer" }]),
    );
    assert_eq!(called.as_array().unwrap().len(), 4);
}

#[test]
fn prestate_tracer_gives_what_changed() {
    let node = Served::new();
    let contract = node.deploy();
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([hash_of_last(&node), options]),
    );
    let key = format!("{contract:#x}");
    assert_eq!(
        trace["post"][&key]["storage"][word(0).to_string()],
        json!(word(1))
    );
    let nothing = json!({ "tracer": "noopTracer" });
    let trace = node.rpc(
        "debug_traceTransaction",
        json!([hash_of_last(&node), nothing]),
    );
    assert_eq!(trace, json!({}));
}

#[test]
fn what_cannot_be_traced_is_refused() {
    let node = Served::new();
    let refused = |method: &str, params: Value| node.refused(method, params).message;
    assert_eq!(
        refused("debug_traceTransaction", json!([word(1)])),
        "transaction not found"
    );
    assert_eq!(
        refused("debug_traceBlockByNumber", json!(["0x64"])),
        "block not found"
    );
    assert_eq!(
        refused("debug_traceBlockByNumber", json!(["0x0"])),
        "genesis is not traceable"
    );
    node.rpc("evm_mine", json!([]));
    assert_eq!(
        node.rpc("debug_traceBlockByNumber", json!(["0x1"])),
        json!([])
    );
    let call = json!({ "to": node.accounts[0] });
    let unknown = json!([call, "latest", { "tracer": "fancyTracer" }]);
    assert!(refused("debug_traceCall", unknown).starts_with("tracer not found"));
    // What another tracer takes may be switched off, but not on.
    let told = |value: bool| {
        let config = json!({ "diffMode": false, "onlyTopCall": value });
        json!([call, "latest", { "tracer": "prestateTracer", "tracerConfig": config, "timeout": null }])
    };
    assert!(node.rpc("debug_traceCall", told(false)).is_object());
    assert!(refused("debug_traceCall", told(true)).contains("`onlyTopCall`"));
    let poor = json!([{ "to": node.accounts[0], "value": "0x1", "from": Address::repeat_byte(1) }, "latest"]);
    assert!(refused("debug_traceCall", poor).contains("insufficient funds"));
}

#[test]
fn access_lists_name_what_is_touched() {
    let node = Served::new();
    let contract = node.deploy();
    let caller = caller_of(&node, contract);
    let request = json!({ "from": node.accounts[0], "to": caller, "gas": "0x186a0" });
    let result = node.rpc("eth_createAccessList", json!([request]));
    let item = &result["accessList"][0];
    assert_eq!(item["address"], json!(contract));
    assert_eq!(item["storageKeys"], json!([word(0)]));
    let mut listed = request;
    listed["accessList"] = result["accessList"].clone();
    let receipt = node.send(listed);
    assert_eq!(number(&receipt["gasUsed"]), number(&result["gasUsed"]));
    let failing = json!([{ "to": contract, "data": "0x01" }]);
    let result = node.rpc("eth_createAccessList", failing);
    assert_eq!(result["error"], "execution reverted");
}

#[test]
fn flat_calls_selectors_and_several_tracers_at_once() {
    let node = Served::new();
    let contract = node.deploy();
    let caller = caller_of(&node, contract);
    let sent = json!({ "from": node.accounts[0], "to": caller, "gas": "0x186a0", "data": "0xa9059cbb0011" });
    let receipt = node.send(sent);
    let hash = &receipt["transactionHash"];
    let trace = |options: Value| node.rpc("debug_traceTransaction", json!([hash, options]));
    let flat = trace(json!({ "tracer": "flatCallTracer", "timeout": "30s" }));
    assert_eq!(flat.as_array().unwrap().len(), 2);
    assert_eq!(flat[0]["subtraces"], 1);
    assert_eq!(flat[0]["transactionHash"], *hash);
    assert_eq!(flat[0]["result"]["gasUsed"], receipt["gasUsed"]);
    assert_eq!(flat[1]["traceAddress"], json!([0]));
    assert_eq!(flat[1]["action"]["callType"], "call");
    assert_eq!(flat[1]["action"]["to"], json!(contract));
    let selectors = trace(json!({ "tracer": "4byteTracer" }));
    assert_eq!(selectors, json!({ "0xa9059cbb-2": 1 }));
    let both = trace(json!({ "tracer": "muxTracer", "tracerConfig": {
        "callTracer": { "withLog": true }, "4byteTracer": null,
    } }));
    assert_eq!(both["4byteTracer"], selectors);
    assert_eq!(
        both["callTracer"],
        trace(json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } }))
    );
    let bare = trace(
        json!({ "tracer": "prestateTracer", "tracerConfig": { "disableCode": true, "disableStorage": true } }),
    );
    for account in bare.as_object().unwrap().values() {
        assert_eq!((account.get("code"), account.get("storage")), (None, None));
    }
    for (options, reason) in [
        (json!({ "tracer": "muxTracer" }), "names tracers"),
        (
            json!({ "tracer": "muxTracer", "tracerConfig": { "callTracer": { "diffMode": true } } }),
            "diffMode",
        ),
        (json!({ "timeout": "soon" }), "no duration"),
    ] {
        let failure = node.refused("debug_traceTransaction", json!([hash, options]));
        assert!(failure.message.contains(reason), "{failure:?}");
    }
}

#[test]
fn flat_calls_tell_errors_in_the_words_of_parity_if_asked() {
    let node = Served::new();
    let contract = node.deploy();
    let call = |config: Value| {
        let options = json!({ "tracer": "flatCallTracer", "tracerConfig": config });
        node.rpc(
            "debug_traceCall",
            json!([{ "to": contract, "data": "0x01" }, "latest", options]),
        )
    };
    assert_eq!(call(json!({}))[0]["error"], "execution reverted");
    let parity = call(json!({ "convertParityErrors": true }));
    assert_eq!(parity[0]["error"], "Reverted");
    assert_eq!(parity[0].get("transactionHash"), None);
    assert!(
        parity[0]["result"]["output"].is_string(),
        "the reason of a revert is told"
    );
}

#[test]
fn options_that_tools_send_are_understood() {
    let node = Served::new();
    let contract = node.deploy();
    let hash =
        node.send(json!({ "from": node.accounts[0], "to": contract }))["transactionHash"].clone();
    let steps = |options: Value| {
        node.rpc("debug_traceTransaction", json!([hash, options]))["structLogs"].clone()
    };
    let has = |steps: &Value, field: &str| {
        let steps = steps.as_array().expect("steps");
        steps.iter().any(|step| step.get(field).is_some())
    };
    // Remix.
    let remix = steps(json!({
        "disableStorage": true, "enableMemory": true, "disableStack": false, "fullStorage": false,
    }));
    assert_eq!(
        (has(&remix, "memory"), has(&remix, "storage")),
        (true, false)
    );
    // Older ones of it, and Hardhat.
    let older = json!({ "disableStorage": true, "disableMemory": false, "fullStorage": false });
    assert_eq!(steps(older), remix);
    let without = json!({ "disableStorage": true, "disableMemory": true });
    assert!(!has(&steps(without), "memory"));
    // ape.
    let ape = json!({ "stepsTracing": true, "enableMemory": true, "disableStorage": true });
    assert_eq!(steps(ape), remix);
    let whole = json!([hash, { "fullStorage": true }]);
    let refused = node.refused("debug_traceTransaction", whole);
    assert!(refused.message.contains("`fullStorage`"), "{refused:?}");
}
