//! A program from its entry cost to what it hands back.

use crate::cost::entry;
use crate::frame::{Frame, Stop, INK_PRICE};
use crate::interpret::Run;
use crate::machine::{Done, Machine, Message};
use crate::program::Program;
use crate::record::Record;
use crate::world::Code;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With status zero.
    Success,
    /// With another status.
    Revert,
    /// By a trap or a mistake in a call of a host function; the rest of the gas is kept.
    Failure,
    /// Out of ink, or of gas on entry or for its return data.
    OutOfGas,
    /// Out of words of stack.
    OutOfStack,
    /// Before it began: it is not activated, or its activation has expired.
    Unusable,
}

/// What there is to say of the program that a transaction called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramEnd {
    /// How it ended.
    pub kind: Kind,
    /// Gas of entering it.
    pub entry_gas: u64,
    /// Ink of it with what it called.
    pub ink_used: u64,
}

/// Words of stack that each frame has.
const STACK: u32 = 22_000;

/// Whether code is what may be activated and run as a program.
pub(crate) fn is_program(code: &[u8]) -> bool {
    code.len() > 3 && (code.starts_with(&[0xef, 0xf0, 0]) || code.starts_with(&[0xef, 0xf0, 2]))
}

impl<'p> Machine<'p> {
    /// Runs a program if it is active.
    pub(crate) fn enter(&mut self, code: &Code, message: Message) -> Result<Done, Stop> {
        let top = message.depth == 0;
        let hash = code.hash();
        let record = self.world.records.get(&hash).copied();
        let usable = record.filter(|record| !record.is_expired(self.environment.timestamp));
        let Some(record) = usable else {
            if top {
                self.program_end = Some(ProgramEnd {
                    kind: Kind::Unusable,
                    entry_gas: 0,
                    ink_used: 0,
                });
            }
            return Ok(Done::halt(0));
        };
        let program = self.programs[&hash];
        let recent = !self.recent.insert(hash);
        let (end, done) = self.pay_and_run(program, &record, recent, message)?;
        if top {
            self.program_end = Some(end);
        }
        Ok(done)
    }

    fn pay_and_run(
        &mut self,
        program: &'p Program<'p>,
        record: &Record,
        recent: bool,
        message: Message,
    ) -> Result<(ProgramEnd, Done), Stop> {
        self.frames += 1;
        let (gas, estimates) = (message.gas, &record.estimates);
        let cost = entry(estimates, recent || record.cached);
        let entry_gas = (self.pages.cost(estimates.footprint)).saturating_add(cost);
        let Some(rest) = gas.checked_sub(entry_gas) else {
            let end = ProgramEnd {
                kind: Kind::OutOfGas,
                entry_gas,
                ink_used: 0,
            };
            return Ok((end, Done::halt(0)));
        };
        let open = self.pages.open;
        self.pages.open(estimates.footprint);
        let ran = self.run(program, message, rest);
        self.pages.open = open;
        let (kind, frame) = ran?;
        let ink_used = rest.saturating_mul(INK_PRICE) - frame.ink;
        let (kind, done) = leave(kind, gas, frame);
        let end = ProgramEnd {
            kind,
            entry_gas,
            ink_used,
        };
        Ok((end, done))
    }

    fn run(
        &mut self,
        program: &'p Program<'p>,
        message: Message,
        gas: u64,
    ) -> Result<(Kind, Frame), Stop> {
        let mut memory = vec![0; program.pages as usize * 65_536];
        for (at, bytes) in &program.data {
            memory[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        let length = message.data.len() as u64;
        let mut run = Run {
            program,
            frame: Frame {
                reentrant: self
                    .entered
                    .get(&message.acting)
                    .is_some_and(|count| *count > 1),
                message,
                ink: gas.saturating_mul(INK_PRICE),
                memory,
                globals: program.globals.clone(),
                stack_left: STACK,
                output: vec![],
                returned: vec![],
                slots: Default::default(),
                reads: 0,
                writes: 0,
                coded: None,
            },
            machine: self,
        };
        let ended = run.invoke(program.entrypoint, vec![length]);
        let kind = match ended {
            Ok(results) if results[0] == 0 => Kind::Success,
            Ok(_) => Kind::Revert,
            Err(Stop::Exit(0)) => Kind::Success,
            Err(Stop::Exit(_)) => Kind::Revert,
            Err(Stop::Failure) => Kind::Failure,
            Err(Stop::OutOfInk) => Kind::OutOfGas,
            Err(Stop::OutOfStack) => Kind::OutOfStack,
            Err(Stop::Unmodelled(what)) => return Err(Stop::Unmodelled(what)),
        };
        Ok((kind, run.frame))
    }
}

/// What a frame hands back; return data costs at least what it would cost an EVM contract.
fn leave(kind: Kind, gas: u64, frame: Frame) -> (Kind, Done) {
    let (mut kind, mut gas_left, output) = (kind, frame.gas_left(), frame.output);
    if matches!(kind, Kind::Success | Kind::Revert) {
        let words = (output.len() as u64).div_ceil(32);
        match gas.checked_sub(3 * words + words * words / 512) {
            Some(most) => gas_left = gas_left.min(most),
            None => kind = Kind::OutOfGas,
        }
    }
    let done = match kind {
        Kind::Success => Done::success(gas_left, output),
        Kind::Revert => Done::revert(gas_left, output),
        Kind::Failure => Done::revert(gas_left, vec![]),
        Kind::OutOfGas | Kind::OutOfStack | Kind::Unusable => Done::halt(0),
    };
    (kind, done)
}
