//! Stylus programs: acceptance, instrumentation, activation and execution.

pub(crate) mod accept;
pub(crate) mod activate;
pub(crate) mod check;
pub(crate) mod code;
mod depth;
pub(crate) mod engine;
pub(crate) mod estimate;
mod instrument;
mod module;
pub(crate) mod packing;
pub(crate) mod pages;
pub(crate) mod params;
pub(crate) mod place;
mod pricer;
pub(crate) mod recent;
pub(crate) mod record;
mod rewrite;
pub(crate) mod root;
mod run;
