//! A program while it runs: ink, memory, and what host functions remember.

use std::collections::BTreeMap;

use crate::machine::{Message, Unmodelled};
use crate::world::{Address, Word};

/// Ink of one gas.
pub(crate) const INK_PRICE: u64 = 10_000;

/// Why a program stops before its entry point returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Failure,
    OutOfInk,
    OutOfStack,
    /// By `exit_early`, with this status.
    Exit(u32),
    Unmodelled(Unmodelled),
}

/// A slot as a frame knows it.
pub(crate) struct Cached {
    pub value: Word,
    /// What the state holds, where that was seen.
    pub known: Option<Word>,
}

pub(crate) struct Frame {
    pub message: Message,
    pub ink: u64,
    pub memory: Vec<u8>,
    pub globals: Vec<u64>,
    pub stack_left: u32,
    pub output: Vec<u8>,
    /// Data of the last call.
    pub returned: Vec<u8>,
    pub slots: BTreeMap<Word, Cached>,
    pub reads: u64,
    pub writes: u64,
    /// Whose code was asked for last.
    pub coded: Option<Address>,
    pub reentrant: bool,
}

impl Frame {
    /// Pays ink.
    pub fn buy(&mut self, ink: u64) -> Result<(), Stop> {
        self.ink = self.ink.checked_sub(ink).ok_or(Stop::OutOfInk)?;
        Ok(())
    }

    /// Pays gas.
    pub fn buy_gas(&mut self, gas: u64) -> Result<(), Stop> {
        self.buy(gas.saturating_mul(INK_PRICE))
    }

    /// Asks that so much gas be there, without paying it.
    pub fn require_gas(&self, gas: u64) -> Result<(), Stop> {
        if self.ink < gas * INK_PRICE {
            return Err(Stop::OutOfInk);
        }
        Ok(())
    }

    pub fn gas_left(&self) -> u64 {
        self.ink / INK_PRICE
    }

    /// Bytes of memory, which has to reach to the last of them.
    pub fn read(&self, at: u32, length: u32) -> Result<&[u8], Stop> {
        let (at, length) = (at as usize, length as usize);
        self.memory.get(at..at + length).ok_or(Stop::Failure)
    }

    pub fn read_word(&self, at: u32) -> Result<Word, Stop> {
        Ok(self.read(at, 32)?.try_into().expect("32 bytes"))
    }

    pub fn read_address(&self, at: u32) -> Result<Address, Stop> {
        Ok(self.read(at, 20)?.try_into().expect("20 bytes"))
    }

    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Stop> {
        let at = at as usize;
        let place = self.memory.get_mut(at..at + bytes.len());
        place.ok_or(Stop::Failure)?.copy_from_slice(bytes);
        Ok(())
    }
}
