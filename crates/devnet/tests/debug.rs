//! Development chains: what contracts may say there, and what ArbDebug does.

use alloy_sol_types::{sol, SolCall, SolError, SolEvent};
use inkhorn_chain::trace::{stylus_tracer, TraceAs};
use inkhorn_chain::{Address, Chain, ChainConfig, Said, Status, Transaction, B256, U256};

use crate::common::{chain_with, deploy, precompile, wat_program, word, ALICE};

sol! {
    function events(bool flag, bytes32 value) returns (address, uint256);
    function eventsView();
    function customRevert(uint64 number);
    function panic();
    function legacyError();
    event Basic(bool flag, bytes32 indexed value);
    event Mixed(bool indexed flag, bool not, bytes32 indexed value, address conn, address indexed caller);
    error Custom(uint64 number, string reason, bool flag);
}

/// As Hardhat's and Forge's `console.sol` encode what they say.
mod console {
    alloy_sol_types::sol! {
        interface Console {
            function log(string, uint256, address, bool);
            function log(bytes);
        }
    }
}

const ARB_DEBUG: Address = precompile(0xff);

/// Says "hello" and the numbers 7 and 9, and reverts if it is called with data.
const TALKER: &str = r#"(module
    (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
    (import "console" "log_txt" (func $text (param i32 i32)))
    (import "console" "log_i32" (func $i32 (param i32)))
    (import "console" "tee_i64" (func $i64 (param i64) (result i64)))
    (import "debug" "null_host" (func $null))
    (memory (export "memory") 1)
    (data (i32.const 8) "hello")
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $null)
        (call $text (i32.const 8) (i32.const 5))
        (call $i32 (i32.const 7))
        (drop (call $i64 (i64.const 9)))
        (i32.gt_u (local.get 0) (i32.const 0))))"#;

/// Says a page of nothing a hundred times.
const BABBLER: &str = r#"(module
    (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
    (import "console" "log_txt" (func $text (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (local $left i32)
        (local.set $left (i32.const 100))
        (loop $more
            (call $text (i32.const 0) (i32.const 65536))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $more (local.get $left)))
        (i32.const 0)))"#;

/// Passes its calldata on to `console.log`, as a library would, and reverts if that is more than a hundred bytes.
const SOLIDITY_TALKER: &str = "36 6000 6000 37 \
    6000 6000 36 6000 6a636f6e736f6c652e6c6f67 5a fa 50 \
    6064 36 11 6024 57 00 5b 6000 6000 fd";

fn debug_chain() -> Chain {
    chain_with(ChainConfig {
        debug: true,
        ..ChainConfig::default()
    })
}

fn said(program: Address) -> Vec<Said> {
    let say = |text: &str| Said {
        program,
        text: text.to_owned(),
    };
    ["hello", "7", "9"].map(say).into()
}

#[test]
fn what_a_program_says_comes_with_the_outcome_also_of_a_revert() {
    let mut chain = debug_chain();
    let program = wat_program(&mut chain, TALKER);
    let quiet = Transaction::call(ALICE, program, vec![]);
    assert_eq!(chain.transact(quiet.clone()).said, said(program));
    assert_eq!(chain.call(quiet).said, said(program));
    let failing = chain.transact(Transaction::call(ALICE, program, vec![1]));
    assert_eq!(
        (failing.status, failing.said),
        (Status::Revert, said(program))
    );
    let other = chain.transact(Transaction::transfer(ALICE, ALICE, U256::ZERO));
    assert_eq!(other.said, []);
}

#[test]
fn what_a_program_says_is_in_the_trace() {
    let mut chain = debug_chain();
    let program = wat_program(&mut chain, TALKER);
    let call = Transaction::call(ALICE, program, vec![]);
    let (_, frame) = chain.trace_frames(&call, TraceAs::Call);
    let trace = stylus_tracer(&frame.expect("a frame"));
    let steps = trace.as_array().expect("steps");
    let step = |name: &str| steps.iter().find(|step| step["name"] == name);
    let text = step("log_txt").expect("the text");
    assert_eq!(text["args"], "0x68656c6c6f");
    assert_eq!(text["startInk"], text["endInk"], "it is free");
    assert_eq!(step("log_i32").expect("a number")["args"], "0x00000007");
}

#[test]
fn what_a_solidity_contract_logs_is_heard_and_costs_what_the_call_costs() {
    use console::Console::{log_0Call, log_1Call};

    let mut chain = debug_chain();
    let contract = deploy(&mut chain, SOLIDITY_TALKER);
    let many = log_0Call {
        _0: "%s of %s:".to_owned(),
        _1: U256::from(7),
        _2: ALICE,
        _3: true,
    };
    let mut said = |data: Vec<u8>| {
        let outcome = chain.transact(Transaction::call(ALICE, contract, data));
        let texts = outcome.said.iter().map(|said| {
            assert_eq!(said.program, contract);
            said.text.clone()
        });
        (texts.collect::<Vec<_>>(), outcome.status)
    };
    let text = format!("7 of {ALICE}: true");
    assert_eq!(said(many.abi_encode()), (vec![text], Status::Revert));
    let bytes = log_1Call(vec![0xab, 0xcd].into()).abi_encode();
    assert_eq!(
        said(bytes.clone()),
        (vec!["0xabcd".to_owned()], Status::Success)
    );
    assert_eq!(said(vec![1, 2, 3, 4]), (vec![], Status::Success));

    let mut quiet = chain_with(ChainConfig::default());
    let contract = deploy(&mut quiet, SOLIDITY_TALKER);
    let call = Transaction::call(ALICE, contract, bytes);
    let outcome = quiet.transact(call.clone());
    assert_eq!(outcome.said, []);
    assert_eq!(chain.transact(call).gas_used, outcome.gas_used);
}

#[test]
fn a_program_cannot_fill_the_memory_by_talking() {
    let mut chain = debug_chain();
    let program = wat_program(&mut chain, BABBLER);
    let outcome = chain.call(Transaction::call(ALICE, program, vec![]));
    assert!(outcome.is_success());
    let bytes: usize = outcome.said.iter().map(|said| said.text.len()).sum();
    assert!((900_000..=1 << 20).contains(&bytes), "{bytes}");
}

#[test]
fn arb_debug_emits_its_two_events() {
    let mut chain = debug_chain();
    let value = B256::repeat_byte(7);
    let call = eventsCall { flag: true, value };
    let tx = Transaction::call(ALICE, ARB_DEBUG, call.abi_encode()).with_value(U256::from(5));
    let outcome = chain.transact(tx);
    let answer = [ALICE.into_word().to_vec(), word(5)].concat();
    assert_eq!(outcome.output[..], answer);
    let basic = Basic::decode_log(&outcome.logs[0]).expect("the first");
    assert_eq!((basic.flag, basic.value), (false, value));
    let mixed = Mixed::decode_log(&outcome.logs[1]).expect("the second");
    assert_eq!((mixed.flag, mixed.not, mixed.value), (true, false, value));
    assert_eq!((mixed.conn, mixed.caller), (ARB_DEBUG, ALICE));
}

#[test]
fn arb_debug_fails_in_every_way_that_a_precompile_can() {
    let mut chain = debug_chain();
    let mut run = |data: Vec<u8>| {
        let tx = Transaction::call(ALICE, ARB_DEBUG, data).with_gas(100_000);
        let outcome = chain.transact(tx);
        assert_eq!(outcome.status, Status::Revert);
        (outcome.output, outcome.gas_used == 100_000)
    };
    let (custom, burned) = run(customRevertCall { number: 9 }.abi_encode());
    let custom = Custom::abi_decode(&custom).expect("its error");
    assert_eq!((custom.number, custom.flag, burned), (9, true, false));
    for (data, burns) in [
        (legacyErrorCall {}.abi_encode(), false),
        (eventsViewCall {}.abi_encode(), true),
        (panicCall {}.abi_encode(), true),
    ] {
        let (output, burned) = run(data);
        assert_eq!((output.len(), burned), (0, burns));
    }
}
