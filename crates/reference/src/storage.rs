//! Storage through the cache of a frame.

use crate::frame::{Cached, Frame, Stop};
use crate::machine::Machine;
use crate::world::{Address, Word};

const COLD_SLOT: u64 = 2_100;
const WARM_SLOT: u64 = 100;
/// Gas of a load that the cache can't answer, beside that of the slot.
const MISS: u64 = 5;
const ZERO: Word = [0; 32];

impl Machine<'_> {
    /// Loads a slot and pays for it.
    pub(crate) fn load(&mut self, frame: &mut Frame, key: Word) -> Result<Word, Stop> {
        frame.reads += 1;
        let surcharge = match frame.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => 10,
        };
        if let Some(slot) = frame.slots.get(&key) {
            let value = slot.value;
            frame.buy_gas(surcharge)?;
            return Ok(value);
        }
        let acting = frame.message.acting;
        let cold = self.world.warm_slots.insert((acting, key));
        frame.buy_gas(surcharge + if cold { COLD_SLOT } else { WARM_SLOT } + MISS)?;
        let value = self.world.slot(&acting, &key);
        frame.slots.insert(
            key,
            Cached {
                value,
                known: Some(value),
            },
        );
        Ok(value)
    }

    /// Stores into the cache and pays for it.
    pub(crate) fn store(&mut self, frame: &mut Frame, key: Word, value: Word) -> Result<(), Stop> {
        frame.writes += 1;
        let surcharge = match frame.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => 10,
        };
        frame.buy_gas(surcharge)?;
        frame
            .slots
            .entry(key)
            .or_insert(Cached { value, known: None })
            .value = value;
        Ok(())
    }

    /// Writes what the cache holds into the state and pays for it.
    pub(crate) fn flush(&mut self, frame: &mut Frame, clear: bool) -> Result<(), Stop> {
        let acting = frame.message.acting;
        let mut dirty = Vec::new();
        for (key, slot) in &mut frame.slots {
            if slot.known != Some(slot.value) {
                slot.known = Some(slot.value);
                dirty.push((*key, slot.value));
            }
        }
        if clear {
            frame.slots.clear();
        }
        if dirty.is_empty() {
            return Ok(());
        }
        if frame.message.is_static {
            return Err(Stop::Failure);
        }
        let mut gas = 0;
        for (key, value) in dirty {
            gas += self.write_slot(acting, key, value);
        }
        frame.buy_gas(gas)
    }

    /// Writes a slot and gives the gas of it, by EIP-2200, 2929 and 3529.
    pub(crate) fn write_slot(&mut self, acting: Address, key: Word, value: Word) -> u64 {
        let cold = self.world.warm_slots.insert((acting, key));
        let current = self.world.slot(&acting, &key);
        let original = self.original(&acting, &key);
        let gas = if value == current || original != current {
            100
        } else if original == ZERO {
            20_000
        } else {
            2_900
        };
        if value != current {
            self.world.refund += refund(original, current, value);
        }
        self.world.set_slot(&acting, key, value);
        gas + if cold { COLD_SLOT } else { 0 }
    }
}

fn refund(original: Word, current: Word, value: Word) -> i64 {
    let mut refund = 0;
    if original != ZERO && current == ZERO {
        refund -= 4_800;
    }
    if original != ZERO && value == ZERO {
        refund += 4_800;
    }
    if original != current && original == value {
        refund += if original == ZERO { 19_900 } else { 2_800 };
    }
    refund
}
