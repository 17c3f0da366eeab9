//! What hardly ever changes: what was fixed at construction, and the parameters.
//!
//! It is the code of a contract that the pool created, which answers any call with it: reading that takes one access of an account,
//! little more than one word of storage takes. A change creates another. The head word counts them, and the pool creates nothing
//! else, so that the address follows from the count.
//!
//! | word | what |
//! |---|---|
//! | 0–5 | base, quote, feed, sequencer feed (zero for none), venue, market of the lender (zero for none) |
//! | 6–9 | Uniswap fee tier (hundredths of a basis point), WAD per atom of base, of quote, and per unit of the feed's answer |
//! | 10–43 | parameters by index, see the file of the parameters |
//! | 44, 45 | what stands for quote supplied to the lender, and for base borrowed from it |
//! | 46 | part of cash that the lender keeps (WAD) |

use alloy_primitives::{Address, U256};

use super::head;
use crate::{
    error::{refuse, Refusal},
    io::host,
    words::{self, Words},
    Pool,
};

/// Where the table has what.
pub const BASE: usize = 0;
/// Asset that premiums are paid in.
pub const QUOTE: usize = 1;
/// Price feed.
pub const FEED: usize = 2;
/// Sequencer uptime feed.
pub const SEQUENCER: usize = 3;
/// Uniswap pool.
pub const VENUE: usize = 4;
/// Market of the lender.
pub const LENDER: usize = 5;
/// Fee tier.
pub const FEE_TIER: usize = 6;
/// WAD per atom of base.
pub const BASE_SCALE: usize = 7;
/// WAD per atom of quote.
pub const QUOTE_SCALE: usize = 8;
/// WAD per unit of the feed's answer.
pub const FEED_SCALE: usize = 9;
/// The first parameter.
pub const PARAMETERS: usize = 10;
/// Number of parameters.
pub const PARAMETER_COUNT: usize = 34;
/// aToken of quote.
pub const COLLATERAL_TOKEN: usize = PARAMETERS + PARAMETER_COUNT;
/// Variable debt token of base.
pub const DEBT_TOKEN: usize = COLLATERAL_TOKEN + 1;
/// Part of cash that the lender keeps.
pub const IDLE_SHARE: usize = COLLATERAL_TOKEN + 2;

/// Code that returns all that stands behind it: `PUSH1 11 DUP1 CODESIZE SUB DUP1 SWAP2 PUSH0 CODECOPY PUSH0 RETURN`. Once to create
/// the contract, and once as the contract.
const RETURN_REST: u128 = 0x0060_0b80_3803_8091_5f39_5ff3;
const CODE_LENGTH: usize = 11;

/// The words of the table.
#[derive(Clone, Copy)]
pub struct Table(&'static [u8]);

impl Table {
    /// The word at this place; zero before construction.
    #[inline(never)]
    pub fn word(self, place: usize) -> U256 {
        words::at(self.0, place).unwrap_or_default()
    }

    /// The number at this place; what the table has as one is below 2^128.
    #[inline(never)]
    pub fn number(self, place: usize) -> u128 {
        let half = self.0.get(32 * place + 16..).and_then(<[u8]>::first_chunk);
        half.map_or(0, |half| u128::from_be_bytes(*half))
    }

    /// The address at this place.
    #[inline(never)]
    pub fn address(self, place: usize) -> Address {
        words::address(self.word(place))
    }

    /// The words from one place up to another as they stand there.
    pub fn bytes(self, from: usize, to: usize) -> &'static [u8] {
        self.0.get(32 * from..32 * to).unwrap_or_default()
    }
}

/// Address of the contract that the pool created as its `count`th, from 1 on: its hash of the RLP of creator and nonce.
pub fn place(pool: &Pool, count: u64) -> Address {
    let [.., high, low] = count.to_be_bytes();
    let number: &[u8] = if count < 0x80 {
        &[low]
    } else if count < 0x100 {
        &[0x81, low]
    } else {
        &[0x82, high, low]
    };
    let list = [0xc0 + 21 + number.len() as u8, 0x80 + 20];
    let data = Words::none()
        .bytes(&list)
        .bytes(&host::this(pool).0 .0)
        .bytes(number);
    words::address(words::word_of(&host::keccak(pool, &data).0))
}

/// Reads the table; empty before construction.
#[inline(never)]
pub fn load(pool: &Pool) -> Table {
    if let Some(table) = host::remembered(pool) {
        return Table(table);
    }
    let count = head::load(pool).tables;
    if count == 0 {
        return Table(&[]);
    }
    // It answers whatever happens, unless no gas is left to ask with: then this call ends as if it had run out of gas itself.
    let table = host::view(pool, place(pool, count), Words::none());
    let table = table.expect("gas to read the table").leak();
    host::remember(pool, Some(table));
    Table(table)
}

/// Makes these words the table.
///
/// # Errors
/// `ValueTooLarge` for more tables than are counted, `CallFailed` with the address that it should have where none could be created.
#[inline(never)]
pub fn store(pool: &mut Pool, table: &[u8]) -> Result<(), Refusal> {
    let mut head = head::load(pool);
    head.tables += 1;
    if head.tables > head::MOST_TABLES {
        return Err(refuse!(ValueTooLarge, head.tables, head::MOST_TABLES));
    }
    let code = &RETURN_REST.to_be_bytes()[16 - CODE_LENGTH..];
    let code = Words::none().bytes(code).bytes(code).bytes(table);
    let place = place(pool, head.tables);
    if host::create(pool, code) != place {
        return Err(refuse!(CallFailed, place));
    }
    head::store(pool, &head);
    host::remember(pool, None);
    Ok(())
}

/// Puts another feed with its scale in the place of the one there.
///
/// # Errors
/// Those of [`store`].
pub fn replace_feed(pool: &mut Pool, feed: Address, scale: u128) -> Result<(), Refusal> {
    let table = load(pool);
    let words = Words::none()
        .bytes(table.bytes(0, FEED))
        .with(feed)
        .bytes(table.bytes(FEED + 1, FEED_SCALE))
        .with(scale)
        .bytes(table.bytes(FEED_SCALE + 1, IDLE_SHARE + 1));
    store(pool, &words)
}

/// Puts another word at a place.
///
/// # Errors
/// Those of [`store`].
pub fn replace(pool: &mut Pool, place: usize, word: U256) -> Result<(), Refusal> {
    let table = load(pool);
    let words = Words::none()
        .bytes(table.bytes(0, place))
        .with(word)
        .bytes(table.bytes(place + 1, IDLE_SHARE + 1));
    store(pool, &words)
}
