//! The two tokens that the pool itself is: the liquidity share (ERC-20, permit) and the positions (ERC-6909).

pub mod position;
pub mod share;
