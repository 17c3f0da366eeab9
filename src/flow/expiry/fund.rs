//! What holders of settled series are owed is set aside: from cash, and where that is short and a price is to be had, from
//! collateral that comes back from the lender.

use crate::{
    context::Context,
    flow::hedge::lend,
    saturating::Saturating,
    storage::{
        head::{self, Head},
        money::{self, Money},
        settlement,
    },
    Pool,
};

/// Sets aside what there is, and writes head and money. Without a price no collateral comes back.
pub fn fund(pool: &mut Pool, head: &mut Head, money: &mut Money) {
    settlement::fund(pool, head, money);
    store(pool, head, money);
    if head.oldest_short == 0 || !head.has_loan {
        return;
    }
    let Ok(context) = Context::load_live(pool) else {
        return;
    };
    let missing = money.shortfall.less(money.cash);
    lend::recall(pool, context, missing);
    (*head, *money) = (context.head, context.money);
    settlement::fund(pool, head, money);
    store(pool, head, money);
}

fn store(pool: &mut Pool, head: &Head, money: &Money) {
    head::store(pool, head);
    money::store(pool, money);
}
