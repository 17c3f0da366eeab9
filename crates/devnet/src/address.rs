//! Accounts of the chain itself.

use alloy_primitives::{address, Address};

/// Account whose storage holds what ArbOS remembers.
pub(crate) const ARBOS_STATE: Address = address!("a4b05fffffffffffffffffffffffffffffffffff");

/// Receives the base fee and the data fee of activations until an owner names another account.
pub(crate) const NETWORK_FEE_ACCOUNT: Address =
    address!("a4b00000000000000000000000000000000000fe");

/// Receives what is paid for L1 data.
pub(crate) const L1_FUNDS: Address = address!("a4b00000000000000000000000000000000000f6");

/// ArbSys, which knows the hashes of L2 blocks.
pub(crate) const ARB_SYS: Address = arbitrum_address(0x64);
/// What a contract of ArbOS has for code on chain.
pub(crate) const CODE: [u8; 1] = [0xfe];

/// Address that ends with this number.
pub(crate) const fn arbitrum_address(low: u32) -> Address {
    let [a, b, c, d] = low.to_be_bytes();
    let mut bytes = [0; 20];
    (bytes[16], bytes[17], bytes[18], bytes[19]) = (a, b, c, d);
    Address::new(bytes)
}
