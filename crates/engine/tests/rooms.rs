//! The rooms of the source tree: each uses only those before it, and the files of one import each other one way.

#[path = "../../devnet/tests/common/circles.rs"]
mod circles;
#[path = "../../devnet/tests/common/imports.rs"]
mod imports;

use std::path::Path;

/// From the ground up.
const ROOMS: [&str; 12] = [
    "number",
    "state",
    "series",
    "parameters",
    "error",
    "smile",
    "price",
    "book",
    "risk",
    "charge",
    "shares",
    "assess",
];

#[test]
fn a_room_uses_only_the_rooms_before_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows = imports::check_rooms(&imports::graph(&source), &ROOMS);
    assert!(arrows > 80, "{arrows}");
}

#[test]
fn files_do_not_import_each_other() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let graph = imports::graph(&source);
    assert!(graph.len() > 30, "{}", graph.len());
    let circles = circles::circles(graph);
    assert!(circles.is_empty(), "these import each other: {circles:#?}");
}
