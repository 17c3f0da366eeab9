//! How many stack words a function frame takes.
//!
//! The heights follow the code without knowing types or reachability. Where that is imprecise it is so on purpose:
//! the numbers decide when a program overflows, on every node alike.

use wasmparser::{BlockType, FuncType, Operator};

use crate::wasm::module::Module;

/// Words that every frame takes beside its operands and locals.
const FRAME_OVERHEAD: u32 = 4;
const MAX_FRAME: u32 = 10_240;
const MAX_OPERANDS: u32 = 4_096;

/// Stack words of a frame: peak operand height of `body`, declared `locals`, overhead.
///
/// # Errors
/// When the frame is too large or an operator is not supported.
pub(crate) fn frame_size(body: &[Operator], locals: u32, module: &Module) -> Result<u32, String> {
    let operands = peak_height(body, module)?;
    if operands > MAX_OPERANDS {
        return Err(format!(
            "function stack of {operands} words exceeds bound {MAX_OPERANDS}"
        ));
    }
    let frame = operands + locals + FRAME_OVERHEAD;
    if frame > MAX_FRAME {
        return Err(format!(
            "frame size of {frame} words exceeds bound {MAX_FRAME}"
        ));
    }
    Ok(frame)
}

#[derive(Default)]
struct Height {
    now: u32,
    peak: u32,
    scopes: Vec<u32>,
}

impl Height {
    fn push(&mut self, count: usize) {
        self.now += count as u32;
        self.peak = self.peak.max(self.now);
    }

    fn pop(&mut self, count: usize) {
        self.now = self.now.saturating_sub(count as u32);
    }

    /// Results are pushed before arguments are popped, so that the peak covers both.
    fn apply(&mut self, ty: &FuncType) {
        self.push(ty.results().len());
        self.pop(ty.params().len());
    }

    fn open(&mut self, ty: &BlockType, module: &Module) {
        match ty {
            BlockType::Empty => {}
            BlockType::Type(_) => self.push(1),
            BlockType::FuncType(index) => self.apply(&module.types[*index as usize]),
        }
        self.scopes.push(self.now);
    }
}

fn peak_height(body: &[Operator], module: &Module) -> Result<u32, String> {
    let mut height = Height {
        scopes: vec![0],
        ..Height::default()
    };
    for op in body {
        match op {
            Operator::Block { blockty } | Operator::Loop { blockty } => {
                height.open(blockty, module);
            }
            Operator::If { blockty } => {
                height.pop(1);
                height.open(blockty, module);
            }
            Operator::Else => {
                height.now = *height.scopes.last().ok_or("malformed if-else scope")?;
            }
            Operator::End => {
                height.now = height
                    .scopes
                    .pop()
                    .ok_or("malformed scoping at end of block")?;
            }
            Operator::Call { function_index } => {
                height.apply(module.function_type(*function_index));
            }
            Operator::CallIndirect { type_index, .. } => {
                height.apply(&module.types[*type_index as usize]);
                height.pop(1);
            }
            _ => match effect(op).ok_or_else(|| format!("opcode not supported: {op:?}"))? {
                change if change > 0 => height.push(1),
                change => height.pop(change.unsigned_abs() as usize),
            },
        }
    }
    Ok(height.peak)
}

/// Change of height that a simple operator makes; `None` if programs may not contain it.
fn effect(op: &Operator) -> Option<i32> {
    simple(op).or_else(|| integer(op)).or_else(|| float(op))
}

fn simple(op: &Operator) -> Option<i32> {
    use Operator::*;
    Some(match op {
        I32Const { .. } | I64Const { .. } | F32Const { .. } | F64Const { .. } => 1,
        LocalGet { .. } | GlobalGet { .. } | MemorySize { .. } => 1,
        Nop | Unreachable | Return | Br { .. } | LocalTee { .. } | MemoryGrow { .. } => 0,
        Drop | BrIf { .. } | BrTable { .. } | LocalSet { .. } | GlobalSet { .. } => -1,
        Select => -2,
        MemoryFill { .. } | MemoryCopy { .. } => -3,
        I32Load { .. }
        | I32Load8S { .. }
        | I32Load8U { .. }
        | I32Load16S { .. }
        | I32Load16U { .. }
        | I64Load { .. }
        | I64Load8S { .. }
        | I64Load8U { .. }
        | I64Load16S { .. }
        | I64Load16U { .. }
        | I64Load32S { .. }
        | I64Load32U { .. }
        | F32Load { .. }
        | F64Load { .. } => 0,
        I32Store { .. }
        | I32Store8 { .. }
        | I32Store16 { .. }
        | I64Store { .. }
        | I64Store8 { .. }
        | I64Store16 { .. }
        | I64Store32 { .. }
        | F32Store { .. }
        | F64Store { .. } => -2,
        _ => return None,
    })
}

fn integer(op: &Operator) -> Option<i32> {
    use Operator::*;
    Some(match op {
        I32Eqz | I32Clz | I32Ctz | I32Popcnt | I64Eqz | I64Clz | I64Ctz | I64Popcnt => 0,
        I32WrapI64 | I64ExtendI32S | I64ExtendI32U => 0,
        I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S | I64Extend32S => 0,
        I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS | I32GeU => -1,
        I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS | I64GeU => -1,
        I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU => -1,
        I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU => -1,
        I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr => -1,
        I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr => -1,
        _ => return None,
    })
}

fn float(op: &Operator) -> Option<i32> {
    use Operator::*;
    Some(match op {
        F32Abs | F32Neg | F32Ceil | F32Floor | F32Trunc | F32Nearest | F32Sqrt => 0,
        F64Abs | F64Neg | F64Ceil | F64Floor | F64Trunc | F64Nearest | F64Sqrt => 0,
        I32TruncF32S | I32TruncF32U | I32TruncF64S | I32TruncF64U => 0,
        I64TruncF32S | I64TruncF32U | I64TruncF64S | I64TruncF64U => 0,
        I32TruncSatF32S | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U => 0,
        I64TruncSatF32S | I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U => 0,
        F32ConvertI32S | F32ConvertI32U | F32ConvertI64S | F32ConvertI64U | F32DemoteF64 => 0,
        F64ConvertI32S | F64ConvertI32U | F64ConvertI64S | F64ConvertI64U | F64PromoteF32 => 0,
        I32ReinterpretF32 | I64ReinterpretF64 | F32ReinterpretI32 | F64ReinterpretI64 => 0,
        F32Eq | F32Ne | F32Lt | F32Gt | F32Le | F32Ge => -1,
        F64Eq | F64Ne | F64Lt | F64Gt | F64Le | F64Ge => -1,
        F32Add | F32Sub | F32Mul | F32Div | F32Min | F32Max | F32Copysign => -1,
        F64Add | F64Sub | F64Mul | F64Div | F64Min | F64Max | F64Copysign => -1,
        _ => return None,
    })
}

/// Whether `op` computes with floats, for which programs have no implementation. Moving floats about is allowed.
pub(crate) fn is_float_arithmetic(op: &Operator) -> bool {
    use Operator::*;
    let moves = matches!(
        op,
        I32ReinterpretF32 | I64ReinterpretF64 | F32ReinterpretI32 | F64ReinterpretI64
    );
    !moves && float(op).is_some()
}
