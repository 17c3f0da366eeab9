//! Everything around the pool on the embedded chain: real Uniswap v3 and Aave v3, tokens honest and otherwise, feeds with a history,
//! people with keys, and typed calls between them. Tests, the benchmark and the demo all start from a [`World`].
//!
//! ```no_run
//! use smirk_world::{price::wad, World};
//!
//! # fn main() -> anyhow::Result<()> {
//! let mut world = World::builder().price(wad("2500")).build()?;
//! world.set_price(wad("2400"))?;
//! let alice = world.actors.alice.address;
//! let received = world.swap_exact_input(alice, world.base, world.base_units("1"), Default::default())?;
//! println!("one base sold for {received} quote units at {}", world.venue_price()?);
//! # Ok(())
//! # }
//! ```
//!
//! Scales: prices are quote per base in WAD (1e18), amounts are token units.

pub mod abi;
mod actor;
mod artifact;
mod builder;
mod call;
mod lender;
mod parameters;
mod permit2;
mod pool;
pub mod price;
mod token;
mod venue;
mod world;

pub use actor::{Actor, Actors, Permit, Signature};
pub use artifact::{
    find_workspace_root, program, program_exists, published, test_contract, workspace_root,
};
pub use builder::WorldBuilder;
pub use call::{describe_error, CallFailure, Receipt, TypedCalls};
pub use lender::{Lender, ReserveTokens, SENTINEL_GRACE, VARIABLE};
pub use parameters::{Parameter, PoolParameters, PARAMETER_COUNT};
pub use permit2::{Permit2, PermitSingle, PERMIT2};
pub use pool::{Constructor, Pool};
pub use token::TokenKind;
pub use venue::{Venue, FEE, TICK_SPACING};
pub use world::World;
