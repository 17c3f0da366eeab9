//! A taker trades up to eight series at once: spreads, straddles, rolls, all that it holds.

use alloy_primitives::{Address, U256};

use super::{
    fill::{fill, Form, Order},
    settlement::Settlement,
};
use crate::{
    error::Refusal,
    io::host,
    request::{check_repeated, Request},
    words::Word,
    Pool,
};

/// Fills these legs as one order of the caller's. `limit`, in two's complement, is what the caller pays at most, or if it is
/// negative what `receiver` gets at least; so is what this returns. Quote atoms, rounded in the pool's favour.
#[inline(never)]
pub fn trade(
    pool: &mut Pool,
    requests: &[Request],
    limit: U256,
    deadline: u64,
    receiver: Address,
) -> Result<U256, Refusal> {
    check_repeated(requests)?;
    let order = Order {
        requests,
        settlement: Settlement::Wallet {
            taker: host::sender(pool),
            receiver,
        },
        form: Form::Legs { limit },
        deadline,
    };
    fill(pool, &order).map(Word::word)
}
