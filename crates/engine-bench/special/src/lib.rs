//! The engine's special functions as a Stylus program, for measuring them in ink: a number in, a number out.
//!
//! The request is three little-endian words: the [`Function`] and its argument (two words, WAD). The answer is one WAD
//! integer of two words, rounded to nearest.

#![cfg_attr(target_arch = "wasm32", no_std)]

use smirk_engine::real::Real;
use smirk_engine::special::{exp::exp, ln::ln, normal::cdf};

/// Words of a request.
pub const REQUEST_WORDS: usize = 3;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Decode and encode alone: the argument is sent back.
    Nothing,
    /// The distribution of the standard normal.
    Distribution,
    /// e^x.
    Exp,
    /// The natural logarithm of a positive number.
    Ln,
    /// The square root of a number that is not negative.
    Sqrt,
}

impl Function {
    /// All of them; the position is the first word of the request.
    pub const ALL: [Function; 5] = [
        Function::Nothing,
        Function::Distribution,
        Function::Exp,
        Function::Ln,
        Function::Sqrt,
    ];
}

/// Answers a request.
pub fn serve([function, low, high]: [u64; REQUEST_WORDS]) -> i128 {
    let wad = ((high as u128) << 64 | low as u128) as i128;
    let x = Real::from_wad_i128(wad);
    let value = match function {
        0 => return wad,
        1 => cdf(x),
        2 => exp(x),
        3 => ln(x),
        _ => x.sqrt(),
    };
    value.to_wad_nearest()
}

#[cfg(target_arch = "wasm32")]
mod entry {
    use super::{serve, REQUEST_WORDS};
    use core::ptr::addr_of_mut;

    #[link(wasm_import_module = "vm_hooks")]
    extern "C" {
        fn read_args(destination: *mut u8);
        fn write_result(data: *const u8, length: usize);
        fn pay_for_memory_grow(pages: u32);
    }

    static mut REQUEST: [u64; REQUEST_WORDS] = [0; REQUEST_WORDS];
    static mut ANSWER: i128 = 0;

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
            let request = addr_of_mut!(REQUEST);
            read_args(request.cast());
            let answer = addr_of_mut!(ANSWER);
            *answer = serve(*request);
            write_result(answer.cast(), 16);
            0
        }
    }

    #[panic_handler]
    fn trap(_: &core::panic::PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
