//! The hedge venue: one Uniswap v3 pool, read directly and traded through SwapRouter02.
//!
//! Assumed of the router: it pulls at most the approved amount and pays the pool itself. Every swap carries a
//! price limit taken from the feed; what moved is measured on both tokens and checked against the limit again.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smirk_engine::wide::mul_div_down;

use super::{host, token, words};
use crate::{
    error::{refuse, Refusal, Word},
    interface::external::{SwapRouter, UniswapPool},
    storage::configuration::Configuration,
    Pool,
};

/// 1e18.
const WAD: u128 = 1_000_000_000_000_000_000;

/// What the venue says of itself: square root of the price (Q64.96) and liquidity in range, both raw.
#[derive(Clone, Copy)]
pub struct Reading {
    /// `sqrtPriceX96`.
    pub sqrt_price: U256,
    /// Liquidity in range.
    pub liquidity: u128,
}

/// What a swap did, in atoms.
#[derive(Clone, Copy)]
pub struct Fill {
    /// Base atoms bought or sold.
    pub base: u128,
    /// Quote atoms paid or received.
    pub quote: u128,
}

/// Reads the venue's price and liquidity.
pub fn read(pool: &Pool, configuration: &Configuration) -> Result<Reading, Refusal> {
    let venue = configuration.venue;
    let failed = || refuse!(CallFailed, venue);
    let slot0 = host::view(pool, venue, &UniswapPool::slot0Call::SELECTOR).map_err(|_| failed())?;
    let depth =
        host::view(pool, venue, &UniswapPool::liquidityCall::SELECTOR).map_err(|_| failed())?;
    Ok(Reading {
        sqrt_price: words::at(&slot0, 0).ok_or_else(failed)?,
        liquidity: words::at(&depth, 0)
            .and_then(words::narrow)
            .ok_or_else(failed)?,
    })
}

/// Buys exactly `base` atoms for at most `limit` quote atoms. `None` when the venue does not fill at that price;
/// nothing has moved then.
///
/// # Errors
/// `TokenCallFailed`, and `HedgeFailed` when the venue moved other amounts than allowed.
pub fn buy(
    pool: &mut Pool,
    configuration: &Configuration,
    base: u128,
    limit: u128,
) -> Result<Option<Fill>, Refusal> {
    let Some((paid, received)) = swap(pool, configuration, true, base, limit)? else {
        return Ok(None);
    };
    if received < base || paid > limit {
        return Err(refuse!(HedgeFailed, base as i128));
    }
    Ok(Some(Fill {
        base: received,
        quote: paid,
    }))
}

/// Sells exactly `base` atoms for at least `limit` quote atoms; otherwise as [`buy`].
pub fn sell(
    pool: &mut Pool,
    configuration: &Configuration,
    base: u128,
    limit: u128,
) -> Result<Option<Fill>, Refusal> {
    let Some((paid, received)) = swap(pool, configuration, false, base, limit)? else {
        return Ok(None);
    };
    if paid > base || received < limit {
        return Err(refuse!(HedgeFailed, -(base as i128)));
    }
    Ok(Some(Fill {
        base: paid,
        quote: received,
    }))
}

/// Approves, swaps and measures: (paid, received) in atoms of the token given and the token taken.
fn swap(
    pool: &mut Pool,
    configuration: &Configuration,
    buying: bool,
    base: u128,
    limit: u128,
) -> Result<Option<(u128, u128)>, Refusal> {
    let (given, taken, allowance, selector) = if buying {
        let selector = SwapRouter::exactOutputSingleCall::SELECTOR;
        (configuration.quote, configuration.base, limit, selector)
    } else {
        let selector = SwapRouter::exactInputSingleCall::SELECTOR;
        (configuration.base, configuration.quote, base, selector)
    };
    // Both calls take the exact amount and then its limit; the venue's own price limit stays open.
    let fields = [
        given.word(),
        taken.word(),
        configuration.fee_tier.word(),
        host::this(pool).word(),
        base.word(),
        limit.word(),
        U256::ZERO,
    ];
    let router = configuration.router;
    token::approve(pool, given, router, allowance)?;
    let given_before = token::balance(pool, given)?;
    let taken_before = token::balance(pool, taken)?;
    let filled = host::call(pool, router, &words::calldata(selector, &fields)).is_ok();
    let paid = given_before.saturating_sub(token::balance(pool, given)?);
    let received = token::balance(pool, taken)?.saturating_sub(taken_before);
    if !filled || buying {
        // An exact input spends its whole allowance; the other cases leave some behind.
        token::approve(pool, given, router, 0)?;
    }
    if !filled {
        return Ok(None);
    }
    match (words::narrow(paid), words::narrow(received)) {
        (Some(paid), Some(received)) => Ok(Some((paid, received))),
        _ => Err(refuse!(HedgeFailed, 0u128)),
    }
}

/// Quote atoms for `base` WAD at `price` WAD, rounded down.
pub fn value_down(base: u128, price: u128, quote_scale: u128) -> u128 {
    mul_div_down(base, price, WAD).unwrap_or(u128::MAX) / quote_scale
}
