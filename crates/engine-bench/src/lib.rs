//! The engine's arithmetic as a Stylus program, for measuring it in ink: a contract in, its value out.
//!
//! The request is ten little-endian words: the [`Case`], spot and strike (two words each, WAD), seconds, vol, rate (WAD) and
//! the price of the call (two words, WAD). The answer is a sequence of WAD integers of two words; none on an error.

#![cfg_attr(target_arch = "wasm32", no_std)]

use smirk_engine::black_scholes::{self, Contract};
use smirk_engine::implied::implied_vol;
use smirk_engine::real::Real;
use smirk_engine::state::Kind;

/// Words of a request.
pub const REQUEST_WORDS: usize = 10;
/// Values of the longest answer.
pub const ANSWER_VALUES: usize = 10;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Decode and encode alone: the price is sent back.
    Nothing,
    /// Call and put.
    Prices,
    /// Call, put and all greeks.
    Greeks,
    /// The vol implied by the price of the call.
    ImpliedVol,
}

impl Case {
    /// All of them; the position is the first word of the request.
    pub const ALL: [Case; 4] = [Case::Nothing, Case::Prices, Case::Greeks, Case::ImpliedVol];
}

fn wide(low: u64, high: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

/// Answers a request; the number of values of the answer, zero on an error.
pub fn serve(request: &[u64; REQUEST_WORDS], answer: &mut [i128; ANSWER_VALUES]) -> usize {
    let [case, spot, spot_high, strike, strike_high, seconds, vol, rate, price, price_high] =
        *request;
    let contract = Contract {
        spot: wide(spot, spot_high),
        strike: wide(strike, strike_high),
        seconds,
        vol,
        rate: rate as i64,
    };
    match case {
        0 => {
            answer[0] = wide(price, price_high) as i128;
            1
        }
        1 => match black_scholes::price(&contract) {
            Ok(prices) => write([prices.call, prices.put], answer),
            Err(_) => 0,
        },
        2 => match black_scholes::value(&contract) {
            Ok(value) => write(
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
                ],
                answer,
            ),
            Err(_) => 0,
        },
        _ => match implied_vol(&contract, Kind::Call, wide(price, price_high)) {
            Ok(vol) => write([vol], answer),
            Err(_) => 0,
        },
    }
}

#[inline(always)]
fn write<const N: usize>(values: [Real; N], answer: &mut [i128; ANSWER_VALUES]) -> usize {
    for (value, place) in values.iter().zip(answer) {
        *place = value.to_wad_down();
    }
    N
}

#[cfg(target_arch = "wasm32")]
mod entry {
    use super::{serve, ANSWER_VALUES, REQUEST_WORDS};
    use core::ptr::addr_of_mut;

    #[link(wasm_import_module = "vm_hooks")]
    extern "C" {
        fn read_args(destination: *mut u8);
        fn write_result(data: *const u8, length: usize);
        fn pay_for_memory_grow(pages: u32);
    }

    static mut REQUEST: [u64; REQUEST_WORDS] = [0; REQUEST_WORDS];
    static mut ANSWER: [i128; ANSWER_VALUES] = [0; ANSWER_VALUES];

    /// Called once per message with its length. One of another length reverts without data.
    #[no_mangle]
    extern "C" fn user_entrypoint(length: usize) -> usize {
        // SAFETY: the program is single-threaded and starts afresh for every call, so each buffer has one user;
        // the host writes exactly `length` bytes, which fit. WASM is little-endian, as the request is.
        unsafe {
            if length != 8 * REQUEST_WORDS {
                // Activation demands this import of every program whose memory may grow.
                pay_for_memory_grow(0);
                return 1;
            }
            let request = &mut *addr_of_mut!(REQUEST);
            let answer = &mut *addr_of_mut!(ANSWER);
            read_args(request.as_mut_ptr().cast());
            let values = serve(request, answer);
            write_result(answer.as_ptr().cast(), 16 * values);
            (values == 0) as usize
        }
    }

    #[panic_handler]
    fn trap(_: &core::panic::PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
