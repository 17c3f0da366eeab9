//! What a fit looks at: per expiry, the out-of-the-money mark vols of the liquid part of the chain.

use std::collections::BTreeMap;

use smirk_engine::state::{Kind, YEAR};

use crate::option_chain::{median, Listing, OptionChain};

/// Which part of a chain is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// Shortest time to expiry, seconds.
    pub min_seconds: u64,
    /// Fewest points that make an expiry worth a slice.
    pub min_points: usize,
    /// Forward call deltas of the points lie in [tail, 1 − tail].
    pub tail_delta: f64,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            min_seconds: crate::time::DAY,
            min_points: 6,
            tail_delta: 0.05,
        }
    }
}

/// One strike of one expiry.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// ln(strike / forward).
    pub log_moneyness: f64,
    /// Strike, quote per base.
    pub strike: f64,
    /// Forward delta of a call at the mark vol.
    pub call_delta: f64,
    /// Mark vol, 0.65 = 65 %.
    pub vol: f64,
    /// Vol of the best bid, if there is one.
    pub bid_vol: Option<f64>,
    /// Vol of the best ask, if there is one.
    pub ask_vol: Option<f64>,
}

/// One expiry as the fit sees it.
#[derive(Clone, Debug)]
pub struct Smile {
    /// Unix seconds.
    pub expiry: u64,
    /// Time to expiry in years of 365 days.
    pub tau: f64,
    /// Median of the exchange's forwards over the listings.
    pub forward: f64,
    /// Ascending by strike.
    pub points: Vec<Point>,
}

/// The smiles of a chain that `selection` keeps, ascending by expiry.
pub fn smiles(chain: &OptionChain, selection: &Selection) -> Vec<Smile> {
    chain
        .expiries
        .iter()
        .filter(|(&expiry, _)| expiry >= chain.timestamp + selection.min_seconds.max(1))
        .map(|(&expiry, listings)| smile(chain.timestamp, expiry, listings, selection))
        .filter(|smile| smile.points.len() >= selection.min_points)
        .collect()
}

fn smile(now: u64, expiry: u64, listings: &[Listing], selection: &Selection) -> Smile {
    let tau = (expiry - now) as f64 / YEAR as f64;
    let mut forwards: Vec<f64> = listings.iter().map(|listing| listing.underlying).collect();
    let forward = median(&mut forwards);
    let mut points = BTreeMap::new();
    for listing in listings {
        let out_of_the_money = match listing.kind {
            Kind::Call => listing.strike >= forward,
            Kind::Put => listing.strike < forward,
        };
        let log_moneyness = (listing.strike / forward).ln();
        let call_delta = call_delta(log_moneyness, listing.mark_vol * tau.sqrt());
        if out_of_the_money && (call_delta - 0.5).abs() <= 0.5 - selection.tail_delta {
            points.insert(
                listing.strike.to_bits(),
                Point {
                    log_moneyness,
                    strike: listing.strike,
                    call_delta,
                    vol: listing.mark_vol,
                    bid_vol: listing.bid_vol,
                    ask_vol: listing.ask_vol,
                },
            );
        }
    }
    // Positive floats order like their bits.
    Smile {
        expiry,
        tau,
        forward,
        points: points.into_values().collect(),
    }
}

/// Φ(d1) for a log-moneyness and a total vol.
fn call_delta(log_moneyness: f64, total_vol: f64) -> f64 {
    normal_distribution(-log_moneyness / total_vol + total_vol / 2.0)
}

/// Φ to 7.5e-8 (Abramowitz & Stegun 26.2.17), ample for choosing points by delta.
fn normal_distribution(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if x > 0.0 {
        1.0 - tail
    } else {
        tail
    }
}
