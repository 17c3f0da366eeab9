//! Steps of the EVM, as geth's default tracer gives them.

use alloy_primitives::{hex, U256};
use revm::bytecode::opcode::OpCode;
use serde_json::{json, Map, Value};

use crate::recording::opcodes::{OpcodeStep, OpcodeTrace};
use crate::trace::hex::{hex_bytes, hex_number};
use crate::transaction::{Outcome, Status};

/// A trace of opcodes in the shape of geth's default tracer.
pub fn struct_logs(outcome: &Outcome, trace: &OpcodeTrace) -> Value {
    let failed = !outcome.is_success();
    let returned = if matches!(outcome.status, Status::Halt(_)) {
        String::from("0x")
    } else {
        hex_bytes(&outcome.output)
    };
    json!({
        "gas": outcome.gas_used,
        "failed": failed,
        "returnValue": returned,
        "structLogs": trace.steps.iter().map(shape).collect::<Vec<_>>(),
    })
}

/// An instruction's name.
pub fn opcode_name(opcode: u8) -> String {
    OpCode::new(opcode).map_or_else(
        || format!("opcode {opcode:#x} not defined"),
        |opcode| opcode.as_str().to_owned(),
    )
}

fn shape(step: &OpcodeStep) -> Value {
    let mut shaped = Map::new();
    let mut set = |key: &str, value: Value| shaped.insert(key.to_owned(), value);
    set("pc", step.pc.into());
    set("op", opcode_name(step.opcode).into());
    set("gas", step.gas.into());
    set("gasCost", step.gas_cost.into());
    set("depth", step.depth.into());
    if let Some(error) = step.error {
        set("error", error.into());
    }
    if let Some(stack) = &step.stack {
        let words = stack.iter().map(|word| hex_number(*word));
        set("stack", words.collect::<Vec<_>>().into());
    }
    if let Some(memory) = &step.memory {
        let words = memory.chunks(32).map(hex::encode);
        set("memory", words.collect::<Vec<_>>().into());
    }
    if let Some(storage) = &step.storage {
        let word = |word: &U256| hex::encode(word.to_be_bytes::<32>());
        let slots = storage
            .iter()
            .map(|(slot, value)| (word(slot), word(value).into()));
        set("storage", slots.collect::<Map<_, _>>().into());
    }
    if let Some(data) = step.return_data.as_ref().filter(|data| !data.is_empty()) {
        set("returnData", hex_bytes(data).into());
    }
    if step.refund > 0 {
        set("refund", step.refund.into());
    }
    shaped.into()
}
