//! A program that nobody activates again stops working after a year, so somebody does.

use alloy_primitives::{address, Address, U256};
use alloy_sol_types::sol;
use smirk_world::TypedCalls;

use crate::{common::DAY, state::Walk};

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// Between two activations at most, seconds.
const OFTEN: u64 = 200 * DAY;

sol! {
    function codehashKeepalive(bytes32 codehash) external payable;
}

impl Walk {
    /// Lets time pass.
    pub fn wait(&mut self, seconds: u64) {
        self.market.world.chain.advance(seconds);
        if self.now() > self.activated_at + OFTEN {
            self.activated_at = self.now();
            let codehash = self.market.world.chain.code_hash(self.market.pool.address);
            let call = codehashKeepaliveCall { codehash };
            let fee = U256::from(1_000_000_000_000_000_000u64);
            let anyone = self.market.world.actors.deployer.address;
            let chain = &mut self.market.world.chain;
            chain.send_value(anyone, ARB_WASM, fee, &call).unwrap();
            self.done("keepalive");
        }
    }
}
