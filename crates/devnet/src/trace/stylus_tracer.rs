//! Host functions with their ink, as Nitro's `stylusTracer` gives them.

use alloy_primitives::Address;
use serde_json::{json, Value};

use crate::frame::with_stack_of;
use crate::recording::frame::{Frame, FrameKind, HostCall, ProgramTrace, NESTING_STACK};
use crate::trace::hex::{hex_address, hex_bytes};

/// Host functions whose callee is shown inside them.
const NESTING: [&str; 3] = [
    "call_contract",
    "delegate_call_contract",
    "static_call_contract",
];

/// Host functions of the outermost frame in the shape of Nitro's `stylusTracer`, with those of its callees nested.
/// A frame of the EVM contributes the calls that it makes, under names that begin with `evm_`.
pub fn stylus_tracer(frame: &Frame) -> Value {
    with_stack_of(NESTING_STACK, || steps(frame)).into()
}

fn steps(frame: &Frame) -> Vec<Value> {
    let Some(program) = &frame.program else {
        return frame.calls.iter().map(opened_by_evm).collect();
    };
    let mut steps = vec![step(
        "user_entrypoint",
        &program.args_len.to_be_bytes(),
        &[],
        (program.start_ink, program.start_ink),
    )];
    for call in &program.host_calls {
        steps.extend(host_call(frame, call));
    }
    steps.extend(returned(program));
    steps
}

fn returned(program: &ProgramTrace) -> Option<Value> {
    let status = program.status?.to_be_bytes();
    let ink = (program.end_ink, program.end_ink);
    Some(step("user_returned", &[], &status, ink))
}

/// A host function. One that creates comes after the frame it opened, one that calls holds the frame it opened.
fn host_call(frame: &Frame, call: &HostCall) -> Vec<Value> {
    let ink = (call.start_ink, call.end_ink);
    let mut shown = step(call.name, &call.args, &call.outs, ink);
    let callee = call.call.map(|at| &frame.calls[at]);
    if NESTING.contains(&call.name) {
        let address = callee.map_or_else(|| callee_of(call), |callee| callee.to);
        nest(&mut shown, address, callee.map(steps).unwrap_or_default());
        return vec![shown];
    }
    callee
        .map(opened_by_evm)
        .into_iter()
        .chain([shown])
        .collect()
}

/// Address that a call which was refused named.
fn callee_of(call: &HostCall) -> Address {
    call.args
        .first_chunk()
        .map(|bytes| Address::new(*bytes))
        .unwrap_or_default()
}

fn opened_by_evm(frame: &Frame) -> Value {
    let name = match frame.kind {
        FrameKind::Call => "evm_call_contract",
        FrameKind::DelegateCall => "evm_delegate_call_contract",
        FrameKind::StaticCall => "evm_static_call_contract",
        FrameKind::Create => "evm_create1",
        FrameKind::Create2 => "evm_create2",
        FrameKind::SelfDestruct => "evm_self_destruct",
        // Nitro has no name for it.
        FrameKind::CallCode => "",
    };
    let mut shown = step(name, &[], &[], (0, 0));
    nest(&mut shown, frame.to, steps(frame));
    shown
}

fn step(name: &str, args: &[u8], outs: &[u8], (start_ink, end_ink): (u64, u64)) -> Value {
    json!({
        "name": name,
        "args": hex_bytes(args),
        "outs": hex_bytes(outs),
        "startInk": start_ink,
        "endInk": end_ink,
    })
}

fn nest(shown: &mut Value, address: Address, steps: Vec<Value>) {
    shown["address"] = hex_address(address).into();
    shown["steps"] = steps.into();
}
