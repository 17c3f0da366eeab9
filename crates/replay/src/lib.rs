//! Market folders, their replay on the embedded chain with a pool, a keeper, an arbitrageur and people, and the report of it; and the
//! commands that make, replay and draw them.

pub mod cmd;
mod decimal;
pub mod market;
mod replay;
mod report;
pub mod rng;

pub use replay::{keeper, observe, replay_on, units, Ended, Flow, Scene};
use smirk_fit::{fit, option_chain, time};
