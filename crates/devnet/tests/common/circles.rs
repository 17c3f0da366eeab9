//! What goes round among the files of a source tree.

use std::collections::{BTreeMap, BTreeSet};

/// What goes round in a graph: nothing, or files that import each other with all that leads to them.
pub fn circles(
    mut graph: BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let leaves: Vec<String> = graph
            .iter()
            .filter(|(_, used)| !used.iter().any(|used| graph.contains_key(used)))
            .map(|(file, _)| file.clone())
            .collect();
        if leaves.is_empty() {
            return graph;
        }
        leaves.iter().for_each(|leaf| drop(graph.remove(leaf)));
    }
}
