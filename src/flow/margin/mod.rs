//! Accounts: quote and positions in and out, who may trade, settlement of legs, liquidation.

pub mod delegate;
pub mod deposit;
pub mod meet;
pub mod position;
pub mod withdraw;
