//! The anchor surface: a smile and a forward per expiry, what they must satisfy, interpolation in time.

pub(crate) mod carry;
mod checks;
mod interpolate;
pub(crate) mod jump;
pub(crate) mod slice;
pub(crate) mod time;

pub use carry::forward;
pub use checks::{
    check_anchor, SurfaceError, MAX_ATM_VOL, MAX_CARRY, MAX_SLOPE, MAX_WING, MIN_ATM_VOL,
    MIN_CARRY, MIN_WING,
};
pub use interpolate::interpolate;
pub use jump::{distance, jump, rest_up, MELTING};
pub use slice::{total_variance, vol};
