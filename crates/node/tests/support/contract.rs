//! A small contract: what it does depends on how many bytes it is called with.

use alloy_primitives::{hex, Bytes};

/// Without calldata it counts calls in slot 0 and logs the count under topic 7, with one byte it reverts with
/// `deadbeef`, with two it returns the timestamp, with more the count.
pub const CODE: [u8; 66] = hex!(
    "368015601b5780600114602d57600214603a575f545f5260205ff35b5f54600101805f555f52600760205fa1005b63deadbeef5f526004601cfd5b425f5260205ff3"
);

/// Init code that deploys it.
pub fn init_code() -> Bytes {
    [&hex!("60428060095f395ff3")[..], &CODE].concat().into()
}
