//! What activation costs and what it records.

/// What the costs of a module depend on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sizes {
    /// Bytes of the module.
    pub bytes: u64,
    /// Functions that it defines.
    pub functions: u64,
    /// Parameters and results of these together.
    pub words: u64,
    /// Globals that it defines.
    pub globals: u64,
    /// Bytes that data segments hold.
    pub data: u64,
    /// Bytes of data segments as encoded.
    pub data_encoded: u64,
    /// Bytes of element segments as encoded.
    pub elements_encoded: u64,
    /// Pages of memory at the start.
    pub pages: u64,
    /// Operators, with those that charging adds.
    pub operators: u64,
}

/// What activation records about a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimates {
    /// Gas to initialise it, without the chain's minimum.
    pub init: u16,
    /// The same while it is cached.
    pub cached: u16,
    /// Bytes of native code that are paid for.
    pub asm: u32,
    /// Pages of memory at the start.
    pub footprint: u16,
}

/// Globals that charging adds.
const ADDED_GLOBALS: u64 = 4;

impl Sizes {
    /// What is recorded, or none if a number does not fit.
    pub fn estimates(&self) -> Option<Estimates> {
        let encoded = self.data_encoded + self.elements_encoded;
        let globals = self.globals + ADDED_GLOBALS;
        let asm = 512_000
            + self.functions * 996_829 / 1_000
            + self.words * 11_416 / 1_000
            + self.bytes * 62_628 / 10_000;
        let cached = self.functions * 13_420 / 100_000
            + self.words * 89 / 100_000
            + self.bytes * 122 / 100_000
            + globals * 1_628 / 1_000
            + encoded * 75_244 / 100_000
            + self.pages * 5;
        let init = self.functions * 8_252 / 1_000
            + self.words * 1_059 / 1_000
            + self.bytes * 1_286 / 10_000;
        Some(Estimates {
            init: init.try_into().ok()?,
            cached: cached.try_into().ok()?,
            asm: asm.try_into().ok()?,
            footprint: self.pages.try_into().ok()?,
        })
    }

    /// Gas of activation that depends on the module.
    pub fn activation_gas(&self) -> u64 {
        let microseconds = [
            self.bytes * 31_733 / 100_000,
            self.functions * 17_263 / 100_000,
            self.data * 17_376 / 100_000,
            self.elements_encoded * 17_376 / 100_000,
            self.pages * 2_217,
            self.operators * 535 / 1_000,
        ];
        microseconds.iter().map(|time| time * 28).sum()
    }
}

/// Gas that every activation takes.
pub(crate) const FIXED: u64 = 1_659_168;

/// Gas of initialising a program that is not cached, beside that of one that is.
pub(crate) fn init_gas(estimates: &Estimates) -> u64 {
    69 * 128 + u64::from(estimates.init)
}

/// Gas of initialising a program that is cached.
pub(crate) fn cached_gas(estimates: &Estimates) -> u64 {
    11 * 32 + u64::from(estimates.cached)
}

/// Gas of entering a program, without its pages.
pub(crate) fn entry(estimates: &Estimates, cached: bool) -> u64 {
    cached_gas(estimates) + if cached { 0 } else { init_gas(estimates) }
}
