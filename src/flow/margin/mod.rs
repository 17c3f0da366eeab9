//! Accounts: quote and positions in and out, who may trade, orders, settlement of legs, liquidation and what pays where an account
//! can't.

pub mod delegate;
pub mod deposit;
pub mod insurance;
pub mod legs;
pub mod liquidate;
pub mod meet;
pub mod position;
pub mod trade;
pub mod withdraw;
