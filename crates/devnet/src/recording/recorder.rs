//! Collects a trace while a transaction runs.

use alloy_primitives::{Address, Bytes, Log, U256};

use crate::frame::{Call, Create, FrameError, FrameResult, Scheme};
use crate::recording::frame::{
    Frame, FrameKind, FrameLog, HostCall, ProgramTrace, LARGEST_TRACE, REVERTED,
};
use crate::recording::observer::Observer;
use crate::recording::opcodes::{OpcodeOptions, OpcodeRecorder, OpcodeTrace};

/// The frames that are open, and those that closed inside them.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    open: Vec<Frame>,
    /// The outermost frame, once it has closed.
    root: Option<Frame>,
    /// Events of the journal that were given to a frame already.
    seen_logs: usize,
    /// Inputs and outputs of the host function that is running.
    noted: Option<(Vec<u8>, Vec<u8>)>,
    /// Steps of the EVM, if they are wanted.
    pub opcodes: Option<OpcodeRecorder>,
    /// Who is told everything at once; then nothing is kept. It is away while it is being told.
    pub observer: Option<Box<dyn Observer>>,
    is_observed: bool,
    /// The frame that closed last, if somebody is to be told.
    closed: Option<Frame>,
    /// Refund counters of the open frames of the EVM.
    refunds: Vec<i64>,
    /// Bytes of data and records taken up so far.
    size: usize,
}

impl Recorder {
    /// A recorder that collects steps of the EVM, too.
    pub(crate) fn with_opcodes(options: OpcodeOptions) -> Self {
        Self {
            opcodes: Some(OpcodeRecorder::new(options)),
            ..Self::default()
        }
    }

    /// A recorder that keeps nothing and tells `observer`.
    pub(crate) fn observed(observer: Box<dyn Observer>) -> Self {
        Self {
            observer: Some(observer),
            is_observed: true,
            ..Self::default()
        }
    }

    /// Whether nothing is kept because somebody is told everything.
    pub(crate) fn is_observed(&self) -> bool {
        self.is_observed
    }

    /// Whether the observer, if there is one, is told steps of the EVM.
    pub(crate) fn is_stepwise(&self) -> bool {
        let observer = self.observer.as_ref();
        observer.is_some_and(|observer| observer.wants_steps())
    }

    /// The frame that was opened last, and its depth.
    pub(crate) fn opened(&self) -> Option<(Frame, usize)> {
        let frame = self.open.last()?;
        Some((frame.clone(), self.open.len() - 1))
    }

    /// The frame that closed last and nobody was told of, and its depth.
    pub(crate) fn take_closed(&mut self) -> Option<(Frame, usize)> {
        let frame = self.closed.take()?;
        Some((frame, self.open.len()))
    }

    /// The transaction's refund counter in a frame of the EVM whose own is `refund`.
    pub(crate) fn refund_at(&mut self, depth: usize, refund: i64) -> u64 {
        self.refunds.resize(depth + 1, 0);
        self.refunds[depth] = refund;
        u64::try_from(self.refunds.iter().sum::<i64>()).unwrap_or(0)
    }

    /// The steps of the EVM, if they were wanted.
    pub(crate) fn into_opcodes(self) -> Option<OpcodeTrace> {
        Some(self.opcodes?.into_trace())
    }

    /// The outermost frame of a transaction that was admitted, if the trace is whole.
    pub(crate) fn into_root(self) -> Option<Frame> {
        self.root.filter(|_| self.size <= LARGEST_TRACE)
    }

    /// Counts what is about to be kept; tells whether there is room for it.
    fn make_room(&mut self, bytes: usize) -> bool {
        self.size = self.size.saturating_add(bytes);
        self.size <= LARGEST_TRACE
    }

    pub(crate) fn open_call(&mut self, call: &Call, logs: &[Log]) {
        let kind = match call.scheme {
            Scheme::Call => FrameKind::Call,
            Scheme::CallCode => FrameKind::CallCode,
            Scheme::DelegateCall => FrameKind::DelegateCall,
            Scheme::StaticCall => FrameKind::StaticCall,
        };
        let from = match call.scheme {
            Scheme::DelegateCall => call.target,
            _ => call.caller,
        };
        let input = call.input.clone();
        self.open(
            frame(kind, from, call.code_address, call.value, call.gas, input),
            logs,
        );
    }

    pub(crate) fn open_creation(&mut self, create: &Create, logs: &[Log]) {
        let kind = match create.salt {
            None => FrameKind::Create,
            Some(_) => FrameKind::Create2,
        };
        let (to, input) = (Address::ZERO, create.init_code.clone());
        self.open(
            frame(kind, create.caller, to, create.value, create.gas, input),
            logs,
        );
    }

    /// Names the address of the creation that was opened last.
    pub(crate) fn name_creation(&mut self, address: Address) {
        if let Some(frame) = self.open.last_mut() {
            frame.to = address;
        }
    }

    fn open(&mut self, mut frame: Frame, logs: &[Log]) {
        self.take_logs(logs);
        self.refunds.truncate(self.open.len());
        if !self.is_observed && !self.make_room(size_of::<Frame>() + frame.input.len()) {
            frame.input = Bytes::new();
        }
        self.open.push(frame);
    }

    /// Closes the innermost frame. `logs` are those of the journal after its effects were kept or undone.
    pub(crate) fn close(&mut self, result: &FrameResult, logs: &[Log]) {
        self.take_logs(logs);
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        frame.gas_used = frame.gas.saturating_sub(result.gas_left);
        if self.is_observed || self.make_room(result.output.len()) {
            frame.output = result.output.clone();
        }
        frame.error = result.error.as_ref().map(|error| match error {
            FrameError::Revert => REVERTED.to_owned(),
            FrameError::Halt(reason) => reason.clone().into_owned(),
        });
        if frame.error.is_some() {
            forget_logs(&mut frame);
        }
        self.attach(frame);
    }

    pub(crate) fn self_destruct(&mut self, from: Address, to: Address, value: U256) {
        let kind = FrameKind::SelfDestruct;
        self.attach(frame(kind, from, to, value, 0, Bytes::new()));
    }

    fn attach(&mut self, frame: Frame) {
        if self.is_observed {
            self.closed = Some(frame);
            return;
        }
        let is_whole = self.size <= LARGEST_TRACE;
        match self.open.last_mut() {
            Some(parent) if is_whole => parent.calls.push(frame),
            Some(_) => {}
            None => self.root = Some(frame),
        }
    }

    /// Gives events that came since the last time to the innermost frame.
    fn take_logs(&mut self, logs: &[Log]) {
        if self.is_observed {
            return;
        }
        if let (Some(frame), Some(new)) = (self.open.last_mut(), logs.get(self.seen_logs..)) {
            let position = frame.calls.len();
            let new = new.iter().cloned();
            frame.logs.extend(new.map(|log| FrameLog { log, position }));
        }
        self.seen_logs = logs.len();
    }

    /// The innermost frame runs a program.
    pub(crate) fn start_program(&mut self, start_ink: u64, args_len: u32) {
        if let Some(frame) = self.open.last_mut() {
            frame.program = Some(ProgramTrace {
                start_ink,
                args_len,
                ..ProgramTrace::default()
            });
        }
    }

    pub(crate) fn end_program(&mut self, end_ink: u64, status: Option<u32>) {
        if let Some(program) = self.program() {
            program.end_ink = end_ink;
            program.status = status;
        }
    }

    fn program(&mut self) -> Option<&mut ProgramTrace> {
        self.open.last_mut()?.program.as_mut()
    }

    /// Number of calls that the innermost frame has made.
    pub(crate) fn calls(&self) -> usize {
        self.open.last().map_or(0, |frame| frame.calls.len())
    }

    /// Inputs and outputs of the host function that is running.
    pub(crate) fn note(&mut self, args: &[&[u8]], outs: &[&[u8]]) {
        self.noted = Some((args.concat(), outs.concat()));
    }

    /// Takes what was noted of a host function.
    pub(crate) fn take_note(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.noted.take()
    }

    /// Adds a host function that came to its end, with what was noted of it.
    pub(crate) fn add_host_call(
        &mut self,
        name: &'static str,
        (start_ink, end_ink): (u64, u64),
        calls_before: usize,
    ) {
        let Some((args, outs)) = self.take_note() else {
            return;
        };
        if !self.make_room(size_of::<HostCall>() + args.len() + outs.len()) {
            return;
        }
        let call = (self.calls() > calls_before).then_some(calls_before);
        if let Some(program) = self.program() {
            program.host_calls.push(HostCall {
                name,
                args,
                outs,
                start_ink,
                end_ink,
                call,
            });
        }
    }

    /// Forgets what was noted of a host function that trapped.
    pub(crate) fn drop_note(&mut self) {
        self.noted = None;
    }
}

fn frame(
    kind: FrameKind,
    from: Address,
    to: Address,
    value: U256,
    gas: u64,
    input: Bytes,
) -> Frame {
    Frame {
        kind,
        from,
        to,
        value,
        gas,
        gas_used: 0,
        input,
        output: Bytes::new(),
        error: None,
        logs: Vec::new(),
        calls: Vec::new(),
        program: None,
        transfers: None,
    }
}

fn forget_logs(frame: &mut Frame) {
    frame.logs.clear();
    frame.calls.iter_mut().for_each(forget_logs);
}
