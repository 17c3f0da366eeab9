//! Steps of the EVM.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, U256};
use revm::bytecode::opcode::{SLOAD, SSTORE};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::{InputsTr, Jumps};
use revm::interpreter::Interpreter;

use crate::recording::frame::LARGEST_TRACE;

/// What a trace of opcodes keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpcodeOptions {
    /// Whether to keep the stack before each step.
    pub stack: bool,
    /// Whether to keep the memory before each step.
    pub memory: bool,
    /// Whether to keep the slots that the contract has used, where it uses one.
    pub storage: bool,
    /// Whether to keep the return data of the last call before each step.
    pub return_data: bool,
    /// Most steps to keep; 0 for all.
    pub limit: usize,
}

impl Default for OpcodeOptions {
    /// What geth keeps: stack and storage of every step.
    fn default() -> Self {
        Self {
            stack: true,
            memory: false,
            storage: true,
            return_data: false,
            limit: 0,
        }
    }
}

/// Steps of the EVM frames of a transaction. Stylus frames have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpcodeTrace {
    /// The steps, in order.
    pub steps: Vec<OpcodeStep>,
    /// Whether there were more steps than fit into 64 MiB; those that come after are missing.
    pub overflowed: bool,
}

/// An instruction that the EVM executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpcodeStep {
    /// Place in the code.
    pub pc: usize,
    /// The instruction.
    pub opcode: u8,
    /// Gas before.
    pub gas: u64,
    /// Gas that it took, that passed on to a callee included.
    pub gas_cost: u64,
    /// Depth of the frame, 1 for the outermost.
    pub depth: usize,
    /// Stack before, bottom first, if kept.
    pub stack: Option<Vec<U256>>,
    /// Memory before, if kept.
    pub memory: Option<Vec<u8>>,
    /// Slots that the contract has used in this transaction, where it uses one.
    pub storage: Option<BTreeMap<U256, U256>>,
    /// Return data of the last call before, if kept.
    pub return_data: Option<Vec<u8>>,
    /// Refund counter of the frame before.
    pub refund: i64,
    /// Why the frame ended here, if it did so by an exceptional halt.
    pub error: Option<&'static str>,
}

/// Collects steps while a transaction runs.
#[derive(Debug, Default)]
pub(crate) struct OpcodeRecorder {
    options: OpcodeOptions,
    trace: OpcodeTrace,
    storage: HashMap<Address, BTreeMap<U256, U256>>,
    /// Bytes taken up so far.
    size: usize,
}

impl OpcodeRecorder {
    pub(crate) fn new(options: OpcodeOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    pub(crate) fn into_trace(self) -> OpcodeTrace {
        self.trace
    }

    fn is_full(&self) -> bool {
        self.trace.overflowed
            || (self.options.limit != 0 && self.trace.steps.len() >= self.options.limit)
    }

    /// Notes the instruction that is about to run, unless there are enough; gives its place.
    pub(crate) fn before(
        &mut self,
        interpreter: &Interpreter<EthInterpreter>,
        depth: usize,
    ) -> Option<usize> {
        if self.is_full() {
            return None;
        }
        let options = self.options;
        let stack = interpreter.stack.data();
        let memory = || interpreter.memory.context_memory().to_vec();
        let kept = [
            (options.stack, size_of_val(stack.as_slice())),
            (options.memory, interpreter.memory.len()),
            (options.return_data, interpreter.return_data.0.len()),
            (true, size_of::<OpcodeStep>()),
        ];
        let kept = kept.iter().filter(|(wanted, _)| *wanted);
        if !self.make_room(kept.map(|(_, bytes)| bytes).sum()) {
            return None;
        }
        self.trace.steps.push(OpcodeStep {
            pc: interpreter.bytecode.pc(),
            opcode: interpreter.bytecode.opcode(),
            gas: interpreter.gas.remaining(),
            gas_cost: 0,
            depth: depth + 1,
            stack: options.stack.then(|| stack.clone()),
            memory: options.memory.then(memory),
            storage: None,
            return_data: options
                .return_data
                .then(|| interpreter.return_data.0.to_vec()),
            refund: interpreter.gas.refunded(),
            error: None,
        });
        Some(self.trace.steps.len() - 1)
    }

    /// Completes the step at `place` after it ran. `top` are the words that were on top of the stack before.
    pub(crate) fn after(
        &mut self,
        place: usize,
        top: [U256; 2],
        interpreter: &Interpreter<EthInterpreter>,
        error: Option<&'static str>,
    ) {
        let step = &mut self.trace.steps[place];
        step.gas_cost = step.gas.saturating_sub(interpreter.gas.remaining());
        step.error = error;
        if !self.options.storage || error.is_some() {
            return;
        }
        let slot = match step.opcode {
            SLOAD => (top[0], interpreter.stack.peek(0).unwrap_or_default()),
            SSTORE => (top[0], top[1]),
            _ => return,
        };
        let acting = interpreter.input.target_address();
        let used = self.storage.entry(acting).or_default();
        used.insert(slot.0, slot.1);
        let bytes = used.len() * size_of::<(U256, U256)>();
        if self.make_room(bytes) {
            let shown = self.storage.get(&acting).cloned();
            self.trace.steps[place].storage = shown;
        }
    }

    /// Counts what is about to be kept; tells whether there is room for it.
    fn make_room(&mut self, bytes: usize) -> bool {
        self.size = self.size.saturating_add(bytes);
        self.trace.overflowed |= self.size > LARGEST_TRACE;
        !self.trace.overflowed
    }
}

/// The two words on top of the stack, zero where there is none.
pub(crate) fn top_of_stack(interpreter: &Interpreter<EthInterpreter>) -> [U256; 2] {
    [0, 1].map(|at| interpreter.stack.peek(at).unwrap_or_default())
}
