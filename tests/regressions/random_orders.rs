//! A thief that trades in orders of several legs, and the book after any order.

use std::fmt::Write;

use alloy_primitives::{I256, U256};
use smirk_world::abi::IPool;

use crate::{
    actions::*,
    common::{call, put, rng::Rng, Market},
    thief::{steal, Hands, Thief},
};

impl Thief {
    fn buy_some(&mut self, market: &mut Market) {
        let count = 1 + self.rng.below(8);
        let mut legs: Vec<(U256, i64)> = Vec::new();
        for _ in 0..count {
            if !self.held.is_empty() && self.rng.one_in(2) {
                let index = self.rng.below(self.held.len() as u64) as usize;
                let (id, micros) = self.held[index];
                let part = self.rng.pick(&[1u64, 1, 2, 3]);
                let size = (micros / part).max(1);
                legs.push((id, -(size as i64)));
            } else {
                let (id, _) = self.any_series(market);
                let micros = self.rng.pick(&[
                    10_000,
                    16_000,
                    500_000,
                    3_000_000,
                    12_000_000,
                    45_000_000i64,
                ]);
                legs.push((id, micros));
            }
        }
        self.order(market, &legs);
    }

    fn order(&mut self, market: &mut Market, legs: &[(U256, i64)]) -> bool {
        let asked: Vec<IPool::Leg> = legs
            .iter()
            .map(|&(id, micros)| IPool::Leg {
                id,
                size: I256::try_from(micros as i128 * 1_000_000_000_000).unwrap(),
            })
            .collect();
        let quoted = market.view(IPool::quoteCall {
            legs: asked.clone(),
            onAccount: false,
        });
        let sent = market.send(
            self.who,
            IPool::tradeCall {
                legs: asked,
                limit: I256::MAX,
                deadline: U256::MAX,
                receiver: self.who,
            },
        );
        let Ok(receipt) = sent else {
            let error = sent.unwrap_err();
            if quoted.is_ok()
                && !error.is::<IPool::ExposureAboveLimit>()
                && !error.is::<IPool::InsufficientBalance>()
                && !error.is::<IPool::InsufficientFreeCash>()
            {
                println!("quoted and refused {error}");
            }
            if legs.iter().all(|l| l.1 < 0) && !error.is::<IPool::LegRepeated>() {
                println!("exit refused: {error} {legs:?}");
            }
            return false;
        };
        let quoted = quoted.unwrap();
        assert_eq!(receipt.value, quoted.total, "{}", self.log);
        self.done += 1;
        let hedged = market.hedged(&receipt);
        write!(
            self.log,
            "order {legs:?}, total {}, hedged {hedged:.4}; ",
            receipt.value
        )
        .unwrap();
        for &(id, micros) in legs {
            match self.held.iter_mut().find(|h| h.0 == id) {
                Some(held) => held.1 = (held.1 as i64 + micros) as u64,
                None => self.held.push((id, micros as u64)),
            }
        }
        self.held.retain(|h| h.1 != 0);
        true
    }

    fn sell_some(&mut self, market: &mut Market) {
        let many = 1 + self.rng.below(8) as usize;
        let legs: Vec<(U256, i64)> = self
            .held
            .iter()
            .rev()
            .take(many)
            .map(|h| (h.0, -(h.1 as i64)))
            .collect();
        if !legs.is_empty() {
            self.order(market, &legs);
        }
    }
}

#[test]
fn nothing_in_any_order_pays() {
    let hands = Hands {
        buy: Thief::buy_some,
        sell: Thief::sell_some,
    };
    steal(hands, 100, &[false, true]);
}

/// Few series and many orders: nodes are emptied and opened by legs of one order all the time.
#[test]
fn the_book_is_what_takers_hold_after_any_order() {
    let mut rng = Rng(7);
    let mut market = market("400000", &[]);
    let who = market.world.actors.alice.address;
    market.enrich(who);
    let [week, month, _] = market.expiries;
    let mut ids = Vec::new();
    for expiry in [week, month] {
        for strike in ["2400", "2500", "2600"] {
            ids.extend([call(expiry, strike), put(expiry, strike)]);
        }
    }
    let mut held = vec![0i64; ids.len()];
    let mut filled = 0;
    for _ in 0..400 {
        let mut legs: Vec<(usize, i64)> = Vec::new();
        for _ in 0..1 + rng.below(8) {
            let index = rng.below(ids.len() as u64) as usize;
            if legs.iter().any(|leg| leg.0 == index) {
                continue;
            }
            let micros = match held[index] {
                0 => 10_000 + rng.below(2_000_000) as i64,
                all if rng.one_in(4) => -(1 + rng.below(all as u64) as i64),
                all => -all,
            };
            legs.push((index, micros));
        }
        let asked = legs.iter().map(|&(index, micros)| IPool::Leg {
            id: ids[index],
            size: I256::try_from(micros as i128 * 1_000_000_000_000).unwrap(),
        });
        let order = IPool::tradeCall {
            legs: asked.collect(),
            limit: I256::MAX,
            deadline: U256::MAX,
            receiver: who,
        };
        market.send(who, order).unwrap();
        filled += 1;
        for (index, micros) in legs {
            held[index] += micros;
        }
        let nodes = market.view(IPool::bookCall {}).unwrap();
        let mut wanted = 0;
        for pair in ids.chunks(2).zip(held.chunks(2)) {
            let ([id, _], [calls, puts]) = pair else {
                unreachable!()
            };
            let found = nodes
                .iter()
                .find(|node| (node.strike | node.expiry << 128) == *id);
            let lots = |part: I256| {
                -i64::try_from(part / I256::try_from(1_000_000_000_000u64).unwrap()).unwrap()
            };
            let found = found.map_or((0, 0), |node| (lots(node.calls), lots(node.puts)));
            assert_eq!(found, (*calls, *puts));
            wanted += usize::from(found != (0, 0));
        }
        assert_eq!(nodes.len(), wanted);
        market.assert_backed();
    }
    assert_eq!(filled, 400);
}
