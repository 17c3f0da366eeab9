//! Every event, from the numbers of what happened. One per fact, plus the status event.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;

use crate::{
    error::Word,
    interface,
    io::{host, words},
    Pool,
};

/// A trade's numbers, in the order of the events' data.
pub struct Trade {
    /// Who traded.
    pub taker: Address,
    /// Who got the position or the proceeds.
    pub receiver: Address,
    /// Series id.
    pub id: U256,
    /// Size, WAD.
    pub size: U256,
    /// Premium, atoms.
    pub premium: u128,
    /// Fee, atoms.
    pub fee: u128,
    /// Marginal vol after the trade, WAD.
    pub vol_after: u64,
}

/// `Bought` or `Sold`.
pub fn trade(pool: &Pool, bought: bool, trade: &Trade) {
    let topic = if bought {
        interface::IPool::Bought::SIGNATURE_HASH
    } else {
        interface::IPool::Sold::SIGNATURE_HASH
    };
    log(
        pool,
        topic,
        &[trade.taker.word(), trade.receiver.word(), trade.id],
        &[
            trade.size,
            trade.premium.word(),
            trade.fee.word(),
            trade.vol_after.word(),
        ],
    );
}

/// Any event: its signature hash, indexed words, data words.
#[inline(never)]
pub fn log(pool: &Pool, signature: B256, indexed: &[U256], data: &[U256]) {
    let mut topics = [signature; 4];
    for (topic, word) in topics[1..].iter_mut().zip(indexed) {
        *topic = B256::from(*word);
    }
    let count = (1 + indexed.len()).min(4);
    host::emit(pool, &topics[..count], &words::data(data));
}

/// `emit!(pool, Event, [indexed], [data])` with plain values.
macro_rules! emit {
    ($pool:expr, $event:ident, [$($indexed:expr),* $(,)?], [$($data:expr),* $(,)?]) => {
        $crate::event::log(
            $pool,
            <$crate::interface::IPool::$event as alloy_sol_types::SolEvent>::SIGNATURE_HASH,
            &[$($crate::error::Word::word($indexed)),*],
            &[$($crate::error::Word::word($data)),*],
        )
    };
}
pub(crate) use emit;
