//! The rooms of the source tree: each uses only those before it, and the files of one import each other one way.

use std::path::{Path, PathBuf};

use crate::common::circles::circles;
use crate::common::imports::{check_rooms, graph};

/// From the ground up.
const ROOMS: [&str; 23] = [
    "address",
    "cache",
    "config",
    "ink",
    "transaction",
    "frame",
    "trie",
    "remote",
    "state",
    "recording",
    "code",
    "wasm",
    "machine",
    "observed",
    "hostio",
    "program",
    "precompile",
    "execute",
    "trace",
    "dump",
    "chain",
    "fork",
    "tools",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn a_room_uses_only_the_rooms_before_it() {
    let arrows = check_rooms(&graph(&source()), &ROOMS);
    assert!(arrows > 120, "{arrows}");
}

#[test]
fn files_do_not_import_each_other() {
    let graph = graph(&source());
    assert!(graph.len() > 60, "{}", graph.len());
    let circles = circles(graph);
    assert!(circles.is_empty(), "these import each other: {circles:#?}");
}

#[test]
fn a_circle_is_found() {
    let mut graph = graph(&source());
    assert!(graph["chain::machines"].contains("execute::upgrade"));
    let upgrade = graph.get_mut("execute::upgrade").unwrap();
    upgrade.insert("chain::machines".to_owned());
    assert!(circles(graph).contains_key("execute::upgrade"));
}
