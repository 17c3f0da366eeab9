//! Traces: frames, host functions, opcodes and touched state, and the shapes that nodes give them.

use inkhorn_chain::trace::{
    call_tracer, prestate_tracer, struct_logs, stylus_tracer, Frame, FrameKind, HostCall,
    OpcodeOptions, TraceAs,
};
use inkhorn_chain::{Address, Chain, Outcome, Transaction, B256, U256};
use serde_json::{json, Value};

use crate::common::modules::{self, bytes};
use crate::common::probe::body_program;
use crate::common::relay::{forward, relay};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, deploy, init_code, program, word, ALICE};

fn frames(chain: &Chain, to: Address, input: impl Into<inkhorn_chain::Bytes>) -> (Outcome, Frame) {
    let (outcome, frame) = chain.trace_frames(&Transaction::call(ALICE, to, input), TraceAs::Call);
    (outcome, frame.expect("the transaction was admitted"))
}

fn host_calls(frame: &Frame) -> &[HostCall] {
    &frame.program.as_ref().expect("a program ran").host_calls
}

fn names(frame: &Frame) -> Vec<&str> {
    host_calls(frame).iter().map(|call| call.name).collect()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    alloy_primitives::hex::encode_prefixed(bytes)
}

fn be32(number: u32) -> String {
    hex(number.to_be_bytes())
}

/// The trace without what varies: its ink.
fn without_ink(trace: &Value) -> Value {
    match trace {
        Value::Array(steps) => steps.iter().map(without_ink).collect(),
        Value::Object(step) => {
            let kept = step.iter().filter(|(key, _)| !key.ends_with("Ink"));
            let kept = kept.map(|(key, value)| (key.clone(), without_ink(value)));
            Value::Object(kept.collect())
        }
        other => other.clone(),
    }
}

fn step(name: &str, args: impl AsRef<[u8]>, outs: impl AsRef<[u8]>) -> Value {
    json!({ "name": name, "args": hex(args), "outs": hex(outs) })
}

#[test]
fn a_trace_lists_host_functions_with_data_and_ink() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let tx = Transaction::call(ALICE, echo, vec![1; 100]);
    let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Call);
    let frame = frame.expect("admitted");
    let calls: Vec<_> = host_calls(&frame)
        .iter()
        .map(|call| (call.name, call.start_ink - call.end_ink))
        .collect();
    let write_result = 8_400 + 2 * (16_381 + 55 * (100 - 32));
    assert_eq!(
        calls,
        [("read_args", 15_480), ("write_result", write_result)]
    );
    assert_eq!(host_calls(&frame)[0].outs, [1; 100]);
    assert_eq!(host_calls(&frame)[1].args, [1; 100]);
    let run = frame.program.as_ref().unwrap();
    assert_eq!((run.args_len, run.status), (100, Some(0)));
    assert_eq!(run.start_ink - run.end_ink, outcome.frames[0].ink_total);
    assert_eq!(chain.call(tx), outcome, "a trace changes nothing");
}

#[test]
fn the_stylus_tracer_nests_callees_as_nitro_does() {
    let mut chain = chain();
    let outer = interpreter(&mut chain);
    let inner = program(&mut chain, &bytes(modules::ECHO));
    let script: Vec<u8> = Script::new()
        .store(5, 6)
        .flush(false)
        .load(5)
        .call(Kind::Static, inner, 0, vec![7])
        .into();
    let (outcome, frame) = frames(&chain, outer, script.clone());
    let trace = stylus_tracer(&frame);
    let mut call = step(
        "static_call_contract",
        [inner.as_slice(), &[0xff; 8], &[7]].concat(),
        [0, 0, 0, 1, 0],
    );
    call["address"] = hex(inner).into();
    call["steps"] = json!([
        step("user_entrypoint", 1_u32.to_be_bytes(), []),
        step("read_args", [], [7]),
        step("write_result", [7], []),
        step("user_returned", [], [0; 4]),
    ]);
    let expected = json!([
        step("user_entrypoint", (script.len() as u32).to_be_bytes(), []),
        step("read_args", [], &script),
        step("storage_cache_bytes32", [word(5), word(6)].concat(), []),
        step("storage_flush_cache", [0], []),
        step("storage_load_bytes32", word(5), word(6)),
        call,
        step("return_data_size", [], 1_u32.to_be_bytes()),
        step("read_return_data", [0, 0, 0, 0, 0, 0, 0, 1], [7]),
        step("write_result", &outcome.output, []),
        step("user_returned", [], [0; 4]),
    ]);
    assert_eq!(without_ink(&trace), expected);
    let list = trace.as_array().unwrap();
    assert_eq!(list[0]["startInk"], list[0]["endInk"]);
    let spent =
        |at: usize| list[at]["startInk"].as_u64().unwrap() - list[at]["endInk"].as_u64().unwrap();
    assert_eq!(spent(2), 18_480);
    assert_eq!(spent(4), 18_480, "the slot is cached");
    let callee_gas = outcome.frames[1].entry_gas + outcome.frames[1].ink_used.div_ceil(10_000);
    assert!(
        spent(5) > callee_gas * 10_000,
        "the callee counts in the call"
    );
}

#[test]
fn the_stylus_tracer_marks_calls_made_by_the_evm() {
    let mut chain = chain();
    let relay = relay(&mut chain);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let (_, frame) = frames(&chain, relay, forward(Kind::Delegate, echo, [9]));
    let mut call = step("evm_delegate_call_contract", [], []);
    call["address"] = hex(echo).into();
    call["steps"] = json!([
        step("user_entrypoint", 1_u32.to_be_bytes(), []),
        step("read_args", [], [9]),
        step("write_result", [9], []),
        step("user_returned", [], [0; 4]),
    ]);
    assert_eq!(without_ink(&stylus_tracer(&frame)), json!([call]));

    let stylus = interpreter(&mut chain);
    let script = Script::new().call(Kind::Call, relay, 0, forward(Kind::Static, echo, [9]));
    let (_, frame) = frames(&chain, stylus, script);
    let trace = stylus_tracer(&frame);
    assert_eq!(trace[2]["name"], "call_contract");
    assert_eq!(trace[2]["steps"][0]["name"], "evm_static_call_contract");
    assert_eq!(trace[2]["steps"][0]["steps"][0]["name"], "user_entrypoint");
}

#[test]
fn creations_come_before_the_host_function_that_made_them() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let init = init_code(&[0x00]);
    let (outcome, frame) = frames(&chain, stylus, Script::new().create2(3, 0, &init));
    let created = Address::from_slice(&outcome.output[..20]);
    let trace = without_ink(&stylus_tracer(&frame));
    let mut opened = step("evm_create2", [], []);
    opened["address"] = hex(created).into();
    opened["steps"] = json!([]);
    assert_eq!(trace[2], opened);
    let args = [&word(0)[..], &word(3), &init].concat();
    let outs = [created.as_slice(), &[0; 4]].concat();
    assert_eq!(trace[3], step("create2", args, outs));
    assert_eq!(frame.calls[0].kind, FrameKind::Create2);
    assert_eq!((frame.calls[0].to, frame.calls[0].from), (created, stylus));
}

#[test]
fn a_refused_call_is_shown_without_steps() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let relay = relay(&mut chain);
    let target = Address::repeat_byte(0x55);
    // Value in a static frame: refused before a frame is made.
    let script = Script::new().call(Kind::Call, target, 1, vec![]);
    let (_, frame) = frames(&chain, relay, forward(Kind::Static, stylus, script));
    let call = &stylus_tracer(&frame)[0]["steps"][2];
    assert_eq!(call["name"], "call_contract");
    assert_eq!(call["address"], hex(target));
    assert_eq!(call["steps"], json!([]));
    assert_eq!(call["outs"], hex([0, 0, 0, 0, 2]));
}

#[test]
fn an_early_exit_is_traced_and_a_trap_is_not() {
    let mut chain = chain();
    let exiting = body_program(&mut chain, "(call $exit_early (i32.const 3))");
    let (_, frame) = frames(&chain, exiting, vec![]);
    assert_eq!(names(&frame), ["exit_early"]);
    let trace = stylus_tracer(&frame);
    assert_eq!(trace[1]["args"], be32(3));
    assert_eq!(trace[2]["name"], "user_returned");
    assert_eq!(trace[2]["outs"], be32(3));
    let trapping = body_program(
        &mut chain,
        "(call $msg_sender (i32.const 0)) (call $read_args (i32.const -1))",
    );
    let (_, frame) = frames(&chain, trapping, vec![]);
    assert_eq!(names(&frame), ["msg_sender"]);
    assert_eq!(frame.program.as_ref().unwrap().status, None);
    assert_eq!(frame.error.as_deref(), Some("execution reverted"));
    assert_eq!(stylus_tracer(&frame).as_array().unwrap().len(), 2);
}

#[test]
fn every_host_function_notes_what_it_took_and_gave() {
    let mut chain = chain();
    let body = "
        (i32.store8 (i32.const 31) (i32.const 9)) (i32.store8 (i32.const 63) (i32.const 4))
        (i32.store8 (i32.const 95) (i32.const 5))
        (call $math_div (i32.const 0) (i32.const 32))
        (call $math_pow (i32.const 0) (i32.const 32))
        (call $math_add_mod (i32.const 0) (i32.const 32) (i32.const 64))
        (call $native_keccak256 (i32.const 30) (i32.const 2) (i32.const 128))
        (drop (call $account_code_size (i32.const 96)))
        (call $account_balance (i32.const 96) (i32.const 128))
        (drop (call $chainid)) (drop (call $block_timestamp)) (drop (call $msg_reentrant))
        (drop (call $tx_ink_price)) (call $tx_origin (i32.const 128)) (call $msg_value (i32.const 128))
        (call $emit_log (i32.const 0) (i32.const 33) (i32.const 1))
        (call $transient_store_bytes32 (i32.const 0) (i32.const 32))
        (call $transient_load_bytes32 (i32.const 0) (i32.const 64))
        (call $pay_for_memory_grow (i32.const 0))";
    let program = body_program(&mut chain, body);
    let (outcome, frame) = frames(&chain, program, vec![]);
    assert!(outcome.is_success(), "{:?}", outcome.frames[0].failure);
    let noted: Vec<_> = host_calls(&frame)
        .iter()
        .map(|call| (call.name, call.args.clone(), call.outs.clone()))
        .collect();
    let words = |numbers: &[u64]| {
        numbers
            .iter()
            .flat_map(|number| word(*number))
            .collect::<Vec<u8>>()
    };
    let nobody = vec![0; 20];
    let expected = [
        ("math_div", words(&[9, 4]), words(&[2])),
        ("math_pow", words(&[2, 4]), words(&[16])),
        ("math_add_mod", words(&[16, 4, 5]), words(&[0])),
        (
            "native_keccak256",
            vec![0, 0],
            alloy_primitives::keccak256([0, 0]).to_vec(),
        ),
        ("account_code_size", nobody.clone(), vec![0; 4]),
        ("account_balance", nobody, words(&[0])),
        ("chainid", vec![], 412_346_u64.to_be_bytes().to_vec()),
        (
            "block_timestamp",
            vec![],
            chain.now().to_be_bytes().to_vec(),
        ),
        ("msg_reentrant", vec![], vec![0; 4]),
        ("tx_ink_price", vec![], 10_000_u32.to_be_bytes().to_vec()),
        ("tx_origin", vec![], ALICE.to_vec()),
        ("msg_value", vec![], words(&[0])),
        (
            "emit_log",
            [&[0, 0, 0, 1][..], &words(&[0]), &[0]].concat(),
            vec![],
        ),
        ("transient_store_bytes32", words(&[0, 4]), vec![]),
        ("transient_load_bytes32", words(&[0]), words(&[4])),
        ("pay_for_memory_grow", vec![0, 0], vec![]),
    ];
    for (have, want) in noted.iter().zip(&expected) {
        assert_eq!(have, want);
    }
    assert_eq!(noted.len(), expected.len());
    assert_eq!(frame.logs[0].log.data.topics(), [B256::ZERO]);
}

#[test]
fn the_call_tracer_gives_geths_shape() {
    let mut chain = chain();
    let relay = relay(&mut chain);
    let stylus = interpreter(&mut chain);
    let script: Vec<u8> = Script::new().log(1, &word(7)).into();
    let input = forward(Kind::Call, stylus, script.clone());
    let tx = Transaction::call(ALICE, relay, input.clone()).with_gas(1_000_000);
    let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Mined(&[]));
    let frame = frame.unwrap();
    let inner = &frame.calls[0];
    let mut shape = call_tracer(&frame, false, true);
    for transfers in ["beforeEVMTransfers", "afterEVMTransfers"] {
        assert!(shape.as_object_mut().unwrap().remove(transfers).is_some());
    }
    assert_eq!(
        shape,
        json!({
            "type": "CALL", "from": hex(ALICE), "to": hex(relay), "value": "0x0",
            "gas": "0xf4240", "gasUsed": format!("{:#x}", outcome.gas_used), "input": hex(&input),
            "calls": [{
                "type": "CALL", "from": hex(relay), "to": hex(stylus), "value": "0x0",
                "gas": format!("{:#x}", inner.gas), "gasUsed": format!("{:#x}", inner.gas_used),
                "input": hex(&script),
                "logs": [{
                    "address": hex(stylus), "topics": [hex(word(7))], "data": "0x", "index": "0x0", "position": "0x0",
                }],
            }],
        })
    );
    assert_eq!(call_tracer(&frame, true, true).get("calls"), None);
    assert_eq!(
        call_tracer(&frame, false, false)["calls"][0].get("logs"),
        None
    );
    assert_eq!(
        chain.transact(tx),
        outcome,
        "a mined trace is what is mined"
    );
}

#[test]
fn a_failing_frame_says_why_and_has_no_events() {
    let mut chain = chain();
    // Reverts with Error("no").
    let reason = "7f 08c379a000000000000000000000000000000000000000000000000000000000 5f 52
        6020 6004 52 6002 6024 52 61 6e6f 60f0 1b 6044 52 6064 5f fd";
    let reverting = deploy(&mut chain, reason);
    let stylus = interpreter(&mut chain);
    let script = Script::new()
        .log(0, &[1])
        .call(Kind::Call, reverting, 0, vec![])
        .propagate();
    let (outcome, frame) = frames(&chain, stylus, script);
    assert!(!outcome.is_success());
    assert_eq!(frame.logs, []);
    let shape = call_tracer(&frame, false, true);
    for shape in [&shape, &shape["calls"][0]] {
        assert_eq!(shape["error"], "execution reverted");
        assert_eq!(shape["revertReason"], "no");
        assert_eq!(shape["output"], hex(&outcome.output));
        assert_eq!(shape.get("logs"), None);
    }
    let wasting = deploy(&mut chain, "fe");
    let (_, frame) = frames(&chain, wasting, vec![]);
    let shape = call_tracer(&frame, false, true);
    assert_eq!(shape["error"], "invalid opcode");
    assert_eq!(shape["gasUsed"], shape["gas"]);
    let (_, frame) =
        chain.trace_frames(&Transaction::create(ALICE, vec![0xfe]), TraceAs::Mined(&[]));
    let shape = call_tracer(&frame.unwrap(), false, false);
    assert_eq!((&shape["type"], shape.get("to")), (&json!("CREATE"), None));
}

#[test]
fn events_are_numbered_across_frames() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let inner: Vec<u8> = Script::new().log(0, &[2]).into();
    let script = Script::new()
        .log(0, &[1])
        .call(Kind::Call, stylus, 0, inner)
        .log(0, &[3]);
    let (outcome, frame) = frames(&chain, stylus, script);
    assert_eq!(outcome.logs.len(), 3);
    let shape = call_tracer(&frame, false, true);
    let place = |log: &Value| {
        (
            log["data"].clone(),
            log["index"].clone(),
            log["position"].clone(),
        )
    };
    assert_eq!(
        place(&shape["logs"][0]),
        (json!("0x01"), json!("0x0"), json!("0x0"))
    );
    assert_eq!(
        place(&shape["calls"][0]["logs"][0]),
        (json!("0x02"), json!("0x1"), json!("0x0"))
    );
    assert_eq!(
        place(&shape["logs"][1]),
        (json!("0x03"), json!("0x2"), json!("0x1"))
    );
}

#[test]
fn a_self_destruct_is_a_call_of_its_own() {
    let mut chain = chain();
    let heir = Address::with_last_byte(0xbb);
    let dying = deploy(&mut chain, "60bb ff");
    let tx = Transaction::call(ALICE, dying, vec![]).with_value(U256::from(5));
    let (_, frame) = chain.trace_frames(&tx, TraceAs::Call);
    let frame = frame.unwrap();
    let paid = &frame.calls[0];
    assert_eq!(paid.kind, FrameKind::SelfDestruct);
    assert_eq!(
        (paid.from, paid.to, paid.value),
        (dying, heir, U256::from(5))
    );
    assert_eq!(
        call_tracer(&frame, false, false)["calls"][0]["type"],
        "SELFDESTRUCT"
    );
    assert_eq!(stylus_tracer(&frame)[0]["name"], "evm_self_destruct");
}

#[test]
fn a_transaction_that_is_not_admitted_has_no_frame() {
    let chain = chain();
    let tx = Transaction::call(ALICE, ALICE, vec![]).with_gas(20_999);
    let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Call);
    assert_eq!((outcome.gas_used, frame), (0, None));
}

#[test]
fn a_mined_trace_comes_after_the_transactions_before_it() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let increase =
        |value| Transaction::call(ALICE, stylus, Script::new().store(1, value).flush(true));
    let read = Transaction::call(ALICE, stylus, Script::new().load(1));
    let before = [increase(1), increase(2)];
    let (traced, _) = chain.trace_frames(&read, TraceAs::Mined(&before));
    assert_eq!(*traced.output, *word(2));
    assert_eq!(chain.storage(stylus, U256::from(1)), U256::ZERO);
    let mut block = before.to_vec();
    block.push(read);
    assert_eq!(chain.transact_batch(block).pop(), Some(traced));
}

#[test]
fn frames_nest_as_deep_as_calls_may() {
    let mut chain = chain();
    // Calls itself with all gas.
    let endless = deploy(&mut chain, "5f5f5f5f5f 30 5a f1 00");
    let tx = Transaction::call(ALICE, endless, vec![]).with_gas(u64::MAX / 2);
    let (_, frame) = chain.trace_frames(&tx, TraceAs::Call);
    let frame = frame.unwrap();
    assert!(frame.walk().count() > 1_000);
    let deepest = frame.walk().last().unwrap();
    assert_eq!(deepest.error.as_deref(), Some("max call depth exceeded"));
    assert!(call_tracer(&frame, false, true).is_object());
    assert!(stylus_tracer(&frame).is_array());
}

#[test]
fn opcodes_are_traced_with_gas_stack_memory_and_storage() {
    let mut chain = chain();
    let code = deploy(&mut chain, "6007 6001 55 6001 54 5f 52 6020 5f f3");
    let tx = Transaction::call(ALICE, code, vec![]).with_gas(100_000);
    let options = OpcodeOptions {
        memory: true,
        ..OpcodeOptions::default()
    };
    let (outcome, trace) = chain.trace_opcodes(&tx, TraceAs::Mined(&[]), options);
    let shape = struct_logs(&outcome, &trace);
    assert_eq!(shape["gas"], outcome.gas_used);
    assert_eq!(
        (&shape["failed"], &shape["returnValue"]),
        (&json!(false), &json!(hex(word(7))))
    );
    let logs = shape["structLogs"].as_array().unwrap();
    let ops: Vec<_> = logs.iter().map(|log| log["op"].as_str().unwrap()).collect();
    assert_eq!(
        ops,
        [
            "PUSH1", "PUSH1", "SSTORE", "PUSH1", "SLOAD", "PUSH0", "MSTORE", "PUSH1", "PUSH0",
            "RETURN"
        ]
    );
    let (key, value) = (&hex(word(1))[2..], &hex(word(7))[2..]);
    assert_eq!(
        logs[2],
        json!({
            "pc": 4, "op": "SSTORE", "gas": 100_000 - 21_000 - 6, "gasCost": 22_100, "depth": 1,
            "stack": ["0x7", "0x1"], "memory": [], "storage": { key: value },
        })
    );
    assert_eq!(logs[4]["gasCost"], 100);
    assert_eq!(logs[9]["memory"], json!([value]));
    assert_eq!(chain.transact(tx.clone()), outcome);
    let short = OpcodeOptions {
        limit: 3,
        stack: false,
        ..OpcodeOptions::default()
    };
    let (_, trace) = chain.trace_opcodes(&tx, TraceAs::Call, short);
    assert_eq!((trace.steps.len(), &trace.steps[0].stack), (3, &None));
}

#[test]
fn opcodes_of_callees_are_deeper_and_halts_are_named() {
    let mut chain = chain();
    let wasting = deploy(&mut chain, "5f fe");
    let relay = relay(&mut chain);
    let tx = Transaction::call(ALICE, relay, forward(Kind::Call, wasting, []));
    let (outcome, trace) = chain.trace_opcodes(&tx, TraceAs::Call, OpcodeOptions::default());
    let inner: Vec<_> = trace.steps.iter().filter(|step| step.depth == 2).collect();
    assert_eq!(inner.len(), 2);
    assert_eq!(
        (inner[1].opcode, inner[1].error),
        (0xfe, Some("invalid opcode"))
    );
    let call = trace.steps.iter().find(|step| step.opcode == 0xf1).unwrap();
    assert!(call.gas_cost > inner[0].gas, "gas passed on counts");
    assert_eq!(struct_logs(&outcome, &trace)["failed"], true);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let tx = Transaction::call(ALICE, echo, vec![1]);
    let (_, trace) = chain.trace_opcodes(&tx, TraceAs::Call, OpcodeOptions::default());
    assert_eq!(trace.steps, [], "programs have no opcodes");
}

#[test]
fn touched_state_gives_prestates_and_access_lists() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let other = deploy(&mut chain, "6001 54 00");
    chain.set_storage(stylus, U256::from(9), U256::from(3));
    let script = Script::new()
        .store(9, 4)
        .flush(true)
        .call(Kind::Call, other, 0, vec![]);
    let tx = Transaction::call(ALICE, stylus, script);
    let how = TraceAs::Mined(&[]);
    let (outcome, touched) = chain.trace_touched(&tx, how);
    let list = touched.access_list(&tx);
    let slot = |number: u64| vec![B256::from(U256::from(number))];
    let mut expected = vec![(stylus, slot(9)), (other, slot(1))];
    expected.sort();
    assert_eq!(list, expected);
    let listed = chain.call(tx.clone().with_access_list(list));
    assert!(listed.is_success());
    let listed_gas = 2 * 2_400 + 2 * 1_900;
    assert_eq!(
        listed.gas_used,
        outcome.gas_used + listed_gas - 2_100 - 2_000 - 2_500
    );

    let pre = prestate_tracer(&touched, false);
    assert_eq!(
        pre[hex(stylus)]["storage"],
        json!({ hex(word(9)): hex(word(3)) })
    );
    assert_eq!(pre[hex(stylus)]["code"], hex(chain.code(stylus)));
    assert_eq!(
        pre[hex(ALICE)]["balance"],
        format!("{:#x}", chain.balance(ALICE))
    );
    let diff = prestate_tracer(&touched, true);
    assert_eq!(
        diff["post"][hex(stylus)],
        json!({ "storage": { hex(word(9)): hex(word(4)) } })
    );
    assert_eq!(diff["pre"].get(hex(other)), None, "it was only read");
    chain.transact(tx);
    assert_eq!(
        diff["post"][hex(ALICE)]["balance"],
        format!("{:#x}", chain.balance(ALICE))
    );
    assert_eq!(diff["post"][hex(ALICE)]["nonce"], chain.nonce(ALICE));
}

#[test]
fn a_chain_can_be_shared_between_threads() {
    fn assert_shareable<T: Send + Sync>() {}
    assert_shareable::<Chain>();
}
