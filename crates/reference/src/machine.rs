//! Transactions, and what a call runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::low;
use crate::create::Creation;
use crate::enter::{is_program, ProgramEnd};
use crate::frame::Stop;
use crate::library::Library;
use crate::pages::Pages;
use crate::program::Program;
use crate::record::{hours, Record};
use crate::world::{Address, Log, Word, World};

/// What a run met that is not modelled here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled(pub String);

/// What a block says about itself, and what the chain was set up with.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Of the chain.
    pub chain_id: u64,
    /// Number of the L1 block.
    pub number: u64,
    /// Number of the block itself.
    pub l2_number: u64,
    /// Unix seconds.
    pub timestamp: u64,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Wei per gas, which is also what transactions pay.
    pub base_fee: u64,
    /// Who mines.
    pub coinbase: Address,
    /// Who receives fees.
    pub fee_account: Address,
    /// Who may cache programs.
    pub cache_managers: Vec<Address>,
}

/// A call or a creation by somebody who signs.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Who.
    pub from: Address,
    /// Whom; nobody creates a contract.
    pub to: Option<Address>,
    /// Wei.
    pub value: u128,
    /// Calldata or init code.
    pub data: Vec<u8>,
    /// Gas limit.
    pub gas: u64,
    /// Accounts that are paid for to be warm.
    pub warm: Vec<Address>,
}

impl Transaction {
    /// Gas that is taken before anything runs.
    pub fn intrinsic_gas(&self) -> u64 {
        let zeros = self.data.iter().filter(|byte| **byte == 0).count() as u64;
        let length = self.data.len() as u64;
        let creation = match self.to {
            Some(_) => 0,
            None => 32_000 + 2 * length.div_ceil(32),
        };
        21_000 + 4 * zeros + 16 * (length - zeros) + creation + 2_400 * self.warm.len() as u64
    }
}

/// What a transaction came to.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Whether its effects hold.
    pub success: bool,
    /// Return or revert data, or the code of a contract that was created.
    pub output: Vec<u8>,
    /// Gas after refunds, with the intrinsic cost.
    pub gas_used: u64,
    /// Events, none unless successful.
    pub logs: Vec<Log>,
    /// Programs that were run, calls among them included.
    pub frames: usize,
    /// How the program ended that was called, if it was one.
    pub program: Option<ProgramEnd>,
    /// The contract that was created.
    pub created: Option<Address>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    /// On its own request; its data is there.
    Revert,
    /// By the chain.
    Halt,
}

#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub end: End,
    pub gas_left: u64,
    pub output: Vec<u8>,
}

impl Done {
    pub fn success(gas_left: u64, output: Vec<u8>) -> Self {
        Self {
            end: End::Success,
            gas_left,
            output,
        }
    }

    pub fn revert(gas_left: u64, output: Vec<u8>) -> Self {
        Self {
            end: End::Revert,
            gas_left,
            output,
        }
    }

    /// Ended by the chain with so much gas left, none unless nothing ran.
    pub fn halt(gas_left: u64) -> Self {
        Self {
            end: End::Halt,
            gas_left,
            output: vec![],
        }
    }

    pub fn is_success(&self) -> bool {
        self.end == End::Success
    }
}

/// A chain with programs.
#[derive(Clone)]
pub struct Machine<'p> {
    /// All accounts.
    pub world: World,
    /// How often things were done that few programs do.
    pub tally: BTreeMap<&'static str, u64>,
    pub(crate) environment: Environment,
    pub(crate) library: &'p Library<'p>,
    /// Programs that were activated at some time, by the hash of their code.
    pub(crate) programs: BTreeMap<Word, &'p Program<'p>>,
    /// Programs that were called in this block.
    pub(crate) recent: BTreeSet<Word>,
    pub(crate) origin: Address,
    pub(crate) pages: Pages,
    /// Calls that an account is in.
    pub(crate) entered: BTreeMap<Address, u64>,
    /// Callers of the frames that run, outermost first.
    pub(crate) callers: Vec<Address>,
    pub(crate) frames: usize,
    pub(crate) program_end: Option<ProgramEnd>,
    before: World,
}

/// Deepest frame, the outermost being none deep.
pub(crate) const DEPTH: u64 = 1_024;

impl<'p> Machine<'p> {
    /// A chain whose code unpacks to what the library says.
    pub fn new(mut world: World, environment: Environment, library: &'p Library<'p>) -> Self {
        for contract in ARBITRUM {
            world.accounts.entry(low(contract)).or_default().code = vec![0xfe].into();
        }
        Self {
            before: World::default(),
            tally: BTreeMap::new(),
            world,
            environment,
            library,
            programs: BTreeMap::new(),
            recent: BTreeSet::new(),
            origin: [0; 20],
            pages: Pages::default(),
            entered: BTreeMap::new(),
            callers: vec![],
            frames: 0,
            program_end: None,
        }
    }

    /// Makes an account's program active, without a transaction.
    pub fn install(&mut self, address: Address, program: &'p Program<'p>) {
        let hash = self.world.code(&address).hash();
        let record = Record {
            estimates: program.estimates,
            hours: hours(self.environment.timestamp),
            cached: false,
        };
        self.world.records.insert(hash, record);
        self.programs.insert(hash, program);
    }

    /// Opens a block.
    pub fn open_block(&mut self, number: u64, timestamp: u64, l1_number: u64) {
        self.environment.l2_number = number;
        self.environment.timestamp = timestamp;
        self.environment.number = l1_number;
        self.recent.clear();
    }

    /// Executes a transaction in the block that is open.
    ///
    /// # Errors
    /// What it met that is not modelled; then the machine is of no more use.
    pub fn transact(&mut self, tx: &Transaction) -> Result<Receipt, Unmodelled> {
        let price = u128::from(self.environment.base_fee);
        let fee = u128::from(tx.gas) * price;
        self.world.accounts.entry(tx.from).or_default().balance -= fee;
        let receipt = self.execute(tx)?;
        let used = u128::from(receipt.gas_used) * price;
        let accounts = &mut self.world.accounts;
        accounts.entry(tx.from).or_default().balance += fee - used;
        let account = self.environment.fee_account;
        accounts.entry(account).or_default().balance += used;
        self.world.settle();
        Ok(receipt)
    }

    /// What a transaction would come to whose gas is free.
    ///
    /// # Errors
    /// What it met that is not modelled.
    pub fn simulate(&self, tx: &Transaction) -> Result<Receipt, Unmodelled> {
        self.clone().execute(tx)
    }

    fn execute(&mut self, tx: &Transaction) -> Result<Receipt, Unmodelled> {
        self.origin = tx.from;
        self.pages = Pages::default();
        (self.frames, self.program_end) = (0, None);
        self.world.settle();
        self.world.warm.extend([tx.from, self.environment.coinbase]);
        self.world.warm.extend(tx.to);
        self.world.warm.extend(&tx.warm);
        let precompiles = ETHEREUM.into_iter().chain(ARBITRUM).map(low);
        self.world.warm.extend(precompiles);
        self.before = self.world.clone();
        let gas = tx.gas - tx.intrinsic_gas();
        let ran = match tx.to {
            Some(to) => self.call_from_outside(tx, to, gas),
            None => self.create(Creation {
                caller: tx.from,
                value: tx.value,
                init_code: tx.data.clone(),
                salt: None,
                gas,
                depth: 0,
            }),
        };
        let (created, done) = ran.map_err(|stop| match stop {
            Stop::Unmodelled(what) => what,
            other => unreachable!("{other:?} ends a frame"),
        })?;
        self.world.bury();
        let used = tx.gas - done.gas_left;
        let refund = u64::try_from(self.world.refund).unwrap_or(0).min(used / 5);
        let success = done.is_success();
        Ok(Receipt {
            success,
            output: done.output,
            gas_used: used - refund,
            logs: if success {
                self.world.logs.clone()
            } else {
                vec![]
            },
            frames: self.frames,
            program: self.program_end,
            created,
        })
    }

    fn call_from_outside(
        &mut self,
        tx: &Transaction,
        to: Address,
        gas: u64,
    ) -> Result<(Option<Address>, Done), Stop> {
        self.world.accounts.entry(tx.from).or_default().nonce += 1;
        let done = self.call(Message {
            kind: CallKind::Call,
            caller: tx.from,
            acting: to,
            code: to,
            value: tx.value,
            data: tx.data.clone(),
            gas,
            is_static: false,
            depth: 0,
        })?;
        Ok((None, done))
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// What a slot held when the transaction began.
    pub(crate) fn original(&self, address: &Address, key: &Word) -> Word {
        self.before.slot(address, key)
    }

    /// Executes a call. The error is only ever what is not modelled.
    pub(crate) fn call(&mut self, message: Message) -> Result<Done, Stop> {
        if message.depth > DEPTH {
            return Ok(Done::halt(message.gas));
        }
        let before = self.world.clone();
        if message.kind == CallKind::Call
            && !self
                .world
                .transfer(&message.caller, &message.acting, message.value)
        {
            self.world = before;
            return Ok(Done::halt(message.gas));
        }
        let done = self.dispatch(message)?;
        if !done.is_success() {
            self.world = before;
        }
        Ok(done)
    }

    fn dispatch(&mut self, message: Message) -> Result<Done, Stop> {
        if let Some(done) = self.precompile(&message) {
            return done;
        }
        let code = self.world.code(&message.code);
        if code.is_empty() {
            return Ok(Done::success(message.gas, vec![]));
        }
        let counted = (message.kind != CallKind::Delegate).then_some(message.acting);
        self.open(counted, message.caller);
        let done = if is_program(&code) {
            self.enter(&code, message)
        } else {
            self.interpret(&code, message)
        };
        self.close(counted);
        done
    }

    /// Counts a frame of an account whose code runs.
    pub(crate) fn open(&mut self, counted: Option<Address>, caller: Address) {
        self.callers.push(caller);
        if let Some(acting) = counted {
            *self.entered.entry(acting).or_default() += 1;
        }
    }

    pub(crate) fn close(&mut self, counted: Option<Address>) {
        self.callers.pop();
        if let Some(acting) = counted {
            *self.entered.get_mut(&acting).expect("entered") -= 1;
        }
    }
}

/// Ethereum's precompiles, which are warm from the start.
pub(crate) const ETHEREUM: [u16; 18] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x100,
];

/// Arbitrum's, which are too, and hold a byte of code.
pub(crate) const ARBITRUM: [u16; 16] = [
    0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74,
];
