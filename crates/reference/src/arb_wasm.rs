//! ArbWasm and ArbWasmCache: activation, facts about programs, which of them stay initialised.

use crate::arb_methods::Method;
use crate::arbitrum::{error, padded, words, Ask, Fault, READ, WRITE};
use crate::cost::{cached_gas, init_gas, FIXED};
use crate::create::CODE_SIZE;
use crate::keccak::keccak256;
use crate::library::Module;
use crate::machine::Machine;
use crate::pages::LIMIT;
use crate::record::{hours, Record, Unusable, EXPIRY_DAYS, KEEPALIVE_DAYS};
use crate::word;
use crate::world::{Address, Code, Word};

/// Stylus version.
const VERSION: u128 = 3;
/// Gas of reading the parameters.
pub(crate) const PARAMETERS: u64 = 100;
/// Most bytes of a module.
const WASM_SIZE: u64 = 262_144;
/// Most fragments that a program may have.
pub(crate) const FRAGMENTS: usize = 4;

impl<'p> Machine<'p> {
    pub(crate) fn arb_wasm(&mut self, method: &Method, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        match method.signature {
            "activateProgram(address)" => return self.activate(ask),
            "activationGas()" => {
                ask.burn(READ)?;
                self.count("asked for the price of activations");
                return Ok(words(&[0]));
            }
            _ => {}
        }
        ask.burn(PARAMETERS)?;
        let now = self.environment.timestamp;
        Ok(words(&match method.signature {
            "codehashKeepalive(bytes32)" => return self.keep_alive(ask),
            "stylusVersion()" => vec![VERSION],
            "inkPrice()" => vec![10_000],
            "maxStackDepth()" => vec![22_000],
            "freePages()" => vec![2],
            "pageGas()" => vec![1_000],
            "pageRamp()" => vec![620_674_314],
            "pageLimit()" => vec![LIMIT.into()],
            "minInitGas()" => vec![8_832, 352],
            "initCostScalar()" => vec![100],
            "expiryDays()" => vec![EXPIRY_DAYS.into()],
            "keepaliveDays()" => vec![KEEPALIVE_DAYS.into()],
            "blockCacheSize()" => vec![32],
            "codehashVersion(bytes32)" => {
                self.record(ask, &ask.word(0))?;
                vec![VERSION]
            }
            "codehashAsmSize(bytes32)" => vec![self.record(ask, &ask.word(0))?.asm().into()],
            "programVersion(address)" => {
                self.record_of(ask)?;
                vec![VERSION]
            }
            "programInitGas(address)" => {
                let estimates = self.record_of(ask)?.estimates;
                let cached = cached_gas(&estimates);
                vec![(init_gas(&estimates) + cached).into(), cached.into()]
            }
            "programMemoryFootprint(address)" => {
                vec![self.record_of(ask)?.estimates.footprint.into()]
            }
            "programTimeLeft(address)" => vec![self.record_of(ask)?.time_left(now).into()],
            other => return Err(Fault::Unmodelled(other.to_owned())),
        }))
    }

    /// Record of a program that can be used.
    fn record(&self, ask: &mut Ask, hash: &Word) -> Result<Record, Fault> {
        ask.burn(READ)?;
        let now = self.environment.timestamp;
        let record = self.world.records.get(hash).copied();
        let usable = match record {
            None => Err(Unusable::NotActivated),
            Some(record) if record.is_expired(now) => Err(Unusable::Expired(record.age(now))),
            Some(record) => Ok(record),
        };
        usable.or_else(unusable)
    }

    fn record_of(&self, ask: &mut Ask) -> Result<Record, Fault> {
        let hash = self.code_hash(ask, &ask.address(0))?;
        self.record(ask, &hash)
    }

    fn activate(&mut self, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        // What activation costs by the owner's will, which is nothing, and what it costs in any case.
        ask.burn(READ)?;
        ask.burn(FIXED)?;
        let (now, program) = (self.environment.timestamp, ask.address(0));
        if self.world.destroyed.contains(&program) {
            return Err(Fault::Plain);
        }
        ask.burn(PARAMETERS + READ)?;
        let code = self.world.code(&program);
        let old = self.world.records.get(&code.hash()).copied();
        if old.is_some_and(|record| !record.is_expired(now)) {
            return error("ProgramUpToDate()", &[]);
        }
        let module = self.unpack(ask, &code)?;
        let room = LIMIT.saturating_sub(self.pages.open);
        let Ok(accepted) = &module.accepted else {
            return Err(Fault::All);
        };
        let estimates = accepted.estimates;
        if estimates.footprint > room {
            return Err(Fault::All);
        }
        ask.burn(accepted.activation_gas)?;
        let cached = old.is_some_and(|record| record.cached);
        if cached {
            ask.burn(READ)?;
        }
        // Hash of the module, the price of data, the record.
        ask.burn(WRITE)?;
        ask.burn(5 * READ + 2 * WRITE)?;
        ask.burn(WRITE)?;
        let fee = self.world.pricer.charge(estimates.asm, now);
        let record = Record {
            estimates,
            hours: hours(now),
            cached,
        };
        self.world.records.insert(code.hash(), record);
        self.programs.insert(code.hash(), accepted);
        self.pay_fee(ask, fee)?;
        let module_hash = keccak256(&[&[0, VERSION as u8], &code.hash()[..]].concat());
        let data = [
            module_hash,
            padded(&program),
            word::of(fee),
            word::of(VERSION),
        ];
        self.emit(
            ask,
            "ProgramActivated(bytes32,bytes32,address,uint256,uint16)",
            &[code.hash()],
            data.concat(),
        )?;
        self.count(match (ask.message.depth, code[2]) {
            (0, 0) => "activated",
            (0, _) => "activated in fragments",
            _ => "activated by a contract",
        });
        Ok(words(&[VERSION, fee]))
    }

    fn keep_alive(&mut self, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        let (now, hash) = (self.environment.timestamp, ask.word(0));
        let mut record = self.record(ask, &hash)?;
        if record.is_too_young(now) {
            let age = record.age(now).into();
            return error("ProgramKeepaliveTooSoon(uint64)", &[age]);
        }
        ask.burn(5 * READ + 2 * WRITE)?;
        ask.burn(WRITE)?;
        let fee = self.world.pricer.charge(record.asm(), now);
        record.hours = hours(now);
        self.world.records.insert(hash, record);
        self.pay_fee(ask, fee)?;
        self.emit(
            ask,
            "ProgramLifetimeExtended(bytes32,uint256)",
            &[hash],
            words(&[fee]),
        )?;
        self.count("kept alive");
        Ok(vec![])
    }

    /// Passes a fee on and gives the rest of what was sent back.
    fn pay_fee(&mut self, ask: &mut Ask, fee: u128) -> Result<(), Fault> {
        let message = ask.message;
        if message.value < fee {
            return error(
                "ProgramInsufficientValue(uint256,uint256)",
                &[message.value, fee],
            );
        }
        ask.burn(READ)?;
        let account = self.environment.fee_account;
        self.world.transfer(&message.acting, &account, fee);
        let rest = message.value - fee;
        self.world.transfer(&message.acting, &message.caller, rest);
        Ok(())
    }

    /// The module in an account's code, or in the fragments that it names, which are paid for.
    fn unpack(&mut self, ask: &mut Ask, code: &Code) -> Result<&'p Module<'p>, Fault> {
        let library = self.library;
        match code.get(..3) {
            Some([0xef, 0xf0, 0]) if code.len() > 3 => {
                if code[3] == 0 && library.has_another(&code[4..]) {
                    return Err(Fault::Unmodelled("another stream".to_owned()));
                }
                let module = library.unpack(&code[4..]).filter(|_| code[3] == 0);
                let fits = module.filter(|module| module.size <= WASM_SIZE);
                fits.ok_or(Fault::Plain)
            }
            Some([0xef, 0xf0, 1]) if code.len() > 3 => Err(Fault::Plain),
            Some([0xef, 0xf0, 2]) if code.len() > 3 => {
                let (size, stream) = self.read_fragments(ask, code)?;
                if code[3] == 0 && library.has_another(&stream) {
                    return Err(Fault::Unmodelled("another stream".to_owned()));
                }
                let module = library.unpack(&stream).filter(|_| code[3] == 0);
                let exact = module.filter(|module| module.size == size);
                exact.ok_or(Fault::Plain)
            }
            _ => error("ProgramNotWasm()", &[]),
        }
    }

    /// Declared size and stream of a program in fragments.
    fn read_fragments(&mut self, ask: &mut Ask, root: &Code) -> Result<(u64, Vec<u8>), Fault> {
        let Some(header) = root.first_chunk::<8>() else {
            return Err(Fault::Plain);
        };
        let size = u32::from_be_bytes(header[4..].try_into().expect("four bytes"));
        let names = root[8..].chunks_exact(20);
        let is_odd = !names.remainder().is_empty() || names.len() == 0;
        if is_odd || u64::from(size) > WASM_SIZE || names.len() > FRAGMENTS {
            return Err(Fault::Plain);
        }
        let copied = |bytes: usize| 3 * (bytes as u64).div_ceil(32);
        let mut stream = vec![];
        for name in names {
            let name: Address = name.try_into().expect("20 bytes");
            let cold = !self.world.warm.contains(&name);
            let access = if cold { 2_600 } else { 100 };
            if ask.gas < access + copied(CODE_SIZE) {
                return Err(Fault::All);
            }
            self.world.touch(&name);
            let code = self.world.code(&name);
            ask.burn(access + copied(code.len()))?;
            if code.len() <= 3 || !code.starts_with(&[0xef, 0xf0, 1]) {
                return Err(Fault::Plain);
            }
            stream.extend(&code[3..]);
        }
        Ok((size.into(), stream))
    }

    pub(crate) fn arb_wasm_cache(
        &mut self,
        method: &Method,
        ask: &mut Ask,
    ) -> Result<Vec<u8>, Fault> {
        let managers = self.environment.cache_managers.clone();
        match method.signature {
            "isCacheManager(address)" => {
                ask.burn(READ)?;
                Ok(words(&[managers.contains(&ask.address(0)).into()]))
            }
            "allCacheManagers()" => {
                ask.burn(READ * (1 + managers.len() as u64))?;
                let mut list = words(&[32, managers.len() as u128]);
                list.extend(managers.iter().flat_map(padded));
                Ok(list)
            }
            "codehashIsCached(bytes32)" => {
                ask.burn(READ)?;
                let record = self.world.records.get(&ask.word(0));
                Ok(words(&[record.is_some_and(|record| record.cached).into()]))
            }
            "cacheProgram(address)" => {
                let hash = self.code_hash(ask, &ask.address(0))?;
                self.set_cached(ask, hash, true)
            }
            "evictCodehash(bytes32)" => self.set_cached(ask, ask.word(0), false),
            other => Err(Fault::Unmodelled(other.to_owned())),
        }
    }

    fn set_cached(&mut self, ask: &mut Ask, hash: Word, cached: bool) -> Result<Vec<u8>, Fault> {
        let manager = ask.message.caller;
        ask.burn(READ)?;
        if !self.environment.cache_managers.contains(&manager) {
            // Owners may too, but there are none.
            return Err(Fault::All);
        }
        ask.burn(PARAMETERS + READ)?;
        let now = self.environment.timestamp;
        let record = self.world.records.get(&hash).copied();
        let Some(mut record) = record else {
            return match cached {
                true => error("ProgramNeedsUpgrade(uint16,uint16)", &[0, VERSION]),
                false => Ok(vec![]),
            };
        };
        if cached && record.is_expired(now) {
            return unusable(Unusable::Expired(record.age(now)));
        }
        if record.cached == cached {
            return Ok(vec![]);
        }
        self.emit(
            ask,
            "UpdateProgramCache(address,bytes32,bool)",
            &[padded(&manager), hash],
            words(&[cached.into()]),
        )?;
        ask.burn(record.estimates.init.into())?;
        // The module's hash is looked up.
        ask.burn(READ)?;
        ask.burn(WRITE)?;
        record.cached = cached;
        self.world.records.insert(hash, record);
        self.count(if cached { "cached" } else { "evicted" });
        Ok(vec![])
    }
}

fn unusable<T>(reason: Unusable) -> Result<T, Fault> {
    match reason {
        Unusable::NotActivated => error("ProgramNotActivated()", &[]),
        Unusable::Expired(age) => error("ProgramExpired(uint64)", &[age.into()]),
    }
}
