//! What a book can do to the pool: the hedge and where it trades, the scenario gate, margin of a short.

pub mod hedge;
pub mod margin;
pub mod stress;
pub mod venue;
