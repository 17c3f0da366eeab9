//! An EVM contract that forwards calls: the counterpart of the interpreter on the EVM side.

use inkhorn_chain::{Address, Chain};

use super::deploy;
use super::script::Kind;

/// Calldata: kind, address, payload. Returns or reverts with what the callee gave.
const RELAY: &str = "6015360380601560003760003560f81c80600114603357806002146047575060006000826000600060003560581c5af1
    6058565b506000600082600060003560581c5af46058565b506000600082600060003560581c5afa5b3d600060003e60
    66573d6000fd5b3d6000f3";

/// Deploys the relay.
pub fn relay(chain: &mut Chain) -> Address {
    deploy(chain, RELAY)
}

/// Calldata that makes the relay call `to`.
pub fn forward(kind: Kind, to: Address, payload: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut data = vec![kind as u8];
    data.extend(to.as_slice());
    data.extend(payload.into());
    data
}
