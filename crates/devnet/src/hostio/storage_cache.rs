//! The words of storage that a frame holds.

use std::collections::BTreeMap;

use alloy_primitives::U256;

/// Surcharge that must be affordable before any access to the cache.
pub(super) const REQUIRED_SURCHARGE: u64 = 10;

/// Words that a frame loaded or means to store.
#[derive(Debug, Default)]
pub(crate) struct StorageCache {
    slots: BTreeMap<U256, Slot>,
    reads: u32,
    writes: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    value: U256,
    /// Word in state, where the frame has seen it.
    known: Option<U256>,
}

impl Slot {
    fn is_dirty(&self) -> bool {
        self.known != Some(self.value)
    }
}

impl StorageCache {
    /// Surcharge in gas of one more read.
    pub(super) fn read_surcharge(&mut self) -> u64 {
        self.reads += 1;
        match self.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => REQUIRED_SURCHARGE,
        }
    }

    /// Surcharge in gas of one more write.
    pub(super) fn write_surcharge(&mut self) -> u64 {
        self.writes += 1;
        match self.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => REQUIRED_SURCHARGE,
        }
    }

    /// The word in a slot, if the frame holds it.
    pub(super) fn get(&self, key: U256) -> Option<U256> {
        self.slots.get(&key).map(|slot| slot.value)
    }

    /// Holds a word that was loaded from the state.
    pub(super) fn hold(&mut self, key: U256, value: U256) {
        let known = Some(value);
        self.slots.insert(key, Slot { value, known });
    }

    /// Holds a word that is to be stored.
    pub(super) fn store(&mut self, key: U256, value: U256) {
        let known = self.slots.get(&key).and_then(|slot| slot.known);
        self.slots.insert(key, Slot { value, known });
    }

    /// Dirty words, which count as stored from now on.
    pub(super) fn flush(&mut self, clear: bool) -> Vec<(U256, U256)> {
        let mut dirty = Vec::new();
        for (key, slot) in &mut self.slots {
            if slot.is_dirty() {
                slot.known = Some(slot.value);
                dirty.push((*key, slot.value));
            }
        }
        if clear {
            self.slots.clear();
        }
        dirty
    }
}
