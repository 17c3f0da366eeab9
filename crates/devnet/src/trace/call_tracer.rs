//! The tree of calls, as geth's `callTracer` gives it.

use serde_json::{json, Map, Value};

use crate::frame::with_stack_of;
use crate::recording::frame::{Frame, FrameKind, FrameLog, NESTING_STACK, REVERTED};
use crate::trace::hex::{hex_address, hex_bytes, hex_number};
use crate::trace::transfers::put_transfers;

/// The outermost frame in the shape of geth's `callTracer`. `only_top_call` leaves out the frames inside, `with_log`
/// adds events.
pub fn call_tracer(frame: &Frame, only_top_call: bool, with_log: bool) -> Value {
    // Frames nest up to a thousand deep.
    with_stack_of(NESTING_STACK, || {
        shape(frame, only_top_call, with_log, &mut 0)
    })
}

fn shape(frame: &Frame, only_top_call: bool, with_log: bool, next_log: &mut usize) -> Value {
    let mut shaped = Map::new();
    let mut set = |key: &str, value: Value| shaped.insert(key.to_owned(), value);
    set("from", hex_address(frame.from).into());
    set("gas", hex_number(frame.gas).into());
    set("gasUsed", hex_number(frame.gas_used).into());
    let is_creation = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    if !is_creation || frame.error.is_none() {
        set("to", hex_address(frame.to).into());
    }
    set("input", hex_bytes(&frame.input).into());
    let reverted = frame.error.as_deref() == Some(REVERTED);
    if !frame.output.is_empty() && (frame.error.is_none() || reverted) {
        set("output", hex_bytes(&frame.output).into());
    }
    if let Some(error) = &frame.error {
        set("error", error.clone().into());
    }
    if let Some(reason) = frame.revert_reason() {
        set("revertReason", reason.into());
    }
    let (calls, logs) = insides(frame, only_top_call, with_log, next_log);
    if !calls.is_empty() {
        set("calls", calls.into());
    }
    if !logs.is_empty() {
        set("logs", logs.into());
    }
    if frame.kind != FrameKind::StaticCall {
        set("value", hex_number(frame.value).into());
    }
    set("type", kind_name(frame.kind).into());
    put_transfers(&mut shaped, frame);
    shaped.into()
}

/// Calls and events of a frame. Events are numbered in the order in which they were emitted.
fn insides(
    frame: &Frame,
    only_top_call: bool,
    with_log: bool,
    next_log: &mut usize,
) -> (Vec<Value>, Vec<Value>) {
    let (mut calls, mut logs) = (Vec::new(), Vec::new());
    let mut events = frame.logs.iter().peekable();
    for at in 0..=frame.calls.len() {
        while let Some(event) = events.next_if(|event| event.position <= at) {
            logs.push(shape_log(event, *next_log));
            *next_log += 1;
        }
        if let Some(call) = frame.calls.get(at) {
            calls.push(shape(call, only_top_call, with_log, next_log));
        }
    }
    if only_top_call {
        calls.clear();
    }
    if !with_log {
        logs.clear();
    }
    (calls, logs)
}

fn shape_log(event: &FrameLog, index: usize) -> Value {
    let topics = event.log.data.topics().iter().map(hex_bytes);
    json!({
        "address": hex_address(event.log.address),
        "topics": topics.collect::<Vec<_>>(),
        "data": hex_bytes(&event.log.data.data),
        "index": hex_number(index),
        "position": hex_number(event.position),
    })
}

/// The instruction that opens a frame, by its name.
pub fn kind_name(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Call => "CALL",
        FrameKind::CallCode => "CALLCODE",
        FrameKind::DelegateCall => "DELEGATECALL",
        FrameKind::StaticCall => "STATICCALL",
        FrameKind::Create => "CREATE",
        FrameKind::Create2 => "CREATE2",
        FrameKind::SelfDestruct => "SELFDESTRUCT",
    }
}
