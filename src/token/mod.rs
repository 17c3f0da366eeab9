//! The two tokens that the pool itself is: the liquidity share (ERC-20, permit) and the positions
//! (ERC-6909), with what wallets show of them; and permits of the quote token.

pub mod balance;
pub mod metadata;
pub mod permit;
pub mod position;
pub mod share;
