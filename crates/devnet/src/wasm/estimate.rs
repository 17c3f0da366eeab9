//! What a program costs to activate and to enter, estimated from its size.

/// Gas per microsecond of activation work: 7,000,000 gas a second at twice the speed limit's half second.
const GAS_PER_MICROSECOND: u64 = 28;

/// First ArbOS version that charges activation for the bytes of the module.
const BYTES_CHARGED_SINCE: u64 = 32;

/// First ArbOS version that charges the cached cost apart from the rest.
const SEPARATE_CACHED_COST: u64 = 31;

/// Counts that decide the estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Bytes of the decompressed module.
    pub bytes: u64,
    /// Defined functions.
    pub functions: u64,
    /// Parameters and results of the defined functions together.
    pub arity: u64,
    /// Globals, those of the instrumentation included.
    pub globals: u64,
    /// Bytes that data segments hold.
    pub data_payload: u64,
    /// Encoded bytes of element segments.
    pub element_payload: u64,
    /// Encoded bytes of data and element segments.
    pub segment_bytes: u64,
    /// Initial pages of memory.
    pub pages: u64,
    /// Operators after instrumentation.
    pub operators: u64,
}

/// Estimates that the chain stores with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estimates {
    /// Gas of entering the program, on top of the cached cost.
    pub init: u16,
    /// Gas of entering the program when it is cached.
    pub cached_init: u16,
    /// Bytes of native code.
    pub asm: u32,
    /// Pages of memory at the start.
    pub footprint: u16,
}

impl Estimates {
    /// Estimates as the given version of ArbOS makes them.
    ///
    /// # Errors
    /// When an estimate is too large to be stored.
    pub(crate) fn new(sizes: &Sizes, arbos_version: u64) -> Result<Self, String> {
        let Sizes {
            bytes,
            functions,
            arity,
            globals,
            segment_bytes,
            pages,
            ..
        } = *sizes;
        let asm = 512_000
            + functions * 996_829 / 1_000
            + arity * 11_416 / 1_000
            + bytes * 62_628 / 10_000;
        let cached_init = functions * 13_420 / 100_000
            + arity * 89 / 100_000
            + bytes * 122 / 100_000
            + globals * 1_628 / 1_000
            + segment_bytes * 75_244 / 100_000
            + pages * 5;
        let mut init = functions * 8_252 / 1_000 + arity * 1_059 / 1_000 + bytes * 1_286 / 10_000;
        if arbos_version < SEPARATE_CACHED_COST {
            init += cached_init;
        }
        Ok(Self {
            init: u16::try_from(init).map_err(|_| "init cost too high")?,
            cached_init: u16::try_from(cached_init).map_err(|_| "cached cost too high")?,
            asm: u32::try_from(asm).map_err(|_| "asm estimate too large")?,
            footprint: u16::try_from(pages).map_err(|_| "memory too large")?,
        })
    }
}

/// Gas that activation charges for its computation.
pub(crate) fn activation_gas(sizes: &Sizes, arbos_version: u64) -> u64 {
    let bytes = if arbos_version >= BYTES_CHARGED_SINCE {
        sizes.bytes * 31_733 / 100_000
    } else {
        0
    };
    let microseconds = [
        bytes,
        sizes.functions * 17_263 / 100_000,
        sizes.data_payload * 17_376 / 100_000,
        sizes.element_payload * 17_376 / 100_000,
        sizes.pages * 2_217,
        sizes.operators * 535 / 1_000,
    ];
    microseconds
        .into_iter()
        .map(|item| item * GAS_PER_MICROSECOND)
        .sum()
}
