//! Every event, from the numbers of what happened. One per fact, plus the status event.

use alloy_primitives::{Address, U256};
use smirk_engine::state::{LegQuote, Side};

use crate::{bill::Bill, io::host, request::Request, words::Words, Pool};

/// `topic!(Event)`: the words of a log of this event, so far its topic.
macro_rules! topic {
    ($event:ident) => {{
        const TOPIC: [u64; 4] = $crate::words::limbs(
            <$crate::interface::IPool::$event as alloy_sol_types::SolEvent>::SIGNATURE_HASH,
        );
        $crate::event::begin(TOPIC[0], TOPIC[1], TOPIC[2], TOPIC[3])
    }};
}
pub(crate) use topic;

/// `emit!(pool, Event, [indexed], [data])`.
macro_rules! emit {
    ($pool:expr, $event:ident, [$($indexed:expr),* $(,)?], [$($data:expr),* $(,)?]) => {{
        let topics = 1 + <[&str]>::len(&[$(stringify!($indexed)),*]);
        let words = $crate::event::topic!($event)$(.with($indexed))*$(.with($data))*;
        $crate::io::host::emit($pool, topics, words)
    }};
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
    let words = topic!(Ordered)
        .with(taker)
        .with(receiver)
        .with(bill.signed_premium());
    host::emit(pool, 3, bill.charges(words).with(legs as u64));
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
    let topic = match side {
        Side::Buy | Side::Cover => topic!(Bought),
        Side::Sell | Side::Write => topic!(Sold),
    };
    let bill = &trade.bill;
    let words = topic
        .with(trade.taker)
        .with(trade.receiver)
        .with(trade.id)
        .with(trade.size)
        .with(bill.premium);
    host::emit(pool, 4, bill.charges(words).with(trade.vol_after));
}

/// The words of a log with this topic, from the limbs of its hash: numbers are code, and bytes would be data, which every call
/// of a program pays for.
#[inline(never)]
pub fn begin(t0: u64, t1: u64, t2: u64, t3: u64) -> Words {
    Words::none().with(U256::from_limbs([t0, t1, t2, t3]))
}
