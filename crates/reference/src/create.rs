//! Creation of contracts.

use crate::address::{create2_address, create_address};
use crate::frame::Stop;
use crate::machine::{CallKind, Done, Machine, Message, DEPTH};
use crate::world::{Address, Word};

pub(crate) struct Creation {
    pub caller: Address,
    pub value: u128,
    pub init_code: Vec<u8>,
    /// None where the creator's nonce makes the address.
    pub salt: Option<Word>,
    pub gas: u64,
    pub depth: u64,
}

/// Most bytes of code that an account may have.
pub(crate) const CODE_SIZE: usize = 24_576;
/// Gas of each of them.
const BYTE_GAS: u64 = 200;

impl Machine<'_> {
    /// Creates a contract; gives its address if that succeeds.
    pub(crate) fn create(&mut self, creation: Creation) -> Result<(Option<Address>, Done), Stop> {
        let creator = self.world.account(&creation.caller);
        if creation.depth > DEPTH || creator.balance < creation.value {
            return Ok((None, Done::halt(creation.gas)));
        }
        let creator = self.world.accounts.entry(creation.caller).or_default();
        let nonce = creator.nonce;
        creator.nonce += 1;
        let address = match &creation.salt {
            None => create_address(&creation.caller, nonce),
            Some(salt) => create2_address(&creation.caller, salt, &creation.init_code),
        };
        self.world.touch(&address);
        let account = self.world.account(&address);
        if account.nonce != 0 || !account.code.is_empty() {
            return Ok((None, Done::halt(0)));
        }
        let before = self.world.clone();
        self.world.accounts.entry(address).or_default().nonce = 1;
        self.world.created.insert(address);
        self.world
            .transfer(&creation.caller, &address, creation.value);
        let done = self.run_init_code(&creation, address)?;
        let done = if done.is_success() {
            self.deposit(address, done)
        } else {
            done
        };
        if done.is_success() {
            self.count("created");
        } else {
            self.count("failed to create");
            self.world = before;
        }
        Ok((done.is_success().then_some(address), done))
    }

    fn run_init_code(&mut self, creation: &Creation, address: Address) -> Result<Done, Stop> {
        self.open(Some(address), creation.caller);
        let message = Message {
            kind: CallKind::Call,
            caller: creation.caller,
            acting: address,
            code: address,
            value: creation.value,
            data: vec![],
            gas: creation.gas,
            is_static: false,
            depth: creation.depth,
        };
        let done = self.interpret(&creation.init_code, message);
        self.close(Some(address));
        done
    }

    /// Stores what init code returned, if it may be code and is paid for.
    fn deposit(&mut self, address: Address, done: Done) -> Done {
        let code = done.output;
        let is_known = code.len() > 3 && code.starts_with(&[0xef, 0xf0]) && code[2] <= 2;
        if code.len() > CODE_SIZE || (code.first() == Some(&0xef) && !is_known) {
            return Done::halt(0);
        }
        let Some(gas_left) = done.gas_left.checked_sub(BYTE_GAS * code.len() as u64) else {
            return Done::halt(0);
        };
        self.world.accounts.entry(address).or_default().code = code.clone().into();
        Done::success(gas_left, code)
    }
}
