//! The engine's arithmetic as a Stylus program, for measuring it in ink: one question in, its answer out.
//!
//! A request is 64-bit little-endian words. The first is the [`Case`]; what follows depends on it:
//!
//! | cases | then | answer |
//! |---|---|---|
//! | native | spot, strike, time in years, vol, rate, price of the call: [`Real::to_words`] each | values as words of the same kind |
//! | decimal | spot, strike (two words each, WAD), seconds, vol, rate (WAD), price of the call (two words, WAD) | values as WAD integers of two words |
//! | book | a book, see [`book`] | numbers of two words each, WAD |
//!
//! Native numbers are what the engine's own formulas pass to each other; nothing inside a pool's computation is
//! converted to decimals and back. On an error the program reverts without an answer.

#![cfg_attr(target_arch = "wasm32", no_std)]

use smirk_engine::black_scholes::{
    price, price_terms, value, value_terms, Contract, Terms, Valuation,
};
use smirk_engine::implied::{implied_vol, implied_vol_terms};
use smirk_engine::real::Real;
use smirk_engine::state::Kind;

pub mod book;

/// Words of the longest request.
pub const REQUEST_WORDS: usize = 1 + book::WORDS;
/// Words of the longest answer.
pub const ANSWER_WORDS: usize = 20;

/// What is measured; its number is the first word of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Case {
    /// Call and put, native.
    Prices = 0,
    /// Call, put and all greeks, native.
    Greeks = 1,
    /// The vol implied by the price of the call, native.
    ImpliedVol = 2,
    /// The price sent back: entering, reading and writing alone, native.
    Nothing = 3,
    /// Call and put, decimal.
    DecimalPrices = 4,
    /// Call, put and all greeks, decimal.
    DecimalGreeks = 5,
    /// The vol implied by the price of the call, decimal.
    DecimalImpliedVol = 6,
    /// The price sent back, decimal.
    DecimalNothing = 7,
    /// Reads a book and answers with the number of its nodes.
    ReadBook = 8,
    /// Reads a book and marks it: value and all greeks of the pool.
    MarkBook = 9,
    /// Reads a book and assesses it without an order.
    AssessBook = 10,
    /// Reads a book and assesses it with an order.
    QuoteOrder = 11,
    /// Reads a book and assesses it with an order and the scenario gate.
    GateOrder = 12,
}

/// Answers a request; the number of words of the answer, zero on an error.
#[inline(always)]
pub fn serve(request: &[u64; REQUEST_WORDS], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    let case = request[0];
    if case == Case::Prices as u64 {
        return match price_terms(&terms(request)) {
            Ok(prices) => native([prices.call, prices.put], answer),
            Err(_) => 0,
        };
    }
    if case == Case::Greeks as u64 {
        return match value_terms(&terms(request)) {
            Ok(valuation) => native(all(&valuation), answer),
            Err(_) => 0,
        };
    }
    if case >= Case::ReadBook as u64 {
        return book::serve(case, &request[1..], answer);
    }
    if case >= Case::DecimalPrices as u64 {
        return serve_decimal(request, answer);
    }
    if case == Case::ImpliedVol as u64 {
        let price = Real::from_words([request[11], request[12]]);
        return match implied_vol_terms(&terms(request), Kind::Call, price) {
            Ok(vol) => native([vol], answer),
            Err(_) => 0,
        };
    }
    native([Real::from_words([request[11], request[12]])], answer)
}

fn terms(request: &[u64; REQUEST_WORDS]) -> Terms {
    let real = |at: usize| Real::from_words([request[at], request[at + 1]]);
    Terms {
        spot: real(1),
        strike: real(3),
        tau: real(5),
        vol: real(7),
        rate: real(9),
    }
}

fn serve_decimal(request: &[u64; REQUEST_WORDS], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    let contract = Contract {
        spot: wide(request[1], request[2]),
        strike: wide(request[3], request[4]),
        seconds: request[5],
        vol: request[6],
        rate: request[7] as i64,
    };
    if request[0] == Case::DecimalPrices as u64 {
        return match price(&contract) {
            Ok(prices) => decimal([prices.call, prices.put], answer),
            Err(_) => 0,
        };
    }
    if request[0] == Case::DecimalGreeks as u64 {
        return match value(&contract) {
            Ok(valuation) => decimal(all(&valuation), answer),
            Err(_) => 0,
        };
    }
    let price = wide(request[8], request[9]);
    if request[0] == Case::DecimalNothing as u64 {
        return wads([price as i128], answer);
    }
    match implied_vol(&contract, Kind::Call, price) {
        Ok(vol) => decimal([vol], answer),
        Err(_) => 0,
    }
}

fn wide(low: u64, high: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

#[inline(always)]
fn all(value: &Valuation) -> [Real; 10] {
    [
        value.call,
        value.put,
        value.delta_call,
        value.delta_put,
        value.gamma,
        value.vega,
        value.theta_call,
        value.theta_put,
        value.rho_call,
        value.rho_put,
    ]
}

#[inline(always)]
fn native<const N: usize>(values: [Real; N], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    for (value, place) in values.iter().zip(answer.chunks_exact_mut(2)) {
        place.copy_from_slice(&value.to_words());
    }
    2 * N
}

#[inline(always)]
fn decimal<const N: usize>(values: [Real; N], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    wads(values.map(Real::to_wad_down), answer)
}

#[inline(always)]
fn wads<const N: usize>(values: [i128; N], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    for (value, place) in values.iter().zip(answer.chunks_exact_mut(2)) {
        place.copy_from_slice(&[*value as u64, (*value >> 64) as u64]);
    }
    2 * N
}

#[cfg(target_arch = "wasm32")]
mod entry {
    use super::{serve, ANSWER_WORDS, REQUEST_WORDS};
    use core::ptr::addr_of_mut;

    #[link(wasm_import_module = "vm_hooks")]
    extern "C" {
        fn read_args(destination: *mut u8);
        fn write_result(data: *const u8, length: usize);
        fn pay_for_memory_grow(pages: u32);
    }

    static mut REQUEST: [u64; REQUEST_WORDS] = [0; REQUEST_WORDS];
    static mut ANSWER: [u64; ANSWER_WORDS] = [0; ANSWER_WORDS];

    /// Called once per message with its length. An overlong one reverts without data.
    #[no_mangle]
    extern "C" fn user_entrypoint(length: usize) -> usize {
        // SAFETY: the program is single-threaded and starts afresh for every call, so each buffer has one user;
        // the host writes exactly `length` bytes, which fit. WASM is little-endian, as the request is.
        unsafe {
            if length > 8 * REQUEST_WORDS {
                // Activation demands this import of every program whose memory may grow.
                pay_for_memory_grow(0);
                return 1;
            }
            let request = &mut *addr_of_mut!(REQUEST);
            let answer = &mut *addr_of_mut!(ANSWER);
            read_args(request.as_mut_ptr().cast());
            let words = serve(request, answer);
            write_result(answer.as_ptr().cast(), 8 * words);
            (words == 0) as usize
        }
    }

    #[panic_handler]
    fn trap(_: &core::panic::PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
