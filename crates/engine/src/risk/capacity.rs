//! The price of capacity: what an order pays for the tails that it ties up, and a provider for those it leaves behind.
//!
//! Between one listed expiry and the next the pool carries the positions that live on. Two tails measure them, with q its net
//! short calls and puts of a node, p its net short puts, F the node's forward and E its equity:
//!
//! > up = Σ q·F·N(−d₁) / (κ·E),  low = (Σ q·K·N(d₂) + max(0, −Σ p·K)) / E,  neither below zero
//!
//! the first for a rise, the second for a fall and the cash that it takes. Calls and puts of one strike load both alike.
//! Each tail costs ρ·u⁴ a year on the capital it ties up, so raising it from u to u' over a horizon of T years costs
//!
//! > T·E·(Ψ(u') − Ψ(u)),  Ψ(u) = ρ·u⁵/5
//!
//! and nothing is paid back for lowering it. What accounts have written lowers it until they buy that back, for no more than the
//! minimum. So what opens pays for the part above five eighths of what others hold, as if accounts had written nothing, if that is
//! more, and nobody opens beyond the whole of that: else who writes, buys what that leaves room for in a wallet, and buys back, pays
//! for neither. A provider who leaves raises u by lowering E: with X = E·u unchanged that is T·ρ·X·(u'⁴ − u⁴)/4. Both have a
//! minimum in proportion to the capital or its logarithm.
//!
//! Amounts round up: numbers of 55 bits are taken to be low by [`MARGIN`] before they become integers.

use crate::book::frame::Frame;
use crate::book::mark::{TailSums, Totals};
use crate::book::quote::QuoteError;
use crate::number::word::{Word, MARGIN};
use crate::parameters::WAD;
use crate::state::{u64_wad, Parameters, MAX_EXPIRIES};

/// What positions put on the tails together, quote; negative where the pool is long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Σ q·F·N(−d₁)/κ.
    up: Word,
    /// Σ q·K·N(d₂).
    cash: Word,
    /// Σ p·K.
    short_put_strikes: Word,
}

impl Load {
    /// From what positions do at either end of spot.
    pub fn new(sums: &TailSums, parameters: &Parameters) -> Load {
        Load {
            up: -sums.above / Word::from_wad_u64(parameters.upside_slope),
            cash: -sums.below,
            short_put_strikes: -sums.put_strikes,
        }
    }

    /// Without the strikes of puts.
    pub fn without_puts(&self) -> Load {
        Load {
            short_put_strikes: Word::ZERO,
            ..*self
        }
    }

    fn plus(&self, other: &Load) -> Load {
        Load {
            up: self.up + other.up,
            cash: self.cash + other.cash,
            short_put_strikes: self.short_put_strikes + other.short_put_strikes,
        }
    }

    /// What the puts that the pool is long can take in cash beyond what they are worth in a fall.
    fn boxes(&self) -> Word {
        (-self.short_put_strikes).max(Word::ZERO)
    }

    /// Where each tail's capital E·u would be from here after a change, and by how much that is more; from zero up.
    fn moves(&self, change: &Load) -> [Move; 2] {
        let after = self.plus(change);
        let boxes = after.boxes() - self.boxes();
        [
            Move::new(self.up, change.up),
            Move::new(self.cash + self.boxes(), change.cash + boxes),
        ]
    }
}

/// A tail's capital before a change, and what the change adds.
struct Move {
    from: Word,
    by: Word,
}

impl Move {
    fn new(from: Word, by: Word) -> Move {
        let to = from + by;
        if !from.is_negative() && !to.is_negative() {
            return Move { from, by };
        }
        let from = from.max(Word::ZERO);
        Move {
            from,
            by: to.max(Word::ZERO) - from,
        }
    }

    /// The part of it above so much capital.
    fn above(self, least: Word) -> Move {
        if self.from >= least {
            return self;
        }
        Move {
            from: least,
            by: self.from + self.by - least,
        }
    }
}

/// The time from one expiry to the next, and the load of the positions that live through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Horizon {
    /// Years; zero for an expiry that has passed.
    years: Word,
    load: Load,
}

impl Horizon {
    /// E·u of both tails.
    fn capital(&self) -> [Word; 2] {
        let Load { up, cash, .. } = self.load;
        [up, cash + self.load.boxes()].map(|capital| capital.max(Word::ZERO))
    }
}

/// Both tails of a pool over each horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tails {
    horizons: [Horizon; MAX_EXPIRIES],
}

/// What an order adds to the load of each horizon: that of its legs which live through it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    horizons: [Load; MAX_EXPIRIES],
    /// Number of horizons up to the last leg's expiry.
    reach: usize,
}

impl Change {
    /// Adds the load of a leg of one expiry, which every horizon up to it carries.
    pub fn add(&mut self, load: &Load, slice: usize) {
        let reach = slice.saturating_add(1).min(MAX_EXPIRIES);
        for horizon in self.horizons.iter_mut().take(reach) {
            *horizon = horizon.plus(load);
        }
        self.reach = self.reach.max(reach);
    }
}

/// What an order's change of the tails costs before the minimum.
pub(crate) struct Interest {
    /// Quote WAD, rounded up.
    pub amount: u128,
    /// The largest rise of any tail's capital, quote.
    pub rise: Word,
    /// The highest u that a rising tail reaches; zero if none rises.
    pub used: Word,
}

impl Tails {
    /// Of a book.
    #[inline(never)]
    pub(crate) fn of(frame: &Frame, totals: &Totals) -> Tails {
        let parameters = frame.snapshot.parameters;
        let mut taus = [Word::ZERO; MAX_EXPIRIES];
        let mut loads = [Load::default(); MAX_EXPIRIES];
        for (slice, (tau, load)) in taus.iter_mut().zip(&mut loads).enumerate() {
            if let Some(Some(term)) = frame.terms.get(slice) {
                *tau = term.tau;
                *load = Load::new(&totals.tail_sums(frame, slice), parameters);
            }
        }
        Tails::new(&taus, &loads)
    }

    /// From years to each expiry, zero if it has passed, and the load of each expiry's own positions.
    fn new(taus: &[Word; MAX_EXPIRIES], loads: &[Load; MAX_EXPIRIES]) -> Tails {
        let mut tails = Tails::default();
        let mut load = Load::default();
        let ends = tails.horizons.iter_mut().zip(taus).zip(loads);
        for ((horizon, tau), own) in ends.rev().filter(|((_, tau), _)| !tau.is_zero()) {
            load = load.plus(own);
            *horizon = Horizon { years: *tau, load };
        }
        let mut start = Word::ZERO;
        for horizon in tails.horizons.iter_mut() {
            if !horizon.years.is_zero() {
                let end = horizon.years;
                horizon.years = end - start;
                start = end;
            }
        }
        tails
    }

    /// Adds what an order puts on the horizons.
    pub(crate) fn add(&mut self, change: &Change) {
        let changes = change.horizons.iter().take(change.reach);
        for (horizon, change) in self.horizons.iter_mut().zip(changes) {
            if !horizon.years.is_zero() {
                horizon.load = horizon.load.plus(change);
            }
        }
    }

    /// E·u over the horizon that ends at an expiry, quote WAD, rounded up: for a rise and for a fall.
    pub fn capital_up(&self, slice: usize) -> [u128; 2] {
        self.horizons
            .get(slice)
            .map_or([0; 2], |horizon| horizon.capital().map(wad_up))
    }

    /// Interest on what an order puts on the horizons. Without equity a rising tail costs and uses all there is.
    pub(crate) fn interest(&self, change: &Change, equity: Word, rate: Word) -> Interest {
        self.interest_above(change, equity, rate, Word::ZERO)
    }

    /// The same for the part above five eighths of the equity.
    pub(crate) fn interest_on_most(&self, change: &Change, equity: Word, rate: Word) -> Interest {
        self.interest_above(change, equity, rate, five_eighths(equity))
    }

    /// Whether no tail is above five eighths of the equity with so much more, quote.
    pub(crate) fn leave_most(&self, more: Word, equity: Word) -> bool {
        let live = |horizon: &&Horizon| !horizon.years.is_zero();
        let mut tails = self.horizons.iter().filter(live).map(Horizon::capital);
        tails.all(|[up, low]| up.max(low) + more <= five_eighths(equity))
    }

    #[inline(never)]
    fn interest_above(&self, change: &Change, equity: Word, rate: Word, least: Word) -> Interest {
        let mut interest = Interest {
            amount: 0,
            rise: Word::ZERO,
            used: Word::ZERO,
        };
        let per_equity = equity.max(Word::ZERO).recip();
        let mut total = Word::ZERO;
        let changes = change.horizons.iter().take(change.reach);
        for (horizon, change) in self.horizons.iter().zip(changes) {
            if horizon.years.is_zero() {
                continue;
            }
            for whole in horizon.load.moves(change) {
                let Move { from, by } = whole.above(least);
                if by > Word::ZERO {
                    let (before, after) = (from * per_equity, (from + by) * per_equity);
                    total += horizon.years * by * fourth_powers(before, after);
                    interest.rise = interest.rise.max(by);
                    interest.used = interest.used.max(after);
                }
            }
        }
        interest.amount = interest_up(total, rate);
        interest
    }
}

impl Interest {
    /// Refuses what the equity does not carry.
    pub fn check(&self) -> Result<(), QuoteError> {
        let used = u64_wad(self.used);
        if used > WAD {
            return Err(QuoteError::CapacityExhausted { used, limit: WAD });
        }
        Ok(())
    }

    /// What an order pays at least, with a minimum per unit of the largest rise, quote WAD, rounded up.
    pub fn least_up(&self, minimum: Word) -> u128 {
        wad_up(self.rise * minimum)
    }
}

fn five_eighths(equity: Word) -> Word {
    equity * const { Word::from_ratio(5, 8) }
}

/// ρ/5 of a sum of T·ΔX·(u'⁵ − u⁵)/(u' − u), quote WAD, rounded up.
pub(crate) fn interest_up(sum: Word, rate: Word) -> u128 {
    wad_up(sum * (rate * const { Word::from_ratio(1, 5) }))
}

/// (b⁵ − a⁵)/(b − a), without a difference.
pub(crate) fn fourth_powers(a: Word, b: Word) -> Word {
    let (a2, b2, ab) = (a.square(), b.square(), a * b);
    b2.square() + (a2 + b2) * ab + ab.square() + a2.square()
}

/// To a WAD integer, up from [`MARGIN`] above.
fn wad_up(value: Word) -> u128 {
    (value * MARGIN).to_wad_up().max(0) as u128
}

/// What a provider who leaves with `payout` pays, quote WAD, rounded up: interest on the tails that lowering the equity
/// raises, at least `capacity_minimum`·X·ln(u'/u) for the largest X. `equity` is the pool's before, at the middle.
///
/// `u128::MAX` where the rest of the equity would not carry a tail; nothing for a pool without tails.
pub fn exit_charge(tails: &Tails, equity: u128, payout: u128, parameters: &Parameters) -> u128 {
    leaving_up(
        tails,
        equity,
        payout,
        Word::from_wad_u64(parameters.capacity_rate),
        Word::from_wad_u64(parameters.capacity_minimum),
    )
}

/// [`exit_charge`] at a rate and with a minimum. `u128::MAX` where the rest of the equity would not carry a tail.
fn leaving_up(tails: &Tails, equity: u128, payout: u128, rate: Word, minimum: Word) -> u128 {
    let left = Word::from_wad_u128(equity.saturating_sub(payout));
    let equity = Word::from_wad_u128(equity);
    let mut largest = Word::ZERO;
    let mut sum = Word::ZERO;
    // u' − u = X·payout/(E·(E − payout)), without a difference.
    let (per_equity, per_left) = (equity.recip(), left.recip());
    let growth = Word::from_wad_u128(payout) * per_equity * per_left;
    for horizon in tails
        .horizons
        .iter()
        .filter(|horizon| !horizon.years.is_zero())
    {
        for capital in horizon.capital() {
            let (before, after) = (capital * per_equity, capital * per_left);
            let fourth = capital * growth * (before + after) * (before.square() + after.square());
            sum += horizon.years * capital * fourth;
            largest = largest.max(capital);
        }
    }
    if largest.is_zero() || payout == 0 {
        return 0;
    }
    if largest > left {
        return u128::MAX;
    }
    // The logarithm is within 2^-54.
    let log = (equity / left).ln() + Word::ONE.mul_pow2(-53);
    wad_up((sum * rate * const { Word::from_ratio(1, 4) }).max(largest * minimum * log))
}

#[cfg(test)]
mod tests;
