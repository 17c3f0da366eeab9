//! EVM code that runs straight on: no jumps, and of the operators those that contracts around a program need.

use crate::create::{Creation, CODE_SIZE};
use crate::frame::Stop;
use crate::keccak::keccak256;
use crate::machine::{CallKind, Done, End, Machine, Message, Unmodelled};
use crate::word;
use crate::world::{Address, Log, Word};

const COLD: u64 = 2_600;
const WARM: u64 = 100;
const COLD_SLOT: u64 = 2_100;
/// Gas that has to be left over for a store.
const STORE_SENTRY: u64 = 2_300;
const STIPEND: u64 = 2_300;
/// Largest offset into memory that anybody could pay for.
const REACH: u64 = 1 << 32;

/// Why a contract stops, or the result that it stops with.
enum Halt {
    /// All gas is gone.
    Exception,
    Returned(End, Vec<u8>),
    Unmodelled(Unmodelled),
}

struct Contract<'a> {
    message: &'a Message,
    code: &'a [u8],
    at: usize,
    stack: Vec<Word>,
    memory: Vec<u8>,
    gas: u64,
    /// Data of the last call.
    returned: Vec<u8>,
}

fn address_of(word: &Word) -> Address {
    word[12..].try_into().expect("20 bytes")
}

fn word_of(address: &Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

/// Bytes from an offset on, with zeros where there are none.
fn padded(bytes: &[u8], from: u64, length: u64) -> Vec<u8> {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let mut part = bytes.get(from..).unwrap_or_default().to_vec();
    part.resize(length as usize, 0);
    part
}

impl Contract<'_> {
    fn pay(&mut self, gas: u64) -> Result<(), Halt> {
        self.gas = self.gas.checked_sub(gas).ok_or(Halt::Exception)?;
        Ok(())
    }

    fn pop(&mut self) -> Result<Word, Halt> {
        self.stack.pop().ok_or(Halt::Exception)
    }

    fn pop_small(&mut self) -> Result<u64, Halt> {
        Ok(word::small(&self.pop()?))
    }

    fn push(&mut self, word: Word) -> Result<(), Halt> {
        if self.stack.len() == 1_024 {
            return Err(Halt::Exception);
        }
        self.stack.push(word);
        Ok(())
    }

    /// Pays for memory up to the end of a range and makes it reach there.
    fn expand(&mut self, offset: u64, length: u64) -> Result<(), Halt> {
        if length == 0 {
            return Ok(());
        }
        if offset > REACH || length > REACH {
            return Err(Halt::Exception);
        }
        let price = |words: u64| 3 * words + words * words / 512;
        let words = (offset + length).div_ceil(32);
        let had = self.memory.len() as u64 / 32;
        if words > had {
            self.pay(price(words) - price(had))?;
            self.memory.resize(words as usize * 32, 0);
        }
        Ok(())
    }

    fn slice(&self, offset: u64, length: u64) -> Vec<u8> {
        if length == 0 {
            return vec![];
        }
        self.memory[offset as usize..(offset + length) as usize].to_vec()
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.memory[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
        }
    }

    /// Copies from what is beside memory into it.
    fn copy(&mut self, from: &[u8], strict: bool) -> Result<(), Halt> {
        let (to, offset, length) = (self.pop_small()?, self.pop_small()?, self.pop_small()?);
        if length > REACH {
            return Err(Halt::Exception);
        }
        self.pay(3 + 3 * length.div_ceil(32))?;
        self.expand(to, length)?;
        if strict && offset.saturating_add(length) > from.len() as u64 {
            return Err(Halt::Exception);
        }
        self.put(to, &padded(from, offset, length));
        Ok(())
    }

    fn mutable(&self) -> Result<(), Halt> {
        match self.message.is_static {
            true => Err(Halt::Exception),
            false => Ok(()),
        }
    }
}

impl Machine<'_> {
    /// Runs EVM code to its end.
    pub(crate) fn interpret(&mut self, code: &[u8], message: Message) -> Result<Done, Stop> {
        let mut contract = Contract {
            gas: message.gas,
            message: &message,
            code,
            at: 0,
            stack: vec![],
            memory: vec![],
            returned: vec![],
        };
        let halt = loop {
            let operator = contract.code.get(contract.at).copied().unwrap_or(0);
            contract.at += 1;
            if let Err(halt) = self.operate(&mut contract, operator) {
                break halt;
            }
        };
        match halt {
            Halt::Exception => Ok(Done::halt(0)),
            Halt::Returned(end, output) => Ok(Done {
                end,
                gas_left: contract.gas,
                output,
            }),
            Halt::Unmodelled(what) => Err(Stop::Unmodelled(what)),
        }
    }

    fn operate(&mut self, contract: &mut Contract, operator: u8) -> Result<(), Halt> {
        match operator {
            0x00 => return Err(Halt::Returned(End::Success, vec![])),
            // ADD
            0x01 => {
                contract.pay(3)?;
                let (first, second) = (contract.pop()?, contract.pop()?);
                contract.push(word::add(&first, &second))?;
            }
            // KECCAK256
            0x20 => {
                let (offset, length) = (contract.pop_small()?, contract.pop_small()?);
                contract.pay(30_u64.saturating_add(length.div_ceil(32).saturating_mul(6)))?;
                contract.expand(offset, length)?;
                let hash = keccak256(&contract.slice(offset, length));
                contract.push(hash)?;
            }
            0x30..=0x48 => self.context(contract, operator)?,
            // POP
            0x50 => {
                contract.pay(2)?;
                contract.pop()?;
            }
            // MLOAD
            0x51 => {
                contract.pay(3)?;
                let offset = contract.pop_small()?;
                contract.expand(offset, 32)?;
                let word = contract.slice(offset, 32).try_into().expect("32 bytes");
                contract.push(word)?;
            }
            // MSTORE
            0x52 => {
                contract.pay(3)?;
                let (offset, word) = (contract.pop_small()?, contract.pop()?);
                contract.expand(offset, 32)?;
                contract.put(offset, &word);
            }
            0x54 | 0x55 | 0x5c | 0x5d => self.storage(contract, operator)?,
            // GAS
            0x5a => {
                contract.pay(2)?;
                let gas = word::of(contract.gas.into());
                contract.push(gas)?;
            }
            // PUSH0
            0x5f => {
                contract.pay(2)?;
                contract.push([0; 32])?;
            }
            // PUSH1 to PUSH32
            0x60..=0x7f => {
                contract.pay(3)?;
                let length = usize::from(operator - 0x5f);
                let bytes = padded(contract.code, contract.at as u64, length as u64);
                contract.at += length;
                let mut word = [0; 32];
                word[32 - length..].copy_from_slice(&bytes);
                contract.push(word)?;
            }
            // DUP1 to DUP16
            0x80..=0x8f => {
                contract.pay(3)?;
                let below = usize::from(operator - 0x7f);
                let at = contract.stack.len().checked_sub(below);
                let word = contract.stack[at.ok_or(Halt::Exception)?];
                contract.push(word)?;
            }
            0xa0..=0xa4 => self.log(contract, operator - 0xa0)?,
            0xf0 | 0xf5 => self.create_by(contract, operator == 0xf5)?,
            0xf1 => self.call_by(contract, CallKind::Call)?,
            0xf4 => self.call_by(contract, CallKind::Delegate)?,
            0xfa => self.call_by(contract, CallKind::Static)?,
            // RETURN and REVERT
            0xf3 | 0xfd => {
                let (offset, length) = (contract.pop_small()?, contract.pop_small()?);
                contract.expand(offset, length)?;
                let output = contract.slice(offset, length);
                let end = match operator {
                    0xf3 => End::Success,
                    _ => End::Revert,
                };
                return Err(Halt::Returned(end, output));
            }
            0xff => self.self_destruct(contract)?,
            // INVALID, and the first byte of programs and their fragments.
            0xfe | 0xef => return Err(Halt::Exception),
            other => return Err(Halt::Unmodelled(Unmodelled(format!("operator {other:#x}")))),
        }
        Ok(())
    }

    /// What a contract asks of its surroundings.
    fn context(&mut self, contract: &mut Contract, operator: u8) -> Result<(), Halt> {
        let message = contract.message;
        let word = match operator {
            0x30 => word_of(&message.acting),
            0x32 => word_of(&self.origin),
            0x33 => word_of(&message.caller),
            0x34 => word::of(message.value),
            0x36 => word::of(message.data.len() as u128),
            0x38 => word::of(contract.code.len() as u128),
            0x3d => word::of(contract.returned.len() as u128),
            // CALLDATALOAD
            0x35 => {
                contract.pay(3)?;
                let offset = contract.pop_small()?;
                let word = padded(&message.data, offset, 32);
                return contract.push(word.try_into().expect("32 bytes"));
            }
            // CALLDATACOPY, CODECOPY, RETURNDATACOPY
            0x37 => return contract.copy(&message.data, false),
            0x39 => return contract.copy(contract.code, false),
            0x3e => return contract.copy(&contract.returned.clone(), true),
            // BALANCE, EXTCODESIZE, EXTCODEHASH
            0x31 | 0x3b | 0x3f => {
                let address = address_of(&contract.pop()?);
                let cold = self.world.touch(&address);
                contract.pay(if cold { COLD } else { WARM })?;
                let account = self.world.account(&address);
                return contract.push(match operator {
                    0x31 => word::of(account.balance),
                    0x3b => word::of(account.code.len() as u128),
                    _ if account.is_empty() => [0; 32],
                    _ => account.code.hash(),
                });
            }
            // SELFBALANCE
            0x47 => {
                contract.pay(5)?;
                let balance = self.world.account(&message.acting).balance;
                return contract.push(word::of(balance));
            }
            other => return Err(Halt::Unmodelled(Unmodelled(format!("operator {other:#x}")))),
        };
        contract.pay(2)?;
        contract.push(word)
    }

    fn storage(&mut self, contract: &mut Contract, operator: u8) -> Result<(), Halt> {
        let acting = contract.message.acting;
        match operator {
            // SLOAD
            0x54 => {
                let key = contract.pop()?;
                let cold = self.world.warm_slots.insert((acting, key));
                contract.pay(if cold { COLD_SLOT } else { WARM })?;
                contract.push(self.world.slot(&acting, &key))
            }
            // SSTORE
            0x55 => {
                let (key, value) = (contract.pop()?, contract.pop()?);
                contract.mutable()?;
                if contract.gas <= STORE_SENTRY {
                    return Err(Halt::Exception);
                }
                let gas = self.write_slot(acting, key, value);
                contract.pay(gas)
            }
            // TLOAD
            0x5c => {
                contract.pay(WARM)?;
                let place = (acting, contract.pop()?);
                let word = self.world.transient.get(&place).copied();
                contract.push(word.unwrap_or_default())
            }
            // TSTORE
            _ => {
                contract.pay(WARM)?;
                let (key, value) = (contract.pop()?, contract.pop()?);
                contract.mutable()?;
                self.world.transient.insert((acting, key), value);
                Ok(())
            }
        }
    }

    fn log(&mut self, contract: &mut Contract, count: u8) -> Result<(), Halt> {
        contract.mutable()?;
        let (offset, length) = (contract.pop_small()?, contract.pop_small()?);
        let topics = (0..count).map(|_| contract.pop());
        let topics = topics.collect::<Result<Vec<Word>, Halt>>()?;
        contract.pay(375 * (1 + u64::from(count)))?;
        contract.pay(length.saturating_mul(8))?;
        contract.expand(offset, length)?;
        self.world.logs.push(Log {
            address: contract.message.acting,
            topics,
            data: contract.slice(offset, length),
        });
        Ok(())
    }

    fn create_by(&mut self, contract: &mut Contract, salted: bool) -> Result<(), Halt> {
        contract.mutable()?;
        let value = contract.pop()?;
        let (offset, length) = (contract.pop_small()?, contract.pop_small()?);
        let salt = match salted {
            true => Some(contract.pop()?),
            false => None,
        };
        if length > 2 * CODE_SIZE as u64 {
            return Err(Halt::Exception);
        }
        let words = length.div_ceil(32);
        contract.pay(32_000 + 2 * words + if salted { 6 * words } else { 0 })?;
        contract.expand(offset, length)?;
        let gas = contract.gas - contract.gas / 64;
        contract.gas -= gas;
        let created = self.create(Creation {
            caller: contract.message.acting,
            value: word::low_half(&value),
            init_code: contract.slice(offset, length),
            salt,
            gas,
            depth: contract.message.depth + 1,
        });
        let (address, done) = created.map_err(unmodelled)?;
        contract.gas += done.gas_left;
        contract.returned = match done.end {
            End::Revert => done.output,
            End::Success | End::Halt => vec![],
        };
        contract.push(address.map_or([0; 32], |address| word_of(&address)))
    }

    fn call_by(&mut self, contract: &mut Contract, kind: CallKind) -> Result<(), Halt> {
        let asked = contract.pop_small()?;
        let to = address_of(&contract.pop()?);
        let value = match kind {
            CallKind::Call => contract.pop()?,
            CallKind::Delegate | CallKind::Static => [0; 32],
        };
        let (from, length) = (contract.pop_small()?, contract.pop_small()?);
        let (result, room) = (contract.pop_small()?, contract.pop_small()?);
        let pays = value != [0; 32];
        if pays {
            contract.mutable()?;
        }
        contract.expand(from, length)?;
        contract.expand(result, room)?;
        let cold = self.world.touch(&to);
        contract.pay(if cold { COLD } else { WARM })?;
        if pays {
            contract.pay(9_000)?;
        }
        if pays && self.world.account(&to).is_empty() {
            contract.pay(25_000)?;
        }
        let gas = asked.min(contract.gas - contract.gas / 64);
        contract.gas -= gas;
        let outer = contract.message;
        let delegates = kind == CallKind::Delegate;
        let done = self.call(Message {
            kind,
            caller: if delegates {
                outer.caller
            } else {
                outer.acting
            },
            acting: if delegates { outer.acting } else { to },
            code: to,
            value: if delegates {
                outer.value
            } else {
                word::low_half(&value)
            },
            data: contract.slice(from, length),
            gas: gas + if pays { STIPEND } else { 0 },
            is_static: outer.is_static || kind == CallKind::Static,
            depth: outer.depth + 1,
        });
        let done = done.map_err(unmodelled)?;
        contract.gas += done.gas_left;
        let shown = done.output.len().min(room as usize);
        contract.put(result, &done.output[..shown]);
        contract.push(word::of(done.is_success().into()))?;
        contract.returned = done.output;
        Ok(())
    }

    /// An account that holds a program, or a part of one, does not destroy itself.
    fn self_destruct(&mut self, contract: &mut Contract) -> Result<(), Halt> {
        let heir = address_of(&contract.pop()?);
        contract.pay(5_000)?;
        if self.world.touch(&heir) {
            contract.pay(COLD)?;
        }
        let own = self.world.account(&contract.message.acting);
        if own.balance > 0 && self.world.account(&heir).is_empty() {
            contract.pay(25_000)?;
        }
        contract.mutable()?;
        let is_stylus = own.code.len() > 3 && own.code.starts_with(&[0xef, 0xf0]);
        if is_stylus {
            self.count("did not destroy a program");
            return Err(Halt::Returned(End::Revert, vec![]));
        }
        let own = &contract.message.acting;
        self.world.destroy(own, &heir);
        self.count(match self.world.destroyed.contains(own) {
            true => "destroyed",
            false => "left all it had",
        });
        Err(Halt::Returned(End::Success, vec![]))
    }
}

fn unmodelled(stop: Stop) -> Halt {
    match stop {
        Stop::Unmodelled(what) => Halt::Unmodelled(what),
        other => unreachable!("{other:?} ends a frame"),
    }
}
