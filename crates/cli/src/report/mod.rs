//! The report of a replay: one HTML file with its pictures inside.

mod attribution;
mod format;
mod gas;
mod page;
mod plot;
mod record;
mod sections;
mod smiles;
mod tables;
mod timeline;

pub use attribution::attribution;
pub use format::{number, signed};
pub use gas::gas_kinds;
pub use page::page;
pub use record::{
    Frame, Hedge, MarketVol, Replay, SettledSeries, Settlement, Smile, Step, Transaction,
};

#[cfg(test)]
mod sample;
