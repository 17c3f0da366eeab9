//! Calldata, results, logs, hashing and memory growth.

use std::cmp::min;

use alloy_primitives::{keccak256, Bytes, Log, B256};
use revm::context_interface::JournalTr;

use crate::hostio::frame::{fail, Escape, Host};
use crate::ink;

const LOG_GAS: u64 = 375;
const LOG_TOPIC_GAS: u64 = 375;
const LOG_BYTE_GAS: u64 = 8;
const MAX_TOPICS: u32 = 4;
const WORD: u32 = 32;

/// First ArbOS version in which memory cannot grow by 2^16 pages or more at once.
const GROWTH_CHECKED_SINCE: u64 = 59;

impl Host<'_> {
    pub(crate) fn read_args(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(0)?;
        let input = self.frame().call.input.clone();
        self.buy_ink(ink::write(input.len() as u32))?;
        self.write(destination, &input)?;
        self.note(&[], &[&input]);
        Ok(())
    }

    pub(crate) fn write_result(&mut self, data: u32, length: u32) -> Result<(), Escape> {
        self.enter(0)?;
        self.buy_ink(2 * ink::read(length))?;
        let output = self.read(data, length)?;
        self.note(&[&output], &[]);
        self.frame().output = output;
        Ok(())
    }

    pub(crate) fn exit_early(&mut self, status: u32) -> Result<(), Escape> {
        self.note(&[&status.to_be_bytes()], &[]);
        Err(Escape::Exit(status))
    }

    /// Copies the part of the return data that `offset` and `size` select; gives its length.
    pub(crate) fn read_return_data(
        &mut self,
        destination: u32,
        offset: u32,
        size: u32,
    ) -> Result<u32, Escape> {
        self.enter_node(0)?;
        let data = self.frame().return_data.clone();
        let available = (data.len() as u32).saturating_sub(offset);
        let copied = min(size, available);
        self.buy_ink(ink::write(copied))?;
        let start = min(offset as usize, data.len());
        let part = &data[start..start + copied as usize];
        if copied > 0 {
            self.write(destination, part)?;
        }
        self.note(&[&offset.to_be_bytes(), &size.to_be_bytes()], &[part]);
        Ok(copied)
    }

    pub(crate) fn return_data_size(&mut self) -> Result<u32, Escape> {
        self.enter(0)?;
        let size = self.frame().return_data.len() as u32;
        self.note(&[], &[&size.to_be_bytes()]);
        Ok(size)
    }

    pub(crate) fn emit_log(&mut self, data: u32, length: u32, topics: u32) -> Result<(), Escape> {
        self.enter_node(0)?;
        if topics > MAX_TOPICS || length < topics * WORD {
            return fail("bad topic data");
        }
        self.buy_ink(ink::read(length))?;
        let bytes = u64::from(length - topics * WORD);
        self.buy_gas(LOG_GAS + LOG_TOPIC_GAS * u64::from(topics) + LOG_BYTE_GAS * bytes)?;
        let content = self.read(data, length)?;
        self.require_mutable()?;
        self.note(&[&topics.to_be_bytes(), &content], &[]);
        let (topics, data) = content.split_at((topics * WORD) as usize);
        let topics = topics.chunks_exact(WORD as usize).map(B256::from_slice);
        let data = Bytes::copy_from_slice(data);
        let log = Log::new_unchecked(self.acting(), topics.collect(), data);
        self.machine().journal().log(log);
        Ok(())
    }

    pub(crate) fn native_keccak256(
        &mut self,
        input: u32,
        length: u32,
        output: u32,
    ) -> Result<(), Escape> {
        self.buy_ink(ink::keccak(length))?;
        let preimage = self.read(input, length)?;
        let hash = keccak256(&preimage);
        self.note(&[&preimage], &[hash.as_slice()]);
        self.write(output, hash.as_slice())
    }

    /// Charges for pages that the program is about to grow by. More than there can be cost all ink; earlier versions
    /// of ArbOS count them modulo 2^16.
    pub(crate) fn pay_for_memory_grow(&mut self, pages: u32) -> Result<(), Escape> {
        let exceeds = u16::try_from(pages).is_err();
        let pages = pages as u16;
        self.note(&[&pages.to_be_bytes()], &[]);
        if exceeds && self.machine().config.arbos_version >= GROWTH_CHECKED_SINCE {
            return self.buy_gas(u64::MAX);
        }
        if pages == 0 {
            return self.enter(0);
        }
        let params = self.frame().params;
        let machine = self.machine();
        let gas = machine.pages_gas(pages, &params);
        machine.pages.open(pages);
        self.buy_gas(gas)
    }
}
