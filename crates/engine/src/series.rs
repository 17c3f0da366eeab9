//! One series: its packed id and its payoff.

use crate::state::Kind;

/// One (kind, strike, expiry): what a position is a position in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// Call or put.
    pub kind: Kind,
    /// Strike, quote per base, WAD, above zero.
    pub strike: u128,
    /// Unix time at which the payoff is fixed.
    pub expiry: u64,
}

/// The id as four 64-bit words, least significant first: bits 0..128 strike (WAD), 128..192 expiry (unix
/// seconds), bit 192 kind (0 call, 1 put), all others zero.
pub fn encode(series: &Series) -> [u64; 4] {
    [
        series.strike as u64,
        (series.strike >> 64) as u64,
        series.expiry,
        matches!(series.kind, Kind::Put) as u64,
    ]
}

/// The series that [`encode`] packed into this id; `None` for an id with unused bits set or a zero strike.
pub fn decode(id: [u64; 4]) -> Option<Series> {
    let strike = (id[1] as u128) << 64 | id[0] as u128;
    let kind = match id[3] {
        0 => Kind::Call,
        1 => Kind::Put,
        _ => return None,
    };
    (strike != 0).then_some(Series {
        kind,
        strike,
        expiry: id[2],
    })
}

/// What one option pays at this price, quote WAD; exact.
pub fn payoff(kind: Kind, strike: u128, settlement: u128) -> u128 {
    match kind {
        Kind::Call => settlement.saturating_sub(strike),
        Kind::Put => strike.saturating_sub(settlement),
    }
}
