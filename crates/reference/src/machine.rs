//! Transactions and calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::cost::entry;
use crate::frame::{Frame, Stop, INK_PRICE};
use crate::interpret::Run;
use crate::pages::Pages;
use crate::program::Program;
use crate::world::{Address, EvmCode, Log, Word, World};

/// What a run met that is not modelled here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled(pub String);

/// What a block says about itself.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Of the chain.
    pub chain_id: u64,
    /// Number of the L1 block.
    pub number: u64,
    /// Unix seconds.
    pub timestamp: u64,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Wei per gas, which is also what transactions pay.
    pub base_fee: u64,
    /// Who mines.
    pub coinbase: Address,
}

/// A call of an account by somebody who signs.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Who.
    pub from: Address,
    /// Whom.
    pub to: Address,
    /// Wei.
    pub value: u128,
    /// Calldata.
    pub data: Vec<u8>,
    /// Gas limit.
    pub gas: u64,
}

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
}

/// What a transaction came to.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// How it ended.
    pub kind: Kind,
    /// Return or revert data.
    pub output: Vec<u8>,
    /// Gas after refunds, with the intrinsic cost.
    pub gas_used: u64,
    /// Gas of entering the program.
    pub entry_gas: u64,
    /// Ink of the program with what it called.
    pub ink_used: u64,
    /// Events.
    pub logs: Vec<Log>,
    /// Programs that were run, calls among them included.
    pub frames: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    Call,
    Delegate,
    Static,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub kind: CallKind,
    pub caller: Address,
    /// Whose storage is used.
    pub acting: Address,
    /// Whose code runs.
    pub code: Address,
    pub value: u128,
    pub data: Vec<u8>,
    pub gas: u64,
    pub is_static: bool,
    pub depth: u64,
}

pub(crate) struct Done {
    pub success: bool,
    pub gas_left: u64,
    pub output: Vec<u8>,
}

/// A chain with programs, for one transaction.
pub struct Machine<'p> {
    /// All accounts.
    pub world: World,
    pub(crate) environment: Environment,
    pub(crate) origin: Address,
    pub(crate) pages: Pages,
    programs: BTreeMap<Address, &'p Program<'p>>,
    callees: BTreeMap<Address, EvmCode>,
    before: World,
    recent: BTreeSet<Vec<u8>>,
    entered: BTreeMap<Address, u64>,
    frames: usize,
    last: Option<Ended>,
}

/// What the outermost frame leaves to say.
struct Ended {
    kind: Kind,
    entry_gas: u64,
    ink_used: u64,
}

const DEPTH: u64 = 1_024;
const STACK: u32 = 22_000;

impl<'p> Machine<'p> {
    /// A chain on which the programs are active.
    pub fn new(
        mut world: World,
        environment: Environment,
        programs: &[(Address, &'p Program<'p>)],
        callees: &[(Address, EvmCode)],
    ) -> Self {
        for (address, code) in callees {
            world.accounts.entry(*address).or_default().code = code.bytes();
        }
        Self {
            before: world.clone(),
            world,
            environment,
            origin: [0; 20],
            pages: Pages::default(),
            programs: programs.iter().copied().collect(),
            callees: callees.iter().copied().collect(),
            recent: BTreeSet::new(),
            entered: BTreeMap::new(),
            frames: 0,
            last: None,
        }
    }

    /// Executes a transaction, the first of its block.
    ///
    /// # Errors
    /// What it met that is not modelled.
    pub fn transact(mut self, tx: &Transaction) -> Result<(Receipt, World), Unmodelled> {
        self.origin = tx.from;
        let sender = self.world.accounts.entry(tx.from).or_default();
        sender.balance -= u128::from(tx.gas) * u128::from(self.environment.base_fee);
        sender.nonce += 1;
        for address in [tx.from, tx.to, self.environment.coinbase] {
            self.world.warm.insert(address);
        }
        for precompile in PRECOMPILES {
            self.world.warm.insert(low(precompile));
        }
        let zeros = tx.data.iter().filter(|byte| **byte == 0).count() as u64;
        let intrinsic = 21_000 + 4 * zeros + 16 * (tx.data.len() as u64 - zeros);
        let done = self.call(Message {
            kind: CallKind::Call,
            caller: tx.from,
            acting: tx.to,
            code: tx.to,
            value: tx.value,
            data: tx.data.clone(),
            gas: tx.gas - intrinsic,
            is_static: false,
            depth: 0,
        });
        let done = done.map_err(|stop| match stop {
            Stop::Unmodelled(what) => what,
            other => unreachable!("{other:?} ends a frame"),
        })?;
        let used = tx.gas - done.gas_left;
        let refund = u64::try_from(self.world.refund).unwrap_or(0).min(used / 5);
        let ended = self.last.expect("a program ran");
        let receipt = Receipt {
            kind: ended.kind,
            output: done.output,
            gas_used: used - refund,
            entry_gas: ended.entry_gas,
            ink_used: ended.ink_used,
            logs: self.world.logs.clone(),
            frames: self.frames,
        };
        Ok((receipt, self.world))
    }

    pub(crate) fn original(&self, address: &Address, key: &Word) -> Word {
        self.before.slot(address, key)
    }

    /// Executes a call. The error is only ever what is not modelled.
    pub(crate) fn call(&mut self, message: Message) -> Result<Done, Stop> {
        let returned = |gas_left| Done {
            success: false,
            gas_left,
            output: vec![],
        };
        if message.depth > DEPTH {
            return Ok(returned(message.gas));
        }
        let before = self.world.clone();
        if message.kind == CallKind::Call
            && !self
                .world
                .transfer(&message.caller, &message.acting, message.value)
        {
            self.world = before;
            return Ok(returned(message.gas));
        }
        let done = self.dispatch(message)?;
        if !done.success {
            self.world = before;
        }
        Ok(done)
    }

    fn dispatch(&mut self, message: Message) -> Result<Done, Stop> {
        if let Some(program) = self.programs.get(&message.code).copied() {
            return self.enter(program, message);
        }
        if let Some(callee) = self.callees.get(&message.code).copied() {
            return Ok(evm(callee, message.gas));
        }
        if !self.world.account(&message.code).code.is_empty() || is_precompile(&message.code) {
            return Err(Stop::Unmodelled(Unmodelled(
                "a call of unknown code".to_owned(),
            )));
        }
        Ok(Done {
            success: true,
            gas_left: message.gas,
            output: vec![],
        })
    }

    fn enter(&mut self, program: &'p Program<'p>, message: Message) -> Result<Done, Stop> {
        let open = self.pages.open;
        let counts = message.kind != CallKind::Delegate;
        if counts {
            *self.entered.entry(message.acting).or_default() += 1;
        }
        let acting = message.acting;
        let done = self.run(program, message);
        if counts {
            *self.entered.get_mut(&acting).expect("entered") -= 1;
        }
        self.pages.open = open;
        done
    }

    fn run(&mut self, program: &'p Program<'p>, message: Message) -> Result<Done, Stop> {
        self.frames += 1;
        let gas = message.gas;
        let top = message.depth == 0;
        let code = self.world.account(&message.code).code;
        let recent = !self.recent.insert(code);
        let footprint = program.estimates.footprint;
        let entry_gas =
            (self.pages.cost(footprint)).saturating_add(entry(&program.estimates, recent));
        let Some(rest) = gas.checked_sub(entry_gas) else {
            if top {
                self.last = Some(Ended {
                    kind: Kind::OutOfGas,
                    entry_gas,
                    ink_used: 0,
                });
            }
            return Ok(Done {
                success: false,
                gas_left: 0,
                output: vec![],
            });
        };
        self.pages.open(footprint);
        let ink = rest.saturating_mul(INK_PRICE);
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
                ink,
                memory,
                globals: program.globals.clone(),
                stack_left: STACK,
                output: vec![],
                returned: vec![],
                slots: BTreeMap::new(),
                reads: 0,
                writes: 0,
                coded: None,
            },
            machine: self,
        };
        let ended = run.invoke(program.entrypoint, vec![length]);
        let frame = run.frame;
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
        let ink_used = ink - frame.ink;
        let (kind, done) = leave(kind, gas, frame);
        if top {
            self.last = Some(Ended {
                kind,
                entry_gas,
                ink_used,
            });
        }
        Ok(done)
    }
}

/// What a frame hands back; return data costs at least what it would cost an EVM contract.
fn leave(kind: Kind, gas: u64, frame: Frame) -> (Kind, Done) {
    let (mut kind, mut gas_left, mut output) = (kind, frame.gas_left(), frame.output);
    match kind {
        Kind::Success | Kind::Revert => {
            let words = (output.len() as u64).div_ceil(32);
            let cost = 3 * words + words * words / 512;
            match gas.checked_sub(cost) {
                Some(most) => gas_left = gas_left.min(most),
                None => kind = Kind::OutOfGas,
            }
        }
        Kind::Failure => output.clear(),
        Kind::OutOfGas | Kind::OutOfStack => {}
    }
    if matches!(kind, Kind::OutOfGas | Kind::OutOfStack) {
        gas_left = 0;
        output.clear();
    }
    (
        kind,
        Done {
            success: kind == Kind::Success,
            gas_left,
            output,
        },
    )
}

fn evm(callee: EvmCode, gas: u64) -> Done {
    let failed = Done {
        success: false,
        gas_left: 0,
        output: vec![],
    };
    let Some(gas_left) = gas.checked_sub(callee.gas()) else {
        return failed;
    };
    match callee {
        EvmCode::Stop => Done {
            success: true,
            gas_left,
            output: vec![],
        },
        EvmCode::Return(length) => Done {
            success: true,
            gas_left,
            output: vec![0; length.into()],
        },
        EvmCode::Revert(length) => Done {
            success: false,
            gas_left,
            output: vec![0; length.into()],
        },
        EvmCode::Invalid => failed,
    }
}

fn low(number: u16) -> Address {
    let mut address = [0; 20];
    address[18..].copy_from_slice(&number.to_be_bytes());
    address
}

/// Addresses that are warm from the start: Ethereum's precompiles and Arbitrum's.
const PRECOMPILES: [u16; 34] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x100,
];

fn is_precompile(address: &Address) -> bool {
    address[..18] == [0; 18] && address[18..] != [0; 2]
}
