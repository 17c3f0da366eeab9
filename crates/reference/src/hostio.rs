//! Host functions and their prices.

use wasmparser::ValType;

use crate::create::Creation;
use crate::frame::{Frame, Stop, INK_PRICE};
use crate::keccak::keccak256;
use crate::machine::{CallKind, End, Machine, Message};
use crate::word;
use crate::world::{Address, Code, Log};

const BASE: u64 = 8_400;
const PTR: u64 = 5_040;
const API: u64 = 59_673;
/// Gas of an account that is cold, and of one that is warm.
const COLD: u64 = 2_600;
const WARM: u64 = 100;
/// Gas of reading code beside that of its account.
const CODE: u64 = 700;

const I: ValType = ValType::I32;
const L: ValType = ValType::I64;
type Types = &'static [ValType];

/// Parameters and results of a host function, or none if there is none of this name.
pub(crate) fn signature(name: &str) -> Option<(Types, Types)> {
    Some(match name {
        "call_contract" => (&[I, I, I, I, L, I], &[I]),
        "delegate_call_contract" | "static_call_contract" => (&[I, I, I, L, I], &[I]),
        "create1" => (&[I, I, I, I, I], &[]),
        "create2" => (&[I, I, I, I, I, I], &[]),
        "account_code" => (&[I, I, I, I], &[I]),
        "read_return_data" => (&[I, I, I], &[I]),
        "emit_log" | "math_add_mod" | "math_mul_mod" | "native_keccak256" => (&[I, I, I], &[]),
        "write_result" | "storage_load_bytes32" | "storage_cache_bytes32" => (&[I, I], &[]),
        "transient_load_bytes32" | "transient_store_bytes32" => (&[I, I], &[]),
        "account_balance" | "account_codehash" => (&[I, I], &[]),
        "math_div" | "math_mod" | "math_pow" => (&[I, I], &[]),
        "account_code_size" => (&[I], &[I]),
        "read_args" | "exit_early" | "storage_flush_cache" | "pay_for_memory_grow" => (&[I], &[]),
        "block_basefee" | "block_coinbase" | "contract_address" | "msg_sender" => (&[I], &[]),
        "msg_value" | "tx_gas_price" | "tx_origin" => (&[I], &[]),
        "return_data_size" | "msg_reentrant" | "tx_ink_price" => (&[], &[I]),
        "block_gas_limit" | "block_number" | "block_timestamp" | "chainid" => (&[], &[L]),
        "evm_gas_left" | "evm_ink_left" => (&[], &[L]),
        _ => return None,
    })
}

/// Ink of so many bytes that go to the program.
fn write(bytes: u64) -> u64 {
    PTR + 30 * bytes.saturating_sub(32)
}

/// Ink of so many bytes that come from it.
fn read(bytes: u64) -> u64 {
    16_381 + 55 * bytes.saturating_sub(32)
}

impl Machine<'_> {
    /// Calls a host function and gives its result, zero where it has none.
    pub(crate) fn hostio(
        &mut self,
        frame: &mut Frame,
        name: &str,
        values: &[u64],
    ) -> Result<u64, Stop> {
        let at = |index: usize| values[index] as u32;
        match name {
            "read_args" => {
                frame.buy(BASE + write(frame.message.data.len() as u64))?;
                let data = frame.message.data.clone();
                frame.write(at(0), &data)?;
            }
            "write_result" => {
                frame.buy(BASE + 2 * read(at(1).into()))?;
                frame.output = frame.read(at(0), at(1))?.to_vec();
            }
            "exit_early" => return Err(Stop::Exit(at(0))),
            "storage_load_bytes32" => {
                frame.buy(BASE + 2 * PTR)?;
                frame.require_gas(2_100 + 10 + 5)?;
                let key = frame.read_word(at(0))?;
                let value = self.load(frame, key)?;
                frame.write(at(1), &value)?;
            }
            "storage_cache_bytes32" => {
                frame.buy(BASE + 2 * PTR)?;
                frame.require_gas(2_300 + 10)?;
                let (key, value) = (frame.read_word(at(0))?, frame.read_word(at(1))?);
                self.store(frame, key, value)?;
            }
            "storage_flush_cache" => {
                frame.buy(BASE + API)?;
                frame.require_gas(2_300)?;
                self.flush(frame, at(0) != 0)?;
            }
            "transient_load_bytes32" => {
                frame.buy(BASE + 2 * PTR + API)?;
                frame.buy_gas(100)?;
                let place = (frame.message.acting, frame.read_word(at(0))?);
                let value = self
                    .world
                    .transient
                    .get(&place)
                    .copied()
                    .unwrap_or_default();
                frame.write(at(1), &value)?;
            }
            "transient_store_bytes32" => {
                frame.buy(BASE + 2 * PTR + API)?;
                frame.buy_gas(100)?;
                let (key, value) = (frame.read_word(at(0))?, frame.read_word(at(1))?);
                if frame.message.is_static {
                    return Err(Stop::Failure);
                }
                self.world
                    .transient
                    .insert((frame.message.acting, key), value);
            }
            "call_contract" => return self.call_contract(frame, CallKind::Call, values),
            "delegate_call_contract" => {
                return self.call_contract(frame, CallKind::Delegate, values)
            }
            "static_call_contract" => return self.call_contract(frame, CallKind::Static, values),
            "create1" => self.create_contract(frame, None, values)?,
            "create2" => self.create_contract(frame, Some(at(3)), values)?,
            "read_return_data" => return read_return_data(frame, at(0), at(1), at(2)),
            "return_data_size" => {
                frame.buy(BASE)?;
                return Ok(frame.returned.len() as u64);
            }
            "emit_log" => self.emit_log(frame, at(0), at(1), at(2))?,
            "account_balance" => {
                let address = self.reach(frame, at(0))?;
                let balance = word::of(self.world.account(&address).balance);
                frame.write(at(1), &balance)?;
            }
            "account_codehash" => {
                let address = self.reach(frame, at(0))?;
                let account = self.world.account(&address);
                let hash = if account.is_empty() {
                    [0; 32]
                } else {
                    account.code.hash()
                };
                frame.write(at(1), &hash)?;
            }
            "account_code" => {
                let code = self.code(frame, at(0))?;
                frame.buy(write(code.len() as u64))?;
                let rest = code.get(at(1) as usize..).unwrap_or_default();
                let part = &rest[..rest.len().min(at(2) as usize)];
                frame.write(at(3), part)?;
                return Ok(part.len() as u64);
            }
            "account_code_size" => return Ok(self.code(frame, at(0))?.len() as u64),
            "msg_reentrant" => {
                frame.buy(BASE)?;
                return Ok(frame.reentrant.into());
            }
            "evm_gas_left" => {
                frame.buy(BASE)?;
                return Ok(frame.gas_left());
            }
            "evm_ink_left" => {
                frame.buy(BASE)?;
                return Ok(frame.ink);
            }
            "tx_ink_price" => {
                frame.buy(BASE)?;
                return Ok(INK_PRICE);
            }
            "native_keccak256" => {
                let words = u64::from(at(1)).div_ceil(32);
                frame.buy(121_800 + 21_000 * words.saturating_sub(2))?;
                let hash = keccak256(frame.read(at(0), at(1))?);
                frame.write(at(2), &hash)?;
            }
            "pay_for_memory_grow" => self.pay_for_memory_grow(frame, at(0))?,
            _ if name.starts_with("math_") => arithmetic(frame, name, values)?,
            _ => return self.environment(frame, name, values),
        }
        Ok(0)
    }

    fn environment(&self, frame: &mut Frame, name: &str, values: &[u64]) -> Result<u64, Stop> {
        let number = match name {
            "block_gas_limit" => Some(self.environment.gas_limit),
            "block_number" => Some(self.environment.number),
            "block_timestamp" => Some(self.environment.timestamp),
            "chainid" => Some(self.environment.chain_id),
            _ => None,
        };
        if let Some(number) = number {
            frame.buy(BASE)?;
            return Ok(number);
        }
        frame.buy(BASE + PTR)?;
        let bytes = match name {
            "block_basefee" | "tx_gas_price" => word::of(self.environment.base_fee.into()).to_vec(),
            "block_coinbase" => self.environment.coinbase.to_vec(),
            "contract_address" => frame.message.acting.to_vec(),
            "msg_sender" => frame.message.caller.to_vec(),
            "msg_value" => word::of(frame.message.value).to_vec(),
            "tx_origin" => self.origin.to_vec(),
            other => unreachable!("{other} has a signature"),
        };
        frame.write(values[0] as u32, &bytes)?;
        Ok(0)
    }

    /// Pays for reading of an account and gives its address.
    fn reach(&mut self, frame: &mut Frame, at: u32) -> Result<Address, Stop> {
        frame.buy(BASE + 2 * PTR + API)?;
        frame.require_gas(COLD)?;
        let address = frame.read_address(at)?;
        let cold = self.world.touch(&address);
        frame.buy_gas(if cold { COLD } else { WARM })?;
        Ok(address)
    }

    /// Pays for an account's code, unless it was asked for just before, and gives it.
    fn code(&mut self, frame: &mut Frame, at: u32) -> Result<Code, Stop> {
        frame.buy(BASE + API)?;
        frame.require_gas(COLD)?;
        let address = frame.read_address(at)?;
        let code = self.world.code(&address);
        if frame.coded != Some(address) {
            let cold = self.world.touch(&address);
            frame.buy_gas(CODE + if cold { COLD } else { WARM })?;
            frame.coded = (!code.is_empty()).then_some(address).or(frame.coded);
        }
        Ok(code)
    }

    fn emit_log(
        &mut self,
        frame: &mut Frame,
        at: u32,
        length: u32,
        topics: u32,
    ) -> Result<(), Stop> {
        frame.buy(BASE + API)?;
        if topics > 4 || length < 32 * topics {
            return Err(Stop::Failure);
        }
        frame.buy(read(length.into()))?;
        frame.buy_gas(375 * (1 + u64::from(topics)) + 8 * u64::from(length - 32 * topics))?;
        let bytes = frame.read(at, length)?;
        if frame.message.is_static {
            return Err(Stop::Failure);
        }
        let (topics, data) = bytes.split_at(32 * topics as usize);
        self.world.logs.push(Log {
            address: frame.message.acting,
            topics: topics
                .chunks(32)
                .map(|topic| topic.try_into().expect("32 bytes"))
                .collect(),
            data: data.to_vec(),
        });
        Ok(())
    }

    pub(crate) fn pay_for_memory_grow(
        &mut self,
        frame: &mut Frame,
        pages: u32,
    ) -> Result<(), Stop> {
        let Ok(pages) = u16::try_from(pages) else {
            return Err(Stop::OutOfInk);
        };
        if pages == 0 {
            return frame.buy(BASE);
        }
        let gas = self.pages.cost(pages);
        self.pages.open(pages);
        frame.buy_gas(gas)
    }

    fn call_contract(
        &mut self,
        frame: &mut Frame,
        kind: CallKind,
        values: &[u64],
    ) -> Result<u64, Stop> {
        let length = values[2] as u32;
        frame.buy(BASE + 3 * PTR + API + 2 * read(length.into()))?;
        let to = frame.read_address(values[0] as u32)?;
        let data = frame.read(values[1] as u32, length)?.to_vec();
        let (value, rest) = match kind {
            CallKind::Call => (frame.read_word(values[3] as u32)?, &values[4..]),
            _ => ([0; 32], &values[3..]),
        };
        let pays = value != [0; 32];
        let gas_left = frame.gas_left();
        let wanted = rest[0].min(gas_left);
        let (cost, status) = if frame.message.is_static && pays {
            frame.returned.clear();
            (0, 2)
        } else {
            match self.call_base(&to, pays, gas_left) {
                None => {
                    frame.returned.clear();
                    (gas_left, 2)
                }
                Some(base) => {
                    let gas =
                        ((gas_left - base) * 63 / 64).min(wanted) + if pays { 2_300 } else { 0 };
                    let message = message(frame, kind, to, value, data, gas);
                    let done = self.call(message)?;
                    let status = if done.is_success() { 0 } else { 2 };
                    frame.returned = done.output;
                    // The stipend may come back.
                    ((base + gas).saturating_sub(done.gas_left), status)
                }
            }
        };
        frame.buy_gas(cost)?;
        let size = frame.returned.len() as u32;
        frame.write(rest[1] as u32, &size.to_le_bytes())?;
        Ok(status)
    }

    fn create_contract(
        &mut self,
        frame: &mut Frame,
        salt: Option<u32>,
        values: &[u64],
    ) -> Result<(), Stop> {
        let length = values[1] as u32;
        let pointers = if salt.is_some() { 4 } else { 3 };
        frame.buy(BASE + pointers * PTR + API + 2 * read(length.into()))?;
        let init_code = frame.read(values[0] as u32, length)?.to_vec();
        let endowment = frame.read_word(values[2] as u32)?;
        let hashed = match salt {
            Some(_) => 6 * u64::from(length).div_ceil(32),
            None => 0,
        };
        let salt = salt.map(|at| frame.read_word(at)).transpose()?;
        if frame.message.is_static {
            return Err(Stop::Failure);
        }
        let start = frame.gas_left();
        let Some(gas) = start.checked_sub(32_000 + hashed) else {
            return Err(Stop::Failure);
        };
        let kept = gas / 64;
        let (address, done) = self.create(Creation {
            caller: frame.message.acting,
            value: word::low_half(&endowment),
            init_code,
            salt,
            gas: gas - kept,
            depth: frame.message.depth + 1,
        })?;
        frame.buy_gas(start - (done.gas_left + kept))?;
        frame.returned = match done.end {
            End::Revert => done.output,
            End::Success | End::Halt => vec![],
        };
        let size = frame.returned.len() as u32;
        let [address_at, size_at] = [values.len() - 2, values.len() - 1];
        frame.write(values[size_at] as u32, &size.to_le_bytes())?;
        frame.write(values[address_at] as u32, &address.unwrap_or_default())
    }

    /// Gas of a call beside what it is given, or none if there is too little for it.
    fn call_base(&mut self, to: &Address, pays: bool, gas_left: u64) -> Option<u64> {
        let mut base = WARM;
        if base > gas_left {
            return None;
        }
        if self.world.touch(to) {
            base += COLD - WARM;
        }
        if base > gas_left {
            return None;
        }
        if pays && self.world.account(to).is_empty() {
            base += 25_000;
        }
        if pays {
            base += 9_000;
        }
        (base <= gas_left).then_some(base)
    }
}

fn message(
    frame: &Frame,
    kind: CallKind,
    to: Address,
    value: [u8; 32],
    data: Vec<u8>,
    gas: u64,
) -> Message {
    let outer = &frame.message;
    let delegates = kind == CallKind::Delegate;
    Message {
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
        data,
        gas,
        is_static: outer.is_static || kind == CallKind::Static,
        depth: outer.depth + 1,
    }
}

fn read_return_data(frame: &mut Frame, to: u32, offset: u32, size: u32) -> Result<u64, Stop> {
    let rest = frame.returned.get(offset as usize..).unwrap_or_default();
    let part = rest[..rest.len().min(size as usize)].to_vec();
    frame.buy(BASE + API + write(part.len() as u64))?;
    if !part.is_empty() {
        frame.write(to, &part)?;
    }
    Ok(part.len() as u64)
}

fn arithmetic(frame: &mut Frame, name: &str, values: &[u64]) -> Result<(), Stop> {
    let at = values[0] as u32;
    let operand = |frame: &Frame, index: usize| frame.read_word(values[index] as u32);
    frame.buy(match name {
        "math_div" | "math_mod" => BASE + 3 * PTR + 20_000,
        "math_pow" => BASE + 3 * PTR,
        "math_add_mod" => BASE + 4 * PTR + 21_000,
        _ => BASE + 4 * PTR + 24_100,
    })?;
    let (first, second) = (operand(frame, 0)?, operand(frame, 1)?);
    let result = match name {
        "math_div" => word::divide(&first, &second),
        "math_mod" => word::remainder(&first, &second),
        "math_pow" => {
            frame.buy(3_000 + 17_500 * (1 + word::significant(&second)))?;
            word::power(&first, &second)
        }
        "math_add_mod" => word::add_modulo(&first, &second, &operand(frame, 2)?),
        _ => word::multiply_modulo(&first, &second, &operand(frame, 2)?),
    };
    frame.write(at, &result)
}
