//! Chain-wide parameters of Stylus, stored by ArbOS in one word.

use alloy_primitives::U256;

/// Gas that one unit of `min_init_gas` stands for.
const MIN_INIT_UNIT: u64 = 128;
/// Gas that one unit of `min_cached_init_gas` stands for.
const MIN_CACHED_UNIT: u64 = 32;
/// Percent that one unit of a cost scalar stands for.
const SCALAR_PERCENT: u64 = 2;
const SECONDS_PER_DAY: u64 = 86_400;

/// ArbOS versions at which parameters change.
const STYLUS_FIXES: u64 = 31;
const DEPTH_CAP: u64 = 50;
const SINGLE_VALUE: u64 = 59;
const LARGE_PROGRAMS: u64 = 60;

const CAPPED_DEPTH: u32 = 22_000;
/// Largest decompressed program, and the number of fragments that it may come in.
const LARGE_WASM_SIZE: u32 = 262_144;
const LARGE_FRAGMENT_COUNT: u8 = 4;

/// Growth of the page price; reported, not used in charging.
pub(crate) const PAGE_RAMP: u64 = 620_674_314;

/// Parameters in the units in which they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StylusParams {
    pub version: u16,
    /// Ink per gas; 24 bits.
    pub ink_price: u32,
    /// Words of stack that a program may use.
    pub max_stack_depth: u32,
    pub free_pages: u16,
    pub page_gas: u16,
    pub page_limit: u16,
    pub min_init_gas: u8,
    pub min_cached_init_gas: u8,
    pub init_cost_scalar: u8,
    pub cached_cost_scalar: u8,
    pub expiry_days: u16,
    pub keepalive_days: u16,
    pub block_cache_size: u16,
    pub max_wasm_size: u32,
    pub max_fragment_count: u8,
}

impl StylusParams {
    /// Parameters of a chain that started at `arbos_version`.
    pub(crate) fn genesis(arbos_version: u64) -> Self {
        let launch = Self {
            version: 1,
            ink_price: 10_000,
            max_stack_depth: 262_144,
            free_pages: 2,
            page_gas: 1_000,
            page_limit: 128,
            min_init_gas: 72,
            min_cached_init_gas: 11,
            init_cost_scalar: 50,
            cached_cost_scalar: 50,
            expiry_days: 365,
            keepalive_days: 31,
            block_cache_size: 32,
            max_wasm_size: 131_072,
            max_fragment_count: 0,
        };
        launch.upgraded(0, arbos_version)
    }

    /// Parameters after an upgrade of ArbOS from one version to another.
    pub(crate) fn upgraded(mut self, from: u64, to: u64) -> Self {
        let passes = |version| from < version && version <= to;
        if passes(STYLUS_FIXES) {
            self.version = 2;
            self.min_init_gas = 69;
        }
        if passes(DEPTH_CAP) {
            self.max_stack_depth = self.max_stack_depth.min(CAPPED_DEPTH);
        }
        if passes(SINGLE_VALUE) {
            self.version = 3;
        }
        if passes(LARGE_PROGRAMS) {
            self.max_wasm_size = LARGE_WASM_SIZE;
            self.max_fragment_count = LARGE_FRAGMENT_COUNT;
        }
        self
    }

    /// Least gas for entering a program that is not cached.
    pub(crate) fn min_init_gas(&self) -> u64 {
        u64::from(self.min_init_gas) * MIN_INIT_UNIT
    }

    /// Least gas for entering a cached program.
    pub(crate) fn min_cached_init_gas(&self) -> u64 {
        u64::from(self.min_cached_init_gas) * MIN_CACHED_UNIT
    }

    /// Stores the minima, given in gas and rounded up to units.
    pub(crate) fn set_min_init_gas(&mut self, gas: u64, cached: u64) {
        let units = |gas: u64, unit: u64| u8::try_from(gas.div_ceil(unit)).unwrap_or(u8::MAX);
        self.min_init_gas = units(gas, MIN_INIT_UNIT);
        self.min_cached_init_gas = units(cached, MIN_CACHED_UNIT);
    }

    /// Percentage applied to a program's initialisation cost.
    pub(crate) fn init_cost_percent(&self) -> u64 {
        u64::from(self.init_cost_scalar) * SCALAR_PERCENT
    }

    /// Stores the percentage, rounded up to units.
    pub(crate) fn set_init_cost_percent(&mut self, percent: u64) {
        let units = percent.div_ceil(SCALAR_PERCENT);
        self.init_cost_scalar = u8::try_from(units).unwrap_or(u8::MAX);
    }

    /// Gas for initialising a program that is not cached.
    pub(crate) fn init_gas(&self, init_cost: u16) -> u64 {
        self.min_init_gas() + scaled(init_cost, self.init_cost_scalar)
    }

    /// Gas for initialising a cached program.
    pub(crate) fn cached_gas(&self, cached_cost: u16) -> u64 {
        self.min_cached_init_gas() + scaled(cached_cost, self.cached_cost_scalar)
    }

    /// Seconds after which a program has to be activated again.
    pub(crate) fn expiry_seconds(&self) -> u64 {
        u64::from(self.expiry_days) * SECONDS_PER_DAY
    }

    /// Seconds that must pass before a program's life can be extended.
    pub(crate) fn keepalive_seconds(&self) -> u64 {
        u64::from(self.keepalive_days) * SECONDS_PER_DAY
    }

    /// Packs the parameters, first field in the highest bytes.
    pub(crate) fn pack(&self) -> U256 {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(&self.ink_price.to_be_bytes()[1..]);
        bytes.extend(self.max_stack_depth.to_be_bytes());
        bytes.extend(self.free_pages.to_be_bytes());
        bytes.extend(self.page_gas.to_be_bytes());
        bytes.extend(self.page_limit.to_be_bytes());
        bytes.extend([
            self.min_init_gas,
            self.min_cached_init_gas,
            self.init_cost_scalar,
            self.cached_cost_scalar,
        ]);
        bytes.extend(self.expiry_days.to_be_bytes());
        bytes.extend(self.keepalive_days.to_be_bytes());
        bytes.extend(self.block_cache_size.to_be_bytes());
        bytes.extend(self.max_wasm_size.to_be_bytes());
        bytes.push(self.max_fragment_count);
        bytes.resize(32, 0);
        U256::from_be_slice(&bytes)
    }

    /// Inverse of [`StylusParams::pack`].
    pub(crate) fn unpack(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        let number = |from: usize, to: usize| {
            let digits = bytes[from..to].iter();
            digits.fold(0u32, |number, byte| number << 8 | u32::from(*byte))
        };
        Self {
            version: number(0, 2) as u16,
            ink_price: number(2, 5),
            max_stack_depth: number(5, 9),
            free_pages: number(9, 11) as u16,
            page_gas: number(11, 13) as u16,
            page_limit: number(13, 15) as u16,
            min_init_gas: bytes[15],
            min_cached_init_gas: bytes[16],
            init_cost_scalar: bytes[17],
            cached_cost_scalar: bytes[18],
            expiry_days: number(19, 21) as u16,
            keepalive_days: number(21, 23) as u16,
            block_cache_size: number(23, 25) as u16,
            max_wasm_size: number(25, 29),
            max_fragment_count: bytes[29],
        }
    }
}

/// `cost` at a scalar's percentage, rounded up.
fn scaled(cost: u16, scalar: u8) -> u64 {
    (u64::from(cost) * u64::from(scalar) * SCALAR_PERCENT).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::StylusParams;

    #[test]
    fn packing_keeps_every_field() {
        for version in [30, 31, 51, 59, 60, 61] {
            let params = StylusParams::genesis(version);
            assert_eq!(StylusParams::unpack(params.pack()), params);
        }
    }

    #[test]
    fn upgrades_change_what_the_versions_changed() {
        let launch = StylusParams::genesis(30);
        assert_eq!((launch.version, launch.min_init_gas()), (1, 9_216));
        assert_eq!(launch.max_stack_depth, 262_144);
        let second = launch.upgraded(30, 51);
        assert_eq!(second, StylusParams::genesis(51));
        assert_eq!((second.version, second.min_init_gas()), (2, 8_832));
        assert_eq!(
            (second.min_cached_init_gas(), second.max_stack_depth),
            (352, 22_000)
        );
        let third = second.upgraded(51, 59);
        assert_eq!((third.version, third.max_wasm_size), (3, 131_072));
        assert_eq!(third.max_fragment_count, 0);
        let today = third.upgraded(59, 61);
        assert_eq!(today, StylusParams::genesis(61));
        assert_eq!(
            (today.max_wasm_size, today.max_fragment_count),
            (262_144, 4)
        );
    }
}
