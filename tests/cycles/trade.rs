//! One trade, held against its quote in the same block.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool::{self, Bought, ExposureAboveLimit, Quote, Sold};

use crate::common::Market;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buy,
    Sell,
}

/// A filled order.
#[derive(Clone, Debug)]
pub struct Fill {
    pub side: Side,
    pub quote: Quote,
}

/// What a taker paid and got, quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    pub paid: U256,
    pub received: U256,
    pub premium_paid: U256,
    pub premium_received: U256,
    pub trades: u64,
}

impl Account {
    pub fn note(&mut self, fill: &Fill) {
        match fill.side {
            Side::Buy => {
                self.paid += fill.quote.total;
                self.premium_paid += fill.quote.premium;
            }
            Side::Sell => {
                self.received += fill.quote.total;
                self.premium_received += fill.quote.premium;
            }
        }
        self.trades += 1;
    }
}

/// Quotes and trades: a fill is what the quote said in every number, a refusal the one that was quoted. A purchase whose hedge
/// the venue does not fill may be refused for its exposure all the same.
pub fn trade(market: &mut Market, who: Address, side: Side, id: U256, size: U256) -> Option<Fill> {
    let quoted = match side {
        Side::Buy => market.view(IPool::quoteBuyCall { id, size }),
        Side::Sell => market.view(IPool::quoteSellCall { id, size }),
    };
    let (most, deadline) = (U256::MAX, U256::MAX);
    let filled = match side {
        Side::Buy => market.send(
            who,
            IPool::buyCall {
                id,
                size,
                maxCost: most,
                deadline,
                receiver: who,
            },
        ),
        Side::Sell => market.send(
            who,
            IPool::sellCall {
                id,
                size,
                minProceeds: U256::ZERO,
                deadline,
                receiver: who,
            },
        ),
    };
    match (quoted, filled) {
        (Ok(quote), Ok(receipt)) => {
            let pool = market.pool.address;
            let charged = match side {
                Side::Buy => {
                    let e = receipt.event::<Bought>(pool).expect("a purchase says so");
                    [
                        e.premium,
                        e.spread,
                        e.surcharge,
                        e.capacity,
                        e.rent,
                        e.volAfter,
                    ]
                }
                Side::Sell => {
                    let e = receipt.event::<Sold>(pool).expect("a sale says so");
                    [
                        e.premium,
                        e.spread,
                        e.surcharge,
                        e.capacity,
                        e.rent,
                        e.volAfter,
                    ]
                }
            };
            let quoted = [
                quote.premium,
                quote.spread,
                quote.surcharge,
                quote.capacity,
                quote.rent,
                quote.volAfter,
            ];
            assert_eq!(charged, quoted, "fill and quote of {size} of {id:#x}");
            assert_eq!(receipt.value, quote.total);
            Some(Fill { side, quote })
        }
        (Err(quoted), Err(refused)) => {
            assert_eq!(
                quoted.outcome.output, refused.outcome.output,
                "{refused}, quoted {quoted}"
            );
            None
        }
        (Ok(_), Err(refused)) => {
            let unhedged = side == Side::Buy && refused.is::<ExposureAboveLimit>();
            assert!(unhedged, "quoted and refused: {refused}");
            None
        }
        (Err(quoted), Ok(_)) => panic!("filled though quoted {quoted}"),
    }
}
