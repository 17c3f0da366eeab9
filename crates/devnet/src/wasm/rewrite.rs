//! From a program's WASM to the bytes that run: checked, instrumented, costed.

use std::convert::Infallible;
use std::ops::Range;

use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType,
    RawSection, ValType,
};
use wasmparser::{BinaryReader, FunctionBody, GlobalSectionReader, Operator, SectionLimited};

use crate::wasm::accept::{self, at_most, Rules};
use crate::wasm::depth::is_float_arithmetic;
use crate::wasm::estimate::{Estimates, Sizes};
use crate::wasm::instrument::{instrument, Globals, GLOBAL_NAMES};
use crate::wasm::module::{self, features, Module};

/// A program ready to run, with what activation needs to know about it.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    /// Instrumented module.
    pub wasm: Vec<u8>,
    pub sizes: Sizes,
    pub estimates: Estimates,
}

/// Checks and instruments a module.
///
/// # Errors
/// The reason why activation rejects the module.
pub(crate) fn rewrite(wasm: &[u8], rules: Rules) -> Result<Rewritten, String> {
    let module = Module::parse(wasm, features(rules.stylus_version))?;
    let pay_for_memory_grow = accept::check_interface(&module, rules)?;
    let globals = Globals::after(module.globals);
    let mut code = CodeSection::new();
    let mut operators = 0;
    let mut floats = false;
    for body in &module.bodies {
        let (locals, ops) = read_body(body)?;
        floats |= ops.iter().any(is_float_arithmetic);
        let ops = instrument(ops, locals, &module, globals, pay_for_memory_grow)?;
        at_most(
            "operators in a function",
            ops.len() as u64,
            accept::MAX_OPERATORS as u64,
        )?;
        operators += ops.len() as u64;
        code.function(&encode(body, ops)?);
    }
    let sizes = sizes(&module, operators);
    let estimates = Estimates::new(&sizes, rules.arbos_version)?;
    accept::check_limits(&module, rules)?;
    accept::check_imports(&module, rules)?;
    if floats {
        return Err("No implementation for floating point operation".to_owned());
    }
    accept::check_segments(&module)?;
    Ok(Rewritten {
        wasm: assemble(&module, globals, &code, rules)?,
        sizes,
        estimates,
    })
}

/// Declared locals and operators of a function.
fn read_body<'a>(body: &FunctionBody<'a>) -> Result<(u32, Vec<Operator<'a>>), String> {
    let mut locals: u32 = 0;
    for group in body.get_locals_reader().map_err(text)? {
        locals = locals.saturating_add(group.map_err(text)?.0);
    }
    at_most(
        "locals in a function",
        locals.into(),
        accept::MAX_LOCALS.into(),
    )?;
    let reader = body.get_operators_reader().map_err(text)?;
    let ops: Result<Vec<_>, _> = reader.into_iter().collect();
    Ok((locals, ops.map_err(text)?))
}

fn encode(body: &FunctionBody, ops: Vec<Operator>) -> Result<Function, String> {
    let mut function = RoundtripReencoder
        .new_function_with_parsed_locals(body)
        .map_err(reencode_text)?;
    for op in ops {
        let instruction = RoundtripReencoder.instruction(op).map_err(reencode_text)?;
        function.instruction(&instruction);
    }
    Ok(function)
}

fn sizes(module: &Module, operators: u64) -> Sizes {
    let arity = |type_index: &u32| {
        let ty = &module.types[*type_index as usize];
        (ty.params().len() + ty.results().len()) as u64
    };
    Sizes {
        bytes: module.bytes.len() as u64,
        functions: module.functions.len() as u64,
        arity: module.functions.iter().map(arity).sum(),
        globals: u64::from(module.globals) + accept::ADDED_GLOBALS,
        data_payload: module.data.payload,
        element_payload: module.elements.payload,
        segment_bytes: module.data.encoded + module.elements.encoded,
        pages: module.initial_pages(),
        operators,
    }
}

/// Puts the module together again: sections as they were, globals and exports rebuilt, code instrumented.
fn assemble(
    module: &Module,
    globals: Globals,
    code: &CodeSection,
    rules: Rules,
) -> Result<Vec<u8>, String> {
    let mut out = wasm_encoder::Module::new();
    for id in [
        module::SECTION_TYPE,
        module::SECTION_IMPORT,
        module::SECTION_FUNCTION,
        module::SECTION_TABLE,
        module::SECTION_MEMORY,
    ] {
        copy_section(module, id, &mut out);
    }
    out.section(&global_section(module)?);
    out.section(&export_section(module, globals, rules));
    copy_section(module, module::SECTION_ELEMENT, &mut out);
    out.section(code);
    copy_section(module, module::SECTION_DATA, &mut out);
    Ok(out.finish())
}

fn copy_section(module: &Module, id: u8, out: &mut wasm_encoder::Module) {
    if let Some(range) = module.sections.get(&id) {
        let data = &module.bytes[range.clone()];
        out.section(&RawSection { id, data });
    }
}

fn global_section(module: &Module) -> Result<GlobalSection, String> {
    let mut globals = GlobalSection::new();
    if let Some(range) = module.sections.get(&module::SECTION_GLOBAL) {
        let section = reader(module.bytes, range.clone()).map_err(text)?;
        RoundtripReencoder
            .parse_global_section(&mut globals, section)
            .map_err(reencode_text)?;
    }
    let mutable = |val_type| GlobalType {
        val_type,
        mutable: true,
        shared: false,
    };
    globals.global(mutable(ValType::I64), &ConstExpr::i64_const(0));
    for _ in 1..GLOBAL_NAMES.len() {
        globals.global(mutable(ValType::I32), &ConstExpr::i32_const(0));
    }
    Ok(globals)
}

fn reader(bytes: &[u8], range: Range<usize>) -> Result<GlobalSectionReader<'_>, wasmparser::Error> {
    SectionLimited::new(BinaryReader::new(&bytes[range.clone()], range.start))
}

/// Keeps what the host needs; a debug chain keeps everything and shows the start function.
fn export_section(module: &Module, globals: Globals, rules: Rules) -> ExportSection {
    let mut section = ExportSection::new();
    for export in &module.exports {
        let needed = matches!(export.name, "memory" | "user_entrypoint");
        if needed || rules.debug {
            section.export(export.name, export_kind(export.kind), export.index);
        }
    }
    if let Some(start) = module.start {
        section.export("stylus_start", ExportKind::Func, start);
    }
    for (index, name) in (globals.ink_left..).zip(GLOBAL_NAMES) {
        section.export(name, ExportKind::Global, index);
    }
    section
}

fn export_kind(kind: wasmparser::ExternalKind) -> ExportKind {
    match kind {
        wasmparser::ExternalKind::Table => ExportKind::Table,
        wasmparser::ExternalKind::Memory => ExportKind::Memory,
        wasmparser::ExternalKind::Global => ExportKind::Global,
        wasmparser::ExternalKind::Tag => ExportKind::Tag,
        wasmparser::ExternalKind::Func | wasmparser::ExternalKind::FuncExact => ExportKind::Func,
    }
}

fn text(error: wasmparser::Error) -> String {
    format!("failed to parse wasm: {error}")
}

fn reencode_text(error: reencode::Error<Infallible>) -> String {
    format!("failed to encode wasm: {error}")
}
