//! The hedge venue: one Uniswap v3 pool, read and traded directly.
//!
//! Assumed of it: it is the pool that its factory names for the pair (the constructor checks), so the amounts that a swap
//! returns are those that moved. Every swap carries a marginal price limit, fills in part, and is paid for in a callback
//! that answers only while a swap of ours runs.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smirk_engine::{
    venue::{self, VenueState},
    wide::mul_div_down,
};

use super::{configuration::Configuration, host};
use crate::{
    error::{refuse, Refusal},
    interface::external::UniswapPool,
    scale::WAD,
    words::{self, Words},
    Pool,
};

/// Uniswap's least and greatest `sqrtPriceX96`, of which it takes none as a limit.
const LEAST_ROOT: u64 = 4_295_128_739;

/// Observations that the venue is asked to keep.
const OBSERVATIONS: u64 = 4;

/// What a swap did, in atoms.
#[derive(Clone, Copy)]
pub struct Fill {
    /// Base atoms bought or sold.
    pub base: u128,
    /// Quote atoms paid or received.
    pub quote: u128,
}

/// The venue says that it moved more than was asked for, or nothing that a swap can move.
pub struct Impossible;

/// Reads the venue's price, now and before this second, and its liquidity; `limit` is how far from the feed the hedge trades,
/// WAD.
pub fn read(pool: &Pool, configuration: &Configuration, limit: u64) -> Result<VenueState, Refusal> {
    let venue = configuration.venue;
    let failed = || refuse!(CallFailed, venue);
    let slot0 = Words::after(UniswapPool::slot0Call::SELECTOR);
    let slot0 = host::view(pool, venue, slot0).ok_or_else(failed)?;
    let depth = Words::after(UniswapPool::liquidityCall::SELECTOR);
    let slot0 = words::first::<4>(&slot0).ok_or_else(failed)?;
    let limbs = slot0[0].as_limbs();
    Ok(VenueState {
        sqrt_price: [limbs[0], limbs[1], limbs[2]],
        ticks_before: ticks_before(pool, venue, &slot0).unwrap_or(0),
        liquidity: host::ask(pool, venue, depth)
            .and_then(words::narrow)
            .ok_or_else(failed)?,
        base_is_token0: configuration.base_is_token0,
        quote_scale: configuration.quote_scale as u64,
        base_scale: configuration.base_scale as u64,
        fee: configuration.fee_tier as u32,
        limit,
    })
}

/// Ticks from the venue's present one to where it was before anyone traded there in this second: the mean between its last two
/// observations, because it writes one before the first trade of a second. `None` when nobody has, or it can't tell.
fn ticks_before(pool: &Pool, venue: Address, slot0: &[U256; 4]) -> Option<i64> {
    let [_, tick, index, count] = slot0.map(|word| word.as_limbs()[0]);
    let now = host::now(pool);
    let (at, sum) = observation(pool, venue, index)?;
    if at != now || count < 2 {
        return None;
    }
    let previous = index.checked_sub(1).unwrap_or(count - 1);
    let (earlier, sum_then) = observation(pool, venue, previous)?;
    let seconds = now.checked_sub(earlier).filter(|seconds| *seconds != 0)?;
    Some(sum.wrapping_sub(sum_then).div_euclid(seconds as i64) - tick as i64)
}

/// When an observation was written, and the sum of ticks over time until then.
fn observation(pool: &Pool, venue: Address, index: u64) -> Option<(u64, i64)> {
    let data = Words::after(UniswapPool::observationsCall::SELECTOR).with(index);
    let [at, sum, _, initialized] = words::first(&host::view(pool, venue, data)?)?;
    (!initialized.is_zero()).then(|| (at.as_limbs()[0], sum.as_limbs()[0] as i64))
}

/// Lets the venue keep observations enough to tell what its price was before this second; it starts with one.
pub fn keep_observations(pool: &mut Pool, venue: Address) {
    let selector = UniswapPool::increaseObservationCardinalityNextCall::SELECTOR;
    let data = Words::after(selector).with(OBSERVATIONS);
    // What keeps more already, or none at all, is left as it is.
    let _ = host::call(pool, venue, data);
}

/// A swap that the venue may fill in part.
#[derive(Clone, Copy)]
pub struct Swap {
    /// Whether base is bought.
    pub buying: bool,
    /// Most base atoms to trade.
    pub base: u128,
    /// Marginal price at which it stops, before the venue's fee, quote per base, WAD.
    pub limit: u128,
    /// Most quote atoms to pay.
    pub most: u128,
}

/// Swaps until the amount or the price limit is reached. `None` when nothing moved or the venue refused.
///
/// # Errors
/// [`Impossible`].
pub fn swap(
    pool: &mut Pool,
    configuration: &Configuration,
    state: &VenueState,
    swap: &Swap,
) -> Result<Option<Fill>, Impossible> {
    let limit = root_limit(state, swap);
    let zero_for_one = swap.buying != configuration.base_is_token0;
    let now = U256::from_limbs([
        state.sqrt_price[0],
        state.sqrt_price[1],
        state.sqrt_price[2],
        0,
    ]);
    if swap.base == 0 || (zero_for_one && limit >= now) || (!zero_for_one && limit <= now) {
        return Ok(None);
    }
    let base = swap.base as i128;
    // An exact output is negative. The bytes are one word: what the callback may pay at most, and of which token.
    let most = if swap.buying { swap.most } else { swap.base };
    let data = Words::after(UniswapPool::swapCall::SELECTOR)
        .with(host::this(pool))
        .with(zero_for_one as u64)
        .with(if swap.buying { -base } else { base })
        .with(limit)
        .with(160u64)
        .with(32u64)
        .with(words::pair(most, swap.buying as u128));
    let Some(output) = host::call(pool, configuration.venue, data) else {
        return Ok(None);
    };
    let [amount0, amount1] = words::first(&output).ok_or(Impossible)?;
    let (moved_base, moved_quote) = if configuration.base_is_token0 {
        (amount0, amount1)
    } else {
        (amount1, amount0)
    };
    let (given, taken) = if swap.buying {
        (moved_quote, moved_base)
    } else {
        (moved_base, moved_quote)
    };
    let given = words::narrow(given).ok_or(Impossible)?;
    let taken = words::narrow(taken.wrapping_neg()).ok_or(Impossible)?;
    let fill = if swap.buying {
        Fill {
            base: taken,
            quote: given,
        }
    } else {
        Fill {
            base: given,
            quote: taken,
        }
    };
    if given > most || fill.base > swap.base {
        return Err(Impossible);
    }
    Ok((given | taken != 0).then_some(fill))
}

/// The limit as the venue's own root, within what it takes.
fn root_limit(state: &VenueState, swap: &Swap) -> U256 {
    let [low, middle, high] = venue::sqrt_price_x96(swap.limit, state);
    let least = U256::from(LEAST_ROOT + 1);
    // 1461446703485210103287273052203988822378723970342 less one.
    let greatest = U256::from_limbs([0x5d951d5263988d25, 0xefd1fc6a50648849, 0xfffd8963, 0]);
    U256::from_limbs([low, middle, high, 0]).clamp(least, greatest)
}

/// Quote atoms for `base` WAD at `price` WAD, rounded down.
pub fn value_down(base: u128, price: u128, quote_scale: u128) -> u128 {
    mul_div_down(base, price, WAD).unwrap_or(u128::MAX) / quote_scale
}
