//! The rooms of the pool: each uses only those before it, and the files of one import each other one way.

#[path = "../crates/devnet/tests/common/circles.rs"]
mod circles;
#[path = "../crates/devnet/tests/common/imports.rs"]
mod imports;

use std::path::Path;

/// From the ground up.
const ROOMS: [&str; 21] = [
    "interface",
    "scale",
    "saturating",
    "words",
    "error",
    "io",
    "bill",
    "request",
    "event",
    "storage",
    "loan",
    "context",
    "answer",
    "risk",
    "margin",
    "guard",
    "token",
    "flow",
    "view",
    "dispatch",
    "program",
];

#[test]
fn a_room_uses_only_the_rooms_before_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows = imports::check_rooms(&imports::graph(&source), &ROOMS);
    assert!(arrows > 250, "{arrows}");
}

#[test]
fn files_do_not_import_each_other() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let graph = imports::graph(&source);
    assert!(graph.len() > 60, "{}", graph.len());
    let circles = circles::circles(graph);
    assert!(circles.is_empty(), "these import each other: {circles:#?}");
}

#[test]
fn a_circle_is_found() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut graph = imports::graph(&source);
    assert!(graph["flow::trade::fill"].contains("flow::trade::settlement"));
    let settlement = graph.get_mut("flow::trade::settlement").unwrap();
    settlement.insert("flow::trade::fill".to_owned());
    assert!(circles::circles(graph).contains_key("flow::trade::fill"));
}
