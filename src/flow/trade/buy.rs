//! A taker opens a long against the pool: an order of one leg.

use alloy_primitives::{Address, U256};
use smirk_engine::state::Side;

use super::{
    fill::{fill, Form, Order},
    settlement::Settlement,
};
use crate::{error::Refusal, io::host, request::Request, words::Word, Pool};

/// Buys `size` of series `id` for `receiver`; the caller pays. Returns what it paid, in quote atoms, rounded up.
pub fn buy(
    pool: &mut Pool,
    id: U256,
    size: U256,
    max_cost: U256,
    deadline: u64,
    receiver: Address,
) -> Result<U256, Refusal> {
    let request = Request {
        id,
        size,
        side: Side::Buy,
    };
    let order = Order {
        requests: &[request],
        settlement: Settlement::Wallet {
            taker: host::sender(pool),
            receiver,
        },
        form: Form::Buy { most: max_cost },
        deadline,
    };
    fill(pool, &order).map(|paid| paid.unsigned_abs().word())
}
