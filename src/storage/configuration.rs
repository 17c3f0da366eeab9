//! What is fixed at construction: tokens, feeds, venue and scales.

use alloy_primitives::{Address, U256};

use super::slots::{self, BASE, FEED, QUOTE, SEQUENCER, VENUE};
use crate::{error::Word, io::words, Pool};

/// The pool's surroundings.
#[derive(Clone, Copy)]
pub struct Configuration {
    /// The asset options are written on.
    pub base: Address,
    /// The asset premiums are paid in.
    pub quote: Address,
    /// Price feed, quote per base.
    pub feed: Address,
    /// Sequencer uptime feed; zero on a chain without one.
    pub sequencer: Address,
    /// The Uniswap v3 pool that the hedge trades on.
    pub venue: Address,
    /// Uniswap fee tier, hundredths of a basis point.
    pub fee_tier: u64,
    /// WAD per quote atom.
    pub quote_scale: u128,
    /// WAD per base atom.
    pub base_scale: u128,
    /// WAD per unit of the feed's answer.
    pub feed_scale: u128,
    /// Whether base is token0 of the venue.
    pub base_is_token0: bool,
}

/// Most decimals of a token or a feed.
pub const MAX_DECIMALS: u64 = 18;
/// Bits of an address.
const ADDRESS: usize = 160;

impl Configuration {
    /// The venue's proportional fee, WAD.
    pub fn venue_fee(&self) -> u128 {
        self.fee_tier as u128 * 1_000_000_000_000
    }
}

/// Reads the configuration.
pub fn load(pool: &Pool) -> Configuration {
    let base = slots::load(pool, BASE);
    // From bit 128 on: the rest of the address, then what stands beside it.
    let [_, _, high, top] = *base.as_limbs();
    let beside = high >> 32 | top << 32;
    let scale =
        |shift: u32| 10u128.pow((MAX_DECIMALS - (beside >> shift & 0x1f).min(MAX_DECIMALS)) as u32);
    let address = |slot| words::address(slots::load(pool, slot));
    Configuration {
        base: words::address(base),
        quote: address(QUOTE),
        feed: address(FEED),
        sequencer: address(SEQUENCER),
        venue: address(VENUE),
        fee_tier: beside & 0xff_ffff,
        base_scale: scale(24),
        quote_scale: scale(32),
        feed_scale: scale(40),
        base_is_token0: beside >> 48 & 1 == 1,
    }
}

/// Writes the configuration; only the constructor does.
pub fn store(pool: &mut Pool, configuration: &Configuration) {
    let decimals = |scale: u128| MAX_DECIMALS - scale.ilog10() as u64;
    let beside = configuration.fee_tier
        | decimals(configuration.base_scale) << 24
        | decimals(configuration.quote_scale) << 32
        | decimals(configuration.feed_scale) << 40
        | (configuration.base_is_token0 as u64) << 48
        | 1 << 56;
    let beside = U256::from_limbs([beside, 0, 0, 0]) << ADDRESS;
    slots::store(pool, BASE, configuration.base.word() | beside);
    for (slot, address) in [
        (QUOTE, configuration.quote),
        (FEED, configuration.feed),
        (SEQUENCER, configuration.sequencer),
        (VENUE, configuration.venue),
    ] {
        slots::store(pool, slot, address.word());
    }
}

/// Whether the constructor has run.
pub fn is_constructed(pool: &Pool) -> bool {
    !slots::load(pool, BASE).is_zero()
}
