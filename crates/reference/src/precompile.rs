//! Ethereum's precompiled contracts, those that are here, and which are Arbitrum's.

use crate::address::low;
use crate::frame::Stop;
use crate::machine::{Done, Machine, Message, Unmodelled, ARBITRUM, ETHEREUM};
use crate::secp256k1::recover;
use crate::sha256::sha256;

/// What a contract makes of its calldata.
type Function = fn(&[u8]) -> Vec<u8>;

const RECOVER: u16 = 1;
const SHA256: u16 = 2;
const IDENTITY: u16 = 4;

impl Machine<'_> {
    /// Result of the precompile whose code a message calls, if it is one.
    pub(crate) fn precompile(&mut self, message: &Message) -> Option<Result<Done, Stop>> {
        let at = |number: &&u16| low(**number) == message.code;
        if let Some(number) = ARBITRUM.iter().find(at) {
            return Some(self.arbitrum(*number, message));
        }
        let number = ETHEREUM.iter().find(at)?;
        let words = (message.data.len() as u64).div_ceil(32);
        let (cost, result): (u64, Function) = match *number {
            RECOVER => (3_000, |data| recover(data).unwrap_or_default()),
            SHA256 => (60 + 12 * words, |data| sha256(data).to_vec()),
            IDENTITY => (15 + 3 * words, <[u8]>::to_vec),
            other => {
                let what = format!("precompile {other:#x}");
                return Some(Err(Stop::Unmodelled(Unmodelled(what))));
            }
        };
        if *number == RECOVER && message.data.len() >= 128 {
            self.count("recovered");
        }
        Some(Ok(match message.gas.checked_sub(cost) {
            Some(gas_left) => Done::success(gas_left, result(&message.data)),
            None => Done::halt(0),
        }))
    }
}
