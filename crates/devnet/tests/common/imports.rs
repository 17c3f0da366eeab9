//! What the files of a source tree import of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Paths that the code of a module names below `crate::` and `super::`, without comments and what is for its own tests alone, with
/// the braces of imports resolved.
fn uses(module: &str, text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = text
        .lines()
        .flat_map(|line| [line.split("//").next().unwrap_or_default(), "\n"])
        .collect();
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        expand("", &code[at + "crate::".len()..], &mut paths);
    }
    for (at, _) in code.match_indices("super::") {
        let (mut folder, mut rest) = (module, &code[at..]);
        while let Some(above) = rest.strip_prefix("super::") {
            (folder, rest) = (
                folder.rsplit_once("::").map_or("", |(above, _)| above),
                above,
            );
        }
        // The second of `super::super::` was counted with the first.
        if !code[..at].ends_with("::") {
            let prefix = if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}::")
            };
            expand(&prefix, rest, &mut paths);
        }
    }
    paths
}

/// Enters the paths that the beginning of `text` names, each after `prefix`.
fn expand(prefix: &str, text: &str, paths: &mut BTreeSet<String>) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let (path, rest) = text.split_at(end.unwrap_or(text.len()));
    let path = format!("{prefix}{path}");
    match rest
        .strip_prefix('{')
        .filter(|_| path.is_empty() || path.ends_with("::"))
    {
        // Behind the last comma of a list stands nothing.
        None if path.ends_with("::") && !rest.starts_with('*') => {}
        None => {
            paths.insert(path.trim_end_matches("::").to_owned());
        }
        Some(inside) => pieces(inside)
            .iter()
            .for_each(|piece| expand(&path, piece.trim_start(), paths)),
    }
}

/// What stands between the commas up to the closing brace.
fn pieces(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&text[start..at]);
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Every file's text, by its path as a module; tests that stand beside their module import it as they like.
fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        if path.is_dir() {
            files(&path, &format!("{prefix}{name}::"), found);
        } else if name != "tests" {
            let module = match &*name {
                "mod" => prefix.trim_end_matches("::").to_owned(),
                name => format!("{prefix}{name}"),
            };
            let text = fs::read_to_string(&path).expect("a source file");
            found.insert(module, text);
        }
    }
}

/// The files below `src` that each of them uses, by their paths as modules. A folder's `mod.rs` uses every file in it.
pub fn graph(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    files(src, "", &mut texts);
    texts.remove("lib");
    texts.remove("main");
    let names: BTreeSet<&String> = texts.keys().collect();
    let module = |path: &String| {
        let is_here = |name: &&&String| path == **name || path.starts_with(&format!("{name}::"));
        let known = names.iter().filter(is_here);
        known
            .max_by_key(|name| name.len())
            .map(|name| (*name).clone())
    };
    let is_child = |parent: &String, name: &String| {
        name.rsplit_once("::")
            .is_some_and(|(folder, _)| folder == parent)
    };
    let resolved = texts.iter().map(|(name, text)| {
        let named = uses(name, text)
            .iter()
            .filter_map(module)
            .collect::<BTreeSet<_>>();
        let children = names.iter().filter(|child| is_child(name, child));
        let mut used: BTreeSet<String> = children
            .map(|child| (*child).clone())
            .chain(named)
            .collect();
        used.remove(name);
        (name.clone(), used)
    });
    resolved.collect()
}

/// The place of a module among the rooms.
///
/// # Panics
/// It is in none.
fn place(module: &str, rooms: &[&str]) -> usize {
    let first = module.split("::").next().unwrap_or_default();
    let place = rooms.iter().position(|room| *room == first);
    place.unwrap_or_else(|| panic!("{first} is no room"))
}

/// Checks that each room uses only those before it; gives the number of uses from one room to another.
pub fn check_rooms(graph: &BTreeMap<String, BTreeSet<String>>, rooms: &[&str]) -> usize {
    let mut arrows = 0;
    for (file, used) in graph {
        for used in used {
            let (from, to) = (place(file, rooms), place(used, rooms));
            assert!(to <= from, "{file} uses {used}");
            arrows += usize::from(to < from);
        }
    }
    arrows
}

#[test]
fn the_reader_of_imports_sees_what_they_name() {
    let text = "use super::{i, j::K,};\nuse crate::{a::B, c::{self, d::E}, o::*};\nuse crate::f;\n// use crate::g;\n\
        let x = crate::h::i(1);\nuse super::super::l::M;\n#[cfg(test)]\nuse crate::n;";
    let seen: Vec<String> = uses("m::n::o", text).into_iter().collect();
    let expected = [
        "a::B",
        "c::d::E",
        "c::self",
        "f",
        "h::i",
        "m::l::M",
        "m::n::i",
        "m::n::j::K",
        "o",
    ];
    assert_eq!(seen, expected);
}
