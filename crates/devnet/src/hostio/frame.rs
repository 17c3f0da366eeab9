//! A running program's frame, and what every host function does with it: buy ink, touch guest memory, escape.

use std::fmt;

use alloy_primitives::{Address, Bytes, B256, U256};
use wasmtime::{AsContextMut, Caller, Global, Memory, Val};

use crate::frame::Call;
use crate::hostio::storage_cache::StorageCache;
use crate::ink;
use crate::machine::params::StylusParams;
use crate::machine::Machine;

/// State of one Stylus frame.
pub(crate) struct ProgramFrame {
    pub machine: Machine,
    pub call: Call,
    pub params: StylusParams,
    /// Whether the acting account was already on the call stack.
    pub reentrant: bool,
    /// Result that the program wrote last.
    pub output: Vec<u8>,
    /// Return data of the last sub-call or creation.
    pub return_data: Bytes,
    pub storage: StorageCache,
    /// Code of the account asked for last.
    pub last_code: Option<(Address, Bytes)>,
    /// Refunds earned by this frame and its successful children.
    pub refund: i64,
    /// Ink that paid for gas used by sub-calls and creations.
    pub child_ink: u64,
    pub handles: Option<Handles>,
}

/// The guest's memory and meters.
#[derive(Clone, Copy)]
pub(crate) struct Handles {
    pub memory: Memory,
    pub ink_left: Global,
    pub ink_status: Global,
    pub stack_left: Global,
}

/// Why a host function ends the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    OutOfInk,
    /// The program asked to stop with this status.
    Exit(u32),
    /// A request that cannot be met.
    Failure(String),
}

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Escape::OutOfInk => f.write_str("out of ink"),
            Escape::Exit(status) => write!(f, "exit early with status {status}"),
            Escape::Failure(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Escape {}

/// Fails the program.
pub(crate) fn fail<T>(reason: impl Into<String>) -> Result<T, Escape> {
    Err(Escape::Failure(reason.into()))
}

/// A host function's view of the program that called it.
pub(crate) struct Host<'a>(pub Caller<'a, ProgramFrame>);

impl Host<'_> {
    pub(crate) fn frame(&mut self) -> &mut ProgramFrame {
        self.0.data_mut()
    }

    pub(crate) fn machine(&mut self) -> &mut Machine {
        &mut self.0.data_mut().machine
    }

    /// Acting account.
    pub(crate) fn acting(&self) -> Address {
        self.0.data().call.target
    }

    pub(crate) fn is_static(&self) -> bool {
        self.0.data().call.is_static
    }

    /// Fails unless state may change.
    pub(crate) fn require_mutable(&self) -> Result<(), Escape> {
        if self.is_static() {
            return fail("write protection");
        }
        Ok(())
    }

    /// Ink and number of calls made when a host function starts, if the transaction is traced.
    pub(crate) fn entry(&mut self) -> Option<(u64, usize)> {
        let calls = self.machine().recorder()?.calls();
        Some((self.ink_left(), calls))
    }

    /// Notes inputs and outputs of the host function that is running, if the transaction is traced.
    pub(crate) fn note(&mut self, args: &[&[u8]], outs: &[&[u8]]) {
        if let Some(recorder) = self.machine().recorder() {
            recorder.note(args, outs);
        }
    }

    /// The same for words.
    pub(crate) fn note_words(&mut self, args: &[U256], outs: &[U256]) {
        let bytes = |words: &[U256]| -> Vec<u8> {
            words.iter().flat_map(U256::to_be_bytes::<32>).collect()
        };
        if self.machine().recorder().is_some() {
            self.note(&[&bytes(args)], &[&bytes(outs)]);
        }
    }

    /// Records a host function that ended without a trap, if the transaction is traced.
    pub(crate) fn leave(
        &mut self,
        name: &'static str,
        entry: Option<(u64, usize)>,
        escape: Option<&Escape>,
    ) {
        let Some((start_ink, calls)) = entry else {
            return;
        };
        let end_ink = self.ink_left();
        let Some(recorder) = self.machine().recorder() else {
            return;
        };
        match escape {
            None | Some(Escape::Exit(_)) if recorder.is_observed() => {
                self.machine().tell_host_call(name, (start_ink, end_ink));
            }
            None | Some(Escape::Exit(_)) => {
                recorder.add_host_call(name, (start_ink, end_ink), calls);
            }
            Some(_) => recorder.drop_note(),
        }
    }

    fn handles(&self) -> Handles {
        self.0
            .data()
            .handles
            .expect("set before the program starts")
    }

    fn ink_price(&self) -> u64 {
        self.0.data().params.ink_price.into()
    }

    pub(crate) fn ink_left(&mut self) -> u64 {
        self.handles().ink_left(&mut self.0)
    }

    pub(crate) fn gas_left(&mut self) -> u64 {
        self.ink_left() / self.ink_price()
    }

    pub(crate) fn buy_ink(&mut self, ink: u64) -> Result<(), Escape> {
        self.require_ink(ink)?;
        let left = self.ink_left() - ink;
        self.handles().set_ink_left(&mut self.0, left);
        Ok(())
    }

    pub(crate) fn buy_gas(&mut self, gas: u64) -> Result<(), Escape> {
        self.buy_ink(self.gas_to_ink(gas))
    }

    /// Ends the program unless it could pay that much gas.
    pub(crate) fn require_gas(&mut self, gas: u64) -> Result<(), Escape> {
        self.require_ink(self.gas_to_ink(gas))
    }

    /// Pays for entering a host function that dereferences so many pointers.
    pub(crate) fn enter(&mut self, pointers: u64) -> Result<(), Escape> {
        self.buy_ink(ink::HOSTIO + pointers * ink::POINTER)
    }

    /// Pays for entering a host function that asks the node for something.
    pub(crate) fn enter_node(&mut self, pointers: u64) -> Result<(), Escape> {
        self.buy_ink(ink::HOSTIO + pointers * ink::POINTER + ink::EVM_API)
    }

    pub(crate) fn gas_to_ink(&self, gas: u64) -> u64 {
        gas.saturating_mul(self.ink_price())
    }

    fn require_ink(&mut self, ink: u64) -> Result<(), Escape> {
        if self.ink_left() >= ink {
            return Ok(());
        }
        let handles = self.handles();
        handles.set_ink_left(&mut self.0, 0);
        handles.set_exhausted(&mut self.0);
        Err(Escape::OutOfInk)
    }

    pub(crate) fn read(&self, pointer: u32, length: u32) -> Result<Vec<u8>, Escape> {
        let memory = self.handles().memory.data(&self.0);
        let start = pointer as usize;
        match memory.get(start..start + length as usize) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => fail("memory access out of bounds"),
        }
    }

    fn read_array<const N: usize>(&self, pointer: u32) -> Result<[u8; N], Escape> {
        let memory = self.handles().memory.data(&self.0);
        match memory
            .get(pointer as usize..)
            .and_then(|tail| tail.first_chunk())
        {
            Some(bytes) => Ok(*bytes),
            None => fail("memory access out of bounds"),
        }
    }

    pub(crate) fn read_address(&self, pointer: u32) -> Result<Address, Escape> {
        Ok(Address::new(self.read_array(pointer)?))
    }

    pub(crate) fn read_bytes32(&self, pointer: u32) -> Result<B256, Escape> {
        Ok(B256::new(self.read_array(pointer)?))
    }

    pub(crate) fn read_word(&self, pointer: u32) -> Result<U256, Escape> {
        Ok(U256::from_be_bytes(self.read_array::<32>(pointer)?))
    }

    pub(crate) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Escape> {
        let memory = self.handles().memory.data_mut(&mut self.0);
        let start = pointer as usize;
        match memory.get_mut(start..start + bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Ok(())
            }
            None => fail("memory access out of bounds"),
        }
    }

    pub(crate) fn write_word(&mut self, pointer: u32, word: U256) -> Result<(), Escape> {
        self.write(pointer, &word.to_be_bytes::<32>())
    }

    pub(crate) fn write_u32(&mut self, pointer: u32, number: u32) -> Result<(), Escape> {
        self.write(pointer, &number.to_le_bytes())
    }
}

impl Handles {
    pub(crate) fn ink_left(&self, store: &mut impl AsContextMut) -> u64 {
        self.ink_left.get(store).unwrap_i64() as u64
    }

    pub(crate) fn set_ink_left(&self, store: &mut impl AsContextMut, ink: u64) {
        let set = self.ink_left.set(store, Val::I64(ink as i64));
        set.expect("ink is a mutable i64");
    }

    pub(crate) fn is_exhausted(&self, store: &mut impl AsContextMut) -> bool {
        self.ink_status.get(store).unwrap_i32() != 0
    }

    fn set_exhausted(&self, store: &mut impl AsContextMut) {
        let set = self.ink_status.set(store, Val::I32(1));
        set.expect("the status is a mutable i32");
    }

    pub(crate) fn stack_left(&self, store: &mut impl AsContextMut) -> u32 {
        self.stack_left.get(store).unwrap_i32() as u32
    }

    pub(crate) fn set_stack_left(&self, store: &mut impl AsContextMut, words: u32) {
        let set = self.stack_left.set(store, Val::I32(words as i32));
        set.expect("the stack counter is a mutable i32");
    }
}
