//! Orders: from ABI numbers to legs, how they are filled and settled, and the three ways to ask for one.

pub mod buy;
pub mod fill;
pub mod legs;
pub mod order;
pub mod sell;
pub mod settlement;
