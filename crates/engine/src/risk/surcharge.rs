//! The executable quote: what the hedge venue's price, fee and depth add to an order that is priced at the feed.
//!
//! > surcharge = max(0, V(v) − V(S), V(w) − V(S)) + |d|·|p − v|
//! >
//! > buying base  p = v/((1 − φ)(1 − x)²),  selling  p = v·(1 − φ)/(1 + x)²,  x = |d|·v/(2L)
//!
//! V(v) − V(S) is at least d·(v − S), because the pool trades the delta there, a sale is concave in spot, and a steep smile
//! may move against a purchase.
//! V is the value of all of the order's legs on the anchor from the taker's side and d their delta, so an order without one
//! still pays for what the venue's price makes of its legs. S is the feed's price, v, φ and L the venue's
//! price, fee and depth, and p the marginal price, fee included, where a swap of |d| on constant liquidity ends. So nobody is
//! paid for the distance between feed and venue, nor for moving the venue before the pool hedges. w is the venue's price before
//! anyone traded there in this second, up to a fifth from the feed's: who knows that the feed is behind could bring the venue back to it for
//! one transaction, and buy what the pool's band keeps without a hedge, or with a made-up depth that the hedge does not find. What
//! only closes meets v within the limit, so that nobody takes from an exit by pushing the venue under it, but w as it was: else
//! who holds both sides of an option closes one at a feed that is far behind and the other when it has followed. All of the swap is charged at
//! its last price, because liquidity that waits at one price fills all of it there.

use crate::book::frame::{options, Frame};
use crate::book::quote::{PricedLeg, QuoteError};
use crate::number::special::ln::ln_fixed;
use crate::number::word::{Word, MARGIN};
use crate::parameters::WAD;
use crate::state::{u128_wad, u64_wad, Kind, VenueReading};

/// The farthest from the feed's price that the venue's counts before this second, a part of it.
const FARTHEST: Word = Word::from_ratio(1, 5);

/// The venue as an order meets it.
#[derive(Clone, Copy, Debug)]
struct Venue {
    spot: Word,
    price: Word,
    /// Before anyone traded there in this second, within [`FARTHEST`].
    before: Word,
    depth: Word,
    /// 1 − φ.
    kept: Word,
    low: Word,
    high: Word,
}

/// The end of a swap and what all of it costs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Swap {
    /// Marginal price where it ends, fee included.
    end_price: Word,
    /// x: how far it moves the root of the price.
    reach: Word,
    /// |d|·|p − v|.
    cost: Word,
}

impl Venue {
    /// The reading beside the feed's price, and the prices around that which its limit allows.
    fn new(reading: &VenueReading, spot: Word) -> Venue {
        let limit = Word::from_wad_u64(reading.limit);
        let (low, high) = (
            spot * (Word::ONE - limit).max(Word::ZERO),
            spot * (Word::ONE + limit),
        );
        Venue {
            spot,
            price: Word::from_wad_u128(reading.price),
            before: Word::from_wad_u128(reading.before)
                .max(spot * (Word::ONE - FARTHEST))
                .min(spot * (Word::ONE + FARTHEST)),
            depth: Word::from_wad_u128(reading.depth),
            kept: Word::from_wad_u64(WAD.saturating_sub(reading.fee)),
            low,
            high,
        }
    }

    /// The venue with its price within the limit.
    fn clamped(&self) -> Venue {
        Venue {
            price: self.within(self.price),
            ..*self
        }
    }

    fn within(&self, price: Word) -> Word {
        price.max(self.low).min(self.high)
    }

    /// An own swap of `delta`, bought if positive, sold if negative. Beyond what liquidity could fill the price saturates.
    fn swap(&self, delta: Word) -> Swap {
        let amount = delta.abs();
        let reach = amount * self.price / self.depth.double();
        let end_price = if amount.is_zero() {
            self.price
        } else if delta.is_negative() {
            self.price * self.kept / (Word::ONE + reach).square()
        } else {
            let left = (Word::ONE - reach).max(Word::ZERO);
            self.price / (self.kept * left.square())
        };
        self.priced(amount, end_price, reach)
    }

    /// The same with an end price within the limit.
    fn clamped_swap(&self, delta: Word) -> Swap {
        let Swap {
            end_price, reach, ..
        } = self.swap(delta);
        self.priced(delta.abs(), self.within(end_price), reach)
    }

    fn priced(&self, amount: Word, end_price: Word, reach: Word) -> Swap {
        Swap {
            end_price,
            reach,
            cost: amount * (end_price - self.price).abs(),
        }
    }

    /// Refuses a price outside the limit.
    fn check(&self, price: Word) -> Result<(), QuoteError> {
        let limit = self.within(price);
        if limit == price {
            return Ok(());
        }
        Err(QuoteError::VenueTooFar {
            price: u128_wad(price),
            limit: u128_wad(limit),
        })
    }

    /// An opening order's swap.
    fn opening_swap(&self, delta: Word) -> Result<Swap, QuoteError> {
        self.check(self.price)?;
        let swap = self.swap(delta);
        self.check(swap.end_price)?;
        Ok(swap)
    }
}

/// What the venue makes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surcharge {
    /// Quote WAD, rounded up.
    pub amount: u128,
    /// See [`Quote::end_price`](crate::state::Quote::end_price).
    pub end_price: u128,
    /// See [`Quote::reach`](crate::state::Quote::reach).
    pub reach: u64,
}

/// What the venue's price makes of an order, leg by leg, and what its swap costs there.
pub(crate) struct Meeting {
    venue: Venue,
    opens: bool,
    /// V(v) − V(S) of the legs so far, with v within the limit now, and before this second.
    gains: [Word; 2],
    /// Whether the two prices differ.
    moved: bool,
}

impl Meeting {
    /// Of an order without legs yet, which opens a position or only closes some.
    pub fn new(frame: &Frame, opens: bool) -> Meeting {
        let venue = Venue::new(&frame.snapshot.venue, frame.spot.value);
        Meeting {
            venue,
            opens,
            gains: [Word::ZERO; 2],
            moved: venue.before != venue.within(venue.price),
        }
    }

    /// Adds a leg.
    pub fn add(&mut self, frame: &Frame, priced: &PricedLeg) {
        let size = options(-priced.change);
        self.gains[0] += size * revaluation(frame, self.venue.clamped().price, priced);
        if self.moved {
            self.gains[1] += size * revaluation(frame, self.venue.before, priced);
        }
    }

    /// The surcharge on the order, whose delta from the taker's side this is.
    ///
    /// # Errors
    /// [`QuoteError::VenueTooFar`] for an order that opens; one that only closes meets the venue at the limit.
    pub fn surcharge(&self, delta: i128) -> Result<Surcharge, QuoteError> {
        let bought = delta > 0;
        let delta = Word::from_wad_i128(delta);
        let venue = self.venue.clamped();
        let swap = if self.opens {
            self.venue.opening_swap(delta)?
        } else {
            venue.clamped_swap(delta)
        };
        // The pool trades the delta at the venue's price, whatever the smile makes of the move.
        let at_least = |gain: Word, price: Word| gain.max(delta * (price - venue.spot));
        let mut gain = at_least(self.gains[0], venue.price);
        if self.moved {
            gain = gain.max(at_least(self.gains[1], venue.before));
        }
        let end_price = if bought {
            swap.end_price.to_wad_down()
        } else {
            swap.end_price.to_wad_up()
        };
        Ok(Surcharge {
            amount: ((gain.max(Word::ZERO) + swap.cost) * MARGIN)
                .to_wad_up()
                .max(0) as u128,
            end_price: end_price.max(0) as u128,
            reach: u64_wad(swap.reach),
        })
    }
}

/// V(v) − V(S) of one option on the anchor, whose smile moves with spot.
#[inline(never)]
fn revaluation(frame: &Frame, price: Word, priced: &PricedLeg) -> Word {
    let PricedLeg { point, legs, .. } = priced;
    let (index, spot) = (point.slice as usize, frame.spot.value);
    let (Some(Some(term)), false) = (frame.terms.get(index), price == spot) else {
        return Word::ZERO;
    };
    let ratio = price / spot;
    let log_moneyness =
        point.log_moneyness - ln_fixed(ratio.mantissa(), 1 << 63, ratio.exponent() + 63, 58);
    let total_vol = term.smile.total_vol(term.smile.moneyness(log_moneyness));
    let moved = point.legs_at(log_moneyness, ratio.recip(), total_vol);
    let forward = frame.forward(index).value;
    let call = Word::from_fixed(moved.call, 62) * ratio - Word::from_fixed(legs.call, 62);
    match priced.leg.kind {
        Kind::Call => call * forward,
        // By parity.
        Kind::Put => (call - (price - spot) / spot) * forward,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    fn word(value: f64) -> Word {
        Word::from_wad_i128((value * 1e18) as i128)
    }

    fn float(word: Word) -> f64 {
        word.to_wad_nearest() as f64 / 1e18
    }

    fn venue(price: f64, depth: f64) -> Venue {
        let reading = VenueReading {
            price: (price * 1e18) as u128,
            before: (price * 1e18) as u128,
            depth: (depth * 1e18) as u128,
            fee: WAD / 10_000 * 5,
            limit: WAD / 1_000 * 5,
        };
        Venue::new(&reading, word(2_500.0))
    }

    fn close(found: Word, expected: f64) {
        let found = float(found);
        let tolerance = 1e-12 * expected.abs() + 1e-12;
        assert!(
            (found - expected).abs() <= tolerance,
            "{found} instead of {expected}"
        );
    }

    fn near(found: u128, expected: f64) {
        close(Word::from_wad_u128(found), expected);
    }

    /// Against the amounts of constant liquidity: selling `a` of base moves 1/√p by a/Λ, and Λ = 2L/√v.
    #[test]
    fn a_swap_ends_where_constant_liquidity_says() {
        for price in [2_490.0, 2_500.0, 2_511.0] {
            for depth in [1e5, 5e6, 5e9] {
                for amount in [1e-3, 0.4, 3.0, 10.0] {
                    let venue = venue(price, depth);
                    let liquidity = 2.0 * depth / f64::sqrt(price);
                    for delta in [amount, -amount] {
                        let inverse = 1.0 / f64::sqrt(price) - delta / liquidity;
                        let marginal = inverse.powi(-2);
                        let expected = if delta > 0.0 {
                            marginal / 0.9995
                        } else {
                            marginal * 0.9995
                        };
                        let swap = venue.swap(word(delta));
                        close(swap.end_price, expected);
                        close(swap.reach, amount * price / (2.0 * depth));
                        let gap = float(swap.cost) - amount * (expected - price).abs();
                        assert!(gap.abs() <= 1e-11 * amount * expected, "{gap}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_swap_beyond_the_liquidity_is_refused_or_held_at_the_limit() {
        for depth in [0.0, 1_000.0] {
            let venue = venue(2_500.0, depth);
            match venue.opening_swap(word(1.0)).unwrap_err() {
                QuoteError::VenueTooFar { price, limit } => {
                    assert!(price > 1 << 90);
                    near(limit, 2_512.5);
                }
                other => panic!("{other:?}"),
            }
            close(venue.clamped_swap(word(1.0)).end_price, 2_512.5);
            close(venue.clamped_swap(word(1.0)).cost, 12.5);
            assert!(venue.opening_swap(word(-1.0)).is_err());
            close(venue.clamped_swap(word(-1.0)).end_price, 2_487.5);
            close(venue.clamped_swap(word(-1.0)).cost, 12.5);
            // Nothing to hedge, nothing to pay.
            assert_eq!(venue.opening_swap(Word::ZERO).unwrap().cost, Word::ZERO);
        }
    }

    #[test]
    fn a_venue_beyond_the_limit_counts_as_at_the_limit_for_a_closing_order() {
        for (price, bound) in [(2_400.0, 2_487.5), (2_600.0, 2_512.5), (0.0, 2_487.5)] {
            let far = venue(price, 5e9);
            match far.opening_swap(Word::ZERO).unwrap_err() {
                QuoteError::VenueTooFar {
                    price: found,
                    limit,
                } => {
                    near(found, price);
                    near(limit, bound);
                }
                other => panic!("{other:?}"),
            }
            let held = far.clamped();
            close(held.price, bound);
            for delta in [1.0, -1.0] {
                let swap = held.clamped_swap(word(delta));
                close(
                    swap.end_price.max(word(2_487.5)).min(word(2_512.5)),
                    float(swap.end_price),
                );
            }
        }
    }

    #[test]
    fn a_larger_swap_ends_further_and_costs_more_a_unit() {
        let venue = venue(2_500.0, 5e6);
        for sign in [1.0, -1.0] {
            let (mut last, mut unit) = (0.0, 0.0);
            for amount in 1..40 {
                let swap = venue.swap(word(sign * amount as f64));
                let distance = (float(swap.end_price) - 2_500.0) * sign;
                let each = float(swap.cost) / amount as f64;
                assert!(distance > last && each > unit);
                (last, unit) = (distance, each);
            }
        }
    }
}
