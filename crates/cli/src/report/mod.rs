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

pub use page::page;
pub use record::Replay;
#[cfg(test)]
pub use record::{Frame, Hedge, MarketVol, SettledSeries, Settlement, Smile, Step, Transaction};

#[cfg(test)]
mod sample;
