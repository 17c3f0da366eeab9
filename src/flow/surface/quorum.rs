//! A quorum posts the whole surface at once: signed reports of at least k of n signers, of which the median one counts.
//!
//! Median is the report whose distances to the others add up to the least, which for numbers is their median. The distance of
//! two surfaces is the largest jump that a post of one after the other would leave anywhere, so a report that is right on
//! average but bent is far from the others. With f false reports among 2f + 1 or more, the one that counts is no further from
//! an honest one than f times as far as honest ones are apart.
//!
//! Who carries reports chooses which, between the honest ones; what a post moves is made up for by its jump like any other's.

use alloc::vec::Vec;

use alloy_primitives::U256;
use smirk_engine::state::{Slice, MAX_EXPIRIES};

use super::{
    post::{ends, enter, kept},
    start,
};
use crate::{
    answer,
    error::{refuse, Refusal},
    event::emit,
    flow::liquidity::status,
    guard,
    io::host,
    storage::{
        book::Book,
        pack::{self, FINE},
        roles::{self, Quorum, MAX_SIGNERS},
        slots::{self, SIGNERS},
    },
    token::share,
    words::{self, Word, Words},
    Pool,
};

/// Greatest age of a report, seconds.
const GREATEST_AGE: u64 = 300;
/// What part of the feed's price a report's spot may be away from it.
const SPOT_PART: u128 = 100;
/// How many times a move of the forward counts like a move of vol, about what it does to an option of a week.
const CARRY_WEIGHT: u64 = 8;

/// What one signer says of the surface, as it stands in the call: time, spot, expiries with their anchors packed as storage
/// does, and the signature.
pub type Report = [U256; REPORT_WORDS];
/// Words of a report.
pub const REPORT_WORDS: usize = SIGNATURE + 3;
const TIME: usize = 0;
const SPOT: usize = 1;
const SLICES: usize = 2;
const SIGNATURE: usize = SLICES + MAX_EXPIRIES;

/// The live slices of a report by their places in the book; the others are empty.
type Surface = [Slice; MAX_EXPIRIES];

/// Posts the surface of the median signer.
///
/// # Errors
/// `PoolPaused`, `ReportCountInvalid`, `ReportRejected`, `AnchorRejected`, `AnchorTooSoon`, `AnchorJumpTooLarge`, those of a
/// feed without a price.
pub fn post(pool: &mut Pool, reports: &[Report]) -> Result<(), Refusal> {
    guard::enter(pool)?;
    // Who is replaced only after a delay has to be stopped by a pause.
    guard::running(pool)?;
    let mut quorum = roles::quorum(pool);
    let (count, now) = (reports.len() as u64, host::now(pool));
    if count < quorum.threshold.max(1) || count > quorum.signers {
        let Quorum {
            threshold, signers, ..
        } = quorum;
        return Err(refuse!(ReportCountInvalid, count, threshold, signers));
    }
    let (limits, _, mut book) = start::load(pool);
    let price = start::price(pool)?;
    let oldest = (quorum.newest + 1).max(now.saturating_sub(GREATEST_AGE));
    let mut signers = [U256::ZERO; MAX_SIGNERS];
    let mut surfaces: Vec<Surface> = Vec::with_capacity(reports.len());
    let mut place = 0;
    for (index, report) in reports.iter().enumerate() {
        let signer = signer(pool, report);
        // They ascend, so that nobody signs twice.
        while place < quorum.signers && slots::load(pool, SIGNERS + place) != signer {
            place += 1;
        }
        if place == quorum.signers {
            return Err(reject(index, 1, signer, U256::ZERO));
        }
        (signers[index], place) = (signer, place + 1);
        let (time, spot) = (report[TIME], report[SPOT]);
        if time < oldest.word() {
            return Err(reject(index, 2, time, oldest.word()));
        }
        if time > now.word() {
            return Err(reject(index, 3, time, now.word()));
        }
        let narrow = words::narrow(spot).unwrap_or(u128::MAX);
        if narrow.abs_diff(price) > price / SPOT_PART {
            return Err(reject(index, 4, spot, price.word()));
        }
        quorum.newest = quorum.newest.max(time.as_limbs()[0]);
        let surface = surface(&book, report, index, narrow, surfaces.first(), now)?;
        surfaces.push(surface);
    }
    let median = median(&surfaces, ends(price, &limits));
    for (index, slice) in surfaces[median].iter().enumerate() {
        if slice.atm_vol != 0 {
            enter(pool, &mut book, index, *slice, &limits)?;
        }
    }
    roles::store_quorum(pool, &quorum);
    let time = reports[median][TIME];
    emit!(
        pool,
        SurfacePosted,
        [signers[median]],
        [time, quorum.newest, count]
    );
    status::leave(pool);
    Ok(())
}

/// The refusal of a report.
#[inline(never)]
fn reject(index: usize, check: u64, value: U256, limit: U256) -> Refusal {
    refuse!(ReportRejected, index as u64, check, value, limit)
}

/// Who signed a report; zero for nobody.
fn signer(pool: &Pool, report: &Report) -> U256 {
    let slices = host::keccak(pool, &Words::none().all(&report[SLICES..SIGNATURE]));
    let message = [
        // keccak256("SurfaceReport(uint256 time,uint256 spot,uint256[12] slices)")
        words::hash!("dd5184a13014983c5ffe3573484c297ccf652fd24103b80256184bb3a9124ead"),
        report[TIME],
        report[SPOT],
        words::word_of(&slices.0),
    ];
    let [.., v, r, s] = *report;
    share::signer(pool, &message, &[v, r, s]).word()
}

/// What a report says of each live expiry, checked: all that have an anchor, and what others the first report names.
fn surface(
    book: &Book,
    report: &Report,
    index: usize,
    spot: u128,
    first: Option<&Surface>,
    now: u64,
) -> Result<Surface, Refusal> {
    let mut surface = [Slice::default(); MAX_EXPIRIES];
    let mut previous: Option<usize> = None;
    let mut at = SLICES;
    let mut next = || loop {
        if at == SIGNATURE {
            return Slice::default();
        }
        let (entry, _) = pack::unpack_slice([report[at], U256::ZERO], 1);
        at += 1;
        if entry.expiry > now {
            return entry;
        }
    };
    let mut entry = next();
    for (place, old) in book.slices().iter().enumerate() {
        let is_named = entry.expiry == old.expiry && entry.posted_at == 0 && entry.spot == 0;
        let is_due = match first {
            Some(first) => first[place].atm_vol != 0,
            None => is_named || old.atm_vol != 0 && old.expiry > now,
        };
        if is_due != is_named {
            return Err(reject(index, 5, old.expiry.word(), U256::ZERO));
        }
        if is_named {
            let slice = &mut surface[place];
            *slice = *old;
            slice.posted_at = now;
            slice.spot = kept(spot);
            slice.atm_vol = entry.atm_vol;
            slice.left_wing = entry.left_wing;
            slice.right_wing = entry.right_wing;
            slice.carry = entry.carry;
            (slice.vol_jump, slice.carry_jump) = (0, 0);
            let before = previous.map(|before| &surface[before]);
            answer::check_anchor(&surface[place], before, None, now)?;
            previous = Some(place);
            entry = next();
        }
    }
    if entry.expiry != 0 {
        return Err(reject(index, 5, entry.expiry.word(), U256::ZERO));
    }
    Ok(surface)
}

/// The place of the surface whose distances to the others add up to the least; the first of several. Distances are looked at
/// between these ends of the strikes.
fn median(surfaces: &[Surface], ends: [u128; 2]) -> usize {
    let (mut median, mut least) = (0, u64::MAX);
    for (place, one) in surfaces.iter().enumerate() {
        let mut total = 0;
        for other in surfaces {
            total += distance(one, other, ends);
        }
        if total < least {
            (median, least) = (place, total);
        }
    }
    median
}

/// The largest jump between two surfaces of the same expiries, vol in steps of 1e-9.
fn distance(one: &Surface, other: &Surface, ends: [u128; 2]) -> u64 {
    let mut largest = 0;
    for (old, new) in one.iter().zip(other) {
        let (vol, carry) = answer::jump(old, new, ends);
        largest = largest.max(vol / FINE).max(carry / FINE * CARRY_WEIGHT);
    }
    largest
}
