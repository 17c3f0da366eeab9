//! Transfers by a spender.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, CallFailure, Receipt};

use crate::state::Walk;

impl Walk {
    /// The keeper's account is nobody's holder and spends for others.
    pub fn spend(&mut self, from: Address, to: Address, id: Option<U256>, amount: U256) {
        let spender = self.market.world.actors.keeper.address;
        let enough = match id {
            Some(id) => self.position_of(from, id) >= amount,
            None => self.shares_of(from) >= amount,
        };
        match id {
            Some(id) => drop(
                self.send(
                    from,
                    IPool::approve_1Call {
                        spender,
                        id,
                        amount,
                    },
                )
                .unwrap(),
            ),
            None => drop(
                self.send(
                    from,
                    IPool::approve_0Call {
                        spender,
                        shares: amount,
                    },
                )
                .unwrap(),
            ),
        }
        let moved = self.move_for(spender, from, to, id, amount);
        // Nothing moves in a stranger's name, not even nothing.
        let allowed = !amount.is_zero();
        let refusal = match (allowed, enough) {
            (false, _) => Some("InsufficientAllowance"),
            (true, false) => Some("InsufficientBalance"),
            (true, true) => None,
        };
        if self.judge("spend", moved, refusal).is_some() {
            let again = self.move_for(spender, from, to, id, amount);
            self.judge("spend again", again, Some("InsufficientAllowance"));
        }
    }

    pub fn move_for(
        &mut self,
        spender: Address,
        from: Address,
        to: Address,
        id: Option<U256>,
        amount: U256,
    ) -> Result<Receipt<bool>, CallFailure> {
        match id {
            Some(id) => self.send(
                spender,
                IPool::transferFrom_1Call {
                    sender: from,
                    receiver: to,
                    id,
                    amount,
                },
            ),
            None => self.send(
                spender,
                IPool::transferFrom_0Call {
                    from,
                    to,
                    shares: amount,
                },
            ),
        }
    }
}
