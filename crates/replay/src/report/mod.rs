//! The report of a replay: one HTML file with its pictures inside.

mod attribution;
mod charges;
mod format;
mod gas;
mod hedging;
mod holding;
mod page;
mod plot;
mod record;
mod sections;
mod smiles;
mod tables;
mod timeline;

pub use attribution::attribution;
pub use charges::{Charges, Ordinary, FLAT_FEE, ORDINARY};
pub use format::{number, signed};
pub use gas::gas_kinds;
pub use hedging::{hedge_error, mean_vegas};
pub use page::page;
pub use record::{
    AccountSummary, Accounts, ExpiryResult, Fill, Frame, Hedge, Liquidation, MarketVol, Outside,
    Replay, SettledSeries, Settlement, Smile, Step, Transaction,
};

#[cfg(test)]
mod sample;
