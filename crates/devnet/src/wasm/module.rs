//! What a WASM module declares, read once and kept for the checks and for rewriting.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, GlobalType, Import,
    MemoryType, Operator, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

pub(crate) const SECTION_TYPE: u8 = 1;
pub(crate) const SECTION_IMPORT: u8 = 2;
pub(crate) const SECTION_FUNCTION: u8 = 3;
pub(crate) const SECTION_TABLE: u8 = 4;
pub(crate) const SECTION_MEMORY: u8 = 5;
pub(crate) const SECTION_GLOBAL: u8 = 6;
pub(crate) const SECTION_ELEMENT: u8 = 9;
pub(crate) const SECTION_DATA: u8 = 11;

/// First Stylus version that refuses functions with several results and blocks that need a function type.
const SINGLE_VALUE_SINCE: u16 = 3;

/// A module as parsed from its bytes.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub bytes: &'a [u8],
    pub types: Vec<FuncType>,
    pub imports: Vec<FunctionImport<'a>>,
    /// Type indices of the defined functions.
    pub functions: Vec<u32>,
    pub bodies: Vec<FunctionBody<'a>>,
    /// Initial sizes of the tables.
    pub tables: Vec<u64>,
    pub memories: Vec<MemoryType>,
    pub globals: u32,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub data: Segments,
    pub elements: Segments,
    /// Byte ranges of section contents that are copied as they are, by section id.
    pub sections: HashMap<u8, Range<usize>>,
}

/// An imported function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FunctionImport<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub type_index: u32,
}

/// An export of any kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'a> {
    pub name: &'a str,
    pub kind: ExternalKind,
    pub index: u32,
}

/// Sizes of the data or element segments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    pub count: usize,
    /// Sum of the payloads: bytes of data, or encoded bytes of element segments.
    pub payload: u64,
    /// Sum of the whole encoded segments.
    pub encoded: u64,
    /// Where active segments end, with the table they belong to.
    pub ends: Vec<(u32, u64)>,
}

/// Proposals that programs of this Stylus version may use.
pub(crate) fn features(stylus_version: u16) -> WasmFeatures {
    let mut features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES;
    if stylus_version < SINGLE_VALUE_SINCE {
        features |= WasmFeatures::MULTI_VALUE;
    }
    features
}

impl<'a> Module<'a> {
    /// Validates and reads `bytes`.
    ///
    /// # Errors
    /// The reason why activation rejects the module.
    pub(crate) fn parse(bytes: &'a [u8], features: WasmFeatures) -> Result<Self, String> {
        Validator::new_with_features(features)
            .validate_all(bytes)
            .map_err(|error| format!("failed to validate: {error}"))?;
        let mut module = Self::empty(bytes);
        let mut parser = Parser::new(0);
        parser.set_features(features);
        for payload in parser.parse_all(bytes) {
            let payload = payload.map_err(text)?;
            module.read_section(payload)?;
        }
        Ok(module)
    }

    fn empty(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            bodies: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: 0,
            exports: Vec::new(),
            start: None,
            data: Segments::default(),
            elements: Segments::default(),
            sections: HashMap::new(),
        }
    }

    /// Type of a function by its index, imports first.
    pub(crate) fn function_type(&self, index: u32) -> &FuncType {
        let index = index as usize;
        let type_index = match self.imports.get(index) {
            Some(import) => import.type_index,
            None => self.functions[index - self.imports.len()],
        };
        &self.types[type_index as usize]
    }

    /// Pages of memory that the program starts with.
    pub(crate) fn initial_pages(&self) -> u64 {
        self.memories.first().map_or(0, |memory| memory.initial)
    }

    fn read_section(&mut self, payload: Payload<'a>) -> Result<(), String> {
        if let Some((id, range)) = copied_section(&payload) {
            self.sections.insert(id, range);
        }
        match payload {
            Payload::Version { .. }
            | Payload::End(_)
            | Payload::CustomSection(_)
            | Payload::CodeSectionStart { .. } => {}
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(text)?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.imports.push(function_import(import.map_err(text)?)?);
                }
            }
            Payload::FunctionSection(section) => {
                for function in section {
                    self.functions.push(function.map_err(text)?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table.map_err(text)?.ty.initial);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory.map_err(text)?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global.map_err(text)?;
                    single_constant(&global.init_expr)
                        .ok_or_else(|| unsupported_initializer(global.ty))?;
                    self.globals += 1;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(text)?;
                    self.exports.push(Export {
                        name: export.name,
                        kind: export.kind,
                        index: export.index,
                    });
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    self.elements.add_element(element.map_err(text)?)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => {
                for data in section {
                    self.data.add_data(data.map_err(text)?)?;
                }
            }
            other => return Err(format!("unsupported section type {other:?}")),
        }
        Ok(())
    }
}

impl Segments {
    fn add_data(&mut self, data: wasmparser::Data) -> Result<(), String> {
        self.count += 1;
        self.encoded += data.range.len() as u64;
        self.payload += data.data.len() as u64;
        if let DataKind::Active { offset_expr, .. } = &data.kind {
            let start = offset(offset_expr)?;
            self.ends.push((0, start + data.data.len() as u64));
        }
        Ok(())
    }

    fn add_element(&mut self, element: wasmparser::Element) -> Result<(), String> {
        self.count += 1;
        self.encoded += element.range.len() as u64;
        self.payload += element.range.len() as u64;
        if let ElementKind::Active {
            table_index,
            offset_expr,
        } = &element.kind
        {
            let start = offset(offset_expr)?;
            let items = match &element.items {
                ElementItems::Functions(items) => items.count(),
                ElementItems::Expressions(_, items) => items.count(),
            };
            let table = table_index.unwrap_or(0);
            self.ends.push((table, start + u64::from(items)));
        }
        Ok(())
    }
}

/// Id and content range of a section that rewriting copies or extends.
fn copied_section(payload: &Payload) -> Option<(u8, Range<usize>)> {
    Some(match payload {
        Payload::TypeSection(section) => (SECTION_TYPE, section.range()),
        Payload::ImportSection(section) => (SECTION_IMPORT, section.range()),
        Payload::FunctionSection(section) => (SECTION_FUNCTION, section.range()),
        Payload::TableSection(section) => (SECTION_TABLE, section.range()),
        Payload::MemorySection(section) => (SECTION_MEMORY, section.range()),
        Payload::GlobalSection(section) => (SECTION_GLOBAL, section.range()),
        Payload::ElementSection(section) => (SECTION_ELEMENT, section.range()),
        Payload::DataSection(section) => (SECTION_DATA, section.range()),
        _ => return None,
    })
}

fn function_import(import: Import) -> Result<FunctionImport, String> {
    match import.ty {
        TypeRef::Func(type_index) => Ok(FunctionImport {
            module: import.module,
            name: import.name,
            type_index,
        }),
        other => Err(format!("unsupported import kind {other:?}")),
    }
}

/// The constant that an initialiser consists of, if it is one.
fn single_constant<'a>(expression: &wasmparser::ConstExpr<'a>) -> Option<Operator<'a>> {
    let mut reader = expression.get_operators_reader();
    let constant = reader.read().ok()?;
    let is_constant = matches!(
        constant,
        Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. }
    );
    let is_single = matches!(reader.read(), Ok(Operator::End));
    (is_constant && is_single).then_some(constant)
}

fn offset(expression: &wasmparser::ConstExpr) -> Result<u64, String> {
    match single_constant(expression) {
        Some(Operator::I32Const { value }) => Ok(u64::from(value as u32)),
        _ => Err("non-constant segment offset".to_owned()),
    }
}

fn unsupported_initializer(ty: GlobalType) -> String {
    let kind = match ty.content_type {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        _ => "reference",
    };
    format!("unsupported initializer of a global of type {kind}")
}

fn text(error: wasmparser::Error) -> String {
    format!("failed to parse wasm: {error}")
}
