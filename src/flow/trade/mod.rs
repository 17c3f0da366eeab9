//! Orders: from ABI numbers to an order, and the two ways to fill one.

pub mod buy;
pub mod order;
pub mod sell;
