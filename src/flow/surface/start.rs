//! What a change of the surface starts from.

use crate::{
    error::Refusal,
    io::feed,
    storage::{
        book::Book,
        configuration,
        head::{self, Head},
        parameters::{self, Limits},
    },
    Pool,
};

/// The limits, the head and the book that a change of the surface starts from.
#[inline(never)]
pub fn load(pool: &Pool) -> (Limits, Head, Book) {
    let limits = parameters::limits(&parameters::values(pool));
    let head = head::load(pool);
    let book = Book::load(pool, &head, limits.strike_tick);
    (limits, head, book)
}

/// The feed's price, of any age.
///
/// # Errors
/// Those of a feed without a price.
#[inline(never)]
pub fn price(pool: &Pool) -> Result<u128, Refusal> {
    let round = feed::latest(pool, &configuration::load(pool))?;
    feed::check(&round)?;
    Ok(round.price)
}
