//! The calls one after the other, as geth's `flatCallTracer` gives them: in the shape of Parity's traces.

use alloy_primitives::B256;
use serde_json::{json, Map, Value};

use crate::frame::with_stack_of;
use crate::precompile::is_precompile;
use crate::recording::frame::{Frame, FrameKind, NESTING_STACK, REVERTED};
use crate::trace::hex::{hex_address, hex_bytes, hex_number};
use crate::trace::transfers::put_transfers;

/// Where a traced transaction is in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedPlace {
    /// Number of its block.
    pub block_number: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// Hash of the transaction.
    pub transaction: B256,
    /// Its place in the block.
    pub index: usize,
}

/// What is told beyond the calls themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlatCallOptions {
    /// Errors in Parity's words.
    pub parity_errors: bool,
    /// Calls of precompiles, too.
    pub precompiles: bool,
}

/// The frames in the order in which they were opened, in the shape of geth's `flatCallTracer`; a call that is no transaction
/// has no place.
pub fn flat_call_tracer(
    frame: &Frame,
    place: Option<TracedPlace>,
    options: FlatCallOptions,
) -> Value {
    let mut flat = Vec::new();
    // Frames nest up to a thousand deep.
    with_stack_of(NESTING_STACK, || {
        flatten(frame, place, options, &mut Vec::new(), &mut flat)
    });
    flat.into()
}

fn flatten(
    frame: &Frame,
    place: Option<TracedPlace>,
    options: FlatCallOptions,
    address: &mut Vec<usize>,
    flat: &mut Vec<Value>,
) {
    let calls: Vec<&Frame> = frame
        .calls
        .iter()
        .filter(|call| options.precompiles || !is_precompile(&call.to))
        .collect();
    flat.push(shape(frame, place, options, address, calls.len()));
    for (nth, call) in calls.into_iter().enumerate() {
        address.push(nth);
        flatten(call, place, options, address, flat);
        address.pop();
    }
}

fn shape(
    frame: &Frame,
    place: Option<TracedPlace>,
    options: FlatCallOptions,
    address: &[usize],
    subtraces: usize,
) -> Value {
    let (kind, action, result) = match frame.kind {
        FrameKind::Create | FrameKind::Create2 => ("create", creation(frame), created(frame)),
        FrameKind::SelfDestruct => ("suicide", destruction(frame), Value::Null),
        _ => ("call", call(frame), returned(frame)),
    };
    let mut shaped = Map::new();
    shaped.insert("action".into(), action);
    if let Some(place) = place {
        shaped.insert("blockHash".into(), hex_bytes(place.block_hash).into());
        shaped.insert("blockNumber".into(), place.block_number.into());
        shaped.insert(
            "transactionHash".into(),
            hex_bytes(place.transaction).into(),
        );
        shaped.insert("transactionPosition".into(), place.index.into());
    }
    if let Some(error) = &frame.error {
        let error = match options.parity_errors {
            true => parity_error(error),
            false => error,
        };
        shaped.insert("error".into(), error.into());
    }
    let is_told = frame.error.as_deref().is_none_or(|error| error == REVERTED);
    if is_told {
        shaped.insert("result".into(), result);
    }
    shaped.insert("subtraces".into(), subtraces.into());
    shaped.insert("traceAddress".into(), json!(address));
    shaped.insert("type".into(), kind.into());
    put_transfers(&mut shaped, frame);
    shaped.into()
}

fn call(frame: &Frame) -> Value {
    let kind = match frame.kind {
        FrameKind::CallCode => "callcode",
        FrameKind::DelegateCall => "delegatecall",
        FrameKind::StaticCall => "staticcall",
        _ => "call",
    };
    json!({
        "callType": kind,
        "from": hex_address(frame.from),
        "gas": hex_number(frame.gas),
        "input": hex_bytes(&frame.input),
        "to": hex_address(frame.to),
        "value": hex_number(frame.value),
    })
}

fn returned(frame: &Frame) -> Value {
    json!({ "gasUsed": hex_number(frame.gas_used), "output": hex_bytes(&frame.output) })
}

fn creation(frame: &Frame) -> Value {
    let method = match frame.kind {
        FrameKind::Create2 => "create2",
        _ => "create",
    };
    json!({
        "creationMethod": method,
        "from": hex_address(frame.from),
        "gas": hex_number(frame.gas),
        "init": hex_bytes(&frame.input),
        "value": hex_number(frame.value),
    })
}

fn created(frame: &Frame) -> Value {
    json!({
        "address": hex_address(frame.to),
        "code": hex_bytes(&frame.output),
        "gasUsed": hex_number(frame.gas_used),
    })
}

fn destruction(frame: &Frame) -> Value {
    json!({
        "address": hex_address(frame.from),
        "balance": hex_number(frame.value),
        "refundAddress": hex_address(frame.to),
    })
}

/// Parity's words for an error in geth's, where it has its own.
fn parity_error(error: &str) -> &str {
    match error {
        REVERTED => "Reverted",
        "out of gas" | "contract creation code storage out of gas" | "max code size exceeded" => {
            "Out of gas"
        }
        "invalid jump destination" => "Bad jump destination",
        "return data out of bounds" => "Out of bounds",
        "stack underflow" => "Stack underflow",
        "stack limit reached 1024 (1023)" => "Out of stack",
        "write protection" => "Mutable Call In Static Context",
        other if other.starts_with("invalid opcode") => "Bad instruction",
        other => other,
    }
}
