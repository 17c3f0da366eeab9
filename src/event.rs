//! Every event, from the numbers of what happened. One per fact, plus the status event.

use alloy_primitives::{Address, B256, U256};
use smirk_engine::state::{LegQuote, Side};

use crate::{
    answer::Bill,
    error::Word,
    flow::trade::order::Request,
    io::{host, words},
    Pool,
};

/// `log!(pool, Event, indexed, data)` with slices of words.
macro_rules! log {
    ($pool:expr, $event:ident, $indexed:expr, $data:expr) => {{
        const TOPIC: [u64; 4] = $crate::io::words::limbs(
            <$crate::interface::IPool::$event as alloy_sol_types::SolEvent>::SIGNATURE_HASH,
        );
        $crate::event::write(
            $pool, TOPIC[0], TOPIC[1], TOPIC[2], TOPIC[3], $indexed, $data,
        )
    }};
}
pub(crate) use log;

/// `emit!(pool, Event, [indexed], [data])` with plain values.
macro_rules! emit {
    ($pool:expr, $event:ident, [$($indexed:expr),* $(,)?], [$($data:expr),* $(,)?]) => {
        $crate::event::log!(
            $pool,
            $event,
            &[$($crate::error::Word::word($indexed)),*],
            &[$($crate::error::Word::word($data)),*]
        )
    };
}
pub(crate) use emit;

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
    /// What it paid.
    pub bill: Bill,
    /// Marginal vol after the trade, WAD.
    pub vol_after: u64,
}

/// `Ordered`: an order of legs as a whole.
pub fn order(pool: &Pool, taker: Address, receiver: Address, bill: &Bill, legs: usize) {
    emit!(
        pool,
        Ordered,
        [taker, receiver],
        [
            bill.signed_premium(),
            bill.spread,
            bill.surcharge,
            bill.capacity,
            bill.rent,
            legs as u64,
        ]
    );
}

/// `LegFilled`: one of its legs.
pub fn leg(pool: &Pool, taker: Address, receiver: Address, request: &Request, leg: &LegQuote) {
    emit!(
        pool,
        LegFilled,
        [taker, receiver, request.id],
        [request.signed_size(), leg.mark, leg.vol_after]
    );
}

/// `Bought` or `Sold`.
pub fn trade(pool: &Pool, side: Side, trade: &Trade) {
    let indexed = [trade.taker.word(), trade.receiver.word(), trade.id];
    let bill = &trade.bill;
    let data = [
        trade.size,
        bill.premium.word(),
        bill.spread.word(),
        bill.surcharge.word(),
        bill.capacity.word(),
        bill.rent.word(),
        trade.vol_after.word(),
    ];
    match side {
        Side::Buy | Side::Cover => log!(pool, Bought, &indexed, &data),
        Side::Sell | Side::Write => log!(pool, Sold, &indexed, &data),
    }
}

/// Any event: the limbs of its signature hash, indexed words, data words. The hash comes as numbers because numbers
/// are code, and bytes would be data, which every call of a program pays for.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
pub fn write(pool: &Pool, t0: u64, t1: u64, t2: u64, t3: u64, indexed: &[U256], data: &[U256]) {
    let signature = B256::from(U256::from_limbs([t0, t1, t2, t3]));
    let mut topics = [signature; 4];
    for (topic, word) in topics[1..].iter_mut().zip(indexed) {
        *topic = B256::from(*word);
    }
    let count = (1 + indexed.len()).min(4);
    host::emit(pool, &topics[..count], &words::data(data));
}
