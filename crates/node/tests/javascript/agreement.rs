//! Tracers as people write them, against those that the node has of its own.

use alloy_primitives::Address;
use serde_json::{json, Map, Value};

use super::{call_code, create_code, put, trace_mined, TARGET};
use crate::support::Served;

/// The tree of calls, of what `enter` and `exit` tell.
const CALLS: &str = "{
    open: [[]],
    hex(number) { return '0x' + number.toString(16); },
    finish(call, output, error) {
        if (error !== undefined) call.error = error;
        if (output.length && (error === undefined || error == 'execution reverted')) call.output = toHex(output);
        const calls = this.open.pop();
        if (calls.length) call.calls = calls;
        return call;
    },
    calls: [],
    enter(frame) {
        const call = {
            type: frame.getType(), from: toHex(frame.getFrom()), to: toHex(frame.getTo()), input: toHex(frame.getInput()),
            gas: this.hex(frame.getGas()),
        };
        const value = frame.getValue();
        if (value !== undefined) call.value = this.hex(value);
        this.calls.push(call);
        this.open.push([]);
    },
    exit(result) {
        const call = this.calls.pop();
        call.gasUsed = this.hex(result.getGasUsed());
        if (call.type.startsWith('CREATE') && result.getError() !== undefined) delete call.to;
        this.finish(call, result.getOutput(), result.getError());
        this.open[this.open.length - 1].push(call);
    },
    fault() {},
    result(ctx) {
        return this.finish({
            type: ctx.type, from: toHex(ctx.from), to: toHex(ctx.to), input: toHex(ctx.input), gas: this.hex(ctx.gas),
            gasUsed: this.hex(ctx.gasUsed), value: this.hex(ctx.value),
        }, ctx.output, ctx.error);
    },
}";

/// Every step, as go-ethereum's default tracer gives it.
const STEPS: &str = "{
    steps: [],
    step(log) {
        const stack = [];
        for (let at = log.stack.length() - 1; at >= 0; at--) stack.push('0x' + log.stack.peek(at).toString(16));
        const memory = [];
        for (let at = 0; at < log.memory.length(); at += 32) memory.push(toHex(log.memory.slice(at, at + 32)).slice(2));
        const step = { pc: log.getPC(), op: log.op.toString(), gas: log.getGas(), gasCost: log.getCost(), depth: log.getDepth(), stack, memory };
        if (log.getError() !== undefined) step.error = log.getError();
        this.steps.push(step);
    },
    fault(log) { this.steps[this.steps.length - 1].error = log.getError(); },
    result() { return this.steps; },
}";

const NOTHING: &str = "{ step: function(log, db) {}, fault: function(log, db) {}, result: function(ctx, db) { return {}; } }";

const COUNT: &str = "{ count: 0, step: function() { this.count++ }, fault: function() {}, result: function() { return this.count } }";

const UNIGRAMS: &str = "{
    seen: {},
    step(log) { const op = log.op.toString(); this.seen[op] = (this.seen[op] || 0) + 1; },
    fault() {},
    result() { return this.seen; },
}";

const BIGRAMS: &str = "{
    seen: {}, last: '',
    step(log) {
        const op = log.op.toString(), pair = this.last + '-' + op;
        this.seen[pair] = (this.seen[pair] || 0) + 1;
        this.last = op;
    },
    fault() {},
    result() { return this.seen; },
}";

/// What each instruction of the outermost frame left on the stack, as a disassembler asks for it.
const DISASSEMBLY: &str = "{
    seen: [], last: null,
    step(log) {
        if (log.getDepth() != 1) return;
        if (this.last && log.stack.length()) this.last.result = log.stack.peek(0).toString(16);
        this.last = { op: log.op.toNumber() };
        this.seen.push(this.last);
    },
    fault() {},
    result() { return this.seen; },
}";

const SELECTORS: &str = "{
    seen: {},
    note(to, input) {
        if (input.length < 4 || isPrecompiled(to)) return;
        const key = toHex(slice(input, 0, 4)) + '-' + (input.length - 4);
        this.seen[key] = (this.seen[key] || 0) + 1;
    },
    enter(frame) { if (frame.getType().indexOf('CREATE') < 0) this.note(frame.getTo(), frame.getInput()); },
    exit() {},
    fault() {},
    result(ctx) { this.note(ctx.to, ctx.input); return this.seen; },
}";

/// Accounts before the transaction, of what steps are about to touch.
const PRESTATE: &str = "{
    before: {},
    account(who, db) {
        const key = toHex(who);
        if (!this.before[key]) {
            this.before[key] = { balance: '0x' + db.getBalance(who).toString(16), nonce: db.getNonce(who), code: toHex(db.getCode(who)), storage: {} };
        }
        return this.before[key];
    },
    step(log, db) {
        const own = this.account(log.contract.getAddress(), db);
        switch (log.op.toString()) {
        case 'SLOAD': case 'SSTORE': {
            const slot = toWord(log.stack.peek(0).toString(16));
            const key = toHex(slot);
            if (!own.storage[key]) own.storage[key] = toHex(db.getState(log.contract.getAddress(), slot));
            break;
        }
        case 'CALL':
            this.account(toAddress(log.stack.peek(1).toString(16)), db);
        }
    },
    fault() {},
    result() { return this.before; },
}";

/// A transaction with frames of every kind, failing ones among them; its hash.
fn busy_transaction(node: &Served) -> Value {
    let contract = node.deploy();
    let dying = put(node, 0xb3, "60abff");
    let reverting = put(node, 0xb2, "63deadbeef5f526004601cfd");
    let failing = put(node, 0xb4, "fe");
    let nested = put(
        node,
        0xb5,
        &[
            call_code("f1", contract),
            call_code("f4", reverting),
            "00".to_owned(),
        ]
        .concat(),
    );
    let selecting = format!("63a9059cbb60e01b5f525f5f60245f5f73{:x}5af150", reverting);
    let code = [
        call_code("f1", contract),
        // A share of the gas, because nothing of it comes back.
        format!("5f5f5f5f73{contract:x}62010000fa50"),
        call_code("f1", nested),
        create_code("f0", "60015ff3"),
        create_code("f5", "5f5ffd"),
        call_code("f1", Address::with_last_byte(4)),
        selecting.clone(),
        selecting,
        call_code("f1", dying),
        format!("5f5f5f5f5f73{failing:x}62010000f150"),
        "602a5f5260205ff3".to_owned(),
    ]
    .concat();
    let caller = put(node, 0xca, &code);
    let sent = node.send(json!({
        "from": node.accounts[0], "to": caller, "gas": "0xf4240", "data": "0x01020304ff", "value": "0x5",
    }));
    assert_eq!(sent["status"], "0x1");
    sent["transactionHash"].clone()
}

/// What JavaScript is told of the call tracer's result: not what the transaction paid around its calls.
fn told(mut native: Value) -> Value {
    native
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !name.ends_with("EVMTransfers"));
    native
}

#[test]
fn calls_agree_with_the_call_tracer() {
    let node = Served::new();
    let hash = busy_transaction(&node);
    let native = trace_mined(&node, &hash, "callTracer");
    let kinds: Vec<&Value> = native["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call["type"])
        .collect();
    assert_eq!(kinds.len(), 10, "{native:#}");
    assert!(
        native["calls"][2]["calls"][1]["error"].is_string(),
        "{native:#}"
    );
    assert_eq!(trace_mined(&node, &hash, CALLS), told(native));
    let reverted = json!([
        { "to": TARGET, "from": node.accounts[0], "gas": "0x186a0" }, "latest",
        { "tracer": CALLS, "stateOverrides": { TARGET.to_string(): { "code": "0x63deadbeef5f526004601cfd" } } },
    ]);
    let mut natively = reverted.clone();
    natively[2]["tracer"] = json!("callTracer");
    let seen = node.rpc("debug_traceCall", reverted);
    assert_eq!(seen["output"], "0xdeadbeef");
    assert_eq!(seen, told(node.rpc("debug_traceCall", natively)));
}

#[test]
fn steps_agree_with_the_default_tracer() {
    let node = Served::new();
    let hash = busy_transaction(&node);
    let options = json!({ "enableMemory": true, "disableStorage": true });
    let native = node.rpc("debug_traceTransaction", json!([hash, options]));
    let native: Vec<Value> = native["structLogs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let mut step = step.as_object().unwrap().clone();
            // The default tracer counts each frame's refunds for itself.
            step.remove("refund");
            Value::Object(step)
        })
        .collect();
    let steps = trace_mined(&node, &hash, STEPS);
    let steps = steps.as_array().unwrap();
    for (step, native) in steps.iter().zip(&native) {
        let mut step = step.clone();
        if step["error"] == "execution reverted" {
            step.as_object_mut().unwrap().remove("error");
        }
        assert_eq!(step, *native);
    }
    assert_eq!(steps.len(), native.len());
    assert!(native.len() > 100 && native.iter().any(|step| step["depth"] == 3));
    assert_eq!(trace_mined(&node, &hash, COUNT), json!(native.len()));
}

#[test]
fn counts_agree_with_the_steps() {
    let node = Served::new();
    let hash = busy_transaction(&node);
    let steps = trace_mined(&node, &hash, STEPS);
    let names: Vec<&str> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["op"].as_str().unwrap())
        .collect();
    let counted = |keys: Vec<String>| {
        let mut counts = Map::new();
        for key in keys {
            let count = counts.get(&key).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(key, json!(count + 1));
        }
        Value::Object(counts)
    };
    let single = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(trace_mined(&node, &hash, UNIGRAMS), counted(single));
    let before = std::iter::once(&"").chain(&names);
    let pairs = before
        .zip(&names)
        .map(|(last, name)| format!("{last}-{name}"))
        .collect();
    assert_eq!(trace_mined(&node, &hash, BIGRAMS), counted(pairs));
    assert_eq!(trace_mined(&node, &hash, NOTHING), json!({}));
}

#[test]
fn a_disassembly_has_what_each_instruction_left() {
    let node = Served::new();
    let seen = super::trace(&node, "0x600260030160005200", DISASSEMBLY);
    let expected = json!([
        { "op": 0x60, "result": "2" }, { "op": 0x60, "result": "3" }, { "op": 0x01, "result": "5" },
        { "op": 0x60, "result": "0" }, { "op": 0x52 }, { "op": 0x00 },
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn selectors_agree_with_the_4byte_tracer() {
    let node = Served::new();
    let hash = busy_transaction(&node);
    let native = trace_mined(&node, &hash, "4byteTracer");
    assert_eq!(native, json!({ "0x01020304-1": 1, "0xa9059cbb-32": 2 }));
    assert_eq!(trace_mined(&node, &hash, SELECTORS), native);
}

#[test]
fn accounts_agree_with_the_prestate_tracer() {
    let node = Served::new();
    let contract = node.deploy();
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    let caller = put(&node, 0xca, &format!("{}00", call_code("f1", contract)));
    let sent = node.send(json!({ "from": node.accounts[0], "to": caller, "gas": "0x186a0" }));
    let native = trace_mined(&node, &sent["transactionHash"], "prestateTracer");
    let seen = trace_mined(&node, &sent["transactionHash"], PRESTATE);
    let key = format!("{contract:#x}");
    assert_eq!(seen[&key], native[&key]);
    assert_eq!(seen[&key]["storage"].as_object().unwrap().len(), 1);
    assert_eq!(
        seen[format!("{caller:#x}")]["code"],
        native[format!("{caller:#x}")]["code"]
    );
    assert_eq!(seen.as_object().unwrap().len(), 2);
}

#[test]
fn several_tracers_and_blocks_are_traced_in_javascript_too() {
    let node = Served::new();
    let contract = node.deploy();
    node.rpc("evm_setAutomine", json!([false]));
    for _ in 0..2 {
        let count = json!({ "from": node.accounts[0], "to": contract, "gas": "0x186a0" });
        node.rpc("eth_sendTransaction", json!([count]));
    }
    node.rpc("evm_mine", json!([]));
    let stored = "{
        setup(config) { this.scale = JSON.parse(config).scale || 1; },
        step(log) { if (log.op.toString() == 'SSTORE') this.stored = log.stack.peek(1).times(this.scale); },
        fault() {},
        result(ctx) { return [this.stored, ctx.txIndex]; },
    }";
    let traces = node.rpc(
        "debug_traceBlockByNumber",
        json!(["latest", { "tracer": stored }]),
    );
    let results: Vec<&Value> = traces
        .as_array()
        .unwrap()
        .iter()
        .map(|trace| &trace["result"])
        .collect();
    assert_eq!(results, [&json!(["1", 0]), &json!(["2", 1])]);
    let hash = &traces[1]["txHash"];
    let options = json!({ "tracer": "muxTracer", "tracerConfig": { stored: { "scale": 10 }, COUNT: null, "4byteTracer": null } });
    let all = node.rpc("debug_traceTransaction", json!([hash, options]));
    assert_eq!(all[stored], json!(["20", 1]));
    assert_eq!(all[COUNT], trace_mined(&node, hash, COUNT));
    assert_eq!(all["4byteTracer"], json!({}));
}
