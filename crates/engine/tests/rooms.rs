//! The rooms of the source tree: each uses only those before it.

use std::fs;
use std::path::Path;

/// From the ground up; what stands in one entry may use each other.
const ROOMS: [&[&str]; 7] = [
    &["number"],
    &["error", "parameters", "series", "shares", "state"],
    &["smile"],
    &["price"],
    &["book"],
    &["risk"],
    &["charge", "assess"],
];

fn level(module: &str) -> Option<usize> {
    ROOMS.iter().position(|room| room.contains(&module))
}

/// Every `crate::module` of a file's code, comments left out.
fn uses(text: &str) -> Vec<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let word = |rest: &str| -> String {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_string()
    };
    code.flat_map(|line| line.split("crate::").skip(1).map(word).collect::<Vec<_>>())
        .collect()
}

fn check(path: &Path, room: &str, arrows: &mut usize) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            check(&entry.expect("an entry").path(), room, arrows);
        }
        return;
    }
    let own = level(room).unwrap_or_else(|| panic!("{room} is no room"));
    for module in uses(&fs::read_to_string(path).expect("a source file")) {
        let used =
            level(&module).unwrap_or_else(|| panic!("{}: {module} is no room", path.display()));
        assert!(used <= own, "{}: {room} uses {module}", path.display());
        *arrows += (used < own) as usize;
    }
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows = 0;
    for entry in fs::read_dir(&source).expect("src") {
        let path = entry.expect("an entry").path();
        let room = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if room != "lib" {
            check(&path, &room, &mut arrows);
        }
    }
    assert!(arrows > 50, "{arrows}");
}
