//! What is fixed at construction: tokens, feeds, venue and scales.

use alloy_primitives::Address;

use super::table::{self, BASE, FEED, LENDER, QUOTE, SEQUENCER, VENUE};
use crate::Pool;

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
    /// Whether base can be borrowed ([`super::lending`] has where).
    pub has_lender: bool,
}

/// Most decimals of a token or a feed.
pub const MAX_DECIMALS: u64 = 18;

impl Configuration {
    /// The venue's proportional fee, WAD.
    pub fn venue_fee(&self) -> u128 {
        self.fee_tier as u128 * 1_000_000_000_000
    }
}

/// WAD per atom of a token with these decimals.
#[inline(never)]
pub fn scale(decimals: u64) -> u128 {
    10u64.pow((MAX_DECIMALS - decimals.min(MAX_DECIMALS)) as u32) as u128
}

/// Reads the configuration.
pub fn load(pool: &Pool) -> Configuration {
    let table = table::load(pool);
    let [base, quote, feed, sequencer, venue] =
        [BASE, QUOTE, FEED, SEQUENCER, VENUE].map(|place| table.address(place));
    Configuration {
        base,
        quote,
        feed,
        sequencer,
        venue,
        fee_tier: table.number(table::FEE_TIER) as u64,
        quote_scale: table.number(table::QUOTE_SCALE),
        base_scale: table.number(table::BASE_SCALE),
        feed_scale: table.number(table::FEED_SCALE),
        base_is_token0: base < quote,
        has_lender: !table.word(LENDER).is_zero(),
    }
}
