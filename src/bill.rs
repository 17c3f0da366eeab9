//! What an order pays, part by part.

use smirk_engine::state::{Leg, Quote, Side};

use crate::{
    saturating::{DivideUp, Saturating},
    words::Words,
};

/// What an order pays, in atoms.
#[derive(Clone, Copy, Default)]
pub struct Bill {
    /// The premium, as a magnitude.
    pub premium: u128,
    /// Whether the taker gets the premium; else it pays it.
    pub is_credit: bool,
    /// The half-spread.
    pub spread: u128,
    /// What venue and hedge add.
    pub surcharge: u128,
    /// Interest on tails.
    pub capacity: u128,
    /// Rent for nodes.
    pub rent: u128,
}

impl Bill {
    /// Of an order's quote: the premium up where the taker pays it and down where it gets it, the charges up; those of an order
    /// that only returns longs together at most the premium.
    pub fn of(quote: &Quote, legs: &[Leg], scale: u128) -> Bill {
        let mut bill = Bill {
            premium: if quote.is_credit {
                quote.premium / scale
            } else {
                quote.premium.divided_up(scale)
            },
            is_credit: quote.is_credit,
            spread: quote.spread.divided_up(scale),
            surcharge: quote.surcharge.divided_up(scale),
            capacity: quote.capacity.divided_up(scale),
            rent: quote.rent.divided_up(scale),
        };
        if legs.iter().all(|leg| leg.side == Side::Sell) {
            let mut left = bill.premium;
            for charge in [&mut bill.spread, &mut bill.surcharge, &mut bill.capacity] {
                *charge = (*charge).min(left);
                left -= *charge;
            }
        }
        bill
    }

    /// All charges together.
    pub fn fee(&self) -> u128 {
        self.spread
            .plus(self.surcharge)
            .plus(self.capacity)
            .plus(self.rent)
    }

    /// Words and the charges behind them, in the order of the ABI.
    #[inline(never)]
    pub fn charges(&self, words: Words) -> Words {
        words
            .with(self.spread)
            .with(self.surcharge)
            .with(self.capacity)
            .with(self.rent)
    }

    /// The premium, negative where the taker gets it.
    pub fn signed_premium(&self) -> i128 {
        let premium = self.premium.min(i128::MAX as u128) as i128;
        if self.is_credit {
            -premium
        } else {
            premium
        }
    }

    /// What the pool's cash gains: all but the rent.
    pub fn gain(&self) -> i128 {
        self.total().saturating_sub_unsigned(self.rent)
    }

    /// What the taker pays, negative for what it gets.
    pub fn total(&self) -> i128 {
        self.signed_premium().saturating_add_unsigned(self.fee())
    }
}
