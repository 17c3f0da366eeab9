//! Smirk's pure engine: option arithmetic in integers, no SDK, no clock, no I/O, no floats, no panics.
//!
//! The sources are rooms, each of which uses only those before it: `number`; the value types at the root; `smile`;
//! `price`; `book`; `risk`; [`assess`]. Callers see the modules in them side by side.
#![no_std]

pub mod assess;
pub mod book;
mod charge;
pub mod error;
mod number;
pub mod parameters;
mod price;
mod risk;
pub mod series;
pub mod shares;
mod smile;
pub mod state;

pub use book::spread;
pub use number::{real, special, wide, word};
pub use price::{black76, black_scholes, decimal, everlasting, implied};
pub use risk::{account, capacity, hedge, margin, stress, venue};

/// The pool's full answer to an order.
pub mod quote {
    pub use crate::book::quote::QuoteError;
    pub use crate::charge::quote;
}

/// The anchor surface: a smile and a forward per expiry, what they must satisfy, interpolation in time.
pub mod surface {
    pub use crate::smile::{
        check_anchor, distance, forward, interpolate, jump, rest_up, total_variance, vol,
        SurfaceError, MAX_ATM_VOL, MAX_CARRY, MAX_SLOPE, MAX_WING, MELTING, MIN_ATM_VOL, MIN_CARRY,
        MIN_WING,
    };
}
