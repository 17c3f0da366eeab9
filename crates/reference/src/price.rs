//! What operators cost, in ink.

use wasmparser::{FuncType, Operator};

/// Charged once for each basic block.
pub(crate) const BLOCK: u64 = 2_450;
/// Charged for each byte that `memory.fill` and `memory.copy` write.
pub(crate) const BULK_BYTE: u64 = 100;
/// Price of what may be in a program but never be run.
const NEVER: u64 = u64::MAX;

/// Price of an operator, or none if a module that has it anywhere is refused.
pub(crate) fn price(operator: &Operator, types: &[FuncType]) -> Option<u64> {
    use Operator::*;
    Some(match operator {
        Unreachable | Return | Nop | I32Const { .. } | I64Const { .. } => 1,
        Block { .. } | Loop { .. } | Else | End => 1,
        Drop => 9,
        Br { .. } | BrIf { .. } | If { .. } => 765,
        Select => 1_250,
        Call { .. } => 3_800,
        CallIndirect { type_index, .. } => {
            13_610 + 650 * types[*type_index as usize].params().len() as u64
        }
        BrTable { targets } => 2_400 + 325 * u64::from(targets.len()),
        LocalGet { .. } | LocalTee { .. } => 75,
        LocalSet { .. } => 210,
        GlobalGet { .. } => 225,
        GlobalSet { .. } => 575,
        I32Load { .. }
        | I32Load8S { .. }
        | I32Load8U { .. }
        | I32Load16S { .. }
        | I32Load16U { .. } => 670,
        I64Load { .. }
        | I64Load8S { .. }
        | I64Load8U { .. }
        | I64Load16S { .. }
        | I64Load16U { .. }
        | I64Load32S { .. }
        | I64Load32U { .. } => 680,
        I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } => 825,
        I64Store { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => 950,
        MemoryCopy { .. } | MemoryFill { .. } => 950,
        I32DivS | I32DivU | I32RemS | I32RemU => 1_120,
        I64DivS | I64DivU | I64RemS | I64RemU => 1_270,
        I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr => 70,
        I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr => 100,
        I32Add | I32Sub => 70,
        I64Add | I64Sub => 100,
        I32Mul | I64Mul => 160,
        I32Clz | I32Ctz | I64Clz | I64Ctz => 210,
        I32Popcnt => 2_650,
        I64Popcnt => 6_000,
        I32WrapI64 | I64ExtendI32S | I64ExtendI32U => 100,
        I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S | I64Extend32S => 100,
        I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
        | I32GeU => 170,
        I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS
        | I64GeU => 225,
        MemorySize { .. } => 3_000,
        MemoryGrow { .. } => 8_050,
        F32Const { .. }
        | F64Const { .. }
        | F32Load { .. }
        | F64Load { .. }
        | F32Store { .. }
        | F64Store { .. }
        | I32ReinterpretF32
        | I64ReinterpretF64
        | F32ReinterpretI32
        | F64ReinterpretI64 => NEVER,
        _ => return None,
    })
}

/// Whether a basic block ends after this operator.
pub(crate) fn ends_block(operator: &Operator) -> bool {
    use Operator::*;
    matches!(
        operator,
        End | Else
            | Return
            | Loop { .. }
            | Br { .. }
            | BrIf { .. }
            | BrTable { .. }
            | If { .. }
            | Call { .. }
            | CallIndirect { .. }
    )
}

/// Price of the block that begins at each operator, zero in the middle of one.
pub(crate) fn blocks(operators: &[Operator], prices: &[u64]) -> Vec<u64> {
    let mut blocks = vec![0; operators.len()];
    let mut start = 0;
    for (at, operator) in operators.iter().enumerate() {
        blocks[start] = u64::saturating_add(blocks[start], prices[at]);
        if ends_block(operator) {
            blocks[start] = blocks[start].saturating_add(BLOCK);
            start = at + 1;
        }
    }
    blocks
}
