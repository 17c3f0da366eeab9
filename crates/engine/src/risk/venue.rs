//! A Uniswap v3 pool's own numbers as price and depth.

use crate::number::word::Word;
use crate::state::u128_wad;
pub use crate::state::VenueReading;

/// `sqrtPriceX96`, liquidity in range, fee, and what turns atoms into WAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct VenueState {
    /// Square root of token1 per token0, Q64.96, three words, least significant first.
    pub sqrt_price: [u64; 3],
    /// Ticks from where the price is to where it was before anyone traded there in this second, of token1 per token0.
    pub ticks_before: i64,
    /// Liquidity in range.
    pub liquidity: u128,
    /// Whether the base asset is token0.
    pub base_is_token0: bool,
    /// WAD per quote atom.
    pub quote_scale: u64,
    /// WAD per base atom.
    pub base_scale: u64,
    /// Fee in hundredths of a basis point.
    pub fee: u32,
    /// Farthest price from the feed's at which the hedge trades, as a share of the feed's, WAD.
    pub limit: u64,
}

/// ln 1.0001: a tick.
const TICK: Word = Word::from_ratio(99_995_000_333_308, 1_000_000_000_000_000_000);
/// A hundredth of a basis point, WAD.
const FEE_UNIT: u64 = 1_000_000_000_000;

/// With ρ the root of quote atoms per base atom: price = ρ²; a relative move m takes liquidity·ρ·m/2 of quote.
pub fn read(state: &VenueState) -> VenueReading {
    let [low, middle, high] = state.sqrt_price;
    let sqrt_price = Word::of(low, -96, 0) + Word::of(middle, -32, 0) + Word::of(high, 32, 0);
    let root = if state.base_is_token0 {
        sqrt_price
    } else {
        sqrt_price.recip()
    };
    let (quote_scale, base_scale) = (
        Word::of(state.quote_scale, 0, 0),
        Word::of(state.base_scale, 0, 0),
    );
    let price = root.square() * quote_scale / base_scale;
    let ticks = if state.base_is_token0 {
        state.ticks_before
    } else {
        -state.ticks_before
    };
    // However far: what is held within bounds here is so from where the price was pushed to.
    let moved = match ticks {
        0 => price,
        ticks => price * (Word::from_int(ticks) * TICK).exp(),
    };
    let liquidity =
        Word::of(state.liquidity as u64, 0, 0) + Word::of((state.liquidity >> 64) as u64, 64, 0);
    // `from_wad` and `to_wad` cancel for amounts that are counted in atoms of a WAD.
    let depth = (liquidity * root * quote_scale).half();
    VenueReading {
        price: u128_wad(price),
        before: u128_wad(moved),
        depth: atoms(depth),
        fee: state.fee as u64 * FEE_UNIT,
        limit: state.limit,
    }
}

/// An integer-valued number as an integer.
fn atoms(value: Word) -> u128 {
    const WAD: Word = Word::from_int(1_000_000_000_000_000_000);
    u128_wad(value / WAD)
}

/// A marginal price (quote per base, WAD) as `sqrtPriceX96` of this venue, nearest to 2^-54; three words, least
/// significant first. Zero for a price of zero.
pub fn sqrt_price_x96(price: u128, state: &VenueState) -> [u64; 3] {
    let scale = Word::of(state.base_scale, 0, 0) / Word::of(state.quote_scale, 0, 0);
    let root = (Word::from_wad_u128(price) * scale).sqrt();
    let root = if state.base_is_token0 || root.is_zero() {
        root
    } else {
        root.recip()
    };
    if root.is_zero() {
        return [0; 3];
    }
    let (mantissa, exponent) = (root.mantissa(), root.exponent() + 96);
    let mut words = [0; 3];
    for (index, word) in words.iter_mut().enumerate() {
        let shift = exponent - 64 * index as i32;
        *word = match shift {
            0..=63 => mantissa << shift,
            -63..=-1 => mantissa >> -shift,
            _ => 0,
        };
    }
    words
}
