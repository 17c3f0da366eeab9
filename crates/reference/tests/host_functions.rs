//! Host functions that generated programs call, and what each of their arguments is.

use crate::dice::Dice;

/// What an argument is for. Memory at [`ADDRESSES`], [`VALUES`] and [`KEYS`] holds what is worth naming.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    Address,
    Value,
    Key,
    /// Anywhere in memory.
    Pointer,
    Length,
    /// A small number.
    Small,
    /// Init code, and how much of it.
    Init,
    InitLength,
    /// Where the address of a contract goes that is created.
    Created,
    Gas,
    /// Whatever the program says.
    Any,
}

pub const ADDRESSES: u32 = 0x1000;
pub const VALUES: u32 = 0x1200;
pub const KEYS: u32 = 0x1300;
/// Entries of these tables, a word apart.
pub const ADDRESS_ENTRIES: u32 = 16;
const ENTRIES: u32 = 8;
/// Calldata that means something to the account whose address stands in another table, and how far apart entries are.
pub const CALLS: u32 = 0x1400;
pub const CALL_BYTES: u32 = 128;
pub const CALLED: u32 = 0x1c00;
pub const CALL_ENTRIES: u32 = 16;
/// Init code of contracts, and how far apart they are.
pub const INITS: u32 = 0x4000;
pub const INIT_BYTES: u32 = 4_096;
pub const INIT_ENTRIES: u32 = 4;
/// Where the address of what was created last stands: the last of all, or the argument of the first calldata.
pub const CREATED: [u32; 2] = [ADDRESSES + 32 * (ADDRESS_ENTRIES - 1), CALLS + 4 + 12];

use Argument::*;

/// Name, arguments, and result as `i`, `l` or nothing.
pub const HOST_FUNCTIONS: &[(&str, &[Argument], &str)] = &[
    ("read_args", &[Pointer], ""),
    ("write_result", &[Pointer, Length], ""),
    ("exit_early", &[Any], ""),
    ("storage_load_bytes32", &[Key, Pointer], ""),
    ("storage_load_bytes32", &[Key, Pointer], ""),
    ("storage_cache_bytes32", &[Key, Key], ""),
    ("storage_cache_bytes32", &[Key, Key], ""),
    ("storage_flush_cache", &[Small], ""),
    ("transient_load_bytes32", &[Key, Pointer], ""),
    ("transient_store_bytes32", &[Key, Key], ""),
    (
        "call_contract",
        &[Address, Pointer, Length, Value, Gas, Pointer],
        "i",
    ),
    (
        "delegate_call_contract",
        &[Address, Pointer, Length, Gas, Pointer],
        "i",
    ),
    (
        "static_call_contract",
        &[Address, Pointer, Length, Gas, Pointer],
        "i",
    ),
    ("create1", &[Init, InitLength, Value, Created, Pointer], ""),
    (
        "create2",
        &[Init, InitLength, Value, Key, Created, Pointer],
        "",
    ),
    ("read_return_data", &[Pointer, Small, Length], "i"),
    ("return_data_size", &[], "i"),
    ("emit_log", &[Pointer, Length, Small], ""),
    ("account_balance", &[Address, Pointer], ""),
    ("account_code", &[Address, Small, Length, Pointer], "i"),
    ("account_code_size", &[Address], "i"),
    ("account_codehash", &[Address, Pointer], ""),
    ("block_basefee", &[Pointer], ""),
    ("block_coinbase", &[Pointer], ""),
    ("block_gas_limit", &[], "l"),
    ("block_number", &[], "l"),
    ("block_timestamp", &[], "l"),
    ("chainid", &[], "l"),
    ("contract_address", &[Pointer], ""),
    ("evm_gas_left", &[], "l"),
    ("evm_ink_left", &[], "l"),
    ("math_div", &[Pointer, Key], ""),
    ("math_mod", &[Pointer, Key], ""),
    ("math_pow", &[Pointer, Key], ""),
    ("math_add_mod", &[Pointer, Key, Key], ""),
    ("math_mul_mod", &[Pointer, Key, Key], ""),
    ("msg_reentrant", &[], "i"),
    ("msg_sender", &[Pointer], ""),
    ("msg_value", &[Pointer], ""),
    ("native_keccak256", &[Pointer, Length, Pointer], ""),
    ("tx_gas_price", &[Pointer], ""),
    ("tx_ink_price", &[], "i"),
    ("tx_origin", &[Pointer], ""),
    ("pay_for_memory_grow", &[Small], ""),
];

/// What is not a host function but rarely generated otherwise: bulk memory and calls through the table.
pub const INTERNAL: &[(&str, &[Argument], &str)] = &[
    ("fill", &[Pointer, Any, Length], ""),
    ("copy", &[Pointer, Pointer, Length], ""),
    ("grow", &[Small], "i"),
    ("indirect", &[Any], "i"),
    ("indirect", &[Any], ""),
    ("indirect", &[Any, Gas], "l"),
    ("ask", &[Value, Gas, Pointer], "i"),
    ("ask", &[Value, Gas, Pointer], "i"),
];

/// What calls another account, and how often one is taken rather than another.
pub const CALLERS: [&str; 5] = [
    "call_contract",
    "call_contract",
    "call_contract",
    "static_call_contract",
    "delegate_call_contract",
];

impl Argument {
    /// Mask and base that bring any number to something meant, or none to leave it as it is.
    pub fn mask(self, dice: &mut Dice) -> Option<(u32, u32)> {
        if dice.one_in(40) {
            return None;
        }
        let entry = 32 * (ENTRIES - 1);
        Some(match self {
            // The program itself is the second.
            Address if dice.one_in(4) => (0, ADDRESSES + 32),
            Address => (32 * (ADDRESS_ENTRIES - 1), ADDRESSES),
            Init => (INIT_BYTES * (INIT_ENTRIES - 1), INITS),
            InitLength if dice.one_in(4) => (0x7f, 0),
            InitLength => (0, INIT_BYTES),
            Created => (0, dice.pick(&CREATED)),
            Value => (entry, VALUES),
            Key => (entry, KEYS),
            Pointer => (0x3fff, 0),
            Length => (dice.pick(&[0, 31, 63, 255, 1_023]), dice.pick(&[0, 0, 32])),
            Small => (dice.pick(&[1, 3, 7]), 0),
            Gas | Any => return None,
        })
    }
}
