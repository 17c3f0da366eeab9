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
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    const YEAR: f64 = 365.0;
    const TERMS: [f64; 4] = [1.0, 7.0, 28.0, 91.0];

    /// A load in floating point: up, cash and short put strikes.
    type Plain = [f64; 3];

    fn word(value: f64) -> Word {
        Word::from_wad_i128((value * 1e18) as i128)
    }

    fn load([up, cash, short_put_strikes]: Plain) -> Load {
        Load {
            up: word(up),
            cash: word(cash),
            short_put_strikes: word(short_put_strikes),
        }
    }

    /// Loads by expiry, and the same as tails.
    fn tails(own: &[Plain]) -> Tails {
        let mut taus = [Word::ZERO; MAX_EXPIRIES];
        let mut loads = [Load::default(); MAX_EXPIRIES];
        for (index, plain) in own.iter().enumerate() {
            taus[index] = Word::from_ratio(TERMS[index] as u64, 365);
            loads[index] = load(*plain);
        }
        Tails::new(&taus, &loads)
    }

    /// A load of one expiry alone.
    fn one(load: &Load, slice: usize) -> Change {
        let mut change = Change::default();
        change.add(load, slice);
        change
    }

    /// Capital of both tails over each horizon, by the definition.
    fn capital(own: &[Plain]) -> Vec<(f64, [f64; 2])> {
        let start = |index: usize| if index > 0 { TERMS[index - 1] } else { 0.0 };
        let horizon = |index: usize| {
            let sum = |part: usize| own[index..].iter().map(|plain| plain[part]).sum::<f64>();
            let low = sum(1) + (-sum(2)).max(0.0);
            let years = (TERMS[index] - start(index)) / YEAR;
            (years, [sum(0).max(0.0), low.max(0.0)])
        };
        (0..own.len()).map(horizon).collect()
    }

    fn interest_of(before: &[Plain], after: &[Plain], equity: f64) -> f64 {
        let psi = |capital: f64| (capital / equity).powi(5) / 5.0;
        let pairs = capital(before).into_iter().zip(capital(after));
        pairs
            .map(|((years, old), (_, new))| {
                let each = old.iter().zip(new);
                let rise = each.map(|(old, new)| (psi(new) - psi(*old)).max(0.0));
                years * equity * rise.sum::<f64>()
            })
            .sum()
    }

    /// Splitmix64.
    fn draw(state: &mut u64, low: f64, high: f64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (high - low) * ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn plain(state: &mut u64, low: f64) -> Plain {
        [(); 3].map(|()| draw(state, low, 250_000.0))
    }

    fn close(found: f64, expected: f64) {
        let tolerance = 1e-9 * expected.abs() + 1e-9;
        assert!(
            (found - expected).abs() <= tolerance,
            "{found} instead of {expected}"
        );
    }

    fn total(interest: &Interest) -> f64 {
        interest.amount as f64 / 1e18
    }

    #[test]
    fn interest_is_that_of_the_definition() {
        let mut state = 1;
        let (mut charged, mut free) = (0, 0);
        for round in 0..20_000 {
            // Pools that are short everything, and pools that are long some of it.
            let low = if round % 2 == 0 { 0.0 } else { -200_000.0 };
            let before: Vec<Plain> = TERMS.map(|_| plain(&mut state, low)).into();
            let change = plain(&mut state, -250_000.0).map(|part| part * 0.3);
            let slice = draw(&mut state, 0.0, 4.0) as usize;
            let mut after = before.clone();
            for part in 0..3 {
                after[slice][part] += change[part];
            }
            let expected = interest_of(&before, &after, 1e6);
            let mut found = tails(&before);
            let interest = found.interest(&one(&load(change), slice), word(1e6), Word::ONE);
            close(total(&interest), expected);
            let rises = capital(&before).into_iter().zip(capital(&after));
            let rises: Vec<[f64; 2]> = rises
                .flat_map(|((_, old), (_, new))| {
                    [0, 1].map(|tail| [new[tail] - old[tail], new[tail]])
                })
                .collect();
            let rise = rises.iter().fold(0.0f64, |most, rise| most.max(rise[0]));
            let used = rises.iter().filter(|rise| rise[0] > 1e-6);
            let used = used.fold(0.0f64, |most, rise| most.max(rise[1] / 1e6));
            close(interest.rise.to_wad_up() as f64 / 1e18, rise);
            close(interest.used.to_wad_up() as f64 / 1e18, used);
            found.add(&one(&load(change), slice));
            for (index, (_, expected)) in capital(&after).into_iter().enumerate() {
                let capital = found.capital_up(index).map(|capital| capital as f64 / 1e18);
                close(capital[0], expected[0]);
                close(capital[1], expected[1]);
            }
            if expected > 0.0 {
                charged += 1;
            } else {
                free += 1;
            }
        }
        assert!(charged > 10_000 && free > 1_000, "{charged} {free}");
    }

    #[test]
    fn pieces_cost_what_the_whole_costs_and_never_less_than_rounding_allows() {
        let mut state = 2;
        for _ in 0..2_000 {
            let own: Vec<Plain> = TERMS.map(|_| plain(&mut state, 0.0)).into();
            let change = plain(&mut state, 0.0).map(|part| part * 1e-3);
            let slice = draw(&mut state, 0.0, 4.0) as usize;
            let mut step = tails(&own);
            let (equity, rate) = (word(1e6), Word::ONE);
            let piece = load(change.map(|part| part / 8.0));
            let whole = (0..8).fold(Load::default(), |sum, _| sum.plus(&piece));
            let whole = step.interest(&one(&whole, slice), equity, rate);
            let mut pieces = 0;
            for _ in 0..8 {
                pieces += step.interest(&one(&piece, slice), equity, rate).amount;
                step.add(&one(&piece, slice));
            }
            let whole = whole.amount;
            assert!(pieces + (whole >> 44) >= whole, "{pieces} {whole}");
            assert!(pieces <= whole + (whole >> 44) + 32, "{pieces} {whole}");
        }
    }

    #[test]
    fn filling_one_tail_costs_what_a_year_of_it_earns_by_term() {
        for (index, days) in TERMS.into_iter().enumerate() {
            let change = load([1e6, 0.0, 0.0]);
            let empty = tails(&[[0.0; 3]; 4]);
            let interest = empty.interest(&one(&change, index), word(1e6), Word::ONE);
            close(total(&interest), 1e6 * days / YEAR / 5.0);
            close(interest.used.to_wad_nearest() as f64 / 1e18, 1.0);
        }
    }

    #[test]
    fn without_equity_a_rising_tail_uses_all_and_a_falling_one_costs_nothing() {
        let full = tails(&[[1e3; 3]; 4]);
        for equity in [Word::ZERO, word(-5.0)] {
            let rising = full.interest(&one(&load([1.0, 1.0, 0.0]), 1), equity, Word::ONE);
            assert!(rising.used > word(1e9) && rising.amount > 1 << 100);
            let falling = full.interest(&one(&load([-1.0, -1.0, -1.0]), 1), equity, Word::ONE);
            assert_eq!(falling.amount, 0);
            assert!(falling.used.is_zero() && falling.rise.is_zero());
        }
    }

    #[test]
    fn leaving_pays_for_what_it_raises() {
        let mut state = 3;
        let (rate, minimum) = (Word::ONE, Word::from_ratio(7, 10_000));
        let (mut minima, mut refused) = (0, 0);
        for _ in 0..20_000 {
            let own: Vec<Plain> = TERMS.map(|_| plain(&mut state, -50_000.0)).into();
            let (equity, part) = (2e6, draw(&mut state, 0.0, 1.0).powi(3));
            let payout = equity * part;
            let atoms = |quote: f64| (quote * 1e6) as u128 * 1_000_000_000_000;
            let charge = leaving_up(&tails(&own), atoms(equity), atoms(payout), rate, minimum);
            let left = equity - atoms(payout) as f64 / 1e18;
            let mut largest = 0.0f64;
            let mut interest = 0.0;
            for (years, capital) in capital(&own) {
                for capital in capital {
                    largest = largest.max(capital);
                    let fourth = (capital / left).powi(4) - (capital / equity).powi(4);
                    interest += years * capital * fourth / 4.0;
                }
            }
            let least = 0.0007 * largest * (equity / left).ln();
            if largest > left {
                assert_eq!(charge, u128::MAX);
                refused += 1;
            } else {
                let expected = interest.max(least);
                let found = charge as f64 / 1e18;
                assert!(
                    (found - expected).abs() <= 1e-8 * expected + 1e-8,
                    "{found} {expected}"
                );
                minima += (least > interest) as usize;
            }
        }
        assert!(refused > 1_000 && minima > 1_000, "{refused} {minima}");
    }

    #[test]
    fn a_pool_without_positions_is_left_for_free_and_any_pool_by_nobody() {
        let minimum = Word::from_ratio(7, 10_000);
        let leave = |own: &[Plain], payout: u128| {
            leaving_up(&tails(own), 1_000, payout, Word::ONE, minimum)
        };
        assert_eq!(leave(&[[0.0; 3]; 4], 1_000), 0);
        assert_eq!(leave(&[[0.0; 3]; 4], 2_000), 0);
        assert_eq!(leave(&[[1e-18; 3]; 4], 0), 0);
        assert_eq!(leave(&[[1e-18; 3]; 4], 1_000), u128::MAX);
        assert_eq!(leave(&[[1e-18; 3]; 4], 2_000), u128::MAX);
        assert!(leave(&[[1e-18; 3]; 4], 1) < 10);
    }

    /// Deposit, order, withdrawal: what the deposit saves of the interest, leaving costs again.
    #[test]
    fn a_deposit_around_an_order_saves_nothing() {
        let mut state = 4;
        for _ in 0..2_000 {
            let own: Vec<Plain> = TERMS
                .map(|_| plain(&mut state, 0.0).map(|part| part * 0.2))
                .into();
            let change = load(plain(&mut state, 0.0).map(|part| part * 2.0));
            let slice = draw(&mut state, 0.0, 4.0) as usize;
            let equity = 1e6;
            let deposit = draw(&mut state, 0.0, 1.0).powi(4) * 1e8;
            let mut tails = tails(&own);
            let direct = tails.interest(&one(&change, slice), word(equity), Word::ONE);
            let around = tails.interest(&one(&change, slice), word(equity + deposit), Word::ONE);
            if direct.used > Word::ONE {
                continue;
            }
            tails.add(&one(&change, slice));
            let wad = |quote: f64| (quote * 1e18) as u128;
            let (with, minimum) = (wad(equity + deposit), Word::from_ratio(7, 10_000));
            let leaving = leaving_up(&tails, with, wad(deposit), Word::ONE, minimum);
            assert!(
                around.amount + leaving >= direct.amount,
                "{leaving} after {deposit}"
            );
        }
    }
}
