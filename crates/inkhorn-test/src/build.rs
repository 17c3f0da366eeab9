//! From a Stylus project to its WASM.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::Deserialize;

use crate::optimise::{Recipe, RecipeError};
use crate::process::{process, ProcessError};

/// Names the cargo that builds programs, where it is not the one that runs the tests.
const CARGO: &str = "INKHORN_CARGO";

const TARGET: &str = "wasm32-unknown-unknown";

/// A project's folder and the features that it is built with.
type Built = (PathBuf, Vec<String>);

/// Programs built so far in this process.
static BUILT: LazyLock<Mutex<HashMap<Built, Program>>> = LazyLock::new(Mutex::default);

/// A program as it is deployed: WASM that passed through what cargo stylus does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    wasm: Vec<u8>,
}

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo can't be run.
    #[error("{0} can't be run: {1}")]
    NoCargo(String, std::io::Error),
    /// The project does not compile for WASM. Cargo's own messages went to standard error.
    #[error(
        "{0} does not compile to WASM; cargo said why (a missing target is added by `rustup target add {TARGET}`)"
    )]
    DoesNotCompile(PathBuf),
    /// The project's library is no `cdylib`.
    #[error("{0} gives no WASM: its Cargo.toml needs `[lib] crate-type = [\"lib\", \"cdylib\"]`")]
    NoLibrary(PathBuf),
    /// The file that cargo made can't be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// `Stylus.toml` asks for an optimisation that can't be had.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The WASM can't be brought into the form that is deployed.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// The program of the package that the test belongs to, built if it is not up to date.
///
/// # Panics
/// When it can't be built; see [`Program::build`].
#[macro_export]
macro_rules! program {
    () => {
        $crate::Program::build(env!("CARGO_MANIFEST_DIR")).unwrap_or_else(|error| panic!("{error}"))
    };
}

impl Program {
    /// Builds the project in a folder as cargo stylus does: `cargo build --lib --release` for WASM, the round trip through text,
    /// wasm-opt if the project's `Stylus.toml` asks for it, and no custom sections but one in the place of the project's hash. What
    /// is up to date is not compiled again, and within a process nothing is built twice.
    ///
    /// The variable `INKHORN_CARGO` names another cargo for this than the one on the path.
    ///
    /// # Errors
    /// The project can't be built, or not be brought into the form that is deployed.
    pub fn build(folder: impl AsRef<Path>) -> Result<Self, BuildError> {
        Self::build_with_features(folder, &[])
    }

    /// The same with features of the project, `debug` for instance.
    ///
    /// # Errors
    /// As for [`Program::build`].
    pub fn build_with_features(
        folder: impl AsRef<Path>,
        features: &[&str],
    ) -> Result<Self, BuildError> {
        let folder = folder.as_ref();
        let features = features.iter().map(|feature| (*feature).to_owned());
        let key = (folder.to_owned(), features.collect::<Vec<_>>());
        // Held while it is built: another test waits for this one's build.
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = built.get(&key) {
            return Ok(program.clone());
        }
        let file = compile(folder, &key.1)?;
        let wasm = std::fs::read(&file).map_err(|error| BuildError::Unreadable(file, error))?;
        let recipe = Recipe::of(folder)?;
        let program = Self {
            wasm: process(&wasm, recipe.as_ref())?,
        };
        built.insert(key, program.clone());
        Ok(program)
    }

    /// A program that was made elsewhere, as it is.
    pub fn from_wasm(wasm: impl Into<Vec<u8>>) -> Self {
        Self { wasm: wasm.into() }
    }

    /// The module.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }
}

/// What cargo says of each step, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Compiles the project; gives the file that cargo made.
fn compile(folder: &Path, features: &[String]) -> Result<PathBuf, BuildError> {
    let cargo = std::env::var(CARGO).unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--lib", "--release", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(folder)
        .stderr(Stdio::inherit());
    if !features.is_empty() {
        command.args(["--features", &features.join(" ")]);
    }
    let output = command
        .output()
        .map_err(|error| BuildError::NoCargo(cargo, error))?;
    if !output.status.success() {
        return Err(BuildError::DoesNotCompile(folder.to_owned()));
    }
    let manifest = folder.join("Cargo.toml");
    let messages = String::from_utf8_lossy(&output.stdout);
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| is_same(&message.manifest_path, &manifest));
    let is_wasm = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "wasm");
    artifacts
        .flat_map(|message| message.filenames)
        .find(is_wasm)
        .ok_or_else(|| BuildError::NoLibrary(folder.to_owned()))
}

/// Whether two paths lead to the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
