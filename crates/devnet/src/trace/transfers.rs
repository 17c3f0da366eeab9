//! What was paid and given back around the outermost frame, in the fields that Nitro adds to geth's tracers.

use alloy_primitives::Address;
use serde_json::{json, Map, Value};

use crate::recording::frame::{Frame, Transfer};
use crate::trace::hex::hex_number;

/// Adds them to a frame that has any.
pub(super) fn put_transfers(shaped: &mut Map<String, Value>, frame: &Frame) {
    let Some(transfers) = &frame.transfers else {
        return;
    };
    let fields = [
        ("beforeEVMTransfers", &transfers.before),
        ("afterEVMTransfers", &transfers.after),
    ];
    for (field, transfers) in fields {
        shaped.insert(field.to_owned(), transfers.iter().map(shape).collect());
    }
}

/// Accounts have the mixed case of a checksum here, unlike those of calls.
fn shape(transfer: &Transfer) -> Value {
    let account = |who: Option<Address>| who.map(|who| who.to_checksum(None));
    json!({
        "purpose": transfer.purpose,
        "from": account(transfer.from),
        "to": account(transfer.to),
        "value": hex_number(transfer.value),
    })
}
