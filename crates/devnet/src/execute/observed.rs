//! Steps of the EVM under the eyes of an observer, who sees each before it runs and knows what it will cost.
//!
//! What an instruction costs and whether it fails is known when it has run. So it runs, and then the observer is told of it, with
//! stack, memory and state as they were.

use alloy_primitives::{Address, Bytes};
use revm::bytecode::opcode;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::{InputsTr, Jumps};
use revm::interpreter::{
    CallInput, InstructionExecResult, InstructionResult, Interpreter, InterpreterAction,
};

use crate::execute::evm::{halt_of, step};
use crate::machine::Machine;
use crate::observed::Before;
use crate::recording::frame::REVERTED;
use crate::recording::observer::{Event, Step, StepMemory};
use crate::recording::opcodes::top_of_stack;

impl Machine {
    /// Whether an observer is told steps.
    pub(super) fn is_stepwise(&mut self) -> bool {
        self.recorder()
            .is_some_and(|recorder| recorder.is_stepwise())
    }

    /// Runs an instruction and tells the observer of it.
    pub(super) fn observed_step(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
    ) -> InstructionExecResult {
        let mut seen = self.about_to_run(interpreter);
        let before = self.about_to_change(interpreter);
        let done = step(interpreter, &mut self.evm);
        seen.gas_cost = seen.gas.saturating_sub(interpreter.gas.remaining());
        let ending = done.err().map_or(Ending::None, Ending::of);
        if let Ending::Refused(reason) = ending {
            seen.error = Some(reason);
        }
        self.tell_as_before(Event::Step(seen), before);
        if let Ending::Failed(reason) = ending {
            self.tell(Event::Fault(reason));
        }
        done
    }

    /// Tells an observer who is told no steps how an instruction ended its frame.
    pub(super) fn tell_fault(&mut self, action: &InterpreterAction) {
        if let InterpreterAction::Return(result) = action {
            if let Ending::Failed(reason) = Ending::of(result.result) {
                self.tell(Event::Fault(reason));
            }
        }
    }

    fn about_to_run(&mut self, interpreter: &Interpreter<EthInterpreter>) -> Step {
        let depth = interpreter.input.depth;
        let own = interpreter.gas.refunded();
        let recorder = self.recorder();
        let code = interpreter.bytecode.opcode();
        Step {
            pc: interpreter.bytecode.pc(),
            opcode: code,
            gas: interpreter.gas.remaining(),
            gas_cost: 0,
            depth: depth + 1,
            refund: recorder.map_or(0, |recorder| recorder.refund_at(depth, own)),
            error: None,
            stack: interpreter.stack.data().clone(),
            memory: StepMemory::new(&interpreter.memory, writes_memory(code)),
            caller: interpreter.input.caller_address,
            address: interpreter.input.target_address,
            value: interpreter.input.call_value,
            input: match &interpreter.input.input {
                CallInput::Bytes(input) => input.clone(),
                CallInput::SharedBuffer(_) => Bytes::new(),
            },
        }
    }

    /// What the instruction may change of the state while it runs. Calls and creations do so later, in their frames.
    fn about_to_change(&mut self, interpreter: &Interpreter<EthInterpreter>) -> Before {
        let acting = interpreter.input.target_address();
        let [top, _] = top_of_stack(interpreter);
        match interpreter.bytecode.opcode() {
            opcode::SSTORE => Before {
                slot: Some((acting, top, self.peek_slot(acting, top))),
                ..Before::default()
            },
            opcode::SELFDESTRUCT => Before {
                accounts: [acting, Address::from_word(top.into())]
                    .map(|who| (who, self.peek(who)))
                    .to_vec(),
                ..Before::default()
            },
            _ => Before::default(),
        }
    }
}

/// How an instruction ended its frame, in a node's words.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// It did not, or as it should.
    None,
    /// It did not run: it can't be paid for, or the stack does not fit.
    Refused(&'static str),
    /// It ran, and failed.
    Failed(&'static str),
}

impl Ending {
    fn of(end: InstructionResult) -> Self {
        if end == InstructionResult::Revert {
            return Self::Failed(REVERTED);
        }
        let Some(reason) = halt_of(end) else {
            return Self::None;
        };
        match end {
            InstructionResult::OpcodeNotFound
            | InstructionResult::InvalidFEOpcode
            | InstructionResult::NotActivated
            | InstructionResult::InvalidJump
            | InstructionResult::OutOfOffset
            | InstructionResult::CallNotAllowedInsideStatic
            | InstructionResult::StateChangeDuringStaticCall => Self::Failed(reason),
            _ => Self::Refused(reason),
        }
    }
}

/// Whether an instruction writes into memory itself, not through a call.
fn writes_memory(code: u8) -> bool {
    matches!(
        code,
        opcode::MSTORE
            | opcode::MSTORE8
            | opcode::MCOPY
            | opcode::CALLDATACOPY
            | opcode::CODECOPY
            | opcode::EXTCODECOPY
            | opcode::RETURNDATACOPY
    )
}
