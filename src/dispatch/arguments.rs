//! The words of a call.

use alloc::vec::Vec;
use core::{cell::Cell, ops::Deref};

use alloy_primitives::{Address, U256};
use smirk_engine::state::{Side, MAX_LEGS};

use crate::{
    error::{refuse, Refusal},
    flow::{
        roles::signers::Proposal,
        surface::quorum::{Report, REPORT_WORDS},
    },
    io::host,
    request::{Request, NO_REQUEST},
    storage::roles::MAX_SIGNERS,
    words::{self, Word},
    Pool,
};

/// The words of a call after its selector.
///
/// Reading never fails: what is missing or out of range reads as zero and is remembered, and [`Arguments::finish`]
/// turns it into a refusal, which undoes whatever was done with the zero. That keeps the tables small.
pub struct Arguments<'a> {
    words: &'a [u8],
    fault: Cell<Option<usize>>,
}

/// Most calls in one.
pub const MOST_CALLS: usize = 16;

/// The legs of an order as they are asked for.
pub struct Requests {
    all: [Request; MAX_LEGS],
    count: usize,
}

impl Requests {
    /// The same on an account that holds nothing of their series: what is sold is written.
    pub fn on_account(mut self) -> Requests {
        for request in self
            .all
            .iter_mut()
            .filter(|request| request.side == Side::Sell)
        {
            request.side = Side::Write;
        }
        self
    }
}

impl Deref for Requests {
    type Target = [Request];

    fn deref(&self) -> &[Request] {
        &self.all[..self.count]
    }
}

impl<'a> Arguments<'a> {
    /// Splits calldata into selector and arguments.
    ///
    /// # Errors
    /// `ArgumentInvalid` without a full selector, `ValueTooLarge` when wei are sent: nothing here is payable.
    pub fn split(pool: &Pool, calldata: &'a [u8]) -> Result<([u8; 4], Arguments<'a>), Refusal> {
        let value = host::value(pool);
        if !value.is_zero() {
            return Err(refuse!(ValueTooLarge, value, 0u64));
        }
        match calldata.split_first_chunk::<4>() {
            Some((selector, words)) => Ok((
                *selector,
                Arguments {
                    words,
                    fault: Cell::new(None),
                },
            )),
            None => Err(refuse!(ArgumentInvalid, 0u64)),
        }
    }

    /// The word at this index.
    #[inline(never)]
    pub fn word(&self, index: usize) -> U256 {
        words::at(self.words, index).unwrap_or_else(|| {
            self.fault.set(Some(index));
            U256::ZERO
        })
    }

    /// The number at this index, at most `limit`.
    #[inline(never)]
    pub fn number(&self, index: usize, limit: u64) -> u64 {
        let limbs = *self.word(index).as_limbs();
        if limbs[0] > limit || limbs[1] | limbs[2] | limbs[3] != 0 {
            self.fault.set(Some(index));
        }
        limbs[0]
    }

    /// The address at this index.
    #[inline(never)]
    pub fn address(&self, index: usize) -> Address {
        let word = self.word(index);
        let limbs = word.as_limbs();
        if limbs[2] >> 32 | limbs[3] != 0 {
            self.fault.set(Some(index));
        }
        words::address(word)
    }

    /// The boolean at this index.
    pub fn flag(&self, index: usize) -> bool {
        self.number(index, 1) == 1
    }

    /// The legs of an order: an array of pairs (series id, signed size), which stands at this index as an offset. There is one
    /// place for it, right behind the `head` words of the arguments, so that no two readers of the call see different legs.
    ///
    /// # Errors
    /// `LegCountInvalid` for none or more than `most`, `ArgumentInvalid` for another place or legs that are cut off.
    #[inline(never)]
    pub fn legs(&self, index: usize, head: usize, most: usize) -> Result<Requests, Refusal> {
        let count = self.array(index, head)?;
        if count.is_zero() || count > U256::from(most.min(MAX_LEGS)) {
            return Err(refuse!(LegCountInvalid, count, most as u64));
        }
        let mut requests = Requests {
            all: [NO_REQUEST; MAX_LEGS],
            count: count.as_limbs()[0] as usize,
        };
        let places = (head + 1..).step_by(2);
        for (request, place) in requests.all.iter_mut().take(requests.count).zip(places) {
            *request = Request::in_wallet(self.word(place), self.word(place + 1));
        }
        self.finish()?;
        Ok(requests)
    }

    /// The calls of a list of calldata, which stands at this index as an offset. As with [`Arguments::legs`] there is one place for
    /// the list, and one for each of its members: in their order without gaps.
    ///
    /// # Errors
    /// `ValueTooLarge` for more than [`MOST_CALLS`], `ArgumentInvalid` for another place or data that is cut off.
    pub fn calls(&self, index: usize, head: usize) -> Result<Vec<&'a [u8]>, Refusal> {
        let count = self.array(index, head)?;
        if count > U256::from(MOST_CALLS) {
            return Err(refuse!(ValueTooLarge, count, MOST_CALLS as u64));
        }
        let count = count.as_limbs()[0] as usize;
        let mut calls = Vec::with_capacity(count);
        let mut place = 32 * count;
        for entry in head + 1..head + 1 + count {
            let offset = self.word(entry);
            let data = 32 * (head + 1) + place;
            let length = words::at(self.words.get(data..).unwrap_or_default(), 0);
            let length = length.and_then(words::narrow).unwrap_or(u128::MAX);
            let bytes = self.words.get(data + 32..).unwrap_or_default();
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match bytes.get(..length) {
                Some(call) if offset == U256::from(place) => calls.push(call),
                _ => self.fault.set(Some(entry)),
            }
            self.finish()?;
            place += 32 + length + words::padding(length);
        }
        Ok(calls)
    }

    /// The length of an array that stands right behind the `head` words of the arguments, and at this index as an offset.
    fn array(&self, index: usize, head: usize) -> Result<U256, Refusal> {
        if self.word(index) != U256::from(32 * head) {
            self.fault.set(Some(index));
        }
        self.finish()?;
        let count = self.word(head);
        self.finish()?;
        Ok(count)
    }

    /// Bytes, which stand right behind the `head` words of the arguments, and at this index as an offset.
    ///
    /// # Errors
    /// `ArgumentInvalid` for another place, or bytes that are cut off.
    pub fn bytes(&self, index: usize, head: usize) -> Result<&'a [u8], Refusal> {
        let length = words::narrow(self.array(index, head)?).unwrap_or(u128::MAX);
        let bytes = self.words.get(32 * (head + 1)..).unwrap_or_default();
        let bytes = bytes.get(..usize::try_from(length).unwrap_or(usize::MAX));
        bytes.ok_or_else(|| refuse!(ArgumentInvalid, index as u64))
    }

    /// The reports of signers: the only argument, an array of static structs, in its one place.
    ///
    /// # Errors
    /// `ArgumentInvalid` for another place, more than [`MAX_SIGNERS`], or reports that are cut off.
    pub fn reports(&self) -> Result<Vec<Report>, Refusal> {
        if self.word(0) != U256::from(32) {
            self.fault.set(Some(0));
        }
        let count = self.number(1, MAX_SIGNERS as u64) as usize;
        self.finish()?;
        let mut reports = vec![[U256::ZERO; REPORT_WORDS]; count];
        for (index, word) in reports.as_flattened_mut().iter_mut().enumerate() {
            *word = self.word(2 + index);
        }
        self.finish()?;
        Ok(reports)
    }

    /// A threshold and the addresses of signers.
    pub fn signers(&self) -> Proposal {
        let mut proposal: Proposal = [U256::ZERO; MAX_SIGNERS + 2];
        for (place, word) in proposal[..=MAX_SIGNERS].iter_mut().enumerate() {
            *word = self.address(place).word();
        }
        proposal
    }

    /// The time at this index; one beyond 64 bits is as far away as any.
    #[inline(never)]
    pub fn time(&self, index: usize) -> u64 {
        let limbs = *self.word(index).as_limbs();
        if limbs[1] | limbs[2] | limbs[3] != 0 {
            return u64::MAX;
        }
        limbs[0]
    }

    /// Refuses the call when an argument was missing or out of range.
    ///
    /// # Errors
    /// `ArgumentInvalid` with the index of the last such argument.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self.fault.get() {
            Some(index) => Err(refuse!(ArgumentInvalid, index as u64)),
            None => Ok(()),
        }
    }
}
