//! Random modules: functions by wasm-smith, with calls of host functions, made into programs.

use arbitrary::Unstructured;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, ImportSection, Instruction, MemArg,
    MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, FuncType, Operator, Parser, Payload};

use crate::dice::Dice;
use crate::host_functions::{
    Argument, ADDRESSES, CALLED, CALLERS, CALLS, CALL_BYTES, CALL_ENTRIES, HOST_FUNCTIONS, INITS,
    INIT_BYTES, INTERNAL, KEYS, VALUES,
};
use crate::script::Step;

/// What goes into the tables in memory.
pub struct Tables {
    pub addresses: Vec<[u8; 20]>,
    pub values: Vec<[u8; 32]>,
    pub keys: Vec<[u8; 32]>,
    /// Calldata, and for whom it is.
    pub calls: Vec<([u8; 20], Vec<u8>)>,
    pub inits: Vec<Vec<u8>>,
}

/// Where the entry point keeps what it returns.
const RESULTS: u32 = 0x3000;
const RESULT_BYTES: i32 = 0x100;
/// Where it puts the calldata.
const CALLDATA: i32 = 0x2000;
/// Slots of the table; a power of two.
const SLOTS: u32 = 8;

/// A module that activation should accept.
pub fn program(dice: &mut Dice, tables: &Tables) -> Vec<u8> {
    let traps = dice.one_in(3);
    let noise = dice.bytes(3_000);
    let config = config(dice, traps);
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&noise)).expect("a module");
    Source::read(&module.to_bytes()).rewrite(dice, tables, traps)
}

/// What activation should accept, but for one thing or another.
pub fn anything(dice: &mut Dice, tables: &Tables) -> Vec<u8> {
    let noise = dice.bytes(1_000);
    let mut config = config(dice, true);
    config.allow_floats = dice.one_in(2);
    config.bulk_memory_enabled = dice.one_in(2);
    config.multi_value_enabled = dice.one_in(3);
    config.saturating_float_to_int_enabled = dice.one_in(3);
    config.allow_start_export = true;
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&noise)).expect("a module");
    let mut bytes = module.to_bytes();
    if dice.one_in(2) {
        bytes = Source::read(&bytes).rewrite(dice, tables, true);
    }
    for _ in 0..dice.below(3) {
        let at = 8 + dice.below(bytes.len() as u64 - 8) as usize;
        bytes[at] = dice.pick(&[
            0x00,
            0x01,
            0x0b,
            0x40,
            0x41,
            0x7e,
            0x7f,
            0x80,
            0xff,
            bytes[at] ^ 1,
        ]);
    }
    bytes
}

fn config(dice: &mut Dice, traps: bool) -> wasm_smith::Config {
    wasm_smith::Config {
        allow_floats: false,
        allow_start_export: false,
        bulk_memory_enabled: false,
        disallow_traps: !traps,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        max_data_segments: 0,
        max_element_segments: 0,
        max_exports: 0,
        max_funcs: 20,
        min_funcs: 8,
        max_globals: 4,
        max_imports: 0,
        max_instructions: dice.pick(&[20, 60, 200]),
        max_memories: 1,
        min_memories: 1,
        max_tables: 1,
        max_types: 5,
        min_types: 3,
        ..wasm_smith::Config::default()
    }
}

fn value_types(arguments: &[Argument]) -> Vec<ValType> {
    let one = |argument: &Argument| match argument {
        Argument::Gas => ValType::I64,
        _ => ValType::I32,
    };
    arguments.iter().map(one).collect()
}

fn results(result: &str) -> Vec<ValType> {
    match result {
        "i" => vec![ValType::I32],
        "l" => vec![ValType::I64],
        _ => vec![],
    }
}

/// What is kept of a generated module.
#[derive(Default)]
struct Source<'a> {
    types: Vec<FuncType>,
    functions: Vec<u32>,
    globals: Vec<wasmparser::Global<'a>>,
    bodies: Vec<wasmparser::FunctionBody<'a>>,
}

/// Functions move up, for host functions to be imported.
struct Moved {
    real: u32,
    defined: u32,
}

impl Reencode for Moved {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.real + index)
    }
}

impl<'a> Source<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut source = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.expect("generated") {
                Payload::TypeSection(types) => {
                    for kind in types
                        .into_iter()
                        .flat_map(|group| group.expect("generated").into_types())
                    {
                        match kind.composite_type.inner {
                            CompositeInnerType::Func(kind) => source.types.push(kind),
                            other => unreachable!("{other:?} is off"),
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    source.functions = functions
                        .into_iter()
                        .map(|kind| kind.expect("generated"))
                        .collect();
                }
                Payload::GlobalSection(globals) => {
                    source.globals = globals
                        .into_iter()
                        .map(|global| global.expect("generated"))
                        .collect();
                }
                Payload::CodeSectionEntry(body) => source.bodies.push(body),
                _ => {}
            }
        }
        source
    }

    /// The program: memory, table, data and entry point are made anew.
    fn rewrite(&self, dice: &mut Dice, tables: &Tables, traps: bool) -> Vec<u8> {
        let plan = Plan::new(self, tables, dice);
        let mut types = TypeSection::new();
        let mut moved = Moved {
            real: plan.imports.len() as u32,
            defined: self.functions.len() as u32,
        };
        for kind in &self.types {
            let kind = moved.func_type(kind.clone()).expect("no references");
            types.ty().func_type(&kind);
        }
        let mut imports = ImportSection::new();
        for (index, name) in plan.imports.iter().enumerate() {
            let (_, arguments, result) = HOST_FUNCTIONS
                .iter()
                .find(|(known, ..)| known == name)
                .expect("known");
            types.ty().function(value_types(arguments), results(result));
            imports.import(
                "vm_hooks",
                name,
                EntityType::Function((self.types.len() + index) as u32),
            );
        }
        let entry_type = (self.types.len() + plan.imports.len()) as u32;
        types.ty().function([ValType::I32], [ValType::I32]);
        let indirect = entry_type + 1;
        for (_, arguments, result) in INTERNAL.iter().filter(|(name, ..)| *name == "indirect") {
            types
                .ty()
                .function(value_types(&arguments[1..]), results(result));
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (index, (kind, body)) in self.functions.iter().zip(&self.bodies).enumerate() {
            functions.function(*kind);
            code.function(&match plan.stands_for[index] {
                Some(which) => plan.shim(which, &self.types[*kind as usize], indirect, dice),
                None => self.body(body, &mut moved, dice, traps),
            });
        }
        functions.function(entry_type);
        code.function(&plan.entry(self, dice));
        let entry = moved.real + moved.defined;
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module
            .section(&table())
            .section(&plan.memory())
            .section(&self.global_section(&mut moved));
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("user_entrypoint", ExportKind::Func, entry);
        if dice.one_in(4) {
            exports.export("something__else", ExportKind::Func, moved.real);
        }
        module
            .section(&exports)
            .section(&elements(dice, &moved, entry))
            .section(&code);
        if plan.pages > 0 {
            module.section(&data(dice, tables));
        }
        module.finish()
    }

    fn global_section(&self, moved: &mut Moved) -> GlobalSection {
        let mut section = GlobalSection::new();
        for global in &self.globals {
            let kind = moved.global_type(global.ty).expect("a number");
            let value = moved
                .const_expr(global.init_expr.clone())
                .expect("a constant");
            section.global(kind, &value);
        }
        section
    }

    /// A function as it was; where traps are wanted, its addresses and slots are mostly brought into bounds.
    fn body(
        &self,
        body: &wasmparser::FunctionBody,
        moved: &mut Moved,
        dice: &mut Dice,
        traps: bool,
    ) -> Function {
        let mut function = moved
            .new_function_with_parsed_locals(body)
            .expect("numbers");
        for operator in body.get_operators_reader().expect("generated") {
            let operator = operator.expect("generated");
            if traps && !dice.one_in(30) {
                match operator {
                    Operator::CallIndirect { .. } => mask(&mut function, SLOTS - 1, 0),
                    Operator::I32Load { .. }
                    | Operator::I64Load { .. }
                    | Operator::I64Load8S { .. } => {
                        mask(&mut function, 0x3fff, 0);
                    }
                    Operator::MemoryGrow { .. } => mask(&mut function, 1, 0),
                    _ => {}
                }
            }
            let instruction = moved.instruction(operator).expect("no references");
            function.instruction(&instruction);
        }
        function
    }
}

fn mask(function: &mut Function, mask: u32, base: u32) {
    function
        .instruction(&Instruction::I32Const(mask as i32))
        .instruction(&Instruction::I32And);
    if base > 0 {
        function
            .instruction(&Instruction::I32Const(base as i32))
            .instruction(&Instruction::I32Add);
    }
}

fn table() -> TableSection {
    let mut section = TableSection::new();
    section.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: SLOTS.into(),
        maximum: None,
        shared: false,
    });
    section
}

fn elements(dice: &mut Dice, moved: &Moved, entry: u32) -> ElementSection {
    let mut section = ElementSection::new();
    let count = SLOTS - dice.below(3) as u32;
    let some: Vec<u32> = (0..count)
        .map(|_| moved.real + dice.below(u64::from(entry - moved.real)) as u32)
        .collect();
    let offset = ConstExpr::i32_const((SLOTS - count) as i32);
    section.active(None, &offset, Elements::Functions(some.into()));
    section
}

fn data(dice: &mut Dice, tables: &Tables) -> DataSection {
    let mut section = DataSection::new();
    let noise = dice.bytes(200);
    section.active(0, &ConstExpr::i32_const(0), noise);
    let mut spread = |at: u32, apart: u32, entries: Vec<&[u8]>| {
        let mut bytes = Vec::new();
        for entry in entries {
            assert!(entry.len() <= apart as usize);
            bytes.extend(entry);
            bytes.resize(bytes.len().next_multiple_of(apart as usize), 0);
        }
        section.active(0, &ConstExpr::i32_const(at as i32), bytes);
    };
    spread(
        ADDRESSES,
        32,
        tables.addresses.iter().map(|entry| &entry[..]).collect(),
    );
    spread(
        VALUES,
        32,
        tables.values.iter().map(|entry| &entry[..]).collect(),
    );
    spread(
        KEYS,
        32,
        tables.keys.iter().map(|entry| &entry[..]).collect(),
    );
    let (called, calls) = (tables.calls.iter().map(|(to, data)| (&to[..], &data[..]))).unzip();
    spread(CALLED, 32, called);
    spread(CALLS, CALL_BYTES, calls);
    for (index, init) in tables.inits.iter().enumerate() {
        assert!(init.len() <= INIT_BYTES as usize);
        let at = INITS + INIT_BYTES * index as u32;
        section.active(0, &ConstExpr::i32_const(at as i32), init.iter().copied());
    }
    section
}

/// What is decided before anything is written.
struct Plan {
    imports: Vec<&'static str>,
    /// Which functions call a host function, or do what wasm-smith does not, instead of what they did.
    stands_for: Vec<Option<usize>>,
    /// What the entry point does before it calls any.
    script: Vec<Step>,
    /// Bytes of calldata in each entry of the table.
    lengths: Vec<usize>,
    pages: u64,
    most: Option<u64>,
}

impl Plan {
    fn new(source: &Source, tables: &Tables, dice: &mut Dice) -> Self {
        let (pages, most) = match dice.below(8) {
            0 => (1, None),
            1 => (1, Some(1 + dice.below(8))),
            2 => (dice.below(6), Some(6)),
            3 => (dice.below(2), None),
            4 => (3, Some(3)),
            _ => (1, Some(1)),
        };
        let mut imports = vec!["write_result", "native_keccak256", "read_args"];
        if most != Some(pages) {
            imports.push("pay_for_memory_grow");
        }
        // Calls are what says most: the three stand together.
        let is_call = |(name, ..): &(&str, _, _)| *name == "call_contract";
        let calls = HOST_FUNCTIONS.iter().position(is_call).expect("known");
        let known = (HOST_FUNCTIONS.len() + INTERNAL.len()) as u64;
        let stands_for: Vec<Option<usize>> = (source.functions.iter())
            .map(|_| match dice.below(6) {
                0 | 1 => None,
                2 => Some(calls + dice.below(3) as usize),
                _ => Some(dice.below(known) as usize),
            })
            .collect();
        for which in stands_for.iter().flatten() {
            match HOST_FUNCTIONS.get(*which) {
                Some((name, ..)) if !imports.contains(name) => imports.push(name),
                _ => {}
            }
        }
        let asks = (stands_for.iter().flatten())
            .filter_map(|which| INTERNAL.get(which.checked_sub(HOST_FUNCTIONS.len())?))
            .any(|(name, ..)| *name == "ask");
        for name in CALLERS {
            if asks && !imports.contains(&name) {
                imports.push(name);
            }
        }
        let script = match pages > 0 {
            true => Step::script(dice),
            false => vec![],
        };
        for step in &script {
            if !imports.contains(&step.import()) {
                imports.push(step.import());
            }
        }
        Self {
            imports,
            stands_for,
            script,
            lengths: tables.calls.iter().map(|(_, data)| data.len()).collect(),
            pages,
            most,
        }
    }

    fn memory(&self) -> MemorySection {
        let mut section = MemorySection::new();
        section.memory(MemoryType {
            minimum: self.pages,
            maximum: self.most,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        section
    }

    fn import(&self, wanted: &str) -> Instruction<'static> {
        let index = self
            .imports
            .iter()
            .position(|name| *name == wanted)
            .expect("imported");
        Instruction::Call(index as u32)
    }

    /// A function of any type that calls a host function, or does what wasm-smith does not.
    fn shim(&self, which: usize, kind: &FuncType, indirect: u32, dice: &mut Dice) -> Function {
        let (name, arguments, result) = *(HOST_FUNCTIONS.iter().chain(INTERNAL))
            .nth(which)
            .expect("known");
        let mut function = Function::new([]);
        if name == "ask" {
            self.ask(&mut function, kind, dice);
            finish(&mut function, result, kind.results());
            function.instruction(&Instruction::End);
            return function;
        }
        let through_table = name == "indirect";
        for turn in 0..arguments.len() {
            // The slot of the table comes last.
            let index = if through_table {
                (turn + 1) % arguments.len()
            } else {
                turn
            };
            let argument = arguments[index];
            let wide = argument == Argument::Gas;
            pass(&mut function, kind, index, wide, dice);
            if wide && !dice.one_in(3) {
                // More than there is: calls are given all that can be given.
                function
                    .instruction(&Instruction::I64Const(1 << 40))
                    .instruction(&Instruction::I64Or);
            }
            if through_table && index == 0 {
                mask(&mut function, SLOTS - 1, 0);
            } else if let Some((bits, base)) = argument.mask(dice) {
                mask(&mut function, bits, base);
            }
        }
        let first = HOST_FUNCTIONS.len();
        function.instruction(&match name {
            "fill" => Instruction::MemoryFill(0),
            "copy" => Instruction::MemoryCopy {
                src_mem: 0,
                dst_mem: 0,
            },
            "grow" => Instruction::MemoryGrow(0),
            "indirect" => Instruction::CallIndirect {
                type_index: indirect + (which - first - 3) as u32,
                table_index: 0,
            },
            _ => self.import(name),
        });
        finish(&mut function, result, kind.results());
        function.instruction(&Instruction::End);
        function
    }

    /// Calls somebody with calldata that means something to them.
    fn ask(&self, function: &mut Function, kind: &FuncType, dice: &mut Dice) {
        let entry = dice.below(CALL_ENTRIES.into()) as u32;
        let name = dice.pick(&CALLERS);
        for number in [
            CALLED + 32 * entry,
            CALLS + CALL_BYTES * entry,
            self.lengths[entry as usize] as u32,
        ] {
            function.instruction(&Instruction::I32Const(number as i32));
        }
        if name == "call_contract" {
            pass(function, kind, 0, false, dice);
            if let Some((bits, base)) = Argument::Value.mask(dice) {
                mask(function, bits, base);
            }
        }
        pass(function, kind, 1, true, dice);
        if !dice.one_in(3) {
            function
                .instruction(&Instruction::I64Const(1 << 40))
                .instruction(&Instruction::I64Or);
        }
        pass(function, kind, 2, false, dice);
        mask(function, 0x3fff, 0);
        function.instruction(&self.import(name));
    }

    /// Reads calldata, calls some functions, and returns their results, all globals and a hash of the first page.
    fn entry(&self, source: &Source, dice: &mut Dice) -> Function {
        let mut function = Function::new([]);
        let number = |function: &mut Function, value: i32| {
            function.instruction(&Instruction::I32Const(value));
        };
        if self.pages > 0 {
            number(&mut function, CALLDATA);
            function.instruction(&self.import("read_args"));
        }
        let real = self.imports.len() as u32;
        let mut at = 0;
        for step in &self.script {
            number(&mut function, 0);
            step.write(&mut function, &self.lengths, &self.import(step.import()));
            at = store(
                &mut function,
                Some(wasmparser::ValType::I32),
                at,
                self.pages,
            );
        }
        for _ in 0..1 + dice.below(4) {
            let choice = dice.below(source.functions.len() as u64) as usize;
            let kind = source.functions[choice];
            let kind = &source.types[kind as usize];
            let result = kind.results().first().copied();
            if result.is_some() {
                number(&mut function, 0);
            }
            for parameter in kind.params() {
                let value = dice.next() >> dice.below(64);
                match parameter {
                    wasmparser::ValType::I64 => {
                        function.instruction(&Instruction::I64Const(value as i64))
                    }
                    wasmparser::ValType::F32 => {
                        function.instruction(&Instruction::F32Const(0.0.into()))
                    }
                    wasmparser::ValType::F64 => {
                        function.instruction(&Instruction::F64Const(0.0.into()))
                    }
                    _ => function.instruction(&Instruction::I32Const(value as i32)),
                };
            }
            function.instruction(&Instruction::Call(real + choice as u32));
            at = store(&mut function, result, at, self.pages);
            if kind.results().len() > 1 {
                return abandoned();
            }
        }
        for (index, global) in source.globals.iter().enumerate() {
            number(&mut function, 0);
            function.instruction(&Instruction::GlobalGet(index as u32));
            at = store(&mut function, Some(global.ty.content_type), at, self.pages);
        }
        if self.pages > 0 {
            for value in [0, 65_536, RESULTS as i32 + RESULT_BYTES - 32] {
                number(&mut function, value);
            }
            function.instruction(&self.import("native_keccak256"));
            number(&mut function, RESULTS as i32);
            number(&mut function, RESULT_BYTES);
            function.instruction(&self.import("write_result"));
        }
        number(&mut function, i32::from(dice.one_in(8)));
        function.instruction(&Instruction::End);
        function
    }
}

/// An entry point that only traps, for functions of several results.
fn abandoned() -> Function {
    let mut function = Function::new([]);
    function
        .instruction(&Instruction::Unreachable)
        .instruction(&Instruction::End);
    function
}

/// Stores what is on the stack, above an address of zero, among the results.
fn store(function: &mut Function, kind: Option<wasmparser::ValType>, at: u64, pages: u64) -> u64 {
    let Some(kind) = kind else { return at };
    let place = MemArg {
        offset: u64::from(RESULTS) + at % 0xc0,
        align: 0,
        memory_index: 0,
    };
    if pages == 0 {
        function
            .instruction(&Instruction::Drop)
            .instruction(&Instruction::Drop);
        return at;
    }
    function.instruction(&match kind {
        wasmparser::ValType::I32 => Instruction::I32Store(place),
        wasmparser::ValType::I64 => Instruction::I64Store(place),
        wasmparser::ValType::F32 => Instruction::F32Store(place),
        _ => Instruction::F64Store(place),
    });
    at + 8
}

/// Puts an argument on the stack: the parameter of the same place where there is one that is an integer.
fn pass(function: &mut Function, kind: &FuncType, index: usize, wide: bool, dice: &mut Dice) {
    let random = dice.next() >> dice.below(64);
    match (kind.params().get(index), wide) {
        (Some(wasmparser::ValType::I32), false) | (Some(wasmparser::ValType::I64), true) => {
            function.instruction(&Instruction::LocalGet(index as u32));
        }
        (Some(wasmparser::ValType::I64), false) => {
            function
                .instruction(&Instruction::LocalGet(index as u32))
                .instruction(&Instruction::I32WrapI64);
        }
        (Some(wasmparser::ValType::I32), true) => {
            function
                .instruction(&Instruction::LocalGet(index as u32))
                .instruction(&Instruction::I64ExtendI32U);
        }
        (_, true) => {
            function.instruction(&Instruction::I64Const(random as i64));
        }
        (_, false) => {
            function.instruction(&Instruction::I32Const(random as i32));
        }
    }
}

/// Makes of what is on the stack what the function's type says.
fn finish(function: &mut Function, result: &str, wanted: &[wasmparser::ValType]) {
    match (result, wanted) {
        ("i", [wasmparser::ValType::I32]) | ("l", [wasmparser::ValType::I64]) => return,
        ("i", [wasmparser::ValType::I64]) => {
            function.instruction(&Instruction::I64ExtendI32S);
            return;
        }
        ("l", [wasmparser::ValType::I32]) => {
            function.instruction(&Instruction::I32WrapI64);
            return;
        }
        ("", _) => {}
        _ => {
            function.instruction(&Instruction::Drop);
        }
    }
    for kind in wanted {
        function.instruction(&match kind {
            wasmparser::ValType::I32 => Instruction::I32Const(1),
            wasmparser::ValType::I64 => Instruction::I64Const(1),
            wasmparser::ValType::F32 => Instruction::F32Const(0.0.into()),
            _ => Instruction::F64Const(0.0.into()),
        });
    }
}
