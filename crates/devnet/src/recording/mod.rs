//! What happens inside a transaction, noted while it runs.

pub(crate) mod frame;
pub(crate) mod observer;
pub(crate) mod opcodes;
mod recorder;

pub(crate) use recorder::Recorder;
