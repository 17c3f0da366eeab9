//! A taker returns a long to the pool: an order of one leg, and an exit.

use alloy_primitives::{Address, U256};
use smirk_engine::state::Side;

use super::{
    fill::{fill, Form, Order},
    settlement::Settlement,
};
use crate::{error::Refusal, io::host, request::Request, words::Word, Pool};

/// Sells `size` of series `id` from the caller; `receiver` gets the proceeds, in quote atoms, rounded down.
pub fn sell(
    pool: &mut Pool,
    id: U256,
    size: U256,
    min_proceeds: U256,
    deadline: u64,
    receiver: Address,
) -> Result<U256, Refusal> {
    let request = Request {
        id,
        size,
        side: Side::Sell,
    };
    let order = Order {
        requests: &[request],
        settlement: Settlement::Wallet {
            taker: host::sender(pool),
            receiver,
        },
        form: Form::Sell {
            least: min_proceeds,
        },
        deadline,
    };
    fill(pool, &order).map(|paid| paid.unsigned_abs().word())
}
