//! Tails and the interest on them against floating point.

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
            .flat_map(|((_, old), (_, new))| [0, 1].map(|tail| [new[tail] - old[tail], new[tail]]))
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
    let leave =
        |own: &[Plain], payout: u128| leaving_up(&tails(own), 1_000, payout, Word::ONE, minimum);
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
