//! Compiled code, read at run time from where the set-up and the build put it; nothing is copied into the repository.

use std::path::{Path, PathBuf};

use alloy_primitives::{hex, Bytes};
use anyhow::{anyhow, Context, Result};

/// Root of the workspace, where `node_modules` and `artifacts` lie.
pub fn workspace_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("the crate lies two folders below the root")
        .to_owned()
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

/// Creation code of one of this crate's Solidity contracts, followed by the ABI-encoded constructor arguments.
///
/// Fails when the contracts are not compiled (`scripts/setup`).
pub fn test_contract(name: &str, constructor_arguments: &[u8]) -> Result<Bytes> {
    let path = workspace_root()
        .join("artifacts/contracts")
        .join(format!("{name}.json"));
    init_code(&path, constructor_arguments)
}

/// A processed WASM program, ready to be compressed and deployed. Fails when it is not built (`scripts/build`).
pub fn program(name: &str) -> Result<Vec<u8>> {
    let path = workspace_root()
        .join("artifacts")
        .join(format!("{name}.wasm"));
    std::fs::read(&path)
        .with_context(|| format!("{} is missing: run scripts/build", path.display()))
}

/// Whether the program has been built.
pub fn program_exists(name: &str) -> bool {
    workspace_root()
        .join("artifacts")
        .join(format!("{name}.wasm"))
        .is_file()
}

fn init_code(path: &Path, constructor_arguments: &[u8]) -> Result<Bytes> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} is missing: run scripts/setup", path.display()))?;
    let artifact: serde_json::Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is not JSON: run scripts/setup", path.display()))?;
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
    fn constructor_arguments_follow_the_bytecode() {
        let bare = test_contract("WrappedEther", &[]).unwrap();
        let code = test_contract("WrappedEther", &[1, 2, 3]).unwrap();
        assert_eq!(code[bare.len()..], [1, 2, 3]);
    }
}
