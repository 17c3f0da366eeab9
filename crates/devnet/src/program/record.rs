//! What the chain stores about an activated program, by the hash of its code.

use alloy_primitives::{B256, U256};

use crate::machine::params::StylusParams;
use crate::machine::Machine;
use crate::program::engine::prepare;
use crate::program::place::{params_slot, record_slot};
use crate::wasm::estimate::Estimates;

/// Start of the clock that counts activation hours: the start of Arbitrum's own time.
pub(crate) const ARBITRUM_START: u64 = 1_421_388_000;
const SECONDS_PER_HOUR: u64 = 3_600;

/// A program's entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProgramRecord {
    /// Stylus version of the activation; 0 if there was none.
    pub version: u16,
    pub init_cost: u16,
    pub cached_cost: u16,
    pub footprint: u16,
    /// Hours from [`ARBITRUM_START`] to the activation.
    pub activated_at: u32,
    /// Native code in units of 1,024 bytes, rounded up.
    pub asm_kb: u32,
    /// Whether a cache manager pinned the program.
    pub cached: bool,
}

/// Why a program cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    NotActivated,
    NeedsUpgrade { version: u16, stylus_version: u16 },
    Expired { age: u64 },
}

impl Unusable {
    /// A node's words for it.
    pub(crate) fn text(&self) -> String {
        match self {
            Unusable::NotActivated => "error ProgramNotActivated()".to_owned(),
            Unusable::NeedsUpgrade {
                version,
                stylus_version,
            } => format!("error ProgramNeedsUpgrade({version}, {stylus_version})"),
            Unusable::Expired { age } => format!("error ProgramExpired({age})"),
        }
    }
}

impl ProgramRecord {
    /// The record of a program that is being activated.
    pub(crate) fn new(estimates: &Estimates, version: u16, now: u64, cached: bool) -> Self {
        Self {
            version,
            init_cost: estimates.init,
            cached_cost: estimates.cached_init,
            footprint: estimates.footprint,
            activated_at: hours_at(now),
            asm_kb: estimates.asm.div_ceil(1_024),
            cached,
        }
    }

    /// Seconds since activation, to the hour.
    pub(crate) fn age(&self, now: u64) -> u64 {
        let activated = ARBITRUM_START + u64::from(self.activated_at) * SECONDS_PER_HOUR;
        now.saturating_sub(activated)
    }

    /// Bytes of native code.
    pub(crate) fn asm_bytes(&self) -> u32 {
        self.asm_kb.saturating_mul(1_024)
    }

    /// The record itself if the program may run now.
    pub(crate) fn usable(self, params: &StylusParams, now: u64) -> Result<Self, Unusable> {
        if self.version == 0 {
            return Err(Unusable::NotActivated);
        }
        if self.version != params.version {
            return Err(Unusable::NeedsUpgrade {
                version: self.version,
                stylus_version: params.version,
            });
        }
        let age = self.age(now);
        if age > params.expiry_seconds() {
            return Err(Unusable::Expired { age });
        }
        Ok(self)
    }

    fn pack(&self) -> U256 {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(self.init_cost.to_be_bytes());
        bytes.extend(self.cached_cost.to_be_bytes());
        bytes.extend(self.footprint.to_be_bytes());
        bytes.extend(&self.activated_at.to_be_bytes()[1..]);
        bytes.extend(&self.asm_kb.to_be_bytes()[1..]);
        bytes.push(u8::from(self.cached));
        bytes.resize(32, 0);
        U256::from_be_slice(&bytes)
    }

    fn unpack(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        let pair = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let triple = |at: usize| u32::from_be_bytes([0, bytes[at], bytes[at + 1], bytes[at + 2]]);
        Self {
            version: pair(0),
            init_cost: pair(2),
            cached_cost: pair(4),
            footprint: pair(6),
            activated_at: triple(8),
            asm_kb: triple(11),
            cached: bytes[14] != 0,
        }
    }
}

/// Hours since [`ARBITRUM_START`].
pub(crate) fn hours_at(now: u64) -> u32 {
    (now.saturating_sub(ARBITRUM_START) / SECONDS_PER_HOUR) as u32
}

impl Machine {
    /// Parameters of Stylus at this moment.
    pub(crate) fn stylus_params(&mut self) -> StylusParams {
        StylusParams::unpack(self.arbos_read(params_slot()))
    }

    pub(crate) fn set_stylus_params(&mut self, params: &StylusParams) {
        self.arbos_write(params_slot(), params.pack());
    }

    pub(crate) fn program_record(&mut self, code_hash: B256) -> ProgramRecord {
        let slot = record_slot(code_hash);
        let word = self.arbos_read(slot);
        if !word.is_zero() {
            return ProgramRecord::unpack(word);
        }
        self.record_beneath(code_hash, slot).unwrap_or_default()
    }

    /// Record of a program on the chain that a forked one goes on from. Where that has no ArbOS, every program on it counts as
    /// activated at the fork.
    fn record_beneath(&mut self, code_hash: B256, slot: U256) -> Option<ProgramRecord> {
        let origin = self.journal().database.origin()?;
        if let Some(word) = origin.program_word(code_hash, slot) {
            return Some(ProgramRecord::unpack(word));
        }
        let (code, now) = (origin.program_code(code_hash)?, origin.point().timestamp);
        let params = self.stylus_params();
        let wasm = self.program_wasm(&code).ok()?;
        let checked = prepare(&wasm, self.rules(params.version)).ok()?;
        let record = ProgramRecord::new(&checked.estimates, params.version, now, false);
        let origin = self.journal().database.origin()?;
        origin.keep_program_word(code_hash, record.pack());
        Some(record)
    }

    pub(crate) fn set_program_record(&mut self, code_hash: B256, record: &ProgramRecord) {
        self.arbos_write(record_slot(code_hash), record.pack());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_every_field() {
        let record = ProgramRecord {
            version: 2,
            init_cost: 35_917,
            cached_cost: 646,
            footprint: 128,
            activated_at: 96_066,
            asm_kb: 4_588,
            cached: true,
        };
        assert_eq!(ProgramRecord::unpack(record.pack()), record);
    }

    #[test]
    fn age_counts_from_the_hour_of_activation() {
        let now = ARBITRUM_START + 5 * SECONDS_PER_HOUR + 3_599;
        let record = ProgramRecord {
            activated_at: hours_at(now),
            ..ProgramRecord::default()
        };
        assert_eq!(record.age(now), 3_599);
    }
}
