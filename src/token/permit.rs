//! Permits of the quote token, so that approval and order are one transaction.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;

use crate::{
    error::{refuse, Refusal},
    guard,
    interface::external::{Erc20, Permit2},
    io::{host, token},
    storage::configuration,
    words::{Word, Words},
    Pool,
};

/// Lets the pool spend `value` of the caller's quote token by the caller's EIP-2612 signature (v, r, s).
///
/// Anyone can carry a signature to the token before the caller does, and then the token refuses it. So what counts is what the
/// pool may spend in the end.
///
/// # Errors
/// `InsufficientAllowance` if that is less than `value`, `TokenCallFailed` for a token that does not say.
pub fn quote(
    pool: &mut Pool,
    value: U256,
    deadline: U256,
    [v, r, s]: [U256; 3],
) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let asset = configuration::load(pool).quote;
    let (owner, spender) = (host::sender(pool), host::this(pool));
    let data = Words::after(Erc20::permitCall::SELECTOR)
        .with(owner)
        .with(spender)
        .with(value)
        .with(deadline)
        .with(v)
        .with(r)
        .with(s);
    let _ = host::call(pool, asset, data);
    let data = Words::after(Erc20::allowanceCall::SELECTOR)
        .with(owner)
        .with(spender);
    let allowance = host::ask(pool, asset, data).ok_or_else(|| refuse!(TokenCallFailed, asset))?;
    suffice(pool, allowance, value)
}

/// Lets the pool spend `value` of the caller's quote token through Permit2 until `expiration` (unix seconds; 0 for this block),
/// by the caller's signature over Permit2's `PermitSingle` with this nonce and deadline.
///
/// As with [`quote`], what counts is what the pool may spend in the end.
///
/// # Errors
/// `InsufficientAllowance` if that is less than `value`, `TokenCallFailed` on a chain without Permit2.
pub fn quote_by_permit2(
    pool: &mut Pool,
    [value, expiration, nonce, deadline]: [U256; 4],
    signature: &[u8],
) -> Result<(), Refusal> {
    const HEAD_WORDS: u64 = 8;
    guard::enter(pool)?;
    let (asset, owner) = (configuration::load(pool).quote, host::sender(pool));
    let data = Words::after(Permit2::permitCall::SELECTOR)
        .with(owner)
        .with(asset)
        .with(value)
        .with(expiration)
        .with(nonce)
        .with(host::this(pool))
        .with(deadline)
        .with(32 * HEAD_WORDS)
        .text(signature);
    let _ = host::call(pool, token::permit2(), data);
    let [allowed, until] = token::permit2_allowance(pool, asset, owner)
        .ok_or_else(|| refuse!(TokenCallFailed, token::permit2()))?;
    let is_over = until < host::now(pool).word();
    suffice(pool, if is_over { U256::ZERO } else { allowed }, value)
}

/// Ends a permit with what the pool may spend by now.
fn suffice(pool: &mut Pool, allowance: U256, value: U256) -> Result<(), Refusal> {
    if allowance < value {
        return Err(refuse!(
            InsufficientAllowance,
            host::this(pool),
            allowance,
            value
        ));
    }
    guard::leave(pool);
    Ok(())
}
