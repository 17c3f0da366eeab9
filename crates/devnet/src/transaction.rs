//! What goes into the chain and what comes out.

use alloy_primitives::{Address, Bytes, Log, B256, U256};

/// A message to execute, from an account that needs no signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Sender; pays for gas and value.
    pub from: Address,
    /// Recipient, or `None` to create a contract from `input`.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Calldata, or init code of a creation.
    pub input: Bytes,
    /// Gas limit; 32,000,000 when not given.
    pub gas: Option<u64>,
    /// Wei per gas that the transaction offers, which programs see; the base fee when not given. The base fee is what is
    /// paid in any case, because Arbitrum drops tips, and what `GASPRICE` gives. A call without a price is free: contracts
    /// see zero for base fee and price.
    pub gas_price: Option<u128>,
    /// Accounts and slots that are warm from the start and paid for as such (EIP-2930).
    pub access_list: Vec<(Address, Vec<B256>)>,
    /// What accounts let run as their code from this transaction on (EIP-7702).
    pub authorizations: Vec<Authorization>,
    /// Its encoding with the signature, by which L1 data is measured where that has a price. Without it the transaction pays for
    /// one like it, and a little more.
    pub encoding: Option<Bytes>,
}

/// An account's permission to run another account's code as its own (EIP-7702), whose signature was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Who signed it; `None` if nobody can have. Then it has no effect.
    pub authority: Option<Address>,
    /// Account whose code is to run; zero ends the delegation.
    pub address: Address,
    /// Chain for which it is good; zero for any.
    pub chain_id: U256,
    /// Nonce of the authority for which it is good.
    pub nonce: u64,
}

const TRANSACTION_GAS: u64 = 21_000;
const CREATION_GAS: u64 = 32_000;
const INIT_CODE_WORD_GAS: u64 = 2;
const ZERO_BYTE_GAS: u64 = 4;
const NON_ZERO_BYTE_GAS: u64 = 16;
/// Gas that a transaction pays at least for each token of its data: a zero byte is one, another byte four.
const FLOOR_TOKEN_GAS: u64 = 10;
const LISTED_ADDRESS_GAS: u64 = 2_400;
const LISTED_SLOT_GAS: u64 = 1_900;
const AUTHORIZATION_GAS: u64 = 25_000;

impl Transaction {
    /// Gas limit of a transaction that does not name one.
    pub const DEFAULT_GAS: u64 = 32_000_000;

    /// A call without value.
    pub fn call(from: Address, to: Address, input: impl Into<Bytes>) -> Self {
        Self {
            from,
            to: Some(to),
            input: input.into(),
            ..Self::default()
        }
    }

    /// A plain transfer of `value` wei.
    pub fn transfer(from: Address, to: Address, value: U256) -> Self {
        Self {
            from,
            to: Some(to),
            value,
            ..Self::default()
        }
    }

    /// Creation of a contract from `init_code`.
    pub fn create(from: Address, init_code: impl Into<Bytes>) -> Self {
        Self {
            from,
            input: init_code.into(),
            ..Self::default()
        }
    }

    /// The same transaction carrying `value` wei.
    pub fn with_value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    /// The same transaction with a gas limit.
    pub fn with_gas(self, gas: u64) -> Self {
        Self {
            gas: Some(gas),
            ..self
        }
    }

    /// The same transaction with an access list.
    pub fn with_access_list(self, access_list: Vec<(Address, Vec<B256>)>) -> Self {
        Self {
            access_list,
            ..self
        }
    }

    /// Gas charged before anything runs: for the transaction, its data, a creation (EIP-3860), the access list and authorizations.
    pub fn intrinsic_gas(&self) -> u64 {
        let zeros = self.input.iter().filter(|byte| **byte == 0).count() as u64;
        let length = self.input.len() as u64;
        let data = zeros * ZERO_BYTE_GAS + (length - zeros) * NON_ZERO_BYTE_GAS;
        let creation = match self.to {
            Some(_) => 0,
            None => CREATION_GAS + INIT_CODE_WORD_GAS * length.div_ceil(32),
        };
        let slots = self.access_list.iter().map(|(_, slots)| slots.len() as u64);
        let listed = self.access_list.len() as u64 * LISTED_ADDRESS_GAS
            + slots.sum::<u64>() * LISTED_SLOT_GAS;
        let authorized = self.authorizations.len() as u64 * AUTHORIZATION_GAS;
        TRANSACTION_GAS + data + creation + listed + authorized
    }

    /// Gas that the transaction pays at least on chains whose owner increased the price of calldata (EIP-7623).
    pub fn floor_gas(&self) -> u64 {
        let zeros = self.input.iter().filter(|byte| **byte == 0).count() as u64;
        let tokens = zeros + 4 * (self.input.len() as u64 - zeros);
        TRANSACTION_GAS + FLOOR_TOKEN_GAS * tokens
    }

    /// Gas limit that applies.
    pub fn gas_limit(&self) -> u64 {
        self.gas.unwrap_or(Self::DEFAULT_GAS)
    }
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// All effects hold.
    Success,
    /// Undone by the program; [`Outcome::output`] carries its reason and unused gas is returned.
    Revert,
    /// Undone by the chain for the reason given, in the words a node uses.
    Halt(String),
}

/// Result of a transaction or call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Return data, revert data, or the deployed code of a creation.
    pub output: Bytes,
    /// Gas paid for, after refunds, with the intrinsic cost.
    pub gas_used: u64,
    /// The same before refunds: what the gas limit had to cover.
    pub most_gas_used: u64,
    /// The part of the gas used which was paid for L1 data.
    pub gas_used_for_l1: u64,
    /// Events, in order; empty unless successful.
    pub logs: Vec<Log>,
    /// Address of the contract that a successful creation made.
    pub created: Option<Address>,
    /// One entry per Stylus frame, in the order in which they were entered.
    pub frames: Vec<FrameReport>,
    /// What programs said for their developer to read, whether or not it succeeded; on debug chains only. At most a
    /// mebibyte of it.
    pub said: Vec<Said>,
}

/// What a program said with a host function of the `console` module, or a Solidity contract through `console.log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Acting account.
    pub program: Address,
    /// The text, or a number in decimal digits.
    pub text: String,
}

impl Said {
    /// Bytes that it takes up.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }
}

impl Outcome {
    /// Whether the transaction took effect.
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }
}

/// A block as it was mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinedBlock {
    /// Number of the L2 block.
    pub number: u64,
    /// Timestamp in Unix seconds.
    pub timestamp: u64,
    /// Number of the L1 block that its transactions saw.
    pub l1_number: u64,
    /// Base fee in wei per gas.
    pub base_fee: u64,
    /// Root of the state before the block.
    pub parent_state_root: B256,
    /// Number of messages to L1 sent up to the block's end, and the root of their tree.
    pub messages_to_l1: (u64, B256),
    /// Root of the state after the block.
    pub state_root: B256,
    /// Transactions in order, without those that were not admitted.
    pub transactions: Vec<MinedTransaction>,
}

/// A transaction as it was mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinedTransaction {
    /// What was executed.
    pub transaction: Transaction,
    /// Nonce that the sender had before.
    pub nonce: u64,
    /// What it came to.
    pub outcome: Outcome,
}

/// What one Stylus frame used. 10,000 ink are one gas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameReport {
    /// Acting account: the one whose storage the frame used.
    pub address: Address,
    /// Account whose code ran; differs from `address` in delegate calls.
    pub code_address: Address,
    /// Call depth, 0 for the frame that the transaction opened.
    pub depth: usize,
    /// Gas the frame was given.
    pub gas_limit: u64,
    /// Gas charged for entering: initialisation and memory pages.
    pub entry_gas: u64,
    /// Ink burnt by this program's own frame: instructions and host functions, without gas spent in sub-calls.
    pub ink_used: u64,
    /// Ink burnt including sub-calls and creations.
    pub ink_total: u64,
    /// Whether the frame succeeded.
    pub success: bool,
    /// Why the frame trapped, where the chain itself reports no more than a revert without data.
    pub failure: Option<String>,
}
