//! The quotes of `docs/quotes.md`: as committed, in order, within their bounds, without arbitrage between strikes.

mod common;
#[allow(dead_code)] // the example's entry point
#[path = "../examples/quotes.rs"]
mod quotes;

use common::{close, wad, Float};
use quotes::{document, Market, STRIKES, TIMES};
use smirk_engine::book::mark;
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::series::payoff;
use smirk_engine::state::{Kind, Leg, Side};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];
const WAD: u128 = 1_000_000_000_000_000_000;
const SPOT: u128 = 3_000 * WAD;

/// Empty books and one-sided ones, whether the latter.
fn markets() -> impl Iterator<Item = (Market, bool)> {
    let times = TIMES.into_iter().map(|(seconds, _)| seconds);
    times.flat_map(|seconds| {
        [
            (Market::empty(seconds), false),
            (Market::at_the_cap(seconds), true),
        ]
    })
}

#[test]
fn the_document_is_what_the_code_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/quotes.md");
    let committed = std::fs::read_to_string(path).expect("docs/quotes.md");
    for (line, (committed, fresh)) in committed.lines().zip(document().lines()).enumerate() {
        assert_eq!(
            committed,
            fresh,
            "line {}: run the command it names",
            line + 1
        );
    }
    assert_eq!(committed.lines().count(), document().lines().count());
}

#[test]
fn bid_mark_and_ask_are_in_order_and_within_their_bounds() {
    let mut refused = 0;
    for (market, is_full) in markets() {
        for (index, strike) in STRIKES.iter().enumerate() {
            for kind in KINDS {
                let (bid, mark, ask) = market.prices(index, kind);
                let payoff = payoff(kind, strike * WAD, SPOT);
                let most = match kind {
                    Kind::Call => SPOT,
                    Kind::Put => strike * WAD,
                };
                assert!(mark >= payoff && mark <= most && bid <= most);
                if is_full {
                    // The pool is short: it may bid above the anchor for what it wants back.
                    // The venue's fee on a delta of one is 1.50, the floor of the spread 0.51.
                    assert!(bid + WAD / 100 * 202 >= mark);
                } else {
                    assert!(bid <= mark, "{strike} {kind:?}");
                }
                match ask {
                    // The floor of the spread is 0.51.
                    Some(ask) => {
                        assert!(ask >= payoff + WAD / 100 * 51 && ask <= most + 10 * WAD);
                        assert!(ask >= mark && bid < ask, "{strike} {kind:?}");
                    }
                    None => refused += 1,
                }
            }
        }
    }
    assert!(refused >= 80, "{refused}");
}

#[test]
fn only_the_cap_refuses_a_purchase_and_nothing_refuses_a_sale() {
    for (market, is_full) in markets() {
        for strike in 0..STRIKES.len() {
            for kind in KINDS {
                match market.quote(strike, kind, Side::Buy) {
                    Ok(_) => (),
                    Err(QuoteError::ShiftAboveCap { shift, cap }) => {
                        assert!(is_full && shift > cap && shift < wad(0.201), "{shift}");
                    }
                    Err(error) => panic!("{error:?}"),
                }
                let sale = market.quote(strike, kind, Side::Sell).unwrap();
                assert!(sale.fee() <= sale.premium);
                if is_full {
                    close(sale.shift.float(), 0.2, 1e-3);
                }
            }
        }
    }
}

/// Premiums of one lot fewer, per option: call prices fall along the strikes by less than the strikes rise, and never
/// faster than before; puts by parity.
#[test]
fn premiums_along_the_strikes_leave_no_arbitrage() {
    for (market, _) in markets() {
        for kind in KINDS {
            let prices: Vec<f64> = (0..STRIKES.len())
                .map(|strike| {
                    market
                        .quote(strike, kind, Side::Sell)
                        .unwrap()
                        .premium
                        .float()
                        * 100.0
                })
                .collect();
            let slopes: Vec<f64> = (1..STRIKES.len())
                .map(|i| (prices[i] - prices[i - 1]) / (STRIKES[i] - STRIKES[i - 1]) as f64)
                .collect();
            let (low, high) = match kind {
                Kind::Call => (-1.0, 0.0),
                Kind::Put => (0.0, 1.0),
            };
            // A hundredth of an option moves its own price by that much.
            let slack = 2e-4;
            for slope in &slopes {
                assert!(
                    (low - slack..=high + slack).contains(slope),
                    "{kind:?} {prices:?}"
                );
            }
            for pair in slopes.windows(2) {
                assert!(pair[1] >= pair[0] - slack, "{kind:?} {slopes:?}");
            }
        }
    }
}

#[test]
fn greeks_are_finite_and_have_their_signs() {
    for (market, _) in markets() {
        let book = mark(&market.snapshot());
        assert!(book.nav_low <= book.nav && book.nav <= book.nav_high);
        assert!(book.net_gamma <= 0 && book.net_vega <= 0 && book.net_theta >= 0);
        for strike in 0..STRIKES.len() {
            for kind in KINDS {
                let order = Leg {
                    node: strike,
                    kind,
                    side: Side::Sell,
                    lots: 1_000_000,
                };
                let found = quote(&market.snapshot(), &order).unwrap();
                let (delta, gamma) = (-found.delta.float(), -found.gamma.float());
                let (low, high) = match kind {
                    Kind::Call => (0.0, 1.0),
                    Kind::Put => (-1.0, 0.0),
                };
                assert!((low - 1e-15..=high + 1e-15).contains(&delta), "{delta}");
                // φ(0)/(S·σ·√τ) at one second: 1.15.
                assert!((0.0..1.2).contains(&gamma), "{gamma}");
                assert!((0.0..400.0).contains(&-found.vega.float()));
                assert!((-1e8..=0.0).contains(&-found.theta.float()));
            }
        }
    }
}
