//! The trace of host functions.

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, program, ALICE};
use smirk_devnet::{Chain, Transaction};

#[test]
fn a_trace_lists_host_functions_with_their_ink() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let tx = Transaction::call(ALICE, echo, vec![1; 100]);
    let (outcome, trace) = chain.trace(tx.clone());
    assert!(outcome.is_success());
    let calls: Vec<_> = trace
        .iter()
        .map(|call| (call.name, call.start_ink - call.end_ink))
        .collect();
    let write_result = 8_400 + 2 * (16_381 + 55 * (100 - 32));
    assert_eq!(
        calls,
        [("read_args", 15_480), ("write_result", write_result)]
    );
    assert_eq!(chain.call(tx), outcome, "a trace changes nothing");
}

#[test]
fn callees_come_after_the_call_and_count_in_it() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let script = Script::new().call(Kind::Call, echo, 0, vec![7]);
    let (outcome, trace) = chain.trace(Transaction::call(ALICE, stylus, script));
    let names: Vec<_> = trace.iter().map(|call| (call.frame, call.name)).collect();
    assert_eq!(
        names,
        [
            (0, "read_args"),
            (0, "call_contract"),
            (1, "read_args"),
            (1, "write_result"),
            (0, "return_data_size"),
            (0, "read_return_data"),
            (0, "write_result"),
        ]
    );
    let callee_gas = outcome.frames[1].entry_gas + outcome.frames[1].ink_used.div_ceil(10_000);
    let call = &trace[1];
    assert!(call.start_ink - call.end_ink > callee_gas * 10_000);
}

#[test]
fn an_escaping_host_function_is_traced_too() {
    let mut chain = chain();
    let exiting =
        crate::common::probe::body_program(&mut chain, "(call $exit_early (i32.const 0))");
    let (outcome, trace) = chain.trace(Transaction::call(ALICE, exiting, vec![]));
    assert!(outcome.is_success());
    assert_eq!(trace[0].name, "exit_early");
}

#[test]
fn a_chain_can_be_shared_between_threads() {
    fn assert_shareable<T: Send + Sync>() {}
    assert_shareable::<Chain>();
}
