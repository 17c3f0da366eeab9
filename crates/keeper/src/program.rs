//! The duty towards the pool's program: a chain forgets a program a year after its activation unless somebody pays for another year.

use alloy_primitives::U256;
use anyhow::Result;

use crate::{
    chain::{Answer, ArbWasm, ARB_WASM},
    config::OperatorConfig,
    log::log,
    operator::Operator,
    sender::Order,
    Keeper,
};

/// Seconds before its end at which a program is kept alive, or worth a warning.
const PROGRAM_WARNING: u64 = 40 * 86_400;
/// Percent that are sent beyond the fee, because it depends on the time; what is too much comes back.
const FEE_MARGIN: u64 = 20;

impl Operator {
    /// Keeps the program alive when its end comes near, and says when it is out of the chain's cache.
    pub async fn look_after_program(&self, keeper: &Keeper, config: &OperatorConfig) -> Result<()> {
        if let Some(cached) = keeper.chain.program_is_cached().await? {
            let gauge = f64::from(u8::from(cached));
            keeper.metrics.set("program_cached", gauge);
            if !cached {
                log!(
                    "program",
                    "warns",
                    reason = "out of the chain's cache: run scripts/deploy bid"
                );
            }
        }
        let Some(left) = keeper.chain.program_time_left().await? else {
            return Ok(());
        };
        keeper.metrics.set("program_seconds_left", left as f64);
        if left >= PROGRAM_WARNING {
            return Ok(());
        }
        if !config.keep_alive {
            log!(
                "program",
                "warns",
                seconds_left = left,
                reason = "run scripts/deploy keep-alive"
            );
            return Ok(());
        }
        self.keep_alive(keeper, left).await
    }

    async fn keep_alive(&self, keeper: &Keeper, left: u64) -> Result<()> {
        let fee = match keeper.chain.keep_alive_fee(self.sender.address()).await? {
            Answer::Value(fee) => fee,
            Answer::Refused(why) => {
                log!("program", "waits", seconds_left = left, reason = why);
                return Ok(());
            }
        };
        log!(
            "program",
            "is due to be kept alive",
            seconds_left = left,
            fee = fee
        );
        if keeper.is_dry {
            return Ok(());
        }
        let call = ArbWasm::codehashKeepaliveCall {
            codehash: keeper.chain.codehash().await?,
        };
        let order = Order {
            to: ARB_WASM,
            value: fee * U256::from(100 + FEE_MARGIN) / U256::from(100),
            call: &call,
        };
        self.sender
            .send_order(&keeper.chain, &keeper.metrics, "program", &order)
            .await?;
        Ok(())
    }
}
