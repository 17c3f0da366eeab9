//! The venue asks for its tokens in the middle of a swap of ours. Nobody else, and at no other time, is answered.

use alloy_primitives::U256;

use crate::{
    error::{refuse, Refusal},
    guard,
    io::token,
    storage::{configuration, head},
    words::{halves, narrow},
    Pool,
};

/// Pays the venue what a swap owes: at most `data`'s low half, of quote if its high half is one, else of base.
///
/// # Errors
/// `NotAuthorised` for anyone but the venue, `Reentered` outside a swap of ours or once it is paid, `HedgeFailed` for more than it may take.
pub fn pay(pool: &mut Pool, amount0: U256, amount1: U256, data: U256) -> Result<(), Refusal> {
    let configuration = configuration::load(pool);
    guard::only(pool, configuration.venue)?;
    if head::lock(pool) != head::SWAPPING {
        return Err(refuse!(Reentered));
    }
    let (most, in_quote) = halves(data);
    let (token, is_first) = if in_quote == 1 {
        (configuration.quote, !configuration.base_is_token0)
    } else {
        (configuration.base, configuration.base_is_token0)
    };
    let owed = if is_first { amount0 } else { amount1 };
    match narrow(owed).filter(|owed| *owed <= most) {
        Some(owed) => {
            // A swap is paid once, and one that was not paid is not booked.
            head::set_lock(pool, head::LOCKED);
            token::push(pool, token, configuration.venue, owed)
        }
        None => Err(refuse!(HedgeFailed, most)),
    }
}
