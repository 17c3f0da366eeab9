//! wasm-opt, where a project's `Stylus.toml` asks for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;

const MANIFEST: &str = "Stylus.toml";
const WASM_OPT: &str = "wasm-opt";

/// How a project has its WASM optimised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    version: String,
    flags: Vec<String>,
}

/// Why a module is not optimised as its project asks.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// `Stylus.toml` can't be understood.
    #[error("{0}: {1}")]
    Manifest(PathBuf, String),
    /// wasm-opt is not on the path.
    #[error("Stylus.toml asks for wasm-opt {0}, which can't be run: {1}")]
    Missing(String, std::io::Error),
    /// Another version than the one asked for.
    #[error("Stylus.toml asks for wasm-opt {wanted}, the one on the path says: {found}")]
    Version {
        /// The version that `Stylus.toml` names.
        wanted: String,
        /// What wasm-opt says of itself.
        found: String,
    },
    /// wasm-opt fails.
    #[error("wasm-opt fails: {0}")]
    Failed(String),
    /// A file between the two can't be written or read.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "wasm-opt")]
    wasm_opt: Option<Table>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    version: Option<String>,
    flags: Option<Vec<String>>,
}

/// The table of a `Stylus.toml`, if both are there.
fn table(folder: &Path) -> Result<Option<Table>, RecipeError> {
    let path = folder.join(MANIFEST);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let manifest: Manifest =
        toml::from_str(&text).map_err(|error| RecipeError::Manifest(path, error.to_string()))?;
    Ok(manifest.wasm_opt)
}

impl Recipe {
    /// The recipe of the project in a folder, if it has one: as for cargo stylus, its own table decides, and one in a folder above
    /// it fills in what that leaves out.
    pub(crate) fn of(folder: &Path) -> Result<Option<Self>, RecipeError> {
        let Some(own) = table(folder)? else {
            return Ok(None);
        };
        let mut above = Table::default();
        for folder in folder.ancestors().skip(1) {
            if folder.join(MANIFEST).exists() {
                above = table(folder)?.unwrap_or_default();
                break;
            }
        }
        let missing = || {
            RecipeError::Manifest(
                folder.join(MANIFEST),
                "[wasm-opt] without a version".to_owned(),
            )
        };
        Ok(Some(Self {
            version: own.version.or(above.version).ok_or_else(missing)?,
            flags: own.flags.or(above.flags).unwrap_or_default(),
        }))
    }

    /// The optimised module.
    pub(crate) fn apply(&self, wasm: &[u8]) -> Result<Vec<u8>, RecipeError> {
        self.check_version()?;
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("inkhorn-{}-{number}", std::process::id());
        let folder = std::env::temp_dir();
        let [input, output] = ["in", "out"].map(|end| folder.join(format!("{name}.{end}.wasm")));
        std::fs::write(&input, wasm)?;
        let ran = Command::new(WASM_OPT)
            .args(&self.flags)
            .arg(&input)
            .arg("-o")
            .arg(&output)
            .output();
        let optimised = std::fs::read(&output);
        for file in [&input, &output] {
            // What is left behind harms nobody.
            let _ = std::fs::remove_file(file);
        }
        let ran = ran?;
        if !ran.status.success() {
            return Err(RecipeError::Failed(
                String::from_utf8_lossy(&ran.stderr).into_owned(),
            ));
        }
        Ok(optimised?)
    }

    fn check_version(&self) -> Result<(), RecipeError> {
        let said = Command::new(WASM_OPT)
            .arg("--version")
            .output()
            .map_err(|error| RecipeError::Missing(self.version.clone(), error))?;
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        // "wasm-opt version 132 (version_132)"
        let found = said.split_whitespace().nth(2).unwrap_or_default();
        let digits = found.split(|c: char| !c.is_ascii_digit()).next();
        if digits == Some(self.version.as_str()) {
            return Ok(());
        }
        let wanted = self.version.clone();
        Err(RecipeError::Version {
            wanted,
            found: said,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these tables, in a folder with those.
    fn project(name: &str, own: &str, above: &str) -> PathBuf {
        let outer = std::env::temp_dir().join(format!("inkhorn-{}-{name}", std::process::id()));
        let inner = outer.join("inner");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join(MANIFEST), own).unwrap();
        std::fs::write(outer.join(MANIFEST), above).unwrap();
        inner
    }

    fn recipe(name: &str, own: &str, above: &str) -> Result<Option<Recipe>, RecipeError> {
        let folder = project(name, own, above);
        let recipe = Recipe::of(&folder);
        std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
        recipe
    }

    #[test]
    fn own_table_decides_and_one_above_fills_in() {
        let above = "[wasm-opt]\nversion = \"131\"\nflags = [\"-Oz\"]";
        assert_eq!(recipe("none", "[contract]", above).unwrap(), None);
        let wanted = |version: &str, flag: &str| {
            Some(Recipe {
                version: version.to_owned(),
                flags: vec![flag.to_owned()],
            })
        };
        let bare = recipe("bare", "[wasm-opt]", above).unwrap();
        assert_eq!(bare, wanted("131", "-Oz"));
        let own = "[wasm-opt]\nversion = \"132\"\nflags = [\"-Os\"]";
        assert_eq!(recipe("own", own, above).unwrap(), wanted("132", "-Os"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let refused = recipe("bare-alone", "[wasm-opt]", "[contract]").unwrap_err();
        assert!(
            refused.to_string().contains("without a version"),
            "{refused}"
        );
        let refused = recipe("typo", "[wasm-opt]\nflag = []", "").unwrap_err();
        assert!(refused.to_string().contains("flag"), "{refused}");
    }
}
