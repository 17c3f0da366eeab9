//! What the hedge sells and does not hold, it borrows: quote stands as collateral, base is owed.
//!
//! The loan moves in chunks, so that most hedges touch the venue alone: more is borrowed than a sale needs, and held base
//! repays only once two chunks of it have come together. After each movement the collateral stands at [`TARGET`] times the debt,
//! by the lender's threshold and the feed's price; below [`FLOOR`] anyone tops it up with `rebalance`, and down to it exits
//! bring it back. A lender that refuses is like a venue that does not fill: what is due waits.

use smirk_engine::wide::mul_div_down;

use crate::{
    context::Context,
    event::emit,
    io::{
        lender::{self, Reading, Scaled, Step, RAY},
        venue,
    },
    loan::{down, up, Open},
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{
        head,
        lending::{self, Loan},
        money,
    },
    Pool,
};

/// Health after a movement, WAD: the price can double before anybody may liquidate.
pub const TARGET: u128 = 2 * WAD;
/// Health below which collateral is put up, and down to which exits take it, WAD.
pub const FLOOR: u128 = WAD / 10 * 16;
/// Health down to which a purchase takes collateral for the base that it repays with, WAD: the loan is the healthier for it.
pub const BRINK: u128 = WAD / 100 * 125;
/// A chunk is this part of the band, and at least the minimum hedge.
const CHUNKS: u128 = 4;

/// Health of the loan, WAD: collateral times threshold over debt; `u128::MAX` without debt.
pub fn health(context: &Context, reading: &Reading) -> u128 {
    let scale = context.configuration.quote_scale;
    let counted = down(context.loan.supplied, reading.threshold, WAD);
    let debt = debt_value_up(context, context.loan.owed);
    mul_div_down(counted.times(scale), WAD, debt).unwrap_or(u128::MAX)
}

/// Borrows what a sale of `sale` base (WAD) lacks, and a chunk more, as far as free cash is collateral for it.
pub fn provide(pool: &mut Pool, context: &mut Context, sale: u128, band: u128) {
    let missing = sale.less(context.base_held());
    if missing != 0 {
        fill(pool, context, missing, band);
    }
}

fn fill(pool: &mut Pool, context: &mut Context, missing: u128, band: u128) {
    let Some(mut open) = context.ask_lender(pool) else {
        return;
    };
    open.book(pool, context);
    let most = open.borrowable(context);
    let scale = context.configuration.base_scale;
    for wanted in [missing.plus(chunk(context, band)), missing] {
        let amount = wanted.divided_up(scale).min(most);
        if amount != 0
            && open.secure(pool, context, amount)
            && open.take(pool, context, Step::Borrow, amount)
        {
            return;
        }
    }
    open.release(pool, context);
}

/// Repays from the base that purchases brought in, once it is worth a call, and frees collateral.
pub fn repay(pool: &mut Pool, context: &mut Context, band: u128) {
    let chunk = chunk(context, band);
    let held = context.base_held();
    if context.loan.owed == 0 || held <= chunk.times(2) {
        return;
    }
    let Some(mut open) = context.ask_lender(pool) else {
        return;
    };
    open.book(pool, context);
    let spare = (held - chunk) / context.configuration.base_scale;
    open.repay(pool, context, spare);
    open.release(pool, context);
}

/// Brings back collateral for `wanted` atoms of quote, as far as the loan's health stays at [`FLOOR`].
pub fn recall(pool: &mut Pool, context: &mut Context, wanted: u128) {
    recall_to(pool, context, wanted, FLOOR);
}

/// The same for a purchase of base, down to [`BRINK`]. Whether that left the loan below [`FLOOR`]: then [`tend`] is to follow.
pub fn recall_for_purchase(pool: &mut Pool, context: &mut Context, wanted: u128) -> bool {
    recall_to(pool, context, wanted, BRINK)
}

fn recall_to(pool: &mut Pool, context: &mut Context, wanted: u128, least: u128) -> bool {
    if wanted == 0 || !context.head.has_loan {
        return false;
    }
    let Some(mut open) = context.ask_lender(pool) else {
        return false;
    };
    open.book(pool, context);
    let needed = open.collateral_up(context, context.loan.owed, least);
    let spare = context.loan.supplied.less(needed);
    let there = lender::available(pool, &open.lender, context.configuration.quote);
    open.withdraw(pool, context, spare.min(wanted).min(there));
    health(context, &open.reading) < FLOOR
}

/// Supplies the cash that the owner wants at the lender, once a quarter of it is missing there and nobody is owed it.
pub fn invest(pool: &mut Pool, context: &mut Context) {
    let configuration = &context.configuration;
    if !configuration.has_lender || lending::idle_share(pool) == 0 || context.money.shortfall != 0 {
        return;
    }
    if let Some(mut open) = context.ask_lender(pool) {
        open.book(pool, context);
        let wanted = open.idle(context);
        let gap = wanted.less(context.loan.supplied);
        if gap > wanted / 4 {
            open.supply(pool, context, gap.min(context.money.free_cash()));
        }
    }
}

/// Looks after a loan without being asked to sell: books what others took, puts up collateral for one whose health is below
/// [`FLOOR`], with base that is held where cash does not reach, and frees what a lower price left over. Whether a gap was
/// closed.
pub fn tend(pool: &mut Pool, context: &mut Context) -> bool {
    if !context.head.has_loan {
        return false;
    }
    let Some(mut open) = context.ask_lender(pool) else {
        return false;
    };
    open.book(pool, context);
    if health(context, &open.reading) >= FLOOR {
        // What a quarter more than needed stands for is worth a call.
        let kept = open.kept(context);
        if context.loan.supplied > kept.plus(kept / 4) {
            open.release(pool, context);
        }
        return false;
    }
    let needed = open.collateral_up(context, context.loan.owed, TARGET);
    let gap = needed.less(context.loan.supplied);
    if open.reading.threshold != 0 {
        open.supply(pool, context, gap.min(context.money.free_cash()));
    }
    if health(context, &open.reading) < FLOOR {
        open.repay(pool, context, context.money.base);
    }
    health(context, &open.reading) >= FLOOR
}

/// What the loan moves in, base WAD; nothing is kept back where no exposure is to stay.
fn chunk(context: &Context, band: u128) -> u128 {
    match band {
        0 => 0,
        band => (band / CHUNKS).max(context.limits.minimum_hedge as u128),
    }
}

/// What owed base is worth, quote WAD.
fn debt_value_up(context: &Context, owed: u128) -> u128 {
    let base = owed.times(context.configuration.base_scale);
    up(base, context.spot, WAD)
}

impl Open {
    /// Books what others took: base bought back, dearer than the feed says.
    fn book(&mut self, pool: &mut Pool, context: &mut Context) {
        let Loan { owed, supplied } = core::mem::take(&mut self.taken);
        if supplied == 0 {
            return;
        }
        let scale = &context.configuration;
        let base = owed.times(scale.base_scale);
        let fair = venue::value_down(base, context.spot, scale.quote_scale) as i128;
        lending::record(pool, -(owed as i128), -(supplied as i128));
        money::record_hedge(pool, -(supplied as i128), supplied as i128 - fair);
        self.store(pool, context);
        emit!(pool, LoanLiquidated, [], [supplied, owed, context.spot]);
    }

    /// Quote atoms that secure this debt at a health, rounded up.
    fn collateral_up(&self, context: &Context, owed: u128, health: u128) -> u128 {
        let value = debt_value_up(context, owed);
        up(value, health, self.reading.threshold).divided_up(context.configuration.quote_scale)
    }

    /// Base atoms that can be borrowed beyond what is owed, with all free cash as collateral.
    fn borrowable(&self, context: &Context) -> u128 {
        let most = context.loan.supplied.plus(context.money.free_cash());
        let counted = down(most, self.reading.threshold, TARGET);
        let value = counted.times(context.configuration.quote_scale);
        let base = down(value, WAD, context.spot);
        (base / context.configuration.base_scale).less(context.loan.owed)
    }

    /// Puts up the collateral for this much more debt. Whether it stands.
    fn secure(&mut self, pool: &mut Pool, context: &mut Context, amount: u128) -> bool {
        let owed = context.loan.owed.plus(amount);
        let needed = self.collateral_up(context, owed, TARGET);
        let gap = needed.less(context.loan.supplied);
        gap == 0 || self.supply(pool, context, gap.min(context.money.free_cash()))
    }

    /// Quote atoms that the owner wants here, debt or not, rounded down.
    fn idle(&self, context: &Context) -> u128 {
        let free = context.money.free_cash();
        let all = context.loan.supplied.plus(free);
        down(all, self.lender.idle_share, WAD)
    }

    /// Quote atoms that stay: collateral for [`TARGET`], and what the owner wants here.
    fn kept(&self, context: &Context) -> u128 {
        let needed = self.collateral_up(context, context.loan.owed, TARGET);
        needed.max(self.idle(context))
    }

    /// Frees what is beyond that.
    fn release(&mut self, pool: &mut Pool, context: &mut Context) {
        let spare = context.loan.supplied.less(self.kept(context));
        self.withdraw(pool, context, spare);
    }

    fn supply(&mut self, pool: &mut Pool, context: &mut Context, amount: u128) -> bool {
        self.take(pool, context, Step::Supply, amount)
    }

    fn withdraw(&mut self, pool: &mut Pool, context: &mut Context, amount: u128) {
        self.take(pool, context, Step::Withdraw, amount);
    }

    /// Repays up to `most` atoms of base.
    fn repay(&mut self, pool: &mut Pool, context: &mut Context, most: u128) {
        let amount = most.min(context.loan.owed);
        self.take(pool, context, Step::Repay, amount);
    }

    /// Books a step, takes it, and undoes it if the lender refuses. Whether it was taken; nothing is no step.
    #[inline(never)]
    fn take(&mut self, pool: &mut Pool, context: &mut Context, step: Step, amount: u128) -> bool {
        if amount == 0 {
            return false;
        }
        let (scaled, money) = (self.scaled, context.money);
        self.scale(context, step, amount);
        match step {
            Step::Supply => context.money.cash -= amount,
            Step::Repay => context.money.base -= amount,
            _ => {}
        }
        self.store(pool, context);
        let configuration = context.configuration;
        let moved = lender::take(pool, &self.lender, &configuration, step, amount);
        let Some(moved) = moved.or_else(|| self.nothing_owed(pool, step)) else {
            (self.scaled, context.money) = (scaled, money);
            self.store(pool, context);
            return false;
        };
        match step {
            Step::Withdraw => context.money.cash += amount,
            Step::Borrow => context.money.base += amount,
            Step::Repay if moved < amount => {
                // The lender took less than it was offered: nothing is owed any more.
                self.scaled.debt = 0;
                context.money.base += amount - moved;
            }
            _ => {}
        }
        let moved = moved as i128;
        let (borrowed, supplied) = match step {
            Step::Supply => (0, moved),
            Step::Withdraw => (0, -moved),
            Step::Borrow => (moved, 0),
            Step::Repay => (-moved, 0),
        };
        self.store(pool, context);
        lending::record(pool, borrowed, supplied);
        let Loan {
            owed,
            supplied: collateral,
        } = context.loan;
        emit!(
            pool,
            LoanChanged,
            [],
            [borrowed, supplied, owed, collateral]
        );
        true
    }

    /// What a step makes of debt and collateral before interest, each rounded to the pool's loss. Less than an atom that is
    /// left of everything is nobody's.
    fn scale(&mut self, context: &Context, step: Step, amount: u128) {
        let Reading {
            debt_index,
            income_index,
            ..
        } = self.reading;
        let Scaled { debt, collateral } = &mut self.scaled;
        let up = |index| up(amount, RAY, index);
        let down = |index| down(amount, RAY, index);
        match step {
            Step::Supply => *collateral += down(income_index),
            Step::Withdraw if *debt == 0 && amount == context.loan.supplied => *collateral = 0,
            Step::Withdraw => *collateral = collateral.less(up(income_index)),
            Step::Borrow => *debt = debt.plus(up(debt_index)),
            Step::Repay if amount == context.loan.owed => *debt = 0,
            Step::Repay => *debt = debt.less(down(debt_index)),
        }
    }

    /// Zero for a repayment where the lender counts no debt at all, because somebody else repaid it: then it takes nothing.
    fn nothing_owed(&self, pool: &Pool, step: Step) -> Option<u128> {
        if step != Step::Repay {
            return None;
        }
        let counted = lender::counted(pool, &self.lender)?;
        (counted.debt == 0).then_some(0)
    }

    /// Writes loan and money.
    fn store(&self, pool: &mut Pool, context: &mut Context) {
        context.loan = self.worth();
        lending::store(pool, &self.scaled, &context.loan);
        money::store(pool, &context.money);
        let has_loan = self.scaled != Scaled::default();
        if context.head.has_loan != has_loan {
            context.head.has_loan = has_loan;
            head::store(pool, &context.head);
        }
    }
}
