//! What an account that writes options must have behind it: the worst that its legs can lose together.
//!
//! > V = quote + Σ legs at the anchor,  R = max( max over s, v of V − V(S·s, σ·e^v),  2 %·S per gross short option )
//!
//! over the two grids of [`crate::risk::margin`], and over the strikes of the legs that lie within a grid as further spots, for
//! between two spots of a grid what an account is long there can be worth less than at either. Like there each strike
//! keeps its own vol, vol moves are the same for all expiries, and forwards move with spot. For a single short
//! option V >= R is what that module requires of the quote beside it.
//!
//! Nothing below is ever larger for more quote, so an account is judged by V − R alone. Of an account without short legs R is at most
//! what the legs are worth: with a quote that is not negative it never falls short.

use crate::book::frame::{accumulate, options_of, Frame, Point};
use crate::number::special::horner::Split;
use crate::number::special::ln::ln_fixed;
use crate::number::wide::{mul_div_down, mul_div_up, saturating_sum};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::risk::margin::{Grid, FLOOR, INITIAL, MAINTENANCE};
use crate::state::{Kind, Node, Snapshot, LOT, MAX_LEGS};

const HUNDREDTH: Word = Word::from_ratio(1, 100);
/// Steps of a sixteenth in which a search for a liquidation price goes away from spot: a factor of nearly nine.
const STEPS: usize = 36;
/// Halvings of the last step: a price is known to a 2^16th of a sixteenth.
const HALVINGS: usize = 16;

/// A position of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Index into [`Snapshot::slices`].
    pub slice: u8,
    /// Call or put.
    pub kind: Kind,
    /// Strike, quote per base, WAD.
    pub strike: u128,
    /// Size in lots, positive when the account is long.
    pub lots: i64,
}

/// What an account is worth and what it must be worth, quote WAD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// V: quote and legs at the anchor, rounded down.
    pub value: i128,
    /// What V must be to open and to withdraw, rounded up.
    pub initial: u128,
    /// What V must be to stay: below it anyone may liquidate. Rounded up, never above `initial`.
    pub maintenance: u128,
}

impl Health {
    /// Whether the account may open or withdraw, as far as its legs go.
    pub fn opens(&self) -> bool {
        covers(self.value, self.initial)
    }

    /// Whether nobody may liquidate the account.
    pub fn stays(&self) -> bool {
        covers(self.value, self.maintenance)
    }
}

fn covers(value: i128, requirement: u128) -> bool {
    value >= requirement.min(i128::MAX as u128) as i128
}

/// The prices of the base at which an account could be liquidated, quote per base, WAD, all else as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiquidationPrices {
    /// The nearest below spot, rounded up; `None` if there is none down to a ninth of spot. Spot itself if it can be now.
    pub down: Option<u128>,
    /// The nearest above spot, rounded down; `None` if there is none up to nearly nine times spot. Spot itself if it can be now.
    pub up: Option<u128>,
}

/// Legs prepared for scenarios.
struct Book<'a> {
    frame: &'a Frame<'a>,
    points: [Point; MAX_LEGS],
    count: usize,
    /// Σ puts·K.
    put_strikes: Word,
    /// Σ puts·e^(c·τ).
    puts: Word,
    /// Σ of the short legs' sizes, lots.
    shorts: u64,
}

impl<'a> Book<'a> {
    /// Of the first [`MAX_LEGS`] legs.
    fn new(frame: &'a Frame<'a>, legs: &[Leg]) -> Book<'a> {
        let mut book = Book {
            frame,
            points: [Point::default(); MAX_LEGS],
            count: 0,
            put_strikes: Word::ZERO,
            puts: Word::ZERO,
            shorts: 0,
        };
        for (point, leg) in book.points.iter_mut().zip(legs) {
            let node = Node {
                slice: leg.slice,
                strike: leg.strike,
                calls: leg.lots,
                puts: 0,
            };
            *point = frame.point(&node);
            book.count += 1;
            if leg.kind == Kind::Put {
                let size = options_of(leg.lots as i128, 0);
                book.put_strikes += size * Word::from_wad_u128(leg.strike);
                book.puts += size * frame.forward(leg.slice as usize).growth();
            }
            if leg.lots < 0 {
                book.shorts = book.shorts.saturating_add(leg.lots.unsigned_abs());
            }
        }
        book
    }

    fn points(&self) -> &[Point] {
        self.points.get(..self.count).unwrap_or_default()
    }

    /// Value of the legs with spot times `ratio` and every vol times `factor`, 60 fraction bits, quote.
    fn value(&self, factor: i64, ratio: Word) -> Word {
        let log_move = ln_fixed(ratio.mantissa(), 1 << 63, ratio.exponent() + 63, 58);
        let inverse = ratio.recip();
        let mut calls = 0;
        for point in self.points() {
            let total_vol = Split::new(point.total_vol).step(factor, 0) << 4;
            let log_moneyness = point.log_moneyness - log_move;
            let call = point.legs_at(log_moneyness, inverse, total_vol).call;
            // Per unit of spot, below two.
            let excess = self.frame.forward(point.slice as usize).excess;
            let call = call + (Split::new(call).step(excess, 0) << 2);
            accumulate(&mut calls, point.net, call);
        }
        let spot = self.frame.spot.value * ratio;
        (options_of(calls, 62) - self.puts) * spot + self.put_strikes
    }

    /// Value of the legs as things are.
    fn now(&self) -> Word {
        self.value(1 << 60, Word::ONE)
    }

    /// The largest loss from `now` over a grid and the strikes within it, quote; not negative.
    fn worst(&self, grid: Grid, now: Word) -> Word {
        let (low, high) = grid.ends();
        let mut least = now;
        for vol in grid.vols() {
            let factor = (Word::from_int(vol) * HUNDREDTH).exp().to_fixed(60);
            for spot in grid.spots() {
                let ratio = Word::from_int(spot as i64) * HUNDREDTH;
                // Things as they are lose nothing.
                if vol != 0 || spot != 100 {
                    least = least.min(self.value(factor, ratio));
                }
            }
            for (index, point) in self.points().iter().enumerate() {
                let ratio = point.ratio();
                if ratio > low && ratio < high && self.is_first(index) {
                    least = least.min(self.value(factor, ratio));
                }
            }
        }
        now - least
    }

    /// Whether no earlier leg has this one's strike and expiry.
    fn is_first(&self, index: usize) -> bool {
        let (earlier, rest) = self.points().split_at(index.min(self.count));
        rest.first().is_some_and(|point| {
            !earlier
                .iter()
                .any(|other| other.slice == point.slice && other.ratio() == point.ratio())
        })
    }

    /// 2 % of spot per gross short option, quote WAD, rounded up.
    fn floor_up(&self) -> u128 {
        let per_option = self.frame.snapshot.spot.saturating_mul(FLOOR).div_ceil(100);
        mul_div_up(per_option, self.shorts as u128, WAD as u128 / LOT).unwrap_or(u128::MAX)
    }

    /// The requirement on a grid, quote WAD, rounded up.
    fn required_up(&self, grid: Grid, now: Word) -> u128 {
        let loss = self.worst(grid, now).to_wad_up().max(0) as u128;
        if self.shorts == 0 {
            // Longs lose at most what they count as.
            return loss.min(now.to_wad_down().max(0) as u128);
        }
        loss.max(self.floor_up())
    }

    fn health(&self, quote: i128) -> Health {
        let now = self.now();
        let maintenance = self.required_up(MAINTENANCE, now);
        Health {
            value: saturating_sum(quote, now.to_wad_down()),
            initial: self.required_up(INITIAL, now).max(maintenance),
            maintenance,
        }
    }

    /// Whether the account can be liquidated.
    fn falls(&self, quote: i128) -> bool {
        let now = self.now();
        let value = saturating_sum(quote, now.to_wad_down());
        !covers(value, self.required_up(MAINTENANCE, now))
    }
}

/// An account's value and requirements. Of `snapshot` spot, time and slices count; legs beyond [`MAX_LEGS`] are not seen, which
/// is the caller's to prevent. A leg of no listed slice, or of one that has expired, counts at intrinsic value.
pub fn health(snapshot: &Snapshot, legs: &[Leg], quote: i128) -> Health {
    Book::new(&Frame::new(snapshot), legs).health(quote)
}

/// Value of legs at the anchor, quote WAD, rounded down.
pub fn value_down(snapshot: &Snapshot, legs: &[Leg]) -> i128 {
    Book::new(&Frame::new(snapshot), legs).now().to_wad_down()
}

/// The nearest prices at which the account could be liquidated, on surfaces that move with spot. What becomes of it between two
/// steps of a sixteenth of the price, if it is safe at both, is not seen.
pub fn liquidation_prices(snapshot: &Snapshot, legs: &[Leg], quote: i128) -> LiquidationPrices {
    let search = |numerator, denominator| crossing(snapshot, legs, quote, numerator, denominator);
    LiquidationPrices {
        down: search(16, 17),
        up: search(17, 16),
    }
}

#[inline(never)]
fn falls(snapshot: &Snapshot, legs: &[Leg], quote: i128, spot: u128) -> bool {
    let moved = Snapshot { spot, ..*snapshot };
    Book::new(&Frame::new(&moved), legs).falls(quote)
}

/// The first price at which the account falls, on the way from spot by steps of `numerator / denominator`, to within a halved step.
#[inline(never)]
fn crossing(
    snapshot: &Snapshot,
    legs: &[Leg],
    quote: i128,
    numerator: u128,
    denominator: u128,
) -> Option<u128> {
    let falls = |spot: u128| falls(snapshot, legs, quote, spot);
    let (mut safe, mut fallen) = (snapshot.spot, snapshot.spot);
    let mut steps = 0;
    while !falls(fallen) {
        safe = fallen;
        fallen = mul_div_down(safe, numerator, denominator).filter(|next| *next != 0)?;
        steps += 1;
        if steps > STEPS {
            return None;
        }
    }
    if steps == 0 {
        return Some(fallen);
    }
    for _ in 0..HALVINGS {
        let middle = safe.min(fallen) + safe.abs_diff(fallen) / 2;
        if falls(middle) {
            fallen = middle;
        } else {
            safe = middle;
        }
    }
    Some(fallen)
}

/// f = (R − V)/(R − c), the part of every leg that has to be closed so that V is R again, WAD, rounded up: `cost` is what closing
/// all of them takes from V. Closing costs are convex in the part, so this part suffices. All of it where closing costs as much as
/// it frees; nothing for an account that covers its requirement.
pub fn fraction_up(value: i128, requirement: u128, cost: u128) -> u64 {
    let Ok(value) = u128::try_from(value) else {
        return WAD;
    };
    let missing = requirement.saturating_sub(value);
    if missing == 0 {
        return 0;
    }
    let freed = requirement.saturating_sub(cost);
    if missing >= freed {
        return WAD;
    }
    mul_div_up(missing, WAD as u128, freed).map_or(WAD, |part| part.min(WAD as u128) as u64)
}
