//! What cargo stylus does to a module between the compiler and the chain.

use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{Parser, Payload};

use alloy_primitives::keccak256;

use crate::optimise::{Recipe, RecipeError};

/// Section in which cargo stylus keeps a hash of the project's files.
const PROJECT_HASH: &str = "project_hash";

/// Why a module can't be brought into the form that is deployed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The module has no text.
    #[error("the WASM can't be read: {0}")]
    Print(String),
    /// The module's text is no module.
    #[error("the WASM can't be put together again: {0}")]
    Parse(#[from] wat::Error),
    /// wasm-opt fails.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

/// The module as cargo stylus deploys it. What it says of the project stays out: a hash of the module stands in for the one of the
/// project's files, because entering a program costs by its length.
pub(crate) fn process(wasm: &[u8], recipe: Option<&Recipe>) -> Result<Vec<u8>, ProcessError> {
    // Through text and back: leaves out the section that counts data segments and mentions of types that chains refuse.
    let text = wasmprinter::print_bytes(wasm)
        .map_err(|error| ProcessError::Print(format!("{error:#}")))?;
    let plain = wat::parse_str(text)?;
    let optimised = match recipe {
        Some(recipe) => recipe.apply(&plain)?,
        None => plain,
    };
    let mut stripped = without_custom_sections(&optimised)?;
    stripped.section(&CustomSection {
        name: PROJECT_HASH.into(),
        data: keccak256(&optimised).to_vec().into(),
    });
    Ok(stripped.finish())
}

fn without_custom_sections(wasm: &[u8]) -> Result<Module, ProcessError> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| ProcessError::Print(error.to_string()))?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &wasm[range];
            module.section(&RawSection { id, data });
        }
    }
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_are_left_out_but_for_the_hash() {
        let mut module = Module::new();
        module.section(&CustomSection {
            name: "producers".into(),
            data: b"secret"[..].into(),
        });
        let processed = process(&module.finish(), None).unwrap();
        let names: Vec<String> = Parser::new(0)
            .parse_all(&processed)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CustomSection(section) => Some(section.name().to_owned()),
                _ => None,
            })
            .collect();
        assert_eq!(names, [PROJECT_HASH]);
    }

    #[test]
    fn data_segments_are_not_counted() {
        let text = r#"(module (memory 1) (data (i32.const 0) "a")
            (func (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))))"#;
        let wasm = wat::parse_str(text).unwrap();
        let processed = process(&wasm, None).unwrap();
        let counts = Parser::new(0)
            .parse_all(&processed)
            .any(|payload| matches!(payload.unwrap(), Payload::DataCountSection { .. }));
        assert!(!counts);
    }
}
