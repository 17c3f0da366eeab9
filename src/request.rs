//! An order as it is asked for: legs of series by their ids.

use alloy_primitives::U256;
use smirk_engine::{
    series::{self, Series},
    state::Side,
};

use crate::error::{refuse, Refusal};

/// A leg as it is asked for.
#[derive(Clone, Copy)]
pub struct Request {
    /// Series id.
    pub id: U256,
    /// Size, WAD.
    pub size: U256,
    /// What the leg is where the order settles.
    pub side: Side,
}

/// No leg.
pub const NO_REQUEST: Request = Request {
    id: U256::ZERO,
    size: U256::ZERO,
    side: Side::Buy,
};

impl Request {
    /// In a wallet, which sells what it holds, from a size that is negative for a sale, 256 bits in two's complement.
    pub fn in_wallet(id: U256, size: U256) -> Request {
        if size.bit(255) {
            let (size, side) = (size.wrapping_neg(), Side::Sell);
            Request { id, size, side }
        } else {
            let side = Side::Buy;
            Request { id, size, side }
        }
    }

    /// Its size, negative for a sale, in two's complement.
    pub fn signed_size(&self) -> U256 {
        if self.side.is_bought() {
            self.size
        } else {
            self.size.wrapping_neg()
        }
    }
}

/// Most legs of an order that somebody asks for.
pub const MOST_LEGS: usize = 8;

/// Refuses two legs of one series.
///
/// # Errors
/// `LegRepeated`.
pub fn check_repeated(requests: &[Request]) -> Result<(), Refusal> {
    for (index, request) in requests.iter().enumerate() {
        let mut earlier = requests[..index].iter();
        if earlier.any(|other| other.id == request.id) {
            return Err(refuse!(LegRepeated, request.id));
        }
    }
    Ok(())
}

/// The series behind an id.
///
/// # Errors
/// `InvalidId` for a zero strike, a zero expiry or unused bits set.
pub fn series(id: U256) -> Result<Series, Refusal> {
    series::decode(*id.as_limbs())
        .filter(|series| series.expiry != 0)
        .ok_or_else(|| refuse!(InvalidId, id))
}
