//! Arbitrum's precompiles: who may call what, and what it costs beside what a method does.

use crate::arb_methods::{find, Method, Purity};
use crate::frame::Stop;
use crate::keccak::keccak256;
use crate::machine::{CallKind, Done, Machine, Message, Unmodelled};
use crate::word;
use crate::world::{Address, Log, Word};

/// Gas of reading a word of ArbOS.
pub(crate) const READ: u64 = 800;
/// Gas of writing one that is not zero.
pub(crate) const WRITE: u64 = 20_000;

/// Why a method fails.
pub(crate) enum Fault {
    /// Taking all gas.
    All,
    /// Keeping gas, without data.
    Plain,
    /// Keeping gas, with the data of an error.
    Error(Vec<u8>),
    Unmodelled(String),
}

/// A call of a precompile that is under way.
pub(crate) struct Ask<'m> {
    pub message: &'m Message,
    pub gas: u64,
}

impl Ask<'_> {
    pub fn burn(&mut self, gas: u64) -> Result<(), Fault> {
        self.gas = self.gas.checked_sub(gas).ok_or(Fault::All)?;
        Ok(())
    }

    /// Pays for words that are handed over.
    pub fn burn_words(&mut self, bytes: usize) -> Result<(), Fault> {
        self.burn(3 * (bytes as u64).div_ceil(32))
    }

    /// An argument of the method.
    pub fn word(&self, index: usize) -> Word {
        let at = 4 + 32 * index;
        let bytes = &self.message.data[at..at + 32];
        bytes.try_into().expect("a word")
    }

    pub fn address(&self, index: usize) -> Address {
        self.word(index)[12..].try_into().expect("20 bytes")
    }
}

/// Numbers as a method gives them.
pub(crate) fn words(numbers: &[u128]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| word::of(*number))
        .collect()
}

/// An address as a method gives it.
pub(crate) fn padded(address: &Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

/// An error with its arguments.
pub(crate) fn error<T>(signature: &str, arguments: &[u128]) -> Result<T, Fault> {
    let selector = &keccak256(signature.as_bytes())[..4];
    Err(Fault::Error([selector, &words(arguments)].concat()))
}

impl Machine<'_> {
    /// Carries out a call of one of Arbitrum's precompiles.
    pub(crate) fn arbitrum(&mut self, contract: u16, message: &Message) -> Result<Done, Stop> {
        let mut ask = Ask {
            message,
            gas: message.gas,
        };
        let done = self.answer(contract, &mut ask).and_then(|output| {
            ask.burn_words(output.len())?;
            Ok(output)
        });
        let fault = match done {
            Ok(output) => {
                self.count("asked ArbOS");
                return Ok(Done::success(ask.gas, output));
            }
            Err(fault) => fault,
        };
        self.count("refused by ArbOS");
        Ok(match fault {
            Fault::All => Done::halt(0),
            Fault::Plain => Done::revert(ask.gas, vec![]),
            Fault::Error(data) => match ask.burn_words(data.len()) {
                Ok(()) => Done::revert(ask.gas, data),
                Err(_) => Done::halt(0),
            },
            Fault::Unmodelled(what) => return Err(Stop::Unmodelled(Unmodelled(what))),
        })
    }

    fn answer(&mut self, contract: u16, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        let method = find(contract, &ask.message.data)?;
        self.admit(&method, ask)?;
        match contract {
            0x64 => self.arb_sys(&method, ask),
            0x65 => self.arb_info(&method, ask),
            0x6b => self.arb_owner_public(&method, ask),
            0x6c => self.arb_gas_info(&method, ask),
            0x71 => self.arb_wasm(&method, ask),
            0x72 => self.arb_wasm_cache(&method, ask),
            other => Err(Fault::Unmodelled(format!("contract {other:#x}"))),
        }
    }

    /// Looks at who calls how, and takes what every call costs.
    fn admit(&self, method: &Method, ask: &mut Ask) -> Result<(), Fault> {
        let message = ask.message;
        let pays = message.kind != CallKind::Delegate && message.value > 0;
        let denied = (method.purity >= Purity::View && message.acting != message.code)
            || (method.purity >= Purity::Write && message.is_static)
            || (method.purity < Purity::Payable && pays);
        let arguments = message.data.len() - 4;
        if denied || arguments < 32 * method.arguments {
            return Err(Fault::All);
        }
        if method.purity > Purity::Pure {
            ask.burn(READ)?;
        }
        ask.burn_words(arguments)
    }

    /// Pays for an event and emits it.
    pub(crate) fn emit(
        &mut self,
        ask: &mut Ask,
        signature: &str,
        topics: &[Word],
        data: Vec<u8>,
    ) -> Result<(), Fault> {
        let count = 1 + topics.len() as u64;
        ask.burn(375 * (1 + count) + 8 * data.len() as u64)?;
        let first = keccak256(signature.as_bytes());
        self.world.logs.push(Log {
            address: ask.message.acting,
            topics: [&[first], topics].concat(),
            data,
        });
        Ok(())
    }

    /// Pays for the hash of an account's code and gives it.
    pub(crate) fn code_hash(&self, ask: &mut Ask, address: &Address) -> Result<Word, Fault> {
        ask.burn(2_600)?;
        Ok(self.world.code(address).hash())
    }
}
