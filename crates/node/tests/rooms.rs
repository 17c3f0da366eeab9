//! The rooms of the source tree: each uses only those before it.

#[path = "../../devnet/tests/common/imports.rs"]
mod imports;

use std::path::Path;

/// From the ground up.
const ROOMS: [&str; 25] = [
    "error",
    "accounts",
    "clock",
    "fields",
    "transaction",
    "block",
    "receipt",
    "fork",
    "dump",
    "ledger",
    "filter",
    "pool",
    "call",
    "simulate",
    "javascript",
    "tracer",
    "node",
    "node_interface",
    "door",
    "origin",
    "page",
    "past",
    "rpc",
    "subscription",
    "server",
];

#[test]
fn a_room_uses_only_the_rooms_before_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows = imports::check_rooms(&imports::graph(&source), &ROOMS);
    assert!(arrows > 80, "{arrows}");
}
