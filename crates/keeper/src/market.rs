//! What a signer last read of its market, for whoever wants to see the pool's surface beside it.

use serde::Serialize;
use smirk_fit::fit::{FittedChain, Smile};

/// Most expiries that are told, the nearest.
const MOST_EXPIRIES: usize = 16;
/// Most points of an expiry; of more, every second, third and so on.
const MOST_POINTS: usize = 48;
/// Decimals of a vol and of a price.
const DECIMALS: [i32; 2] = [5, 4];

/// A market at one time: what the fit looked at.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Market {
    /// What the source is called in logs.
    source: &'static str,
    /// For example `ETH`.
    currency: String,
    /// Unix seconds of the chain at which it was read.
    time: u64,
    /// Spot index, quote per base.
    index: f64,
    /// Ascending.
    expiries: Vec<Expiry>,
}

/// One expiry of it.
#[derive(Clone, Debug, Serialize, PartialEq)]
struct Expiry {
    /// Unix seconds.
    expiry: u64,
    /// Quote per base.
    forward: f64,
    /// Ascending by strike: of puts below the forward, of calls from there on.
    points: Vec<Point>,
}

/// One strike. Vols are 0.65 for 65 %.
#[derive(Clone, Debug, Serialize, PartialEq)]
struct Point {
    /// Quote per base.
    strike: f64,
    /// Of the market's mark.
    vol: f64,
    /// Of the best bid; absent where nobody bids or the price stands for no vol.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<f64>,
    /// Of the best ask, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<f64>,
}

impl Market {
    /// What a chain was fitted to.
    pub fn of(source: &'static str, chain: &FittedChain) -> Market {
        let nearest = chain.expiries.iter().take(MOST_EXPIRIES);
        Market {
            source,
            currency: chain.currency.clone(),
            time: chain.timestamp,
            index: rounded(chain.index, DECIMALS[1]),
            expiries: nearest.map(|fitted| Expiry::of(&fitted.smile)).collect(),
        }
    }
}

impl Expiry {
    fn of(smile: &Smile) -> Expiry {
        let step = smile.points.len().div_ceil(MOST_POINTS).max(1);
        let vol = |vol: f64| rounded(vol, DECIMALS[0]);
        let points = smile.points.iter().step_by(step).map(|point| Point {
            strike: rounded(point.strike, DECIMALS[1]),
            vol: vol(point.vol),
            bid: point.bid_vol.map(vol),
            ask: point.ask_vol.map(vol),
        });
        Expiry {
            expiry: smile.expiry,
            forward: rounded(smile.forward, DECIMALS[1]),
            points: points.collect(),
        }
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10f64.powi(decimals);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use smirk_engine::state::Kind;
    use smirk_fit::{
        fit::{fit, Selection},
        option_chain::{Listing, OptionChain},
    };

    const NOW: u64 = 1_770_000_000;
    const DAY: u64 = 86_400;

    /// So many expiries of so many strikes with vols that have more digits than anybody needs.
    fn chain(expiries: u64, strikes: u32) -> OptionChain {
        let listing = |place: u32| {
            let strike = 2_000.0 + 1_000.0 * f64::from(place) / f64::from(strikes);
            Listing {
                kind: [Kind::Put, Kind::Call][usize::from(strike >= 2_500.0)],
                strike,
                underlying: 2_500.0,
                mark_vol: 0.712_345_678,
                bid_vol: (place % 3 != 0).then_some(0.701_234_567),
                ask_vol: (place % 5 != 0).then_some(0.723_456_789),
            }
        };
        let listings = || (0..strikes).map(listing).collect();
        OptionChain {
            timestamp: NOW,
            currency: "ETH".into(),
            index: 2_500.123_456_7,
            expiries: (1..=expiries)
                .map(|week| (NOW + 7 * DAY * week, listings()))
                .collect(),
        }
    }

    fn market(expiries: u64, strikes: u32) -> Market {
        Market::of(
            "file",
            &fit(&chain(expiries, strikes), &Selection::default()).unwrap(),
        )
    }

    #[test]
    fn it_is_what_was_fitted() {
        let market = market(2, 10);
        assert_eq!((market.time, market.index), (NOW, 2_500.123_5));
        let [first, second] = &market.expiries[..] else {
            panic!("{market:?}");
        };
        assert_eq!((first.expiry, first.forward), (NOW + 7 * DAY, 2_500.0));
        let told = |strike: f64| {
            let mut points = second.points.iter();
            let found = points.find(|point| point.strike == strike);
            found.map(|point| serde_json::to_string(point).unwrap())
        };
        let only_ask = r#"{"strike":2300.0,"vol":0.71235,"ask":0.72346}"#;
        assert_eq!(told(2_300.0).as_deref(), Some(only_ask));
        let only_bid = r#"{"strike":2500.0,"vol":0.71235,"bid":0.70123}"#;
        assert_eq!(told(2_500.0).as_deref(), Some(only_bid));
        assert_eq!(told(2_000.0), None, "too far out to be fitted to");
    }

    #[test]
    fn it_stays_small_whatever_a_market_lists() {
        let market = market(30, 400);
        assert_eq!(market.expiries.len(), MOST_EXPIRIES);
        for Expiry { points, .. } in &market.expiries {
            assert!(points.len() <= MOST_POINTS && points.len() > MOST_POINTS / 2);
        }
        let text = serde_json::to_string(&market).unwrap();
        assert!(text.len() < 64_000, "{}", text.len());
    }
}
