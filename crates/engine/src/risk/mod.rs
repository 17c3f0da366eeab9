//! What a book can do to the pool: the hedge and where it trades, the scenario gate, margin of a short.

pub mod account;
pub mod capacity;
pub mod hedge;
pub mod margin;
pub mod stress;
pub(crate) mod surcharge;
pub mod venue;
