//! What is fixed at construction: tokens, feeds, venue and scales.

use super::table::{self, BASE, FEED, LENDER, QUOTE, SEQUENCER, VENUE};
use crate::{io::configuration::Configuration, words::Word, Pool};

/// Most decimals of a token or a feed.
pub const MAX_DECIMALS: u64 = 18;

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
        base_is_token0: base.word() < quote.word(),
        has_lender: !table.word(LENDER).is_zero(),
    }
}
