//! The insurance fund: node rents, a tenth of the fees until it is a fiftieth of the pool's free cash, and half a liquidator's reward.
//!
//! Fees are counted when somebody settles or liquidates, not in every trade, whose storage they would make dearer.

use crate::{
    event::emit,
    saturating::Saturating,
    storage::{
        configuration,
        head::Head,
        money::{self, Money},
        pot,
    },
    Pool,
};

/// Fees to one part for the insurance.
const PART: u128 = 10;
/// Free cash to one part of insurance, beyond which fees add nothing.
const ENOUGH: u128 = 50;

/// Notes that there are accounts: fees before that are the pool's.
pub fn start(pool: &mut Pool, money: &Money) {
    pot::store_counted(pool, money.fees);
}

/// Moves what the fees since the last time give from the pool's cash to the insurance.
pub fn collect(pool: &mut Pool, head: &Head, money: &mut Money) {
    let fresh = money.fees.saturating_sub(pot::counted(pool));
    if !head.accounts || fresh == 0 {
        return;
    }
    pot::store_counted(pool, money.fees);
    let scale = configuration::load(pool).quote_scale;
    let part = fresh as u128 * money::FEE_UNIT / scale / PART;
    let mut reserves = money::reserves(pool);
    let room = (money.free_cash() / ENOUGH).less(reserves.insurance);
    let moved = part.min(room);
    if moved == 0 {
        return;
    }
    money.cash -= moved;
    money::record_cash(pool, -(moved as i128));
    reserves.insurance = reserves.insurance.plus(moved);
    money::store_reserves(pool, &reserves);
    emit!(pool, Insured, [], [moved, reserves.insurance]);
}
