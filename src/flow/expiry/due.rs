//! What an expiry moves when it settles: what holders are owed, and one net amount between the pool and the accounts' pot.
//!
//! A series' longs in wallets are what the pool is short, less the longs in accounts, plus their shorts. What accounts owe and what
//! they are owed for an expiry is moved as one difference: each account meets its own legs when it is next touched.

use smirk_engine::{
    series::{payoff, Series},
    state::{Kind, Node, Slice, LOT},
    wide::{mul_div_down, mul_div_up},
};

use crate::{
    event::emit,
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{account, book::Book, head::Head, money::Money, pot, settlement, shorts::Shorts},
    Pool,
};

/// Part of spot beyond which a settlement price is far from it. Maintenance is for more, and so is what opens at most eight per cent
/// from the anchor's spot.
const FAR: u128 = 10;

/// What a settled expiry is worth to whom, atoms.
#[derive(Clone, Copy, Default)]
pub struct Due {
    /// To holders in wallets, each node's calls and puts rounded up.
    pub wallets: u128,
    /// From accounts for their shorts less to accounts for their longs, each node's calls and puts rounded down.
    pub from_accounts: i128,
    /// What accounts were short of the expiry.
    shorts: Shorts,
    /// What they owe for that, rounded down, of which nobody knows yet whether they can pay it; nothing unless the price is far.
    unmet: u128,
    /// Whether the price lies more than a tenth from the spot of the last anchor. Nearer than that whoever had the margin there
    /// can pay ([`smirk_engine::margin`]), and who has not is closed as before the expiry.
    is_far: bool,
}

impl Due {
    /// What accounts are owed together; zero when they owe.
    pub fn to_accounts(&self) -> u128 {
        (-self.from_accounts).max(0) as u128
    }

    fn add(
        &mut self,
        series: &Series,
        net: i64,
        [longs, shorts]: [u64; 2],
        price: u128,
        scale: u128,
    ) {
        let pays = payoff(series.kind, series.strike, price);
        let accounts = shorts as i64 - longs as i64;
        let wallets = accounts - net;
        // Divisions are dear, and most series have nothing to divide.
        if wallets > 0 && pays != 0 {
            self.wallets = self.wallets.plus(atoms_up(wallets, pays, scale));
        }
        if accounts != 0 && pays != 0 {
            let moved = if accounts < 0 {
                -(atoms_up(accounts, pays, scale) as i128)
            } else {
                atoms_down(accounts, pays, scale) as i128
            };
            self.from_accounts = self.from_accounts.plus(moved);
        }
        if shorts != 0 {
            self.shorts.add(series, shorts as i64);
            if self.is_far {
                let owed = atoms_down(shorts as i64, pays, scale);
                self.unmet = self.unmet.plus(owed);
            }
        }
    }
}

/// What so many lots are paid, atoms; half of all there can be at most.
fn atoms_up(lots: i64, pays: u128, scale: u128) -> u128 {
    let size = lots.unsigned_abs() as u128 * LOT;
    let value = mul_div_up(size, pays, WAD).unwrap_or(u128::MAX);
    value.divided_up(scale).min(i128::MAX as u128)
}

/// The same, rounded down.
fn atoms_down(lots: i64, pays: u128, scale: u128) -> u128 {
    let size = lots.unsigned_abs() as u128 * LOT;
    let value = mul_div_down(size, pays, WAD).unwrap_or(u128::MAX);
    (value / scale).min(i128::MAX as u128)
}

/// What one expiry of the book is worth at its settlement price.
pub fn due(pool: &Pool, head: &Head, book: &Book, slice: usize, price: u128, scale: u128) -> Due {
    let puts = book.puts(pool);
    let Slice { expiry, spot, .. } = book.slices()[slice];
    let mut due = Due {
        is_far: price.abs_diff(spot) > spot / FAR,
        ..Due::default()
    };
    for (node, puts) in book.nodes().iter().zip(&puts) {
        let Node { strike, calls, .. } = *node;
        if node.slice as usize != slice {
            continue;
        }
        let interest = if head.accounts {
            account::interest(pool, expiry, strike)
        } else {
            account::Interest::default()
        };
        for (kind, net) in [(Kind::Call, calls - puts), (Kind::Put, *puts)] {
            let series = Series {
                kind,
                strike,
                expiry,
            };
            due.add(&series, net, interest.of(kind), price, scale);
        }
    }
    due
}

/// Enters a settled expiry: what is owed to wallets and to the pot, or what the pot pays the pool. What accounts were short of it
/// is over.
pub fn settle(
    pool: &mut Pool,
    head: &mut Head,
    money: &mut Money,
    expiry: u64,
    price: u128,
    due: &Due,
) {
    let to_accounts = due.to_accounts();
    if due.from_accounts > 0 {
        let mut pot = pot::load(pool);
        pot.pay_pool(pool, money, due.from_accounts as u128);
        pot::store(pool, &pot);
    }
    let owed = due.wallets.plus(to_accounts);
    settlement::enter(pool, head, money, expiry, (price, due.is_far), owed);
    if to_accounts > 0 {
        settlement::store_pot_part(pool, expiry, to_accounts);
    }
    if due.shorts != Shorts::default() {
        let mut shorts = pot::shorts(pool);
        shorts.remove(&due.shorts);
        pot::store_shorts(pool, &shorts);
    }
    pot::change_unmet(pool, due.unmet as i128);
    if due.from_accounts != 0 {
        emit!(pool, AccountsSettled, [expiry], [due.from_accounts]);
    }
}
