//! Where an order's legs and money settle.

use alloy_primitives::Address;
use smirk_engine::state::Side;

use super::order::Request;
use crate::{context::Context, error::Refusal, guard, io::token, token::position, Pool};

/// Where an order's legs and money settle.
#[derive(Clone, Copy)]
pub enum Settlement {
    /// In wallets. What the taker sells are longs that it holds.
    Wallet {
        /// Who pays, and whose longs are sold.
        taker: Address,
        /// Who gets what is bought, and the money.
        receiver: Address,
    },
}

impl Settlement {
    /// Who asks.
    pub fn taker(&self) -> Address {
        let Settlement::Wallet { taker, .. } = *self;
        taker
    }

    /// Who gets what comes of it.
    pub fn receiver(&self) -> Address {
        let Settlement::Wallet { receiver, .. } = *self;
        receiver
    }

    /// Refuses a settlement from which nobody would get anything.
    ///
    /// # Errors
    /// `ZeroAddress`, `ReceiverInvalid`.
    pub fn check(&self, pool: &Pool) -> Result<(), Refusal> {
        guard::receiver(pool, self.receiver())
    }

    /// Takes the options that the taker sells.
    ///
    /// # Errors
    /// `InsufficientBalance`.
    pub fn take(&self, pool: &mut Pool, requests: &[Request]) -> Result<(), Refusal> {
        let Settlement::Wallet { taker, .. } = *self;
        for request in requests.iter().filter(|request| request.side == Side::Sell) {
            position::burn(pool, taker, taker, request.id, request.size)?;
        }
        Ok(())
    }

    /// Gives the options that the taker buys.
    pub fn give(&self, pool: &mut Pool, requests: &[Request]) -> Result<(), Refusal> {
        let Settlement::Wallet { taker, receiver } = *self;
        for request in requests.iter().filter(|request| request.side == Side::Buy) {
            position::mint(pool, taker, receiver, request.id, request.size)?;
        }
        Ok(())
    }

    /// Collects quote atoms.
    ///
    /// # Errors
    /// Those of [`token::pull`].
    pub fn collect(&self, pool: &mut Pool, context: &Context, atoms: u128) -> Result<(), Refusal> {
        let Settlement::Wallet { taker, .. } = *self;
        token::pull(pool, context.configuration.quote, taker, atoms)
    }

    /// Pays quote atoms.
    ///
    /// # Errors
    /// Those of [`token::push`].
    pub fn pay(&self, pool: &mut Pool, context: &Context, atoms: u128) -> Result<(), Refusal> {
        let Settlement::Wallet { receiver, .. } = *self;
        token::push(pool, context.configuration.quote, receiver, atoms)
    }
}
