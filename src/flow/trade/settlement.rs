//! Where an order's legs and money settle.

use alloy_primitives::Address;
use smirk_engine::state::Side;

use crate::{
    context::Context,
    error::Refusal,
    flow::margin::{delegate, trade as on_account},
    guard,
    io::token,
    request::Request,
    token::position,
    Pool,
};

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
    /// On an account. What it sells beyond its longs is short.
    Account {
        /// Who trades on it.
        taker: Address,
        /// Whose it is.
        owner: Address,
        /// Whether somebody else closes its legs: then nobody asks whether it may.
        is_forced: bool,
    },
}

impl Settlement {
    /// Who asks.
    pub fn taker(&self) -> Address {
        match *self {
            Settlement::Wallet { taker, .. } | Settlement::Account { taker, .. } => taker,
        }
    }

    /// Who gets what comes of it.
    pub fn receiver(&self) -> Address {
        match *self {
            Settlement::Wallet { receiver, .. } => receiver,
            Settlement::Account { owner, .. } => owner,
        }
    }

    /// Refuses a settlement from which nobody would get anything, and one on an account that is not the taker's to trade on.
    ///
    /// # Errors
    /// `ZeroAddress`, `ReceiverInvalid`, `NotAuthorised`.
    pub fn check(&self, pool: &Pool) -> Result<(), Refusal> {
        match *self {
            Settlement::Wallet { receiver, .. } => guard::receiver(pool, receiver),
            Settlement::Account { owner, .. } => delegate::check(pool, owner),
        }
    }

    /// Takes the options that the taker sells; of an account, changes all legs.
    ///
    /// # Errors
    /// `InsufficientBalance`, those of [`on_account::change_legs`].
    pub fn take(
        &self,
        pool: &mut Pool,
        context: &mut Context,
        requests: &[Request],
    ) -> Result<(), Refusal> {
        let taker = match *self {
            Settlement::Wallet { taker, .. } => taker,
            Settlement::Account { owner, .. } => {
                return on_account::change_legs(pool, context, owner, requests);
            }
        };
        for request in requests.iter().filter(|request| request.side == Side::Sell) {
            position::burn(pool, taker, taker, request.id, request.size)?;
        }
        Ok(())
    }

    /// Gives the options that the taker buys; of an account, moves the money too.
    ///
    /// # Errors
    /// Those of [`on_account::pay`].
    pub fn give(
        &self,
        pool: &mut Pool,
        context: &mut Context,
        requests: &[Request],
        total: i128,
    ) -> Result<(), Refusal> {
        let (taker, receiver) = match *self {
            Settlement::Wallet { taker, receiver } => (taker, receiver),
            Settlement::Account {
                owner, is_forced, ..
            } => {
                let judged = if is_forced { None } else { Some(requests) };
                return on_account::pay(pool, context, owner, judged, total);
            }
        };
        for request in requests.iter().filter(|request| request.side == Side::Buy) {
            position::mint(pool, taker, receiver, request.id, request.size)?;
        }
        Ok(())
    }

    /// Collects quote atoms from a wallet.
    ///
    /// # Errors
    /// Those of [`token::pull`].
    pub fn collect(&self, pool: &mut Pool, context: &Context, atoms: u128) -> Result<(), Refusal> {
        match *self {
            Settlement::Wallet { taker, .. } => {
                token::pull(pool, context.configuration.quote, taker, atoms)
            }
            Settlement::Account { .. } => Ok(()),
        }
    }

    /// Pays quote atoms to a wallet.
    ///
    /// # Errors
    /// Those of [`token::push`].
    pub fn pay(&self, pool: &mut Pool, context: &Context, atoms: u128) -> Result<(), Refusal> {
        match *self {
            Settlement::Wallet { receiver, .. } => {
                token::push(pool, context.configuration.quote, receiver, atoms)
            }
            Settlement::Account { .. } => Ok(()),
        }
    }
}
