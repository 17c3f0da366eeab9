//! A thief that buys and sells one series at a time.

use std::fmt::Write;

use crate::{
    common::Market,
    thief::{steal, Hands, Thief},
};

impl Thief {
    fn buy_one(&mut self, market: &mut Market) {
        let (id, name) = self.any_series(market);
        let micros = self
            .rng
            .pick(&[16_000, 500_000, 3_000_000, 12_000_000, 45_000_000u64]);
        let size = format!("{:.6}", micros as f64 * 1e-6);
        if let Ok(bought) = market.buy(self.who, id, &size) {
            self.done += 1;
            let hedged = market.hedged(&bought);
            write!(self.log, "buy {size} {name}, hedged {hedged:.4}; ").unwrap();
            self.held.push((id, micros));
        }
    }

    fn sell_one(&mut self, market: &mut Market) {
        if self.held.is_empty() {
            return;
        }
        let index = self.rng.below(self.held.len() as u64) as usize;
        let (id, micros) = self.held[index];
        let size = format!("{:.6}", micros as f64 * 1e-6);
        if let Ok(sold) = market.sell(self.who, id, &size) {
            self.done += 1;
            let hedged = market.hedged(&sold);
            write!(self.log, "sell {size}, hedged {hedged:.4}; ").unwrap();
            self.held.swap_remove(index);
        }
    }
}

#[test]
fn nothing_in_any_order_pays() {
    let hands = Hands {
        buy: Thief::buy_one,
        sell: Thief::sell_one,
    };
    steal(hands, 0, &[false]);
}
