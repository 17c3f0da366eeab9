//! Stylus programs: activation and execution.

pub(crate) mod activate;
pub(crate) mod engine;
pub(crate) mod place;
pub(crate) mod pricer;
pub(crate) mod record;
mod run;
mod stored;
