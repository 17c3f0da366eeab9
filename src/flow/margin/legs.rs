//! An order that settles on an account. Buys close shorts before they open longs, sells close longs before they write.

use alloy_primitives::{Address, U256};
use smirk_engine::state::{Side, LOT, MAX_LEGS};

use crate::{
    error::Refusal,
    flow::trade::{
        fill::{fill, Form, Order},
        settlement::Settlement,
    },
    guard,
    io::host,
    request::{self, check_repeated, Request, NO_REQUEST},
    storage::account,
    words::Word,
    Pool,
};

/// Fills these legs as one order of the account of `owner`, by it or by a delegate. `limit` and what it returns are as in
/// [`crate::flow::trade::legs`].
#[inline(never)]
pub fn trade(
    pool: &mut Pool,
    asked: &[Request],
    limit: U256,
    deadline: u64,
    owner: Address,
) -> Result<U256, Refusal> {
    guard::unlocked(pool)?;
    let requests = Requests::of(pool, asked, owner)?;
    let order = Order {
        requests: requests.as_slice(),
        settlement: Settlement::Account {
            taker: host::sender(pool),
            owner,
            is_forced: false,
        },
        form: Form::Legs { limit },
        deadline,
    };
    fill(pool, &order).map(Word::word)
}

/// An order as it is on an account: a leg that turns a position around is two.
pub struct Requests {
    all: [Request; MAX_LEGS],
    count: usize,
}

impl Requests {
    /// No legs.
    pub const NONE: Requests = Requests {
        all: [NO_REQUEST; MAX_LEGS],
        count: 0,
    };

    /// What was asked of the account of `owner`, by what that holds once it has met what is settled.
    ///
    /// # Errors
    /// `LegRepeated`, `InvalidId`.
    #[inline(never)]
    pub fn of(pool: &Pool, asked: &[Request], owner: Address) -> Result<Requests, Refusal> {
        check_repeated(asked)?;
        let account = account::load(pool, owner);
        let mut requests = Requests::NONE;
        for request in asked {
            let series = request::series(request.id)?;
            let held = (account.lots(&series) as i128 * LOT as i128).word();
            requests.split(request, held);
        }
        Ok(requests)
    }

    /// Adds a leg, of which `held` (WAD in two's complement) closes a part.
    fn split(&mut self, request: &Request, held: U256) {
        let is_bought = request.side.is_bought();
        let (closes, opens) = if is_bought {
            (Side::Cover, Side::Buy)
        } else {
            (Side::Sell, Side::Write)
        };
        let is_short = held.bit(255);
        let closable = if is_short != is_bought || held.is_zero() {
            U256::ZERO
        } else if is_short {
            held.wrapping_neg()
        } else {
            held
        };
        let closed = closable.min(request.size);
        let rest = request.size - closed;
        if !closed.is_zero() {
            self.push(request.id, closed, closes);
        }
        // A leg of nothing is refused where orders are.
        if !rest.is_zero() || closed.is_zero() {
            self.push(request.id, rest, opens);
        }
    }

    /// Adds a leg; one more than fit is left out, which nothing asks for.
    pub fn push(&mut self, id: U256, size: U256, side: Side) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = Request { id, size, side };
            self.count += 1;
        }
    }

    /// The legs.
    pub fn as_slice(&self) -> &[Request] {
        &self.all[..self.count]
    }
}
