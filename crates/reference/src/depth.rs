//! How much of the stack a call of a function takes up.

use wasmparser::{BlockType, FuncType, Operator};

/// Words of a frame beside operands and locals.
const OVERHEAD: u32 = 4;
/// How far the code that charges for a block rises above the operands.
const METER_RISE: u32 = 2;
/// How far the code that charges for each byte rises above the operands.
const BULK_RISE: u32 = 3;

/// What signatures the heights depend on.
pub(crate) struct Signatures<'a> {
    pub types: &'a [FuncType],
    /// Type of each function, imported ones first.
    pub functions: &'a [u32],
}

/// Height of the operands as the chain reckons it, which is not quite what validation does.
#[derive(Default)]
struct Heights {
    now: u32,
    peak: u32,
    scopes: Vec<u32>,
}

/// Greatest height of the operands, charging included, and words of the whole frame.
pub(crate) fn frame(
    operators: &[Operator],
    blocks: &[u64],
    locals: u32,
    signatures: &Signatures,
) -> (u32, u32) {
    let mut heights = Heights::default();
    for (operator, block) in operators.iter().zip(blocks) {
        if *block != 0 {
            heights.rise(METER_RISE);
        }
        heights.step(operator, signatures);
    }
    (heights.peak, heights.peak + locals + OVERHEAD)
}

impl Heights {
    fn push(&mut self, words: usize) {
        self.now += words as u32;
        self.peak = self.peak.max(self.now);
    }

    fn pop(&mut self, words: usize) {
        self.now = self.now.saturating_sub(words as u32);
    }

    fn rise(&mut self, words: u32) {
        self.peak = self.peak.max(self.now + words);
    }

    fn call(&mut self, signature: &FuncType) {
        self.push(signature.results().len());
        self.pop(signature.params().len());
    }

    fn open(&mut self, block: BlockType, signatures: &Signatures) {
        match block {
            BlockType::Empty => {}
            BlockType::Type(_) => self.push(1),
            BlockType::FuncType(index) => self.call(&signatures.types[index as usize]),
        }
        self.scopes.push(self.now);
    }

    fn step(&mut self, operator: &Operator, signatures: &Signatures) {
        use Operator::*;
        match operator {
            I32Const { .. } | I64Const { .. } | F32Const { .. } | F64Const { .. } => self.push(1),
            LocalGet { .. } | GlobalGet { .. } | MemorySize { .. } => self.push(1),
            Block { blockty } | Loop { blockty } => self.open(*blockty, signatures),
            If { blockty } => {
                self.pop(1);
                self.open(*blockty, signatures);
            }
            Else => self.now = *self.scopes.last().expect("valid"),
            End => {
                if let Some(height) = self.scopes.pop() {
                    self.now = height;
                }
            }
            Call { function_index } => {
                let index = signatures.functions[*function_index as usize];
                self.call(&signatures.types[index as usize]);
            }
            CallIndirect { type_index, .. } => {
                self.call(&signatures.types[*type_index as usize]);
                self.pop(1);
            }
            MemoryFill { .. } | MemoryCopy { .. } => {
                self.rise(BULK_RISE);
                self.pop(3);
            }
            Select => self.pop(2),
            I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } | F32Store { .. } => self.pop(2),
            I64Store { .. }
            | I64Store8 { .. }
            | I64Store16 { .. }
            | I64Store32 { .. }
            | F64Store { .. } => self.pop(2),
            Drop | BrIf { .. } | BrTable { .. } | LocalSet { .. } | GlobalSet { .. } => self.pop(1),
            I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
            | I32GeU | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU
            | I64GeS | I64GeU => self.pop(1),
            I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU | I32And | I32Or
            | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr => self.pop(1),
            I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU | I64And | I64Or
            | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr => self.pop(1),
            _ => {}
        }
    }
}
