//! Rewriting a function so that it meters itself: ink, bulk memory, stack depth and memory growth.
//!
//! The passes run in this order and are consensus: they decide when a program stops and how many operators activation
//! pays for. None of the inserted operators is priced.

use wasmparser::{BlockType, Operator};

use crate::ink;
use crate::wasm::depth;
use crate::wasm::module::Module;

/// Indices of the globals that instrumentation appends, in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Globals {
    /// Ink left, i64.
    pub ink_left: u32,
    /// Non-zero once ink ran out, i32.
    pub ink_status: u32,
    /// Operand kept aside, i32.
    pub scratch: u32,
    /// Stack words left, i32.
    pub stack_left: u32,
}

impl Globals {
    /// Indices after the module's own `count` globals.
    pub(crate) fn after(count: u32) -> Self {
        Self {
            ink_left: count,
            ink_status: count + 1,
            scratch: count + 2,
            stack_left: count + 3,
        }
    }
}

/// Names under which the globals are exported, in index order.
pub(crate) const GLOBAL_NAMES: [&str; 4] = [
    "stylus_ink_left",
    "stylus_ink_status",
    "stylus_scratch_global",
    "stylus_stack_left",
];

/// Whether control can leave or enter right after `op`.
fn ends_block(op: &Operator) -> bool {
    matches!(
        op,
        Operator::End
            | Operator::Else
            | Operator::Return
            | Operator::Loop { .. }
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::If { .. }
            | Operator::Call { .. }
            | Operator::CallIndirect { .. }
    )
}

/// Instruments one function body with `locals` declared locals.
///
/// # Errors
/// The reason why activation rejects the function.
pub(crate) fn instrument<'a>(
    body: Vec<Operator<'a>>,
    locals: u32,
    module: &Module,
    globals: Globals,
    pay_for_memory_grow: Option<u32>,
) -> Result<Vec<Operator<'a>>, String> {
    let metered = meter_ink(body, module, globals);
    let metered = meter_bulk_memory(metered, globals);
    let frame = depth::frame_size(&metered, locals, module)?;
    let checked = check_depth(metered, frame, globals);
    Ok(match pay_for_memory_grow {
        Some(function_index) => charge_memory_grow(checked, function_index, globals),
        None => checked,
    })
}

/// Pays for each basic block before its first operator.
fn meter_ink<'a>(body: Vec<Operator<'a>>, module: &Module, globals: Globals) -> Vec<Operator<'a>> {
    let mut out = Vec::with_capacity(2 * body.len());
    let mut block = Vec::new();
    let mut cost = ink::BLOCK;
    for op in body {
        cost = cost.saturating_add(ink::operator(&op, &module.types));
        let last = ends_block(&op);
        block.push(op);
        if last {
            out.extend(pay_ink(cost, globals));
            out.append(&mut block);
            cost = ink::BLOCK;
        }
    }
    out
}

/// If less than `cost` ink is left, reports exhaustion and traps; else subtracts it.
fn pay_ink<'a>(cost: u64, globals: Globals) -> impl Iterator<Item = Operator<'a>> {
    use Operator::*;
    let global_index = globals.ink_left;
    let value = cost as i64;
    let compare = [GlobalGet { global_index }, I64Const { value }, I64LtU];
    let subtract = [
        GlobalGet { global_index },
        I64Const { value },
        I64Sub,
        GlobalSet { global_index },
    ];
    let trap = trap_if_exhausted(globals);
    compare.into_iter().chain(trap).chain(subtract)
}

/// If the number on top is not zero, reports exhaustion and traps.
fn trap_if_exhausted<'a>(globals: Globals) -> [Operator<'a>; 5] {
    [
        Operator::If {
            blockty: BlockType::Empty,
        },
        Operator::I32Const { value: 1 },
        Operator::GlobalSet {
            global_index: globals.ink_status,
        },
        Operator::Unreachable,
        Operator::End,
    ]
}

/// Pays for the bytes that `memory.fill` and `memory.copy` touch.
fn meter_bulk_memory(body: Vec<Operator>, globals: Globals) -> Vec<Operator> {
    let mut out = Vec::with_capacity(body.len());
    for op in body {
        if matches!(
            op,
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. }
        ) {
            out.extend(pay_per_byte(globals));
        }
        out.push(op);
    }
    out
}

/// Subtracts the price of as many bytes as the operand on top says; if ink wraps, reports exhaustion and traps.
fn pay_per_byte<'a>(globals: Globals) -> impl Iterator<Item = Operator<'a>> {
    use Operator::*;
    let keep = GlobalSet {
        global_index: globals.scratch,
    };
    let bytes = || GlobalGet {
        global_index: globals.scratch,
    };
    let global_index = globals.ink_left;
    let subtract = [
        keep,
        GlobalGet { global_index },
        GlobalGet { global_index },
        bytes(),
        I64ExtendI32U,
        I64Const {
            value: ink::BULK_MEMORY_BYTE as i64,
        },
        I64Mul,
        I64Sub,
        GlobalSet { global_index },
        GlobalGet { global_index },
        I64LtU,
    ];
    let trap = trap_if_exhausted(globals);
    subtract.into_iter().chain(trap).chain([bytes()])
}

/// Takes `frame` words of stack on entry and gives them back before every return.
fn check_depth(mut body: Vec<Operator>, frame: u32, globals: Globals) -> Vec<Operator> {
    let mut out = Vec::with_capacity(body.len() + 32);
    out.extend(take_stack(frame, globals));
    let end = body.pop();
    body.push(Operator::Return);
    body.extend(end);
    for op in body {
        if matches!(op, Operator::Return) {
            out.extend(give_stack_back(frame, globals));
        }
        out.push(op);
    }
    out
}

/// If no more than `frame` words are left, clears the counter and traps; else subtracts them.
fn take_stack(frame: u32, globals: Globals) -> [Operator<'static>; 12] {
    use Operator::*;
    let global_index = globals.stack_left;
    let value = frame as i32;
    [
        GlobalGet { global_index },
        I32Const { value },
        I32LeU,
        If {
            blockty: BlockType::Empty,
        },
        I32Const { value: 0 },
        GlobalSet { global_index },
        Unreachable,
        End,
        GlobalGet { global_index },
        I32Const { value },
        I32Sub,
        GlobalSet { global_index },
    ]
}

fn give_stack_back(frame: u32, globals: Globals) -> [Operator<'static>; 4] {
    let global_index = globals.stack_left;
    [
        Operator::GlobalGet { global_index },
        Operator::I32Const {
            value: frame as i32,
        },
        Operator::I32Add,
        Operator::GlobalSet { global_index },
    ]
}

/// Tells the host how many pages each `memory.grow` asks for.
fn charge_memory_grow(body: Vec<Operator>, function_index: u32, globals: Globals) -> Vec<Operator> {
    let global_index = globals.scratch;
    let mut out = Vec::with_capacity(body.len());
    for op in body {
        if matches!(op, Operator::MemoryGrow { .. }) {
            out.extend([
                Operator::GlobalSet { global_index },
                Operator::GlobalGet { global_index },
                Operator::GlobalGet { global_index },
                Operator::Call { function_index },
            ]);
        }
        out.push(op);
    }
    out
}
