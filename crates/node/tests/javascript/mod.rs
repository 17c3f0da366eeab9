//! Tracers in JavaScript.

mod agreement;
mod api;
mod limits;
mod refusals;
mod stylus;

use alloy_primitives::{hex, Address};
use serde_json::{json, Value};

use crate::support::http::Failure;
use crate::support::Served;

/// Where the code that is traced stands.
const TARGET: Address = Address::repeat_byte(0xca);
/// Gas of a call that is traced: 979,000 after what a transaction costs.
const GAS: &str = "0xf4240";

/// Traces a call of `code` with a tracer and further options.
fn try_trace(node: &Served, code: &str, tracer: &str, more: Value) -> Result<Value, Failure> {
    let call = json!({ "from": node.accounts[0], "to": TARGET, "gas": GAS });
    let mut options = json!({
        "tracer": tracer,
        "stateOverrides": { TARGET.to_string(): { "code": code, "balance": "0x64" } },
    });
    for (name, value) in more.as_object().expect("options") {
        options[name] = value.clone();
    }
    node.try_rpc("debug_traceCall", json!([call, "latest", options]))
}

fn trace(node: &Served, code: &str, tracer: &str) -> Value {
    try_trace(node, code, tracer, json!({}))
        .unwrap_or_else(|failure| panic!("{tracer}: {failure:?}"))
}

/// Traces a call that has to fail; why it does.
fn refusal(node: &Served, code: &str, tracer: &str, more: Value) -> String {
    match try_trace(node, code, tracer, more) {
        Ok(result) => panic!("{tracer} gave {result}"),
        Err(failure) => failure.message,
    }
}

/// Traces a transaction that was mined.
fn trace_mined(node: &Served, hash: &Value, tracer: &str) -> Value {
    node.rpc(
        "debug_traceTransaction",
        json!([hash, { "tracer": tracer }]),
    )
}

/// Code that makes a call with everything left, and forgets what came of it. `opcode` is `f1` for a call, `f4` for a delegate one, `fa` for
/// a static one.
fn call_code(opcode: &str, to: Address) -> String {
    let value = if opcode == "f1" { "5f" } else { "" };
    format!("5f5f5f5f{value}73{}5a{opcode}50", hex::encode(to))
}

/// Code that creates a contract from up to 31 bytes of init code, with a salt of zero if it is `f5`.
fn create_code(opcode: &str, init: &str) -> String {
    let length = init.len() / 2;
    let salt = if opcode == "f5" { "5f" } else { "" };
    format!(
        "{:02x}{init}5f52{salt}60{length:02x}60{:02x}5f{opcode}50",
        0x5f + length,
        32 - length
    )
}

/// Puts code somewhere.
fn put(node: &Served, byte: u8, code: &str) -> Address {
    let place = Address::repeat_byte(byte);
    node.rpc("anvil_setCode", json!([place, format!("0x{code}")]));
    place
}
