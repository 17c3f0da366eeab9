//! Modules that code on chain may unpack to. Brotli is no part of what is compared: which stream is which module is told.

use std::collections::BTreeMap;

use crate::program::{Program, Rejected};

/// A module, as activation judges it.
pub(crate) struct Module<'p> {
    /// Bytes of it.
    pub size: u64,
    pub accepted: Result<Program<'p>, Rejected>,
}

/// Modules by the stream that they are compressed to. What follows a finished stream is not looked at.
#[derive(Default)]
pub struct Library<'p> {
    modules: BTreeMap<Vec<u8>, Module<'p>>,
    /// Whether a stream unpacks; without it, no other does.
    unpacks: Option<fn(&[u8]) -> bool>,
}

impl<'p> Library<'p> {
    /// A library that knows which streams unpack, but not to what.
    pub fn with_judge(unpacks: fn(&[u8]) -> bool) -> Self {
        Self {
            unpacks: Some(unpacks),
            ..Self::default()
        }
    }

    /// Whether a stream that is none of those added unpacks all the same: one that was damaged into another.
    pub(crate) fn has_another(&self, stream: &[u8]) -> bool {
        self.unpack(stream).is_none() && self.unpacks.is_some_and(|unpacks| unpacks(stream))
    }

    /// Adds a module and says why activation refuses it, if it does.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn add(&mut self, stream: &[u8], wasm: &'p [u8]) -> Result<&Program<'p>, &Rejected> {
        let module = Module {
            size: wasm.len() as u64,
            accepted: Program::accept(wasm),
        };
        let module = self.modules.entry(stream.to_vec()).or_insert(module);
        module.accepted.as_ref()
    }

    pub(crate) fn unpack(&self, stream: &[u8]) -> Option<&Module<'p>> {
        let mut modules = self.modules.iter();
        let begins = |(known, _): &(&Vec<u8>, _)| stream.starts_with(known);
        modules.find(begins).map(|(_, module)| module)
    }
}
