//! What is fixed at construction: tokens, feeds, venue and scales.

use alloy_primitives::{Address, U256};

use super::slots::{self, BASE, FEED, QUOTE, SEQUENCER, TRAITS, VENUE};
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

const TOKEN0: u64 = 1 << 63;

impl Configuration {
    /// The venue's proportional fee, WAD.
    pub fn venue_fee(&self) -> u128 {
        self.fee_tier as u128 * 1_000_000_000_000
    }
}

/// Reads the configuration.
pub fn load(pool: &Pool) -> Configuration {
    let traits = slots::load(pool, TRAITS);
    let limbs = traits.as_limbs();
    let address = |slot| words::address(slots::load(pool, slot));
    Configuration {
        base: address(BASE),
        quote: address(QUOTE),
        feed: address(FEED),
        sequencer: address(SEQUENCER),
        venue: address(VENUE),
        fee_tier: limbs[0],
        quote_scale: limbs[1] as u128,
        base_scale: limbs[2] as u128,
        feed_scale: (limbs[3] & !TOKEN0) as u128,
        base_is_token0: limbs[3] & TOKEN0 != 0,
    }
}

/// Writes the configuration; only the constructor does.
pub fn store(pool: &mut Pool, configuration: &Configuration) {
    for (slot, address) in [
        (BASE, configuration.base),
        (QUOTE, configuration.quote),
        (FEED, configuration.feed),
        (SEQUENCER, configuration.sequencer),
        (VENUE, configuration.venue),
    ] {
        slots::store(pool, slot, address.word());
    }
    let order = if configuration.base_is_token0 {
        TOKEN0
    } else {
        0
    };
    let traits = U256::from_limbs([
        configuration.fee_tier,
        configuration.quote_scale as u64,
        configuration.base_scale as u64,
        configuration.feed_scale as u64 | order,
    ]);
    slots::store(pool, TRAITS, traits);
}

/// Whether the constructor has run.
pub fn is_constructed(pool: &Pool) -> bool {
    !slots::load(pool, TRAITS).is_zero()
}
