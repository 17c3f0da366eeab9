//! Compiled code, read at run time from where the set-up and the build put it; nothing is copied into the repository.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use alloy_primitives::{hex, Address, Bytes};
use anyhow::{anyhow, ensure, Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What the root of the workspace holds and no other folder above a crate.
const ROOT_MARK: &str = "Stylus.toml";
/// Files and folders that decide the pool's bytes; `scripts/sources` names the same.
const SOURCES: [&str; 8] = [
    "src",
    "crates/engine/src",
    "crates/engine/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
    "Stylus.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// Root of the workspace, where `node_modules` and `artifacts` lie: the nearest one above the package that cargo runs, or
/// else above the current folder, or else above the program that runs.
///
/// # Panics
/// When there is none.
pub fn workspace_root() -> PathBuf {
    find_workspace_root().expect("run this inside the workspace")
}

/// The same, or `None` when there is none.
pub fn find_workspace_root() -> Option<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let starts = [package, env::current_dir().ok(), env::current_exe().ok()];
    starts.iter().flatten().find_map(|start| root_above(start))
}

fn root_above(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join(ROOT_MARK).is_file())
        .map(Path::to_owned)
}

/// Creation code of a contract as its npm package publishes it, followed by the ABI-encoded constructor arguments.
///
/// `path` is the artifact's path below `node_modules`. Fails when the package is not installed (`scripts/setup`).
pub fn published(path: &str, constructor_arguments: &[u8]) -> Result<Bytes> {
    init_code(
        &workspace_root().join("node_modules").join(path),
        constructor_arguments,
    )
}

/// Like [`published`], for code that calls libraries: each is linked in wherever the artifact says.
///
/// # Errors
/// Also when a library that the code calls is not among those given.
pub fn published_linked(
    path: &str,
    libraries: &[(&str, Address)],
    constructor_arguments: &[u8],
) -> Result<Bytes> {
    let path = workspace_root().join("node_modules").join(path);
    let mut artifact = artifact(&path)?;
    link(&mut artifact, libraries).with_context(|| format!("{}", path.display()))?;
    code_of(&artifact, &path, constructor_arguments)
}

/// Permit2's code as it stands on a chain, in hex digits. Fails when the set-up (`scripts/setup`) has not run.
pub(crate) fn permit2_code() -> Result<String> {
    let artifact = artifact(&workspace_root().join("artifacts/published/permit2.json"))?;
    let code = artifact["bytecode"]
        .as_str()
        .context("no code of Permit2")?;
    Ok(code.to_owned())
}

/// Creation code of one of this crate's Solidity contracts, followed by the ABI-encoded constructor arguments.
///
/// Fails when the contracts are not compiled (`scripts/setup`).
pub fn test_contract(name: &str, constructor_arguments: &[u8]) -> Result<Bytes> {
    let path = workspace_root()
        .join("artifacts/contracts")
        .join(format!("{name}.json"));
    init_code(&path, constructor_arguments)
}

/// A processed WASM program, ready to be compressed and deployed. Fails when it is not built, and when the sources beside
/// it are not those it was built from (`scripts/build`).
pub fn program(name: &str) -> Result<Vec<u8>> {
    program_in(&workspace_root(), name)
}

/// Whether the program has been built.
pub fn program_exists(name: &str) -> bool {
    workspace_root()
        .join("artifacts")
        .join(format!("{name}.wasm"))
        .is_file()
}

/// Programs with a record of their sources are held against it; benchmark programs have none.
fn program_in(root: &Path, name: &str) -> Result<Vec<u8>> {
    let path = root.join("artifacts").join(format!("{name}.wasm"));
    let wasm = fs::read(&path)
        .with_context(|| format!("{} is missing: run scripts/build", path.display()))?;
    if name == "pool" {
        let record = path.with_extension("sources");
        let built_from = fs::read_to_string(&record)
            .with_context(|| format!("{} is missing: run scripts/build", record.display()))?;
        ensure!(
            built_from.trim() == sources_hash(root)?,
            "{} is not what the sources say: run scripts/build",
            path.display()
        );
    }
    Ok(wasm)
}

/// SHA-256 of the lines that sha256sum prints for the pool's sources, in the order of their paths.
fn sources_hash(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        list_files(root, source, &mut files)?;
    }
    files.sort_unstable();
    let mut lines = Sha256::new();
    for file in files {
        let hash = Sha256::digest(fs::read(root.join(&file))?);
        lines.update(format!("{}  {file}\n", hex::encode(hash)));
    }
    Ok(hex::encode(lines.finalize()))
}

/// Adds `path`, or every file below it, as paths from `root`.
fn list_files(root: &Path, path: &str, files: &mut Vec<String>) -> Result<()> {
    let full = root.join(path);
    if !full.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(full)? {
        let name = entry?.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| anyhow!("{path} holds a file without a readable name"))?;
        list_files(root, &format!("{path}/{name}"), files)?;
    }
    Ok(())
}

fn init_code(path: &Path, constructor_arguments: &[u8]) -> Result<Bytes> {
    code_of(&artifact(path)?, path, constructor_arguments)
}

fn artifact(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("{} is missing: run scripts/setup", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not JSON: run scripts/setup", path.display()))
}

/// Puts the libraries' addresses where the compiler left room for them.
fn link(artifact: &mut Value, libraries: &[(&str, Address)]) -> Result<()> {
    let mut code = artifact["bytecode"].as_str().unwrap_or_default().to_owned();
    let sources = artifact["linkReferences"].as_object();
    let wanted = sources.into_iter().flat_map(serde_json::Map::values);
    for (name, places) in wanted.filter_map(Value::as_object).flatten() {
        let (_, address) = libraries
            .iter()
            .find(|(library, _)| library == name)
            .ok_or_else(|| anyhow!("library {name} is missing"))?;
        for place in places.as_array().into_iter().flatten() {
            let start = place["start"].as_u64().context("a place without a start")? as usize;
            // Two digits a byte, after the prefix.
            let digits = 2 + 2 * start..2 + 2 * start + 40;
            ensure!(code.len() >= digits.end, "a place beyond the code");
            code.replace_range(digits, &hex::encode(address));
        }
    }
    artifact["bytecode"] = Value::String(code);
    Ok(())
}

fn code_of(artifact: &Value, path: &Path, constructor_arguments: &[u8]) -> Result<Bytes> {
    let bytecode = artifact["bytecode"]
        .as_str()
        .ok_or_else(|| anyhow!("{} carries no bytecode", path.display()))?;
    let mut code = hex::decode(bytecode)
        .with_context(|| format!("{} carries bytecode that needs linking", path.display()))?;
    code.extend_from_slice(constructor_arguments);
    Ok(code.into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn missing_artifact_names_the_script_that_makes_it() {
        let package = published("@uniswap/nowhere.json", &[])
            .unwrap_err()
            .to_string();
        assert!(
            package.contains("@uniswap/nowhere.json is missing: run scripts/setup"),
            "{package}"
        );
        let contract = test_contract("Nothing", &[]).unwrap_err().to_string();
        assert!(
            contract.contains("Nothing.json is missing: run scripts/setup"),
            "{contract}"
        );
        let wasm = program("nothing").unwrap_err().to_string();
        assert!(
            wasm.contains("nothing.wasm is missing: run scripts/build"),
            "{wasm}"
        );
        assert!(!program_exists("nothing"));
    }

    #[test]
    fn libraries_go_where_the_artifact_says() {
        let artifact = |code: &str| {
            serde_json::json!({
                "bytecode": code,
                "linkReferences": {"a.sol": {"A": [{"start": 1, "length": 20}]}},
            })
        };
        let mut given = artifact(&format!("0x60{}56", "_".repeat(40)));
        let library = Address::repeat_byte(0xab);
        link(&mut given, &[("B", Address::ZERO), ("A", library)]).unwrap();
        let expected = format!("0x60{}56", "ab".repeat(20));
        assert_eq!(given["bytecode"].as_str(), Some(expected.as_str()));

        let missing = link(&mut artifact("0x60"), &[("B", library)]).unwrap_err();
        assert!(missing.to_string().contains("library A is missing"));
        let beyond = link(&mut artifact("0x60"), &[("A", library)]).unwrap_err();
        assert!(beyond.to_string().contains("beyond the code"));
    }

    #[test]
    fn constructor_arguments_follow_the_bytecode() {
        let bare = test_contract("WrappedEther", &[]).unwrap();
        let code = test_contract("WrappedEther", &[1, 2, 3]).unwrap();
        assert_eq!(code[bare.len()..], [1, 2, 3]);
    }

    #[test]
    fn hash_of_the_sources_is_the_one_that_the_build_records() {
        let root = workspace_root();
        let printed = Command::new(root.join("scripts/sources")).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(sources_hash(&root).unwrap(), printed.trim());
    }

    #[test]
    fn program_of_other_sources_is_refused() {
        let root = env::temp_dir().join(format!("smirk-stale-{}", std::process::id()));
        for file in SOURCES.iter().skip(2).chain(&[
            "src/lib.rs",
            "src/io/mod.rs",
            "crates/engine/src/lib.rs",
            "artifacts/pool.wasm",
        ]) {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let record = root.join("artifacts/pool.sources");
        let refusal = program_in(&root, "pool").unwrap_err().to_string();
        assert!(
            refusal.contains("pool.sources is missing: run scripts/build"),
            "{refusal}"
        );
        fs::write(&record, sources_hash(&root).unwrap() + "\n").unwrap();
        assert_eq!(program_in(&root, "pool").unwrap(), b"artifacts/pool.wasm");

        let changes: [fn(&Path); 3] = [
            |root| fs::write(root.join("src/io/mod.rs"), "another byte").unwrap(),
            |root| fs::write(root.join("src/io/new.rs"), "").unwrap(),
            |root| fs::rename(root.join("src/io/mod.rs"), root.join("src/io.rs")).unwrap(),
        ];
        for change in changes {
            fs::write(&record, sources_hash(&root).unwrap()).unwrap();
            change(&root);
            let refusal = program_in(&root, "pool").unwrap_err().to_string();
            assert!(refusal.contains("run scripts/build"), "{refusal}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
