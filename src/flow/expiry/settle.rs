//! After expiry: the settlement price is the first feed round at or after expiry, proven by its id, once, by anyone.

use alloy_primitives::U256;
use smirk_engine::{
    series::payoff,
    state::{Kind, LOT},
    wide::mul_div_up,
};

use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::{feed, host},
    storage::{
        book::Book,
        configuration::{self, Configuration},
        head, money, parameters, settlement,
    },
    Pool,
};

/// Fixes the settlement price of `expiry` and sets aside what its holders are owed.
///
/// The proof needs the round before to be older than expiry, so the first round of a feed's phase can't settle.
/// What cash does not cover at that moment is owed all the same and paid from cash as it comes in.
pub fn settle(pool: &mut Pool, expiry: u64, round_id: U256) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let now = host::now(pool);
    if now < expiry {
        return Err(refuse!(NotExpired, expiry, now));
    }
    let mut head = head::load(pool);
    let values = parameters::values(pool);
    let mut book = Book::load(pool, &head, parameters::limits(&values).strike_tick);
    let Some(slice) = book.find_slice(expiry) else {
        let settled = settlement::load(pool, expiry).is_some();
        return Err(if settled {
            refuse!(AlreadySettled, expiry)
        } else {
            refuse!(ExpiryNotListed, expiry)
        });
    };
    let configuration = configuration::load(pool);
    let price = first_price(pool, &configuration, expiry, round_id)?;

    let owed = owed(&book, slice, price, configuration.quote_scale);
    book.remove_slice(pool, &mut head, slice);
    head::store(pool, &head);
    settlement::store(pool, expiry, price, owed);
    let mut money = money::load(pool);
    money.shortfall = money.shortfall.saturating_add(owed);
    money.fund();
    money::store_all(pool, &money);
    emit!(pool, Settled, [expiry], [round_id, price, owed]);
    guard::leave(pool);
    Ok(())
}

/// The price of the proven first round at or after expiry, WAD.
fn first_price(
    pool: &Pool,
    configuration: &Configuration,
    expiry: u64,
    round_id: U256,
) -> Result<u128, Refusal> {
    let round = feed::round(pool, configuration, round_id)?;
    feed::check(&round)?;
    if round.updated_at < expiry {
        return Err(refuse!(
            RoundBeforeExpiry,
            round_id,
            round.updated_at,
            expiry
        ));
    }
    // Ids count up within a phase; the phase is in the bits above 64.
    if round_id.as_limbs()[0] <= 1 {
        return Err(refuse!(RoundUnproven, round_id));
    }
    let previous_id = round_id - U256::from(1);
    // Of a round that it does not have, one feed reverts and another answers zeros.
    let previous = feed::round(pool, configuration, previous_id)
        .ok()
        .filter(|previous| previous.updated_at != 0)
        .ok_or_else(|| refuse!(RoundUnproven, previous_id))?;
    if previous.updated_at >= expiry {
        return Err(refuse!(
            RoundNotFirst,
            previous_id,
            previous.updated_at,
            expiry
        ));
    }
    Ok(round.price)
}

/// What the holders of one expiry get, atoms, each node rounded up. The pool is short what they hold.
fn owed(book: &Book, slice: usize, price: u128, quote_scale: u128) -> u128 {
    let mut total = 0u128;
    for node in book
        .nodes()
        .iter()
        .filter(|node| node.slice as usize == slice)
    {
        for (lots, kind) in [(node.calls, Kind::Call), (node.puts, Kind::Put)] {
            let size = lots.min(0).unsigned_abs() as u128 * LOT;
            let value = mul_div_up(
                size,
                payoff(kind, node.strike, price),
                1_000_000_000_000_000_000,
            );
            total = total.saturating_add(value.unwrap_or(u128::MAX).div_ceil(quote_scale));
        }
    }
    total
}
