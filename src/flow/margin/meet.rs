//! An account meets its legs of settled expiries, and what it can't pay is paid for it. Every call on an account begins so, and
//! anybody may ask for it.

use alloy_primitives::{Address, U256};
use smirk_engine::{
    series::{self, payoff},
    state::LOT,
    wide::{mul_div_down, mul_div_up},
};

use crate::{
    context::Context,
    error::Refusal,
    event::emit,
    flow::{expiry::fund, hedge::lend},
    guard,
    io::host,
    margin::Market,
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{
        account::{self, debt, Account, Leg},
        configuration, head,
        money::{self, Money},
        pot::{self, Pot},
        settlement,
    },
    Pool,
};

/// Settles what is settled of an account. Nothing stands in the way of it: no price, no pause, no debt.
#[inline(never)]
pub fn touch(pool: &mut Pool, owner: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let (money, mut session) = open(pool, owner);
    session.close(pool, &money);
    guard::leave(pool);
    Ok(())
}

/// Pays the oldest expiry that is short, of which the pot may have a part. Writes head and money if there is one.
pub fn fund(pool: &mut Pool, money: &mut Money) {
    let mut head = head::load(pool);
    if head.oldest_short != 0 {
        fund::fund(pool, &mut head, money);
    }
}

/// Reads the pool's money and an account for a call on that, pays the oldest expiry that is short, and lets the account meet what is
/// settled.
#[inline(never)]
pub fn open(pool: &mut Pool, owner: Address) -> (Money, Session) {
    let mut money = money::load(pool);
    fund(pool, &mut money);
    let scale = configuration::load(pool).quote_scale;
    let session = Session::begin(pool, owner, &mut money, scale);
    (money, session)
}

/// Brings cash back from the lender, as far as there is any to be had, so that this much is free.
pub fn reach(pool: &mut Pool, money: &mut Money, wanted: u128) {
    let missing = wanted.less(money.free_cash());
    if missing == 0 || !head::load(pool).has_loan {
        return;
    }
    money::store(pool, money);
    if let Ok(context) = Context::load_live(pool) {
        lend::recall(pool, context, missing);
        *money = context.money;
    }
}

/// An account in the hands of a call, with the pot. The pool's money stays with the caller, who stores it.
pub struct Session {
    /// Whose account it is.
    pub owner: Address,
    /// The account, in memory until [`Session::end`].
    pub account: Account,
    /// The pot, in memory until then too.
    pub pot: Pot,
}

impl Session {
    /// Reads an account and lets it meet what is settled.
    #[inline(never)]
    pub fn begin(pool: &mut Pool, owner: Address, money: &mut Money, quote_scale: u128) -> Session {
        let mut session = Session {
            owner,
            account: account::load(pool, owner),
            pot: pot::load(pool),
        };
        session.meet(pool, money, quote_scale);
        session
    }

    /// Writes account and pot.
    #[inline(never)]
    pub fn end(&mut self, pool: &mut Pool) {
        let noted = self.account.unmet;
        if noted != 0 {
            self.account.unmet = debt(self.account.quote);
            pot::change_unmet(pool, self.account.unmet as i128 - noted as i128);
        }
        account::store(pool, self.owner, &self.account);
        pot::store(pool, &self.pot);
    }

    /// Writes account, pot and the pool's money.
    #[inline(never)]
    pub fn close(&mut self, pool: &mut Pool, money: &Money) {
        self.end(pool);
        money::store(pool, money);
    }

    /// Adds to the account's quote what the pot has received for it, or takes it: what it owes less than before goes to the pool as
    /// far as that has a claim.
    pub fn credit(&mut self, pool: &mut Pool, money: &mut Money, atoms: i128) {
        let owed = debt(self.account.quote);
        self.account.quote = self.account.quote.plus(atoms);
        let less = owed.less(debt(self.account.quote));
        self.pot.repay(pool, money, less);
    }

    #[inline(never)]
    fn meet(&mut self, pool: &mut Pool, money: &mut Money, quote_scale: u128) {
        let before = self.account.quote;
        let owner = self.owner;
        let mut met = 0;
        settle_legs(
            pool,
            &mut self.account,
            quote_scale,
            |leg, (amount, is_far), quote| {
                if is_far {
                    met += amount.min(0);
                }
                let id = U256::from_limbs(series::encode(&leg.series));
                let size = leg.lots as i128 * LOT as i128;
                emit!(pool, LegSettled, [owner, id], [size, amount, quote]);
            },
        );
        pot::change_unmet(pool, met);
        let gained = self.account.quote.less(before);
        self.account.quote = before;
        self.credit(pool, money, gained);
        self.cover(pool, money);
        self.doubt(pool, met != 0);
    }

    /// Judges whether the account can pay what it owes. Without a price what was thought of it stays, but for what it has just met (`is_far`).
    #[inline(never)]
    pub fn doubt(&mut self, pool: &mut Pool, is_far: bool) {
        let is_well = || match Market::load(pool) {
            Ok(market) => market.health(&self.account).stays(),
            Err(_) => self.account.unmet == 0 && !is_far && !self.account.legs().is_empty(),
        };
        let is_well = debt(self.account.quote) == 0 || is_well();
        self.note(pool, is_well);
    }

    /// Notes the debt of an account that is not well as unmet: what it can't pay is found when it is closed, and until then whoever
    /// leaves would leave that to the others.
    pub fn note(&mut self, pool: &mut Pool, is_well: bool) {
        let noted = self.account.unmet;
        let doubted = if is_well { 0 } else { debt(self.account.quote) };
        pot::change_unmet(pool, doubted as i128 - noted as i128);
        self.account.unmet = doubted;
    }

    /// Pays what an account owes that has nothing left to pay with: of the insurance first, then of the pool's.
    pub fn cover(&mut self, pool: &mut Pool, money: &mut Money) {
        let owed = debt(self.account.quote);
        if owed == 0 || !self.account.legs().is_empty() {
            return;
        }
        let mut reserves = money::reserves(pool);
        let insured = owed.min(reserves.insurance);
        reserves.insurance -= insured;
        money::store_reserves(pool, &reserves);
        self.pot.cash = self.pot.cash.plus(insured);
        self.credit(pool, money, insured as i128);
        let borne = self.pot.write_off(pool, money, owed - insured);
        self.account.quote = self.account.quote.saturating_add_unsigned(borne);
        emit!(
            pool,
            DebtCovered,
            [self.owner],
            [insured, borne, self.account.quote]
        );
    }
}

/// Replaces, in memory, each leg of a settled expiry by its payoff: what the account gets rounded down, what it pays up. `each` is
/// told of the leg, its amount with whether the settlement price was far, and the quote after it.
#[inline(never)]
pub fn settle_legs(
    pool: &Pool,
    account: &mut Account,
    quote_scale: u128,
    mut each: impl FnMut(&Leg, (i128, bool), i128),
) {
    let now = host::now(pool);
    let mut index = 0;
    while let Some(leg) = account.legs().get(index).copied() {
        let settled = if leg.series.expiry > now {
            None
        } else {
            settlement::load(pool, leg.series.expiry)
        };
        let Some(settled) = settled else {
            index += 1;
            continue;
        };
        let amount = amount_down(&leg, settled.price, quote_scale);
        account.quote = account.quote.plus(amount);
        account.remove(index);
        each(&leg, (amount, settled.is_far), account.quote);
    }
}

/// What a leg adds to its account's quote at a settlement price, atoms, rounded down.
fn amount_down(leg: &Leg, price: u128, quote_scale: u128) -> i128 {
    let pays = payoff(leg.series.kind, leg.series.strike, price);
    let size = leg.lots.unsigned_abs() as u128 * LOT;
    if leg.lots < 0 {
        let value = mul_div_up(size, pays, WAD).unwrap_or(u128::MAX);
        -(value.divided_up(quote_scale).min(i128::MAX as u128) as i128)
    } else {
        let value = mul_div_down(size, pays, WAD).unwrap_or(u128::MAX);
        (value / quote_scale).min(i128::MAX as u128) as i128
    }
}
