//! Slots to values and back. [`slots`] has the map; nothing else in the pool names a slot number. [`table`] has what lies in code.

pub mod account;
pub mod book;
pub mod charge;
pub mod configuration;
pub mod exits;
pub mod head;
pub mod lending;
pub mod money;
pub mod pack;
pub mod parameters;
pub mod pot;
pub mod roles;
pub mod settlement;
pub mod shorts;
pub mod slots;
pub mod table;
pub mod written;
