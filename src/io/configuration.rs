//! What the pool stands between, fixed at construction: tokens, feeds, venue and scales.

use alloy_primitives::Address;

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
    /// Whether base can be borrowed.
    pub has_lender: bool,
}

impl Configuration {
    /// The venue's proportional fee, WAD.
    pub fn venue_fee(&self) -> u128 {
        self.fee_tier as u128 * 1_000_000_000_000
    }
}
