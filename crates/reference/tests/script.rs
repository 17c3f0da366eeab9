//! What an entry point does one after the other, so that creation, activation and call of the same contract happen.

use wasm_encoder::{Function, Instruction};

use crate::dice::Dice;
use crate::host_functions::{
    ADDRESSES, ADDRESS_ENTRIES, CALLED, CALLERS, CALLS, CALL_BYTES, CALL_ENTRIES, CREATED, INITS,
    INIT_BYTES, INIT_ENTRIES, KEYS, VALUES,
};

/// Where a step keeps the length of what comes back, and the data itself.
const LENGTH: u32 = 0x3f00;
const RETURNED: u32 = 0x3e00;
const RETURNED_BYTES: u32 = 0x80;
/// More gas than there is.
const ALL: i64 = 1 << 40;

/// A call of a host function whose arguments are known.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Creates a contract from one of the init codes.
    Create {
        init: u32,
        value: u32,
        salt: Option<u32>,
        created: u32,
    },
    /// Calls the account that an entry of the calls is for.
    Ask {
        entry: u32,
        value: u32,
        caller: &'static str,
    },
    /// Calls an account without data.
    Call {
        account: u32,
        value: u32,
        caller: &'static str,
    },
    /// Reads what came back.
    Read,
}

/// Entry of the values that an activation needs; that of nothing is the first.
const ENOUGH: u32 = 5;
/// The calldata that activates what was created last.
const ACTIVATION: u32 = 0;

impl Step {
    /// Some steps, or none.
    pub fn script(dice: &mut Dice) -> Vec<Self> {
        match dice.below(6) {
            0 | 1 => vec![],
            2..=4 => (0..1 + dice.below(5)).map(|_| Self::any(dice)).collect(),
            _ => Self::life(dice),
        }
    }

    fn any(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0..=2 => Self::create(dice),
            3..=5 => Self::Ask {
                // The first four are activations and a program to cache.
                entry: match dice.one_in(3) {
                    true => dice.below(4) as u32,
                    false => dice.below(CALL_ENTRIES.into()) as u32,
                },
                value: dice.pick(&[0, 0, 3, ENOUGH]),
                caller: dice.pick(&CALLERS),
            },
            6 => Self::Call {
                account: dice.below(ADDRESS_ENTRIES.into()) as u32,
                value: dice.pick(&[0, 0, 3]),
                caller: dice.pick(&CALLERS),
            },
            _ => Self::Read,
        }
    }

    fn create(dice: &mut Dice) -> Self {
        Self::Create {
            init: dice.below(INIT_ENTRIES.into()) as u32,
            value: dice.pick(&[0, 0, 0, 3, 7]),
            salt: dice.one_in(2).then(|| dice.below(8) as u32),
            created: dice.pick(&CREATED),
        }
    }

    /// A program is created, activated and called, mostly.
    fn life(dice: &mut Dice) -> Vec<Self> {
        let activation = Self::Ask {
            entry: ACTIVATION,
            value: ENOUGH,
            caller: "call_contract",
        };
        // By the nonce the creator's first contract is known before; by the address that was written, any.
        let created = |created: u32| Self::Create {
            init: 0,
            value: 0,
            salt: None,
            created,
        };
        let call = Self::Call {
            account: 11,
            value: 0,
            caller: "call_contract",
        };
        let mut steps = vec![created(CREATED[1]), activation, call];
        for _ in 0..dice.below(3) {
            let at = dice.below(1 + steps.len() as u64) as usize;
            steps.insert(at, Self::any(dice));
        }
        if dice.one_in(2) {
            steps.push(call);
        }
        steps
    }

    /// The host function that it calls.
    pub fn import(&self) -> &'static str {
        match self {
            Self::Create { salt: None, .. } => "create1",
            Self::Create { .. } => "create2",
            Self::Ask { caller, .. } | Self::Call { caller, .. } => caller,
            Self::Read => "read_return_data",
        }
    }

    /// Writes the step down; it leaves a number.
    pub fn write(&self, function: &mut Function, lengths: &[usize], call: &Instruction) {
        let mut number = |number: u32| {
            function.instruction(&Instruction::I32Const(number as i32));
        };
        match *self {
            Self::Create {
                init,
                value,
                salt,
                created,
            } => {
                number(INITS + INIT_BYTES * init);
                number(INIT_BYTES);
                number(VALUES + 32 * value);
                if let Some(salt) = salt {
                    number(KEYS + 32 * salt);
                }
                number(created);
                number(LENGTH);
                function.instruction(call);
                // It gives nothing itself.
                function.instruction(&Instruction::I32Const(1));
                return;
            }
            Self::Ask {
                entry,
                value,
                caller,
            } => {
                number(CALLED + 32 * entry);
                number(CALLS + CALL_BYTES * entry);
                number(lengths[entry as usize] as u32);
                if caller == "call_contract" {
                    number(VALUES + 32 * value);
                }
            }
            Self::Call {
                account,
                value,
                caller,
            } => {
                for argument in [ADDRESSES + 32 * account, 0, 0] {
                    number(argument);
                }
                if caller == "call_contract" {
                    number(VALUES + 32 * value);
                }
            }
            Self::Read => {
                for argument in [RETURNED, 0, RETURNED_BYTES] {
                    number(argument);
                }
                function.instruction(call);
                return;
            }
        }
        function.instruction(&Instruction::I64Const(ALL));
        function.instruction(&Instruction::I32Const(LENGTH as i32));
        function.instruction(call);
    }
}
