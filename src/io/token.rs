//! ERC-20 transfers in and out.
//!
//! Assumed of the base and the quote token: fixed decimals of at most 18, no fee on transfer, no rebasing.
//! Tolerated: no return value. Refused: `false`, a revert, and an amount that does not arrive in full.

use alloy_primitives::{Address, U256};

use super::{host, words};
use crate::{
    error::{refuse, Refusal, Word},
    interface::external::Erc20,
    Pool,
};
use alloy_sol_types::SolCall;

/// Sends `amount` of `token` from the pool to `to`.
pub fn push(pool: &mut Pool, token: Address, to: Address, amount: u128) -> Result<(), Refusal> {
    let data = words::calldata(Erc20::transferCall::SELECTOR, &[to.word(), amount.word()]);
    succeed(pool, token, &data)
}

/// Takes `amount` of `token` from `from` and checks that exactly that much arrived.
///
/// # Errors
/// `InsufficientBalance`, `InsufficientAllowance` of the payer in the token, `TokenCallFailed`, `TokenAmountMismatch`.
pub fn pull(pool: &mut Pool, token: Address, from: Address, amount: u128) -> Result<(), Refusal> {
    let before = balance(pool, token)?;
    let this = host::this(pool);
    let data = words::calldata(
        Erc20::transferFromCall::SELECTOR,
        &[from.word(), this.word(), amount.word()],
    );
    if let Err(refusal) = succeed(pool, token, &data) {
        return Err(missing(pool, token, from, amount).unwrap_or(refusal));
    }
    let received = balance(pool, token)?.wrapping_sub(before);
    if received != amount.word() {
        return Err(refuse!(TokenAmountMismatch, token, received, amount));
    }
    Ok(())
}

/// What a payer lacks, if a transfer failed for that.
fn missing(pool: &Pool, token: Address, from: Address, amount: u128) -> Option<Refusal> {
    let this = host::this(pool);
    let read = |data: &[u8]| words::at(&host::view(pool, token, data).ok()?, 0);
    let data = words::calldata(Erc20::balanceOfCall::SELECTOR, &[from.word()]);
    let balance = read(&data)?;
    if balance < amount.word() {
        return Some(refuse!(InsufficientBalance, from, balance, amount));
    }
    let data = words::calldata(Erc20::allowanceCall::SELECTOR, &[from.word(), this.word()]);
    let allowance = read(&data)?;
    (allowance < amount.word()).then(|| refuse!(InsufficientAllowance, this, allowance, amount))
}

/// The pool's balance of `token`: only ever compared before and after a transfer, never used as a price or a claim.
pub fn balance(pool: &Pool, token: Address) -> Result<U256, Refusal> {
    let this = host::this(pool);
    let data = words::calldata(Erc20::balanceOfCall::SELECTOR, &[this.word()]);
    host::view(pool, token, &data)
        .ok()
        .and_then(|output| words::at(&output, 0))
        .ok_or_else(|| refuse!(TokenCallFailed, token))
}

/// Calls a token that answers nothing or true.
///
/// # Errors
/// `TokenCallFailed`.
#[inline(never)]
pub fn succeed(pool: &mut Pool, token: Address, data: &[u8]) -> Result<(), Refusal> {
    match host::call(pool, token, data) {
        Ok(output) if output.is_empty() || words::at(&output, 0) == Some(U256::from(1)) => Ok(()),
        _ => Err(refuse!(TokenCallFailed, token)),
    }
}
