//! Operators, one after the other.

use wasmparser::{BlockType, FuncType, MemArg, Operator};

use crate::frame::{Frame, Stop};
use crate::machine::Machine;
use crate::price::BULK_BYTE;
use crate::program::{Function, Program};

const PAGE: u64 = 65_536;

/// One run of a program. Values of 32 bits are kept with zeros above them.
pub(crate) struct Run<'r, 'p> {
    pub program: &'p Program<'p>,
    pub frame: Frame,
    pub machine: &'r mut Machine<'p>,
}

/// Where a branch goes.
#[derive(Clone, Copy)]
struct Label {
    target: usize,
    is_loop: bool,
    /// Values that it carries.
    carries: usize,
    /// Height of the operands beneath them.
    height: usize,
}

/// A call of a function that the module defines.
struct Call<'f, 'p> {
    function: &'f Function<'p>,
    at: usize,
    values: Vec<u64>,
    locals: Vec<u64>,
    labels: Vec<Label>,
    done: bool,
}

impl<'p> Run<'_, 'p> {
    /// Calls a function by its index and gives its results.
    pub fn invoke(&mut self, index: u32, arguments: Vec<u64>) -> Result<Vec<u64>, Stop> {
        let program = self.program;
        let imports = program.imports.len();
        if let Some((name, kind)) = program.imports.get(index as usize) {
            let value = self.machine.hostio(&mut self.frame, name, &arguments)?;
            let low = |kind| {
                if kind == wasmparser::ValType::I32 {
                    value & 0xffff_ffff
                } else {
                    value
                }
            };
            return Ok(kind.results().iter().map(|kind| low(*kind)).collect());
        }
        let function = &program.functions[index as usize - imports];
        if self.frame.stack_left <= function.frame {
            return Err(Stop::OutOfStack);
        }
        self.frame.stack_left -= function.frame;
        let mut locals = arguments;
        locals.resize(locals.len() + function.locals, 0);
        let carries = function.kind.results().len();
        let mut call = Call {
            function,
            at: 0,
            values: vec![],
            locals,
            labels: vec![Label {
                target: 0,
                is_loop: false,
                carries,
                height: 0,
            }],
            done: false,
        };
        while !call.done {
            self.frame.buy(function.blocks[call.at])?;
            self.step(&mut call)?;
        }
        Ok(call.values)
    }

    fn step(&mut self, call: &mut Call<'_, 'p>) -> Result<(), Stop> {
        use Operator::*;
        let at = call.at;
        let operator = &call.function.operators[at];
        call.at += 1;
        match operator {
            Unreachable => return Err(Stop::Failure),
            Nop => {}
            Block { blockty } => call.open(at, *blockty, false, &self.program.types),
            Loop { blockty } => call.open(at, *blockty, true, &self.program.types),
            If { blockty } => {
                let taken = call.pop32() != 0;
                let end = call.function.ends[&at];
                match call.function.elses.get(&at) {
                    _ if taken => call.open(at, *blockty, false, &self.program.types),
                    Some(other) => {
                        call.open(at, *blockty, false, &self.program.types);
                        call.at = other + 1;
                    }
                    None => call.at = end + 1,
                }
            }
            Else => {
                call.labels.pop();
                call.at = call.function.ends[&at] + 1;
            }
            End => {
                call.labels.pop();
                if call.labels.is_empty() {
                    self.frame.stack_left += call.function.frame;
                    call.done = true;
                }
            }
            Br { relative_depth } => call.branch(*relative_depth),
            BrIf { relative_depth } => {
                if call.pop32() != 0 {
                    call.branch(*relative_depth);
                }
            }
            BrTable { targets } => {
                let index = call.pop32();
                let depths: Vec<u32> = targets.targets().collect::<Result<_, _>>().expect("valid");
                call.branch(
                    depths
                        .get(index as usize)
                        .copied()
                        .unwrap_or(targets.default()),
                );
            }
            Return => {
                self.frame.stack_left += call.function.frame;
                call.branch(call.labels.len() as u32 - 1);
            }
            Call { function_index } => {
                let kind = self.kind(*function_index).clone();
                self.subroutine(call, *function_index, &kind)?;
            }
            CallIndirect { type_index, .. } => {
                let slot = call.pop32() as usize;
                let wanted = self.program.types[*type_index as usize].clone();
                let index = self
                    .program
                    .table
                    .get(slot)
                    .copied()
                    .flatten()
                    .ok_or(Stop::Failure)?;
                if *self.kind(index) != wanted {
                    return Err(Stop::Failure);
                }
                self.subroutine(call, index, &wanted)?;
            }
            Drop => {
                call.pop();
            }
            Select => {
                let taken = call.pop32() != 0;
                let (second, first) = (call.pop(), call.pop());
                call.push(if taken { first } else { second });
            }
            LocalGet { local_index } => call.push(call.locals[*local_index as usize]),
            LocalSet { local_index } => call.locals[*local_index as usize] = call.pop(),
            LocalTee { local_index } => {
                call.locals[*local_index as usize] = *call.values.last().expect("valid");
            }
            GlobalGet { global_index } => call.push(self.frame.globals[*global_index as usize]),
            GlobalSet { global_index } => self.frame.globals[*global_index as usize] = call.pop(),
            I32Const { value } => call.push32(*value as u32),
            I64Const { value } => call.push(*value as u64),
            MemorySize { .. } => call.push(self.frame.memory.len() as u64 / PAGE),
            MemoryGrow { .. } => {
                let delta = call.pop32();
                let before = self.grow(delta)?;
                call.push32(before);
            }
            MemoryFill { .. } => self.fill(call)?,
            MemoryCopy { .. } => self.copy(call)?,
            _ => {
                if !self.memory(call, operator)? {
                    call.number(operator)?;
                }
            }
        }
        Ok(())
    }

    fn kind(&self, index: u32) -> &'p FuncType {
        let imports = self.program.imports.len();
        match self.program.imports.get(index as usize) {
            Some((_, kind)) => kind,
            None => &self.program.functions[index as usize - imports].kind,
        }
    }

    fn subroutine(
        &mut self,
        call: &mut Call<'_, 'p>,
        index: u32,
        kind: &FuncType,
    ) -> Result<(), Stop> {
        let first = call.values.len() - kind.params().len();
        let arguments = call.values.split_off(first);
        let results = self.invoke(index, arguments)?;
        call.values.extend(results);
        Ok(())
    }

    fn grow(&mut self, delta: u32) -> Result<u32, Stop> {
        if self.program.pays_for_growth {
            self.machine.pay_for_memory_grow(&mut self.frame, delta)?;
        }
        let pages = self.frame.memory.len() as u64 / PAGE;
        let grown = pages + u64::from(delta);
        if grown > self.program.most_pages {
            return Ok(u32::MAX);
        }
        self.frame.memory.resize((grown * PAGE) as usize, 0);
        Ok(pages as u32)
    }

    fn fill(&mut self, call: &mut Call) -> Result<(), Stop> {
        let (length, value, to) = (call.pop32(), call.pop32(), call.pop32());
        self.frame.buy(BULK_BYTE * u64::from(length))?;
        let range = self.range(to, length)?;
        self.frame.memory[range].fill(value as u8);
        Ok(())
    }

    fn copy(&mut self, call: &mut Call) -> Result<(), Stop> {
        let (length, from, to) = (call.pop32(), call.pop32(), call.pop32());
        self.frame.buy(BULK_BYTE * u64::from(length))?;
        let bytes = self.frame.memory[self.range(from, length)?].to_vec();
        let range = self.range(to, length)?;
        self.frame.memory[range].copy_from_slice(&bytes);
        Ok(())
    }

    fn range(&self, at: u32, length: u32) -> Result<std::ops::Range<usize>, Stop> {
        let (at, length) = (at as usize, length as usize);
        self.frame
            .memory
            .get(at..at + length)
            .ok_or(Stop::Failure)?;
        Ok(at..at + length)
    }

    fn load(&self, call: &mut Call, place: &MemArg, bytes: usize) -> Result<u64, Stop> {
        let at = u64::from(call.pop32()) + place.offset;
        let read = self
            .frame
            .memory
            .get(at as usize..at as usize + bytes)
            .ok_or(Stop::Failure)?;
        let mut word = [0; 8];
        word[..bytes].copy_from_slice(read);
        Ok(u64::from_le_bytes(word))
    }

    fn store(&mut self, call: &mut Call, place: &MemArg, bytes: usize) -> Result<(), Stop> {
        let value = call.pop();
        let at = (u64::from(call.pop32()) + place.offset) as usize;
        let written = self
            .frame
            .memory
            .get_mut(at..at + bytes)
            .ok_or(Stop::Failure)?;
        written.copy_from_slice(&value.to_le_bytes()[..bytes]);
        Ok(())
    }

    /// Loads and stores; says whether it was one.
    fn memory(&mut self, call: &mut Call, operator: &Operator) -> Result<bool, Stop> {
        use Operator::*;
        let value = match operator {
            I32Load { memarg } => self.load(call, memarg, 4)?,
            I64Load { memarg } => self.load(call, memarg, 8)?,
            I32Load8U { memarg } | I64Load8U { memarg } => self.load(call, memarg, 1)?,
            I32Load16U { memarg } | I64Load16U { memarg } => self.load(call, memarg, 2)?,
            I64Load32U { memarg } => self.load(call, memarg, 4)?,
            I32Load8S { memarg } => self.load(call, memarg, 1)? as i8 as u32 as u64,
            I32Load16S { memarg } => self.load(call, memarg, 2)? as i16 as u32 as u64,
            I64Load8S { memarg } => self.load(call, memarg, 1)? as i8 as u64,
            I64Load16S { memarg } => self.load(call, memarg, 2)? as i16 as u64,
            I64Load32S { memarg } => self.load(call, memarg, 4)? as i32 as u64,
            I32Store8 { memarg } | I64Store8 { memarg } => {
                self.store(call, memarg, 1)?;
                return Ok(true);
            }
            I32Store16 { memarg } | I64Store16 { memarg } => {
                self.store(call, memarg, 2)?;
                return Ok(true);
            }
            I32Store { memarg } | I64Store32 { memarg } => {
                self.store(call, memarg, 4)?;
                return Ok(true);
            }
            I64Store { memarg } => {
                self.store(call, memarg, 8)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        call.push(value);
        Ok(true)
    }
}

impl Call<'_, '_> {
    fn push(&mut self, value: u64) {
        self.values.push(value);
    }

    fn push32(&mut self, value: u32) {
        self.values.push(value.into());
    }

    fn pop(&mut self) -> u64 {
        self.values.pop().expect("valid")
    }

    fn pop32(&mut self) -> u32 {
        self.pop() as u32
    }

    fn open(&mut self, at: usize, block: BlockType, is_loop: bool, types: &[FuncType]) {
        let results = match block {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(index) => types[index as usize].results().len(),
        };
        let end = self.function.ends[&at];
        self.labels.push(Label {
            target: if is_loop { at + 1 } else { end + 1 },
            is_loop,
            carries: if is_loop { 0 } else { results },
            height: self.values.len(),
        });
    }

    /// Leaves blocks, or the function without what its end does.
    fn branch(&mut self, depth: u32) {
        let index = self.labels.len() - 1 - depth as usize;
        let label = self.labels[index];
        let carried = self.values.split_off(self.values.len() - label.carries);
        self.values.truncate(label.height);
        self.values.extend(carried);
        self.labels
            .truncate(if label.is_loop { index + 1 } else { index });
        self.at = label.target;
        self.done = index == 0;
    }

    fn number(&mut self, operator: &Operator) -> Result<(), Stop> {
        let value = match unary(operator, *self.values.last().expect("valid")) {
            Some(value) => {
                self.pop();
                value
            }
            None => {
                let (second, first) = (self.pop(), self.pop());
                match binary32(operator, first as u32, second as u32)? {
                    Some(value) => value.into(),
                    None => binary64(operator, first, second)?,
                }
            }
        };
        self.push(value);
        Ok(())
    }
}

fn unary(operator: &Operator, value: u64) -> Option<u64> {
    use Operator::*;
    let low = value as u32;
    Some(match operator {
        I32Eqz => u64::from(low == 0),
        I64Eqz => u64::from(value == 0),
        I32Clz => low.leading_zeros().into(),
        I32Ctz => low.trailing_zeros().into(),
        I32Popcnt => low.count_ones().into(),
        I64Clz => value.leading_zeros().into(),
        I64Ctz => value.trailing_zeros().into(),
        I64Popcnt => value.count_ones().into(),
        I32WrapI64 | I64ExtendI32U => low.into(),
        I64ExtendI32S | I64Extend32S => value as i32 as u64,
        I32Extend8S => value as i8 as u32 as u64,
        I32Extend16S => value as i16 as u32 as u64,
        I64Extend8S => value as i8 as u64,
        I64Extend16S => value as i16 as u64,
        _ => return None,
    })
}

fn binary32(operator: &Operator, first: u32, second: u32) -> Result<Option<u32>, Stop> {
    use Operator::*;
    let (signed, other) = (first as i32, second as i32);
    Ok(Some(match operator {
        I32Add => first.wrapping_add(second),
        I32Sub => first.wrapping_sub(second),
        I32Mul => first.wrapping_mul(second),
        I32DivU => first.checked_div(second).ok_or(Stop::Failure)?,
        I32DivS => signed.checked_div(other).ok_or(Stop::Failure)? as u32,
        I32RemU => first.checked_rem(second).ok_or(Stop::Failure)?,
        I32RemS if second == 0 => return Err(Stop::Failure),
        I32RemS => signed.wrapping_rem(other) as u32,
        I32And => first & second,
        I32Or => first | second,
        I32Xor => first ^ second,
        I32Shl => first << (second % 32),
        I32ShrU => first >> (second % 32),
        I32ShrS => (signed >> (second % 32)) as u32,
        I32Rotl => first.rotate_left(second % 32),
        I32Rotr => first.rotate_right(second % 32),
        I32Eq => (first == second).into(),
        I32Ne => (first != second).into(),
        I32LtU => (first < second).into(),
        I32LtS => (signed < other).into(),
        I32GtU => (first > second).into(),
        I32GtS => (signed > other).into(),
        I32LeU => (first <= second).into(),
        I32LeS => (signed <= other).into(),
        I32GeU => (first >= second).into(),
        I32GeS => (signed >= other).into(),
        _ => return Ok(None),
    }))
}

fn binary64(operator: &Operator, first: u64, second: u64) -> Result<u64, Stop> {
    use Operator::*;
    let (signed, other) = (first as i64, second as i64);
    let places = (second % 64) as u32;
    Ok(match operator {
        I64Add => first.wrapping_add(second),
        I64Sub => first.wrapping_sub(second),
        I64Mul => first.wrapping_mul(second),
        I64DivU => first.checked_div(second).ok_or(Stop::Failure)?,
        I64DivS => signed.checked_div(other).ok_or(Stop::Failure)? as u64,
        I64RemU => first.checked_rem(second).ok_or(Stop::Failure)?,
        I64RemS if second == 0 => return Err(Stop::Failure),
        I64RemS => signed.wrapping_rem(other) as u64,
        I64And => first & second,
        I64Or => first | second,
        I64Xor => first ^ second,
        I64Shl => first << places,
        I64ShrU => first >> places,
        I64ShrS => (signed >> places) as u64,
        I64Rotl => first.rotate_left(places),
        I64Rotr => first.rotate_right(places),
        I64Eq => (first == second).into(),
        I64Ne => (first != second).into(),
        I64LtU => (first < second).into(),
        I64LtS => (signed < other).into(),
        I64GtU => (first > second).into(),
        I64GtS => (signed > other).into(),
        I64LeU => (first <= second).into(),
        I64LeS => (signed <= other).into(),
        I64GeU => (first >= second).into(),
        I64GeS => (signed >= other).into(),
        other => unreachable!("{other:?} has a price that nobody can pay"),
    })
}
