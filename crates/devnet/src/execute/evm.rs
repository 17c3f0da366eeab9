//! EVM frames: revm's interpreter, driven one frame at a time so that any frame may call into a Stylus program.

use std::cmp::min;

use alloy_primitives::{Address, Bytes, B256, U256};
use revm::bytecode::{opcode, Bytecode};
use revm::context_interface::{Cfg, CreateScheme, JournalTr};
use revm::interpreter::instructions::{gas_table_spec, instruction_table};
use revm::interpreter::interpreter::{EthInterpreter, ExtBytecode, InputsImpl};
use revm::interpreter::interpreter_types::{InputsTr, LoopControl, ReturnData};
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CreateInputs, FrameInput, GasTable, Instruction,
    InstructionContext, InstructionExecResult, InstructionResult, InstructionTable, Interpreter,
    InterpreterAction, InterpreterResult, SharedMemory,
};

use crate::code::kind::is_stylus_code;
use crate::frame::{Call, Create, FrameResult, Scheme};
use crate::machine::{EvmContext, Machine, SPEC};
use crate::recording::opcodes::{top_of_stack, OpcodeRecorder};

static INSTRUCTIONS: InstructionTable<EthInterpreter, EvmContext> = {
    let mut table = instruction_table::<EthInterpreter, EvmContext>();
    table[opcode::SELFDESTRUCT as usize] = Instruction::new(selfdestruct);
    table
};

static STATIC_GAS: GasTable = gas_table_spec(SPEC);

/// `SELFDESTRUCT` reverts when the acting account holds a Stylus program, once it is paid for.
fn selfdestruct(
    context: InstructionContext<'_, EvmContext, EthInterpreter>,
) -> InstructionExecResult {
    let acting = context.interpreter.input.target_address();
    let Ok(account) = context.host.journaled_state.load_account_with_code(acting);
    let code = account.info.code.as_ref();
    let is_stylus = code.is_some_and(|code| is_stylus_code(code.original_byte_slice()));
    let balance = account.info.balance;
    let [target, _] = top_of_stack(context.interpreter);
    if is_stylus {
        return Err(refuse_selfdestruct(context, target, balance));
    }
    if let Some(recorder) = context.host.chain.as_deref_mut() {
        let target = Address::from_word(target.into());
        recorder.self_destruct(acting, target, balance);
    }
    revm::interpreter::instructions::host::selfdestruct(context)
}

fn refuse_selfdestruct(
    context: InstructionContext<'_, EvmContext, EthInterpreter>,
    target: U256,
    balance: U256,
) -> InstructionResult {
    if context.interpreter.stack.is_empty() {
        return InstructionResult::StackUnderflow;
    }
    if context.interpreter.runtime_flag.is_static {
        return InstructionResult::StateChangeDuringStaticCall;
    }
    let target = Address::from_word(target.into());
    let Ok(heir) = context.host.journaled_state.load_account(target);
    let creates = !balance.is_zero() && heir.info.is_empty();
    let is_cold = heir.is_cold;
    let gas = context
        .host
        .cfg
        .gas_params()
        .selfdestruct_cost(creates, is_cold);
    match context.interpreter.gas.record_regular_cost(gas) {
        true => InstructionResult::Revert,
        false => InstructionResult::OutOfGas,
    }
}

impl Machine {
    /// Runs `code` as the callee of `call`.
    pub(crate) fn run_evm_call(&mut self, call: Call, hash: B256, code: Bytecode) -> FrameResult {
        let inputs = InputsImpl {
            target_address: call.target,
            bytecode_address: Some(call.code_address),
            caller_address: call.caller,
            input: CallInput::Bytes(call.input),
            call_value: call.value,
            depth: call.depth,
        };
        let code = ExtBytecode::new_with_hash(code, hash);
        self.interpret(code, inputs, call.is_static, call.gas)
    }

    /// Runs the init code of `create` as the account `address`.
    pub(crate) fn run_init_code(&mut self, create: &Create, address: Address) -> FrameResult {
        let inputs = InputsImpl {
            target_address: address,
            bytecode_address: None,
            caller_address: create.caller,
            input: CallInput::Bytes(Bytes::new()),
            call_value: create.value,
            depth: create.depth,
        };
        let code = ExtBytecode::new(Bytecode::new_legacy(create.init_code.clone()));
        self.interpret(code, inputs, false, create.gas)
    }

    fn interpret(
        &mut self,
        code: ExtBytecode,
        inputs: InputsImpl,
        is_static: bool,
        gas: u64,
    ) -> FrameResult {
        let depth = inputs.depth;
        let memory = SharedMemory::new();
        let mut interpreter = Interpreter::new(memory, code, inputs, is_static, SPEC, gas);
        loop {
            match self.run_interpreter(&mut interpreter) {
                InterpreterAction::NewFrame(FrameInput::Call(inputs)) => {
                    let call = child_call(&inputs, &interpreter, depth + 1);
                    let result = self.call(call);
                    resume_call(&mut interpreter, &inputs, result);
                }
                InterpreterAction::NewFrame(FrameInput::Create(inputs)) => {
                    let (address, result) = self.create(child_create(&inputs, depth + 1));
                    resume_create(&mut interpreter, address, result);
                }
                InterpreterAction::NewFrame(FrameInput::Empty) => {
                    unreachable!("the interpreter asks for calls and creations only")
                }
                InterpreterAction::Return(result) => return frame_result(result),
            }
        }
    }
}

impl Machine {
    /// Runs to the next call, creation or end, noting each step if opcodes are traced and telling each to an observer who wants
    /// to know.
    fn run_interpreter(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
    ) -> InterpreterAction {
        let action = if self.is_stepwise() {
            self.run_by_steps(interpreter, Self::observed_step)
        } else if self.opcodes().is_some() {
            self.run_by_steps(interpreter, Self::traced_step)
        } else {
            let action = interpreter.run_plain(&INSTRUCTIONS, &STATIC_GAS, &mut self.evm);
            self.tell_fault(&action);
            action
        };
        self.tell_destruction();
        action
    }

    fn run_by_steps(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        run: fn(&mut Self, &mut Interpreter<EthInterpreter>) -> InstructionExecResult,
    ) -> InterpreterAction {
        let end = loop {
            if let Err(end) = run(self, interpreter) {
                break end;
            }
        };
        if interpreter.bytecode.action().is_none() {
            interpreter.halt(end);
        }
        interpreter.take_next_action()
    }

    fn traced_step(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
    ) -> InstructionExecResult {
        let depth = interpreter.input.depth;
        let place = self
            .opcodes()
            .and_then(|opcodes| opcodes.before(interpreter, depth));
        let top = top_of_stack(interpreter);
        let done = step(interpreter, &mut self.evm);
        if let (Some(opcodes), Some(place)) = (self.opcodes(), place) {
            let error = done.err().and_then(halt_of);
            opcodes.after(place, top, interpreter, error);
        }
        done
    }

    fn opcodes(&mut self) -> Option<&mut OpcodeRecorder> {
        self.recorder()?.opcodes.as_mut()
    }
}

/// Runs the next instruction.
pub(super) fn step(
    interpreter: &mut Interpreter<EthInterpreter>,
    evm: &mut EvmContext,
) -> InstructionExecResult {
    interpreter.step(&INSTRUCTIONS, &STATIC_GAS, evm)
}

/// A node's words if an instruction ended its frame by an exceptional halt.
pub(super) fn halt_of(end: InstructionResult) -> Option<&'static str> {
    match end {
        InstructionResult::Stop
        | InstructionResult::Return
        | InstructionResult::SelfDestruct
        | InstructionResult::Revert
        | InstructionResult::Suspend => None,
        halt => Some(halt_text(halt)),
    }
}

fn child_call(inputs: &CallInputs, parent: &Interpreter<EthInterpreter>, depth: usize) -> Call {
    let scheme = match inputs.scheme {
        CallScheme::Call => Scheme::Call,
        CallScheme::CallCode => Scheme::CallCode,
        CallScheme::DelegateCall => Scheme::DelegateCall,
        CallScheme::StaticCall => Scheme::StaticCall,
    };
    // The range of an empty input may lie outside memory.
    let input = if inputs.input.is_empty() {
        Bytes::new()
    } else {
        Bytes::copy_from_slice(&inputs.input.as_bytes_memory(&parent.memory))
    };
    Call {
        scheme,
        caller: inputs.caller,
        target: inputs.target_address,
        code_address: inputs.bytecode_address,
        value: inputs.value.get(),
        input,
        gas: inputs.gas_limit,
        is_static: inputs.is_static,
        depth,
    }
}

fn child_create(inputs: &CreateInputs, depth: usize) -> Create {
    let salt = match inputs.scheme() {
        CreateScheme::Create2 { salt } => Some(salt),
        CreateScheme::Create | CreateScheme::Custom { .. } => None,
    };
    Create {
        caller: inputs.caller(),
        value: inputs.value(),
        init_code: inputs.init_code().clone(),
        salt,
        gas: inputs.gas_limit(),
        depth,
    }
}

fn resume_call(parent: &mut Interpreter<EthInterpreter>, inputs: &CallInputs, result: FrameResult) {
    push(parent, U256::from(result.is_success()));
    parent.gas.erase_cost(result.gas_left);
    parent.gas.record_refund(result.refund);
    let range = inputs.return_memory_offset.clone();
    let copied = min(range.len(), result.output.len());
    parent.memory.set(range.start, &result.output[..copied]);
    parent.return_data.set_buffer(result.output);
}

fn resume_create(
    parent: &mut Interpreter<EthInterpreter>,
    address: Option<Address>,
    result: FrameResult,
) {
    push(
        parent,
        address.map_or(U256::ZERO, |address| address.into_word().into()),
    );
    parent.gas.erase_cost(result.gas_left);
    parent.gas.record_refund(result.refund);
    let data = if result.is_revert() {
        result.output
    } else {
        Bytes::new()
    };
    parent.return_data.set_buffer(data);
}

/// The operands of the call left room for its result.
fn push(interpreter: &mut Interpreter<EthInterpreter>, word: U256) {
    let pushed = interpreter.stack.push(word);
    debug_assert!(pushed);
}

fn frame_result(result: InterpreterResult) -> FrameResult {
    match result.result {
        InstructionResult::Stop | InstructionResult::Return | InstructionResult::SelfDestruct => {
            FrameResult::success(result.output, result.gas.remaining(), result.gas.refunded())
        }
        InstructionResult::Revert => FrameResult::revert(result.output, result.gas.remaining()),
        halt => FrameResult::halt(halt_text(halt)),
    }
}

/// A node's words for an exceptional halt.
fn halt_text(halt: InstructionResult) -> &'static str {
    match halt {
        InstructionResult::OutOfGas
        | InstructionResult::MemoryOOG
        | InstructionResult::MemoryLimitOOG
        | InstructionResult::PrecompileOOG
        | InstructionResult::InvalidOperandOOG
        | InstructionResult::ReentrancySentryOOG => "out of gas",
        InstructionResult::OpcodeNotFound
        | InstructionResult::InvalidFEOpcode
        | InstructionResult::NotActivated => "invalid opcode",
        InstructionResult::CallNotAllowedInsideStatic
        | InstructionResult::StateChangeDuringStaticCall => "write protection",
        InstructionResult::InvalidJump => "invalid jump destination",
        InstructionResult::StackUnderflow => "stack underflow",
        InstructionResult::StackOverflow => "stack limit reached 1024 (1023)",
        InstructionResult::OutOfOffset => "return data out of bounds",
        InstructionResult::CreateInitCodeSizeLimit => "max initcode size exceeded",
        InstructionResult::NonceOverflow => "nonce uint64 overflow",
        _ => "execution failed",
    }
}
