//! What activation accepts, and the program that it makes of a module.

use std::collections::BTreeMap;

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind,
    ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef, ValType, Validator,
    WasmFeatures,
};

use crate::cost::{Estimates, Sizes};
use crate::depth::{frame, Signatures};
use crate::hostio;
use crate::price::{blocks, ends_block, price};

/// Why activation refuses a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected(pub String);

impl From<BinaryReaderError> for Rejected {
    fn from(error: BinaryReaderError) -> Self {
        Self(format!("failed to validate: {error}"))
    }
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Rejected> {
    Err(Rejected(why.into()))
}

/// A function that the module defines.
pub(crate) struct Function<'a> {
    pub kind: FuncType,
    /// Locals that are not parameters.
    pub locals: usize,
    pub operators: Vec<Operator<'a>>,
    /// Ink of the block that begins at an operator, zero in the middle of one.
    pub blocks: Vec<u64>,
    /// For each `block`, `loop`, `if` and `else`, its `end`.
    pub ends: BTreeMap<usize, usize>,
    /// For each `if` that has one, its `else`.
    pub elses: BTreeMap<usize, usize>,
    /// Words of stack that a call takes up.
    pub frame: u32,
}

/// An activated program.
pub struct Program<'a> {
    pub(crate) types: Vec<FuncType>,
    /// Name and type of imported functions.
    pub(crate) imports: Vec<(&'a str, FuncType)>,
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) globals: Vec<u64>,
    /// Functions in the table.
    pub(crate) table: Vec<Option<u32>>,
    /// Offset and bytes of what memory holds at the start.
    pub(crate) data: Vec<(usize, &'a [u8])>,
    pub(crate) pages: u64,
    pub(crate) most_pages: u64,
    /// Whether `memory.grow` pays for its pages.
    pub(crate) pays_for_growth: bool,
    pub(crate) entrypoint: u32,
    /// What activation records.
    pub estimates: Estimates,
    /// Gas of activation that depends on the module.
    pub activation_gas: u64,
    /// Operators with those that charging adds.
    pub operators: u64,
}

/// Pages that the pass for the heap leaves of a maximum.
const MOST_PAGES: u64 = 65_534;
const PAY: &str = "pay_for_memory_grow";

/// A module as it is read, section after section.
#[derive(Default)]
struct Module<'a> {
    types: Vec<FuncType>,
    imports: Vec<(&'a str, &'a str, u32)>,
    defined: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    globals: Vec<u64>,
    tables: Vec<u64>,
    memories: Vec<(u64, Option<u64>)>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
    start: bool,
    elements: Vec<(u32, Vec<u32>)>,
    data: Vec<(u32, &'a [u8])>,
    segments: usize,
    sizes: Sizes,
}

impl<'a> Program<'a> {
    /// Activates a module.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn accept(wasm: &'a [u8]) -> Result<Self, Rejected> {
        Validator::new_with_features(features()).validate_all(wasm)?;
        let module = Module::read(wasm)?;
        module.check_names()?;
        module.check_counts()?;
        module.finish()
    }
}

fn features() -> WasmFeatures {
    WasmFeatures::MVP
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::BULK_MEMORY
}

/// Value of a constant expression of one operator.
fn constant(expression: &ConstExpr) -> Result<u64, Rejected> {
    let mut operators = expression.get_operators_reader();
    let value = match operators.read()? {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        Operator::F32Const { value } => u64::from(value.bits()),
        Operator::F64Const { value } => value.bits(),
        other => return refuse(format!("unsupported initialiser {other:?}")),
    };
    match operators.read()? {
        Operator::End => Ok(value),
        other => refuse(format!("unsupported initialiser {other:?}")),
    }
}

impl<'a> Module<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self, Rejected> {
        let mut module = Self::default();
        module.sizes.bytes = wasm.len() as u64;
        for payload in Parser::new(0).parse_all(wasm) {
            module.section(payload?)?;
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), Rejected> {
        match payload {
            Payload::Version { .. } | Payload::CustomSection(_) | Payload::End(_) => {}
            Payload::CodeSectionStart { .. } => {}
            Payload::TypeSection(types) => {
                for group in types {
                    for kind in group?.into_types() {
                        match kind.composite_type.inner {
                            CompositeInnerType::Func(kind) => self.types.push(kind),
                            _ => return refuse("unsupported type"),
                        }
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(kind) => {
                            self.imports.push((import.module, import.name, kind));
                        }
                        _ => return refuse("unsupported import kind"),
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for kind in functions {
                    self.defined.push(kind?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table?.ty.initial);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    self.memories.push((memory.initial, memory.maximum));
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.globals.push(constant(&global?.init_expr)?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.exports.push((export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { .. } => self.start = true,
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.element(element?)?;
                }
            }
            Payload::DataSection(data) => {
                for segment in data {
                    let segment = segment?;
                    self.segments += 1;
                    self.sizes.data += segment.data.len() as u64;
                    self.sizes.data_encoded += segment.range.len() as u64;
                    if let DataKind::Active { offset_expr, .. } = segment.kind {
                        self.data
                            .push((constant(&offset_expr)? as u32, segment.data));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => return refuse("unsupported section type"),
        }
        Ok(())
    }

    fn element(&mut self, element: wasmparser::Element<'a>) -> Result<(), Rejected> {
        self.sizes.elements_encoded += element.range.len() as u64;
        let ElementKind::Active { offset_expr, .. } = element.kind else {
            return Ok(());
        };
        let ElementItems::Functions(functions) = element.items else {
            return refuse("unsupported elements");
        };
        let functions: Result<Vec<u32>, _> = functions.into_iter().collect();
        self.elements
            .push((constant(&offset_expr)? as u32, functions?));
        Ok(())
    }

    fn import(&self, wanted: &str) -> Option<&FuncType> {
        let (_, _, kind) = self.imports.iter().find(|(_, name, _)| *name == wanted)?;
        Some(&self.types[*kind as usize])
    }

    fn check_names(&self) -> Result<(), Rejected> {
        let tail = |name: &'a str| name.rsplit("__").next().unwrap_or(name);
        for (module, name, kind) in &self.imports {
            let kind = &self.types[*kind as usize];
            let Some((parameters, results)) =
                hostio::signature(name).filter(|_| *module == "vm_hooks")
            else {
                return refuse(format!("No such import {name} in {module}"));
            };
            if kind.params() != parameters || kind.results() != results {
                return refuse(format!("{name}: different function signature"));
            }
            if name.starts_with("stylus") {
                return refuse("imports reserved symbol");
            }
            if self
                .exports
                .iter()
                .any(|(export, ..)| tail(export) == *name)
            {
                return refuse("exports an import with the same name");
            }
        }
        if self
            .exports
            .iter()
            .any(|(name, ..)| tail(name).starts_with("stylus"))
        {
            return refuse("exports reserved symbol");
        }
        if self.start {
            return refuse("start functions not allowed");
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), Rejected> {
        let elements: u64 = self.sizes.elements_encoded;
        let too_many = self.memories.len() > 1
            || self.segments > 128
            || self.elements.len() > 128
            || self.exports.len() > 1_024
            || self.defined.len() > 4_096
            || self.globals.len() > 32_768 - 4
            || self.imports.len() > 513
            || self.tables.iter().sum::<u64>() > 4_096
            || elements > 4_096
            || self.exports.iter().any(|(name, ..)| name.len() > 512);
        if too_many {
            return refuse("too much of something");
        }
        Ok(())
    }

    fn export(&self, wanted: &str, kind: ExternalKind) -> Option<u32> {
        let named =
            |(name, found, _): &&(&str, ExternalKind, u32)| *name == wanted && *found == kind;
        self.exports.iter().find(named).map(|(_, _, index)| *index)
    }

    fn finish(mut self) -> Result<Program<'a>, Rejected> {
        let Some(&(pages, most)) = self.memories.first() else {
            return refuse("missing memory");
        };
        if pages > 128 {
            return refuse("memory exceeds bound 128");
        }
        let pays_for_growth = most != Some(pages);
        if pays_for_growth && self.import(PAY).is_none() {
            return refuse("missing import pay_for_memory_grow");
        }
        if self.export("memory", ExternalKind::Memory).is_none() {
            return refuse("missing memory");
        }
        let indices: Vec<u32> = (self.imports.iter().map(|(.., kind)| *kind))
            .chain(self.defined.iter().copied())
            .collect();
        let Some(entrypoint) = self.export("user_entrypoint", ExternalKind::Func) else {
            return refuse("missing export with name user_entrypoint");
        };
        let kind = &self.types[indices[entrypoint as usize] as usize];
        if kind.params() != [ValType::I32] || kind.results() != [ValType::I32] {
            return refuse("wrong type for user_entrypoint");
        }
        let mut functions = Vec::new();
        for (index, body) in std::mem::take(&mut self.bodies).into_iter().enumerate() {
            let kind = self.types[self.defined[index] as usize].clone();
            self.sizes.words += (kind.params().len() + kind.results().len()) as u64;
            functions.push(self.function(kind, body, &indices, pays_for_growth)?);
        }
        self.sizes.functions = functions.len() as u64;
        self.sizes.globals = self.globals.len() as u64;
        self.sizes.pages = pages;
        let Some(estimates) = self.sizes.estimates() else {
            return refuse("cost too high");
        };
        for (offset, bytes) in &self.data {
            if u64::from(*offset) + bytes.len() as u64 > pages * 65_536 {
                return refuse("Out-of-bounds data memory init");
            }
        }
        Ok(Program {
            table: self.table()?,
            imports: (self.imports.iter())
                .map(|(_, name, kind)| (*name, self.types[*kind as usize].clone()))
                .collect(),
            functions,
            globals: self.globals,
            data: (self.data.iter())
                .map(|(at, bytes)| (*at as usize, *bytes))
                .collect(),
            pages,
            most_pages: most.unwrap_or(MOST_PAGES).min(MOST_PAGES),
            pays_for_growth,
            entrypoint,
            estimates,
            activation_gas: self.sizes.activation_gas(),
            operators: self.sizes.operators,
            types: self.types,
        })
    }

    fn table(&self) -> Result<Vec<Option<u32>>, Rejected> {
        let mut table = vec![None; self.tables.first().copied().unwrap_or(0) as usize];
        for (offset, functions) in &self.elements {
            for (index, function) in functions.iter().enumerate() {
                match table.get_mut(*offset as usize + index) {
                    Some(slot) => *slot = Some(*function),
                    None => return refuse("Out-of-bounds element init"),
                }
            }
            if *offset as usize > table.len() {
                return refuse("Out-of-bounds element init");
            }
        }
        Ok(table)
    }

    fn function(
        &mut self,
        kind: FuncType,
        body: FunctionBody<'a>,
        indices: &[u32],
        pays_for_growth: bool,
    ) -> Result<Function<'a>, Rejected> {
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            locals += group?.0;
        }
        if locals > 348 {
            return refuse("too many locals");
        }
        let operators: Vec<Operator> = body
            .get_operators_reader()?
            .into_iter()
            .collect::<Result<_, _>>()?;
        let mut prices = Vec::new();
        for operator in &operators {
            match price(operator, &self.types) {
                Some(price) => prices.push(price),
                None => return refuse(format!("opcode not supported: {operator:?}")),
            }
        }
        let blocks = blocks(&operators, &prices);
        let signatures = Signatures {
            types: &self.types,
            functions: indices,
        };
        let (peak, frame) = frame(&operators, &blocks, locals, &signatures);
        if peak > 4_096 || frame > 10_240 {
            return refuse("frame too large");
        }
        let count = charged(&operators, pays_for_growth);
        if count > 65_536 {
            return refuse("too many operators");
        }
        self.sizes.operators += count;
        let (ends, elses) = matching(&operators);
        Ok(Function {
            kind,
            locals: locals as usize,
            operators,
            blocks,
            ends,
            elses,
            frame,
        })
    }
}

/// Operators of a body with those that charging adds: for each block, for each byte written, on entry, and before each
/// return, of which there is one more at the end.
fn charged(operators: &[Operator], pays_for_growth: bool) -> u64 {
    let of = |wanted: fn(&Operator) -> bool| operators.iter().filter(|o| wanted(o)).count() as u64;
    let growths = of(|operator| matches!(operator, Operator::MemoryGrow { .. }));
    operators.len() as u64
        + 12 * of(ends_block)
        + 17 * of(|o| matches!(o, Operator::MemoryFill { .. } | Operator::MemoryCopy { .. }))
        + 12
        + 1
        + 4 * (of(|operator| matches!(operator, Operator::Return)) + 1)
        + if pays_for_growth { 4 * growths } else { 0 }
}

type Places = BTreeMap<usize, usize>;

/// Where what is opened is closed.
fn matching(operators: &[Operator]) -> (Places, Places) {
    let (mut ends, mut elses) = (Places::new(), Places::new());
    let mut open: Vec<Vec<usize>> = vec![vec![]];
    for (at, operator) in operators.iter().enumerate() {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                open.push(vec![at]);
            }
            Operator::Else => {
                let scope = open.last_mut().expect("valid");
                elses.insert(scope[0], at);
                scope.push(at);
            }
            Operator::End => {
                for start in open.pop().expect("valid") {
                    ends.insert(start, at);
                }
            }
            _ => {}
        }
    }
    (ends, elses)
}
