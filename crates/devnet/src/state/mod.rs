//! Accounts and storage between transactions, their tries and what they are at rest.

mod account;
mod origin;
mod tries;
mod world;

pub(crate) use self::account::{bytecode, DumpedAccount};
pub use self::origin::ForkPoint;
pub(crate) use self::origin::Origin;
pub use self::tries::{AccountProof, SlotProof};
pub(crate) use self::world::{WorldState, HASHED_BLOCKS};
