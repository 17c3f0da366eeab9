//! Which modules activation accepts: names, imports, exports and size limits.

use std::collections::HashMap;

use wasmparser::{ExternalKind, FuncType, ValType};

use crate::wasm::host_function::{self, HostFunction};
use crate::wasm::module::Module;

/// Most pages that a program may start with.
pub(crate) const MAX_PAGES: u64 = 128;
/// Largest function body after instrumentation.
pub(crate) const MAX_OPERATORS: usize = 65_536;
/// Most declared locals of a function.
pub(crate) const MAX_LOCALS: u32 = 348;
/// Globals that instrumentation adds.
pub(crate) const ADDED_GLOBALS: u64 = 4;

/// First ArbOS version that limits the number of imports.
const IMPORT_LIMIT_SINCE: u64 = 32;

const MEMORY: &str = "memory";
const ENTRYPOINT: &str = "user_entrypoint";
const PAY_FOR_MEMORY_GROW: &str = "pay_for_memory_grow";
/// Names that the host reserves begin with this.
const RESERVED: &str = "stylus";

/// Rules of the chain that checks a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    pub arbos_version: u64,
    /// Stylus version of the activation, which a program keeps until it is activated again.
    pub stylus_version: u16,
    pub debug: bool,
}

/// Checks names, imports and exports. Gives the function that pays for `memory.grow`, if growth must be paid for.
///
/// # Errors
/// The reason why activation rejects the module.
pub(crate) fn check_interface(module: &Module, rules: Rules) -> Result<Option<u32>, String> {
    check_repeated_imports(module)?;
    check_reserved_names(module)?;
    if module.start.is_some() && !rules.debug {
        return Err("start functions not allowed".to_owned());
    }
    let memory = exported(module, MEMORY, ExternalKind::Memory)
        .ok_or_else(|| format!("missing memory with export name \"{MEMORY}\""))?;
    if memory != 0 || module.memories.len() != 1 {
        return Err("multi-memory extension not supported".to_owned());
    }
    let pay_for_memory_grow = check_memory(module)?;
    check_entrypoint(module, rules)?;
    Ok(pay_for_memory_grow)
}

/// Checks that each import is a host function with the right type.
///
/// # Errors
/// The reason why activation rejects the module.
pub(crate) fn check_imports(module: &Module, rules: Rules) -> Result<(), String> {
    for import in &module.imports {
        let name = import.name;
        let found = host_function::find(import.module, name)
            .ok_or_else(|| format!("No such import {name} in {}", import.module))?;
        if found.debug_only && !rules.debug {
            return Err(format!(
                "Debug hostio {}.{name} is not enabled",
                import.module
            ));
        }
        let declared = &module.types[import.type_index as usize];
        if !found.matches(declared) {
            return Err(format!(
                "Import {name} has different function signature: expected {found:?}, got {declared:?}"
            ));
        }
    }
    Ok(())
}

/// Checks the limits on counts and sizes. `body_sizes` are operators after instrumentation.
///
/// # Errors
/// The reason why activation rejects the module.
pub(crate) fn check_limits(module: &Module, rules: Rules) -> Result<(), String> {
    let kept_exports = if rules.debug { module.exports.len() } else { 2 };
    let tables: u64 = module.tables.iter().sum();
    let globals = u64::from(module.globals) + ADDED_GLOBALS;
    at_most("data segments", module.data.count as u64, 128)?;
    at_most("element segments", module.elements.count as u64, 128)?;
    at_most("exports", kept_exports as u64 + ADDED_GLOBALS, 1_024)?;
    at_most("functions", module.functions.len() as u64, 4_096)?;
    at_most("globals", globals, 32_768)?;
    at_most("table entries", tables, 4_096)?;
    at_most("element bytes", module.elements.encoded, 4_096)?;
    if rules.arbos_version >= IMPORT_LIMIT_SINCE {
        at_most("imports", module.imports.len() as u64, 513)?;
    }
    for export in &module.exports {
        at_most("bytes in an export name", export.name.len() as u64, 512)?;
    }
    Ok(())
}

/// Checks that active segments lie within what they initialise.
///
/// # Errors
/// The reason why activation rejects the module.
pub(crate) fn check_segments(module: &Module) -> Result<(), String> {
    let memory = module.initial_pages() << 16;
    if module.data.ends.iter().any(|(_, end)| *end > memory) {
        return Err("Out-of-bounds data memory init".to_owned());
    }
    for (table, end) in &module.elements.ends {
        if *end > module.tables.get(*table as usize).copied().unwrap_or(0) {
            return Err("Out-of-bounds element segment".to_owned());
        }
    }
    Ok(())
}

pub(crate) fn at_most(what: &str, count: u64, bound: u64) -> Result<(), String> {
    if count > bound {
        return Err(format!(
            "wasm has {count} {what}, which exceeds bound {bound}"
        ));
    }
    Ok(())
}

/// Index of the export `name`; exports of another kind do not count.
fn exported(module: &Module, name: &str, kind: ExternalKind) -> Option<u32> {
    let mut exports = module.exports.iter();
    let export = exports.find(|export| export.name == name && export.kind == kind)?;
    Some(export.index)
}

fn check_repeated_imports(module: &Module) -> Result<(), String> {
    let mut seen = HashMap::new();
    for import in &module.imports {
        let key = (import.module, import.name);
        let first = *seen.entry(key).or_insert(import.type_index);
        if first != import.type_index {
            return Err(format!(
                "inconsistent imports for {} {}",
                import.module, import.name
            ));
        }
    }
    Ok(())
}

fn check_reserved_names(module: &Module) -> Result<(), String> {
    let tail = |name: &'_ str| name.rsplit("__").next().unwrap_or_default().to_owned();
    let exports: Vec<String> = module.exports.iter().map(|e| tail(e.name)).collect();
    for import in &module.imports {
        if exports.iter().any(|export| export == import.name) {
            return Err(format!(
                "binary exports an import with the same name {}",
                import.name
            ));
        }
    }
    if let Some(name) = exports.iter().find(|name| name.starts_with(RESERVED)) {
        return Err(format!("binary exports reserved symbol {name}"));
    }
    let mut imports = module.imports.iter();
    if let Some(import) = imports.find(|import| import.name.starts_with(RESERVED)) {
        return Err(format!("binary imports reserved symbol {}", import.name));
    }
    Ok(())
}

fn check_memory(module: &Module) -> Result<Option<u32>, String> {
    let memory = &module.memories[0];
    if memory.initial > MAX_PAGES {
        return Err(format!(
            "memory size of {} pages exceeds bound {MAX_PAGES}",
            memory.initial
        ));
    }
    if memory.maximum == Some(memory.initial) {
        return Ok(None);
    }
    let mut imports = module.imports.iter();
    let index = imports
        .position(|import| import.name == PAY_FOR_MEMORY_GROW)
        .ok_or_else(|| format!("wasm is missing import {PAY_FOR_MEMORY_GROW}"))?;
    let ty = &module.types[module.imports[index].type_index as usize];
    if ty.params() != [ValType::I32] || !ty.results().is_empty() {
        return Err(format!("wrong type for {PAY_FOR_MEMORY_GROW}: {ty:?}"));
    }
    Ok(Some(index as u32))
}

fn check_entrypoint(module: &Module, rules: Rules) -> Result<(), String> {
    let mut exports = module.exports.iter();
    let kind = exports.find(|e| e.name == ENTRYPOINT).map(|e| e.kind);
    if rules.debug && kind.is_some_and(|kind| kind != ExternalKind::Func) {
        return Err(format!("export {ENTRYPOINT} must be a function"));
    }
    let index = exported(module, ENTRYPOINT, ExternalKind::Func)
        .ok_or_else(|| format!("missing export with name {ENTRYPOINT}"))?;
    let ty = module.function_type(index);
    if !is_entrypoint(ty) {
        return Err(format!("wrong type for {ENTRYPOINT}: {ty:?}"));
    }
    Ok(())
}

fn is_entrypoint(ty: &FuncType) -> bool {
    ty.params() == [ValType::I32] && ty.results() == [ValType::I32]
}

impl HostFunction {
    fn matches(&self, ty: &FuncType) -> bool {
        ty.params() == self.params && ty.results() == self.results
    }
}
