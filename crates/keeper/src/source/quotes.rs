//! Which quotes count. An option is left out when it is
//!
//! * *stale*: older than `max_age`, or from the future by as much;
//! * *thin*: without a bid or an ask, unless `allow_one_sided`, and always without both;
//! * *crossed*: bid above ask;
//! * *absurd*: no mark vol between 5 % and 400 %, a forward more than `max_basis` from the index, a mark outside bid and ask by
//!   more than half of what lies between them, or a strike that is no number above zero.
//!
//! A chain of which less than `min_share` is left, or without an index, is no chain.

use std::collections::BTreeMap;

use anyhow::{ensure, Result};
use serde::Deserialize;
use smirk_engine::{black_scholes::Contract, implied::implied_vol, state::Kind};
use smirk_fit::option_chain::{Listing, OptionChain};

use super::Reading;

const WAD: f64 = 1e18;
const LEAST_VOL: f64 = 0.05;
const GREATEST_VOL: f64 = 4.0;

/// Limits of the rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Seconds.
    pub max_age: u64,
    /// Whether a bid or an ask alone is enough.
    pub allow_one_sided: bool,
    /// Relative distance of forward and index.
    pub max_basis: f64,
    /// Least share of quotes that have to count.
    pub min_share: f64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            max_age: 120,
            allow_one_sided: true,
            max_basis: 0.25,
            min_share: 0.3,
        }
    }
}

/// What bid, ask and mark are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of the base asset.
    Coin,
    /// Vols.
    Vol,
}

/// One option as an exchange quotes it. Zero stands for no bid, ask or mark.
#[derive(Clone, Debug)]
pub struct Quote {
    /// Unix seconds.
    pub time: u64,
    /// Unix seconds.
    pub expiry: u64,
    /// Call or put.
    pub kind: Kind,
    /// Quote per base.
    pub strike: f64,
    /// The exchange's forward.
    pub forward: f64,
    /// 0.65 = 65 %.
    pub mark_vol: f64,
    /// Best bid.
    pub bid: f64,
    /// Best ask.
    pub ask: f64,
    /// Mark.
    pub mark: f64,
    /// What the three are in.
    pub unit: Unit,
}

impl Quote {
    /// The vol that a bid or an ask stands for at `now`, if there is one to be believed.
    fn vol(&self, price: f64, now: u64) -> Option<f64> {
        if !price.is_finite() || price <= 0.0 {
            return None;
        }
        let vol = match self.unit {
            Unit::Vol => price,
            Unit::Coin => {
                let contract = Contract {
                    spot: wad(self.forward),
                    strike: wad(self.strike),
                    seconds: self.expiry.saturating_sub(now),
                    vol: 0,
                    rate: 0,
                };
                let implied = implied_vol(&contract, self.kind, wad(price * self.forward));
                implied.ok()?.to_wad_nearest() as f64 / WAD
            }
        };
        (LEAST_VOL..=GREATEST_VOL).contains(&vol).then_some(vol)
    }
}

fn wad(value: f64) -> u128 {
    (value * WAD) as u128
}

/// How many quotes were left out, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Too old.
    pub stale: usize,
    /// Nobody quotes.
    pub thin: usize,
    /// Bid above ask.
    pub crossed: usize,
    /// Not to be believed.
    pub absurd: usize,
}

impl Rejected {
    /// All together.
    pub fn total(&self) -> usize {
        self.stale + self.thin + self.crossed + self.absurd
    }
}

/// The chain of the quotes that count at `now`.
pub fn chain(
    currency: &str,
    index: f64,
    quotes: &[Quote],
    rules: &Rules,
    now: u64,
) -> Result<Reading> {
    ensure!(index.is_finite() && index > 0.0, "the index is {index}");
    let mut rejected = Rejected::default();
    let mut expiries: BTreeMap<u64, Vec<Listing>> = BTreeMap::new();
    let mut used = 0;
    for quote in quotes.iter().filter(|quote| quote.expiry > now) {
        let has = |value: f64| value.is_finite() && value > 0.0;
        let (bid, ask) = (has(quote.bid), has(quote.ask));
        let is_believable = (LEAST_VOL..=GREATEST_VOL).contains(&quote.mark_vol)
            && has(quote.strike)
            && has(quote.forward)
            && (quote.forward / index - 1.0).abs() <= rules.max_basis;
        let width = quote.ask - quote.bid;
        let is_outside = bid
            && ask
            && has(quote.mark)
            && (quote.mark < quote.bid - width / 2.0 || quote.mark > quote.ask + width / 2.0);
        if quote.time.abs_diff(now) > rules.max_age {
            rejected.stale += 1;
        } else if !(bid && ask || rules.allow_one_sided && (bid || ask)) {
            rejected.thin += 1;
        } else if bid && ask && quote.bid > quote.ask {
            rejected.crossed += 1;
        } else if !is_believable || is_outside {
            rejected.absurd += 1;
        } else {
            used += 1;
            expiries.entry(quote.expiry).or_default().push(Listing {
                kind: quote.kind,
                strike: quote.strike,
                underlying: quote.forward,
                mark_vol: quote.mark_vol,
                bid_vol: quote.vol(quote.bid, now),
                ask_vol: quote.vol(quote.ask, now),
            });
        }
    }
    let all = used + rejected.total();
    ensure!(
        used > 0 && used as f64 >= rules.min_share * all as f64,
        "{used} of {all} quotes count: {rejected:?}"
    );
    Ok(Reading {
        chain: OptionChain {
            timestamp: now,
            currency: currency.to_owned(),
            index,
            expiries,
        },
        rejected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_770_000_000;

    fn good() -> Quote {
        Quote {
            time: NOW - 5,
            expiry: NOW + 86_400,
            kind: Kind::Call,
            strike: 2_500.0,
            forward: 2_501.0,
            mark_vol: 0.7,
            bid: 0.01,
            ask: 0.012,
            mark: 0.011,
            unit: Unit::Coin,
        }
    }

    #[test]
    fn each_rule_leaves_out_what_it_names() {
        let with = |change: fn(&mut Quote)| {
            let mut quote = good();
            change(&mut quote);
            let rules = Rules {
                min_share: 0.0,
                ..Rules::default()
            };
            chain("ETH", 2_500.0, &[good(), quote], &rules, NOW)
                .unwrap()
                .rejected
        };
        let none = Rejected::default();
        assert_eq!(with(|_| ()), none);
        assert_eq!(with(|q| q.bid = 0.0), none);
        assert_eq!(with(|q| q.time -= 121).stale, 1);
        assert_eq!(with(|q| q.time += 200).stale, 1);
        assert_eq!(with(|q| (q.bid, q.ask) = (0.0, 0.0)).thin, 1);
        assert_eq!(with(|q| q.bid = 0.013).crossed, 1);
        for change in [
            (|q: &mut Quote| q.mark_vol = 0.0) as fn(&mut Quote),
            |q| q.mark_vol = 4.5,
            |q| q.mark_vol = f64::NAN,
            |q| q.strike = -1.0,
            |q| q.forward = 3_500.0,
            |q| q.mark = 0.02,
        ] {
            assert_eq!(with(change), Rejected { absurd: 1, ..none });
        }
    }

    #[test]
    fn bid_and_ask_are_vols_where_they_stand_for_one() {
        let read = |quote: Quote| {
            let rules = Rules::default();
            let reading = chain("ETH", 2_500.0, &[quote], &rules, NOW).unwrap();
            let listing = &reading.chain.expiries[&(NOW + 86_400)][0];
            (listing.bid_vol, listing.ask_vol)
        };
        // At the money a price is vol·√τ/√2π of the forward, all but exactly.
        let at = |vol: f64| vol * (1.0f64 / 365.0).sqrt() / std::f64::consts::TAU.sqrt();
        let quote = Quote {
            strike: 2_501.0,
            bid: at(0.68),
            ask: at(0.73),
            mark: at(0.7),
            ..good()
        };
        let (bid, ask) = read(quote.clone());
        let near = |vol: Option<f64>, known: f64| (vol.unwrap() - known).abs() < 1e-4;
        assert!(near(bid, 0.68) && near(ask, 0.73), "{bid:?} {ask:?}");
        let one_sided = Quote {
            bid: 0.0,
            ..quote.clone()
        };
        assert_eq!(read(one_sided).0, None);
        // Less than it would pay at once, and more than the coin is worth.
        for price in [0.01, 1.5] {
            let in_the_money = Quote {
                strike: 2_400.0,
                bid: 0.0,
                ask: price,
                mark: 0.0,
                ..quote.clone()
            };
            assert_eq!(read(in_the_money), (None, None));
        }
        let in_vols = Quote {
            bid: 0.66,
            ask: 5.0,
            mark: 0.0,
            unit: Unit::Vol,
            ..quote
        };
        assert_eq!(read(in_vols), (Some(0.66), None));
    }

    #[test]
    fn a_chain_that_is_mostly_unusable_is_none() {
        let mut stale = good();
        stale.time -= 1_000;
        let rules = Rules::default();
        let quotes = [good(), stale.clone(), stale.clone(), stale];
        assert!(chain("ETH", 2_500.0, &quotes, &rules, NOW).is_err());
        assert!(chain("ETH", 2_500.0, &quotes[..3], &rules, NOW).is_ok());
        assert!(chain("ETH", 0.0, &quotes[..1], &rules, NOW).is_err());
    }
}
