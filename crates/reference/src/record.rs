//! What the chain keeps of an activated program, and what keeping it costs.

use crate::cost::Estimates;

/// Start of the clock that counts the hours of activations, in Unix seconds.
const START: u64 = 1_421_388_000;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;
/// Days after which a program has to be activated again.
pub(crate) const EXPIRY_DAYS: u64 = 365;
/// Days that have to pass before its life can be extended.
pub(crate) const KEEPALIVE_DAYS: u64 = 31;

/// What is kept of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub estimates: Estimates,
    /// Hours from the clock's start to the activation.
    pub hours: u64,
    pub cached: bool,
}

/// Why a program can't be used, with its age if it is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    NotActivated,
    Expired(u64),
}

/// Hours at a time in Unix seconds.
pub(crate) fn hours(now: u64) -> u64 {
    now.saturating_sub(START) / HOUR
}

impl Record {
    /// Seconds since the activation, to the hour.
    pub fn age(&self, now: u64) -> u64 {
        now.saturating_sub(START + self.hours * HOUR)
    }

    pub fn is_expired(&self, now: u64) -> bool {
        self.age(now) > EXPIRY_DAYS * DAY
    }

    pub fn is_too_young(&self, now: u64) -> bool {
        self.age(now) < KEEPALIVE_DAYS * DAY
    }

    /// Seconds until it expires.
    pub fn time_left(&self, now: u64) -> u64 {
        (EXPIRY_DAYS * DAY).saturating_sub(self.age(now))
    }

    /// Bytes of native code, in whole kibibytes.
    pub fn asm(&self) -> u32 {
        self.estimates.asm.div_ceil(1_024) * 1_024
    }
}

/// The price of keeping native code, which rises with the demand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pricer {
    demand: u32,
    at: u64,
}

impl Default for Pricer {
    fn default() -> Self {
        Self {
            demand: 0,
            at: START,
        }
    }
}

impl Pricer {
    const BYTES_PER_SECOND: u32 = 34_865;
    const MINIMUM: u64 = 82_928_201;
    const INERTIA: u64 = 21_360_419;
    const ONE: u64 = 10_000;

    /// Adds bytes to the demand and gives the fee for them in wei.
    pub fn charge(&mut self, bytes: u32, now: u64) -> u128 {
        let passed = u32::try_from(now - self.at).unwrap_or(u32::MAX);
        let forgotten = Self::BYTES_PER_SECOND.saturating_mul(passed);
        self.demand = self.demand.saturating_sub(forgotten).saturating_add(bytes);
        self.at = now;
        let x = Self::ONE * u64::from(self.demand) / Self::INERTIA;
        let mut power = Self::ONE + x / 12;
        for term in (1..12).rev() {
            power = Self::ONE + power * x / (term * Self::ONE);
        }
        let per_byte = Self::MINIMUM * power / Self::ONE;
        u128::from(per_byte) * u128::from(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Pricer;

    #[test]
    fn known_fees() {
        for (bytes, fee) in [
            (512_001, 43_482_591_166_770),
            (520_000, 44_179_169_320_000),
            (600_000, 51_165_041_400_000),
            (750_000, 64_416_552_750_000),
        ] {
            assert_eq!(
                Pricer::default().charge(bytes, 1_767_225_600),
                fee,
                "{bytes}"
            );
        }
    }
}
