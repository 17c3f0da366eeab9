//! What every formula needs from a snapshot, computed once: time, smiles, and each node in fixed point.

use core::ops::{Deref, DerefMut};

use crate::number::bits::scale;
use crate::number::mantissa::{leading_bits, mul_high};
use crate::number::special::ln::ln_fixed;
use crate::number::word::Word;
use crate::price::legs::{legs, Legs, ONE_62};
use crate::smile::carry::Forward;
use crate::smile::slice::Smile;
use crate::smile::time::years;
use crate::state::{Node, Slice, Snapshot, MAX_EXPIRIES, MAX_NODES};

/// Largest total vol that is priced, 58 fraction bits.
pub(crate) const MOST_VOL: i64 = 31 << 58;

/// A live expiry at the time of the snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Term {
    /// The anchor's.
    pub smile: Smile,
    /// τ in years.
    pub tau: Word,
    /// √τ.
    pub root_tau: Word,
}

/// One node at the time of the snapshot. All zero bits where there is none, which is cheap to set up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Point {
    /// Index of its expiry.
    pub slice: u32,
    /// K/F: exponent and mantissa.
    ratio_exponent: i32,
    ratio_mantissa: u64,
    /// Calls and puts together, in lots: what they have in common beyond parity.
    pub net: i64,
    /// ln(K/F), 58 fraction bits.
    pub log_moneyness: i64,
    /// √w on the anchor, 58 fraction bits; zero once expired.
    pub total_vol: i64,
    /// y on the anchor, [`crate::smile::MONEYNESS_BITS`] fraction bits.
    pub moneyness: i64,
}

impl Point {
    /// K/F.
    pub fn ratio(&self) -> Word {
        Word::of(self.ratio_mantissa, self.ratio_exponent, 0)
    }

    /// The node priced on the anchor.
    pub fn legs(&self) -> Legs {
        self.at_vol(self.total_vol)
    }

    /// The same at another total vol.
    pub fn at_vol(&self, total_vol: i64) -> Legs {
        self.legs_at(self.log_moneyness, Word::ONE, total_vol)
    }

    /// The node priced at another total vol and with its forward divided by `inverse`, which `log_moneyness` is at.
    #[inline(never)]
    pub fn legs_at(&self, log_moneyness: i64, inverse: Word, total_vol: i64) -> Legs {
        legs(log_moneyness, self.base(log_moneyness, inverse), total_vol)
    }

    /// min(K/F, 1) with 62 fraction bits.
    #[inline(always)]
    fn base(&self, log_moneyness: i64, inverse: Word) -> i64 {
        if log_moneyness < 0 {
            let product = mul_high(self.ratio_mantissa, inverse.mantissa());
            let power = self.ratio_exponent + inverse.exponent() + 64 + 62;
            (scale(product, power) as i64).min(ONE_62)
        } else {
            ONE_62
        }
    }
}

/// A snapshot prepared for the formulas.
pub(crate) struct Frame<'a> {
    /// What it was prepared from.
    pub snapshot: &'a Snapshot<'a>,
    /// Spot, and the forward of what is of no live expiry.
    pub spot: Forward,
    /// Spot carried to each expiry; spot itself once that has passed.
    forwards: [Forward; MAX_EXPIRIES],
    /// Of each slice, in order; none once it has passed.
    pub terms: [Option<Term>; MAX_EXPIRIES],
}

impl<'a> Frame<'a> {
    /// Prepares a snapshot.
    pub fn new(snapshot: &'a Snapshot<'a>) -> Frame<'a> {
        let spot = Forward::at_spot(snapshot.spot);
        let mut frame = Frame {
            snapshot,
            spot,
            forwards: [spot; MAX_EXPIRIES],
            terms: [None; MAX_EXPIRIES],
        };
        let terms = frame.terms.iter_mut().zip(&mut frame.forwards);
        for ((term, forward), slice) in terms.zip(snapshot.slices) {
            if slice.expiry > snapshot.now {
                if slice.carry != 0 {
                    *forward = Forward::of(slice, snapshot.spot, snapshot.now);
                }
                let tau = years(slice.expiry - snapshot.now);
                let root_tau = tau.sqrt();
                *term = Some(Term {
                    smile: Smile::new(slice, root_tau),
                    tau,
                    root_tau,
                });
            }
        }
        frame
    }

    /// The expiry of a node, if it is live.
    pub fn term(&self, node: &Node) -> Option<&Term> {
        self.terms.get(node.slice as usize)?.as_ref()
    }

    /// Each slice with its term, if it is live, and its forward.
    pub fn expiries(&self) -> impl Iterator<Item = (&'a Slice, &Option<Term>, &Forward)> {
        let slices = self.snapshot.slices.iter();
        let prepared = self.terms.iter().zip(&self.forwards);
        slices
            .zip(prepared)
            .map(|(slice, (term, forward))| (slice, term, forward))
    }

    /// The forward of a slice's options.
    pub fn forward(&self, slice: usize) -> &Forward {
        self.forwards.get(slice).unwrap_or(&self.spot)
    }

    /// A node at the snapshot's time; its position need not be in the book.
    #[inline(never)]
    pub fn point(&self, node: &Node) -> Point {
        let (strike, exponent) = leading_bits(node.strike.max(1));
        let Forward {
            bits: (forward, forward_exponent),
            inverse,
            ..
        } = *self.forward(node.slice as usize);
        let exponent = exponent - forward_exponent;
        let mut point = Point {
            slice: node.slice as u32,
            net: node.calls.saturating_add(node.puts),
            ratio_exponent: exponent - 63,
            ratio_mantissa: mul_high(strike, inverse),
            log_moneyness: ln_fixed(strike, forward, exponent, 58),
            ..Point::default()
        };
        if let Some(term) = self.term(node) {
            point.moneyness = term.smile.moneyness(point.log_moneyness);
            point.total_vol = term.smile.total_vol(point.moneyness);
        }
        point
    }
}

/// The nodes of a snapshot, in order.
pub(crate) struct Points {
    all: [Point; MAX_NODES],
    count: usize,
}

impl Points {
    /// No nodes. They are added in place, because a copy on the stack would double its depth.
    pub const NONE: Points = Points {
        all: [Point {
            slice: 0,
            ratio_exponent: 0,
            ratio_mantissa: 0,
            net: 0,
            log_moneyness: 0,
            total_vol: 0,
            moneyness: 0,
        }; MAX_NODES],
        count: 0,
    };

    /// All nodes of the frame's snapshot.
    pub fn fill(&mut self, frame: &Frame) {
        self.count = frame.snapshot.nodes.len().min(MAX_NODES);
        for (point, node) in self.all.iter_mut().zip(frame.snapshot.nodes) {
            *point = frame.point(node);
        }
    }
}

impl Deref for Points {
    type Target = [Point];

    fn deref(&self) -> &[Point] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

impl DerefMut for Points {
    fn deref_mut(&mut self) -> &mut [Point] {
        self.all.get_mut(..self.count).unwrap_or_default()
    }
}

/// A number of lots as a number of options.
pub(crate) fn options(lots: i64) -> Word {
    Word::from_int(lots) * OPTIONS_PER_LOT
}

/// A lot as a number of options.
pub(crate) const OPTIONS_PER_LOT: Word = Word::from_ratio(1, 1_000_000);

/// Adds lots times a number of any scale, of which neither is above 2^62 in size and the second not negative.
/// Written out in 32-bit halves, because a 128-bit multiplication is a call of twice the price.
#[inline(always)]
pub(crate) fn accumulate(sum: &mut i128, lots: i64, factor: i64) {
    const LOW: i64 = 0xffff_ffff;
    let (a1, a0) = (lots >> 32, lots & LOW);
    let (b1, b0) = (factor >> 32, factor & LOW);
    let low = (a0 as u64).wrapping_mul(b0 as u64);
    let cross = a0.wrapping_mul(b1);
    let middle = a1
        .wrapping_mul(b0)
        .wrapping_add((low >> 32) as i64)
        .wrapping_add(cross & LOW);
    let high = a1
        .wrapping_mul(b1)
        .wrapping_add(cross >> 32)
        .wrapping_add(middle >> 32);
    let low = (middle << 32) as u64 | low & LOW as u64;
    *sum = sum.wrapping_add((high as i128) << 64 | low as i128);
}

/// A sum of lots times numbers with `fraction` fraction bits, as options times that number.
#[inline(never)]
pub(crate) fn options_of(sum: i128, fraction: i32) -> Word {
    if sum == 0 {
        return Word::ZERO;
    }
    let (mantissa, exponent) = leading_bits(sum.unsigned_abs());
    Word::of(mantissa, exponent - fraction, ((sum < 0) as u64) << 63) * OPTIONS_PER_LOT
}

/// Adds to a sum another one times a factor with 62 fraction bits, to 16 units.
#[inline(always)]
pub(crate) fn accumulate_times_62(sum: &mut i128, part: i128, factor: i64) {
    let size = factor.unsigned_abs();
    let mut product = mul_high(part as u64, size) as i128;
    accumulate(&mut product, (part >> 64) as i64, size as i64);
    let product = product << 2;
    *sum = sum.wrapping_add(if factor < 0 { -product } else { product });
}
