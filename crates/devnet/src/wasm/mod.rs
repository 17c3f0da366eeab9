//! Modules: what activation accepts, how they are metered, what they are estimated to cost.

pub(crate) mod accept;
pub(crate) mod check;
mod depth;
pub(crate) mod estimate;
pub(crate) mod host_function;
mod instrument;
mod module;
pub(crate) mod rewrite;
