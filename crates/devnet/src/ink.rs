//! Ink prices. One gas buys `ink_price` ink, 10,000 by default.

use wasmparser::{FuncType, Operator};

/// Ink of entering a basic block: what the code that meters it would cost.
pub(crate) const BLOCK: u64 = 2_450;
/// Ink per byte of `memory.fill` and `memory.copy`, charged when they run.
pub(crate) const BULK_MEMORY_BYTE: u64 = 100;

/// Ink of entering a host function.
pub(crate) const HOSTIO: u64 = 8_400;
/// Ink per pointer that a host function dereferences.
pub(crate) const POINTER: u64 = 5_040;
/// Ink of asking the node for something.
pub(crate) const EVM_API: u64 = 59_673;
/// Ink of 256-bit division and remainder.
pub(crate) const DIVIDE: u64 = 20_000;
/// Ink of 256-bit modular addition.
pub(crate) const ADD_MOD: u64 = 21_000;
/// Ink of 256-bit modular multiplication.
pub(crate) const MUL_MOD: u64 = 24_100;

const WRITE: u64 = 5_040;
const WRITE_BYTE: u64 = 30;
const READ: u64 = 16_381;
const READ_BYTE: u64 = 55;
const KECCAK: u64 = 121_800;
const KECCAK_WORD: u64 = 21_000;
const POWER: u64 = 3_000;
const POWER_BYTE: u64 = 17_500;
const WORD: u64 = 32;

/// Ink of copying `length` bytes into the guest.
pub(crate) fn write(length: u32) -> u64 {
    WRITE + WRITE_BYTE * u64::from(length).saturating_sub(WORD)
}

/// Ink of copying `length` bytes out of the guest.
pub(crate) fn read(length: u32) -> u64 {
    READ + READ_BYTE * u64::from(length).saturating_sub(WORD)
}

/// Ink of hashing `length` bytes.
pub(crate) fn keccak(length: u32) -> u64 {
    KECCAK + KECCAK_WORD * u64::from(length).div_ceil(WORD).saturating_sub(2)
}

/// Ink of raising to `exponent`, by its significant bytes.
pub(crate) fn power(exponent: &[u8; 32]) -> u64 {
    let significant = exponent.iter().skip_while(|byte| **byte == 0).count() as u64;
    POWER + POWER_BYTE * (1 + significant)
}

/// Ink of a WASM operator. `types` resolves the type of an indirect call. Operators that programs may not execute
/// cost more than anyone can pay.
pub(crate) fn operator(op: &Operator, types: &[FuncType]) -> u64 {
    use Operator::*;
    match op {
        Unreachable | Return | Nop | I32Const { .. } | I64Const { .. } => 1,
        Block { .. } | Loop { .. } | Else | End => 1,
        Drop => 9,
        Br { .. } | BrIf { .. } | If { .. } => 765,
        Select => 1_250,
        Call { .. } => 3_800,
        CallIndirect { type_index, .. } => {
            let parameters = types[*type_index as usize].params().len() as u64;
            13_610 + 650 * parameters
        }
        BrTable { targets } => 2_400 + 325 * u64::from(targets.len()),
        LocalGet { .. } | LocalTee { .. } => 75,
        LocalSet { .. } => 210,
        GlobalGet { .. } => 225,
        GlobalSet { .. } => 575,
        MemorySize { .. } => 3_000,
        MemoryGrow { .. } => 8_050,
        MemoryCopy { .. } | MemoryFill { .. } => 950,
        _ => numeric(op).or_else(|| memory(op)).unwrap_or(u64::MAX),
    }
}

fn memory(op: &Operator) -> Option<u64> {
    use Operator::*;
    Some(match op {
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
        _ => return None,
    })
}

fn numeric(op: &Operator) -> Option<u64> {
    use Operator::*;
    Some(match op {
        I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
        | I32GeU => 170,
        I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS
        | I64GeU => 225,
        I32Clz | I32Ctz | I64Clz | I64Ctz => 210,
        I32Add | I32Sub | I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl
        | I32Rotr => 70,
        I64Add | I64Sub | I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl
        | I64Rotr => 100,
        I32Mul | I64Mul => 160,
        I32DivS | I32DivU | I32RemS | I32RemU => 1_120,
        I64DivS | I64DivU | I64RemS | I64RemU => 1_270,
        I32Popcnt => 2_650,
        I64Popcnt => 6_000,
        I32WrapI64 | I64ExtendI32S | I64ExtendI32U => 100,
        I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S | I64Extend32S => 100,
        _ => return None,
    })
}
