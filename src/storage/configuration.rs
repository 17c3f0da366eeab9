//! What is fixed at construction: tokens, feeds, venue and scales.

use alloy_primitives::{Address, U256};

use super::slots::{self, BASE, FEED, QUOTE, VENUE};
use crate::{error::Word, io::words, Pool};

/// The pool's surroundings but for [`base`], which few calls need.
#[derive(Clone, Copy)]
pub struct Configuration {
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

/// Where the strike tick begins beside the address of quote, and its length.
pub const TICK_SHIFT: u32 = 41;
const TICK_BITS: u32 = 40;
/// The strike tick's place beside the address of quote.
pub const TICK_MASK: u128 = ((1 << TICK_BITS) - 1) << TICK_SHIFT;
/// The bit that says that there is a lender.
const LENDER_SHIFT: u32 = TICK_SHIFT + TICK_BITS;

/// Most decimals of a token or a feed.
pub const MAX_DECIMALS: u64 = 18;

impl Configuration {
    /// The venue's proportional fee, WAD.
    pub fn venue_fee(&self) -> u128 {
        self.fee_tier as u128 * 1_000_000_000_000
    }
}

/// What stands beside the address in a word: its upper 96 bits.
pub fn beside(word: U256) -> u128 {
    let [.., high, top] = *word.as_limbs();
    (high >> 32) as u128 | (top as u128) << 32
}

/// The address of a word with this beside it.
pub fn with_beside(word: U256, beside: u128) -> U256 {
    let [low, middle, high, _] = *word.as_limbs();
    let high = high & 0xffff_ffff | (beside as u64) << 32;
    U256::from_limbs([low, middle, high, (beside >> 32) as u64])
}

/// WAD per atom of a token with these decimals.
#[inline(never)]
pub fn scale(decimals: u64) -> u128 {
    10u64.pow((MAX_DECIMALS - decimals.min(MAX_DECIMALS)) as u32) as u128
}

/// Reads the configuration.
pub fn load(pool: &Pool) -> Configuration {
    let [quote, feed, venue] = [QUOTE, FEED, VENUE].map(|slot| slots::load(pool, slot));
    let has_lender = beside(quote) >> LENDER_SHIFT & 1 == 1;
    let traits = beside(quote) as u64;
    let scale = |shift: u32| scale(traits >> shift & 0x1f);
    let upper = beside(feed);
    let sequencer = [beside(venue) as u64, upper as u64, (upper >> 64) as u64, 0];
    Configuration {
        quote: words::address(quote),
        feed: words::address(feed),
        sequencer: words::address(U256::from_limbs(sequencer)),
        venue: words::address(venue),
        fee_tier: traits & 0xff_ffff,
        base_scale: scale(24),
        quote_scale: scale(29),
        feed_scale: scale(34),
        base_is_token0: traits >> 39 & 1 == 1,
        has_lender,
    }
}

/// The asset options are written on.
#[inline(never)]
pub fn base(pool: &Pool) -> Address {
    words::address(slots::load(pool, BASE))
}

/// Writes the configuration; only the constructor does, before any parameter.
pub fn store(pool: &mut Pool, base: Address, configuration: &Configuration) {
    let decimals = |scale: u128| MAX_DECIMALS - scale.ilog10() as u64;
    let traits = configuration.fee_tier
        | decimals(configuration.base_scale) << 24
        | decimals(configuration.quote_scale) << 29
        | decimals(configuration.feed_scale) << 34
        | (configuration.base_is_token0 as u64) << 39
        | 1 << 40;
    let lender = (configuration.has_lender as u128) << LENDER_SHIFT;
    let [lower, middle, high, _] = *configuration.sequencer.word().as_limbs();
    let upper = middle as u128 | (high as u128) << 64;
    for (slot, address, beside) in [
        (BASE, base, 0),
        (QUOTE, configuration.quote, traits as u128 | lender),
        (FEED, configuration.feed, upper),
        (VENUE, configuration.venue, lower as u128),
    ] {
        slots::store(pool, slot, with_beside(address.word(), beside));
    }
}

/// Whether the constructor has run.
pub fn is_constructed(pool: &Pool) -> bool {
    !slots::load(pool, BASE).is_zero()
}
