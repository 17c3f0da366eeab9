//! Permits of the quote token, so that approval and order are one transaction.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;

use crate::{
    error::{refuse, Refusal, Word},
    guard,
    interface::external::Erc20,
    io::{host, words},
    storage::configuration,
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
    let token = configuration::load(pool).quote;
    let (owner, spender) = (host::sender(pool).word(), host::this(pool));
    let data = words::calldata(
        Erc20::permitCall::SELECTOR,
        &[owner, spender.word(), value, deadline, v, r, s],
    );
    let _ = host::call(pool, token, &data);
    let data = words::calldata(Erc20::allowanceCall::SELECTOR, &[owner, spender.word()]);
    let allowance = host::view(pool, token, &data)
        .ok()
        .and_then(|output| words::at(&output, 0))
        .ok_or_else(|| refuse!(TokenCallFailed, token))?;
    if allowance < value {
        return Err(refuse!(InsufficientAllowance, spender, allowance, value));
    }
    guard::leave(pool);
    Ok(())
}
