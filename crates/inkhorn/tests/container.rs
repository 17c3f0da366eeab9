//! The container file: what it copies is there, what it runs is accepted.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The instructions, each in one line.
fn instructions() -> Vec<String> {
    let text = include_str!("../Containerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The strings in a list as JSON has it.
fn list(instruction: &str) -> Vec<String> {
    let start = instruction.find('[').expect("a list");
    serde_json::from_str(&instruction[start..]).expect("a list of strings")
}

fn instruction(name: &str) -> String {
    let all = instructions();
    let last = all.iter().rfind(|line| line.starts_with(name));
    last.unwrap_or_else(|| panic!("no {name}")).clone()
}

#[test]
fn what_is_copied_is_there_and_not_left_out() {
    let ignored = include_str!("../Containerfile.dockerignore");
    let mut copied = 0;
    for line in instructions() {
        let Some(paths) = line
            .strip_prefix("COPY ")
            .filter(|rest| !rest.starts_with("--"))
        else {
            continue;
        };
        let paths: Vec<&str> = paths.split_whitespace().collect();
        let (_, sources) = paths.split_last().expect("a place to copy to");
        for source in sources {
            assert!(root().join(source).exists(), "{source} is not there");
            assert!(
                ignored.lines().all(|line| line != *source),
                "{source} is left out"
            );
            copied += 1;
        }
    }
    assert!(copied > 3);
    // Every member of the workspace is in what is copied: cargo asks for all of them.
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let members = manifest.lines().find(|line| line.starts_with("members"));
    for member in members.expect("members").split('"').skip(1).step_by(2) {
        let folder = member.split('/').next().expect("a folder");
        let copy = format!("COPY {folder} {folder}");
        assert!(
            instructions().contains(&copy),
            "{copy}: {member} is a member"
        );
    }
}

#[test]
fn it_runs_as_nobody_special_and_says_whether_it_is_healthy() {
    assert_eq!(instruction("USER"), "USER inkhorn");
    assert!(instruction("HEALTHCHECK").contains("http://127.0.0.1:8547/"));
    let toolchain = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let version = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("a version").trim_matches('"').to_owned();
    assert!(
        instructions()[0].contains(&format!("rust:{version}-")),
        "{version}"
    );
}

#[test]
fn what_it_starts_is_understood() {
    let mut arguments = list(&instruction("ENTRYPOINT"));
    assert_eq!(arguments.remove(0), "inkhorn");
    arguments.push("--help".to_owned());
    let help = Command::new(env!("CARGO_BIN_EXE_inkhorn"))
        .args(&arguments)
        .output();
    assert!(help.expect("it runs").status.success());
    // Without --expose the host is refused, by that name.
    arguments.retain(|argument| argument != "--expose" && argument != "--help");
    let refused = Command::new(env!("CARGO_BIN_EXE_inkhorn"))
        .args(&arguments)
        .output();
    let refused = refused.expect("it runs");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--expose"));
}
