//! ERC-20 transfers in and out.
//!
//! Assumed of the base and the quote token: fixed decimals of at most 18, no fee on transfer, no rebasing.
//! Tolerated: no return value. Refused: `false`, a revert, and an amount that does not arrive in full.

use alloy_primitives::{Address, U256};

use super::host;
use crate::{
    error::{refuse, Refusal},
    interface::external::{Erc20, Permit2},
    words::{self, Word, Words},
    Pool,
};
use alloy_sol_types::SolCall;

/// Sends `amount` of `token` from the pool to `to`.
pub fn push(pool: &mut Pool, token: Address, to: Address, amount: u128) -> Result<(), Refusal> {
    let data = Words::after(Erc20::transferCall::SELECTOR)
        .with(to)
        .with(amount);
    succeed(pool, token, data)
}

/// Takes `amount` of `token` from `from` and checks that exactly that much arrived. Where the token does not let the pool, what
/// `from` allowed the pool in Permit2 counts.
///
/// # Errors
/// `InsufficientBalance`, `InsufficientAllowance` of the payer in the token, `TokenCallFailed`, `TokenAmountMismatch`.
pub fn pull(pool: &mut Pool, token: Address, from: Address, amount: u128) -> Result<(), Refusal> {
    let before = balance(pool, token)?;
    let this = host::this(pool);
    let data = Words::after(Erc20::transferFromCall::SELECTOR)
        .with(from)
        .with(this)
        .with(amount);
    if let Err(refusal) = succeed(pool, token, data) {
        if !pull_by_permit2(pool, token, from, amount) {
            return Err(missing(pool, token, from, amount).unwrap_or(refusal));
        }
    }
    let received = balance(pool, token)?.wrapping_sub(before);
    if received != amount.word() {
        return Err(refuse!(TokenAmountMismatch, token, received, amount));
    }
    Ok(())
}

/// Takes `amount` of `token` from `from` by way of Permit2. Whether Permit2 stands on this chain and did so: a call to where nothing
/// stands succeeds, so it is asked for the allowance first.
fn pull_by_permit2(pool: &mut Pool, token: Address, from: Address, amount: u128) -> bool {
    let data = Words::after(Permit2::transferFromCall::SELECTOR)
        .with(from)
        .with(host::this(pool))
        .with(amount)
        .with(token);
    permit2_allowance(pool, token, from).is_some() && host::call(pool, permit2(), data).is_some()
}

/// Where Permit2 stands on every chain that has it.
pub fn permit2() -> Address {
    words::address(words::hash!(
        "000000000000000000000000000000000022D473030F116dDEE9F6B43aC78BA3"
    ))
}

/// What `from` allows the pool in Permit2: the amount (atoms), and until when (unix seconds). `None` where there is no Permit2.
pub fn permit2_allowance(pool: &Pool, token: Address, from: Address) -> Option<[U256; 2]> {
    let data = Words::after(Permit2::allowanceCall::SELECTOR)
        .with(from)
        .with(token)
        .with(host::this(pool));
    words::first(&host::view(pool, permit2(), data)?)
}

/// What a payer lacks, if a transfer failed for that.
fn missing(pool: &Pool, token: Address, from: Address, amount: u128) -> Option<Refusal> {
    let this = host::this(pool);
    let data = Words::after(Erc20::balanceOfCall::SELECTOR).with(from);
    let balance = host::ask(pool, token, data)?;
    if balance < amount.word() {
        return Some(refuse!(InsufficientBalance, from, balance, amount));
    }
    let data = Words::after(Erc20::allowanceCall::SELECTOR)
        .with(from)
        .with(this);
    let allowance = host::ask(pool, token, data)?;
    (allowance < amount.word()).then(|| refuse!(InsufficientAllowance, this, allowance, amount))
}

/// The pool's balance of `token`: only ever compared before and after a transfer, never used as a price or a claim.
pub fn balance(pool: &Pool, token: Address) -> Result<U256, Refusal> {
    let this = host::this(pool);
    let data = Words::after(Erc20::balanceOfCall::SELECTOR).with(this);
    host::ask(pool, token, data).ok_or_else(|| refuse!(TokenCallFailed, token))
}

/// Calls a token that answers nothing or true.
///
/// # Errors
/// `TokenCallFailed`.
#[inline(never)]
pub fn succeed(pool: &mut Pool, token: Address, data: Words) -> Result<(), Refusal> {
    match host::call(pool, token, data) {
        Some(output) if output.is_empty() || words::at(&output, 0) == Some(U256::from(1)) => Ok(()),
        _ => Err(refuse!(TokenCallFailed, token)),
    }
}
