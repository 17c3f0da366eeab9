//! From ABI numbers to a validated order against one node of the book.

use alloy_primitives::U256;
use smirk_engine::{
    hedge,
    series::{self, Series},
    state::{Kind, Order, Side, LOT},
    wide::mul_div_down,
};

use crate::{
    answer::{Answer, Bill},
    context::Context,
    error::{refuse, Refusal},
    io::words::narrow,
    storage::{book, head, money},
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;
/// A charge below this, quote WAD, is earned at once, and one for capacity is booked as a fee.
const LEAST_CHARGE: u128 = WAD / 1_000;
/// Least strike / spot of a call that opens, and greatest of a put: deeper in the money, parity gives the same exposure
/// through the other kind, which does not tie up the strike or the spot in cash.
const DEEPEST_CALL: u128 = WAD / 10 * 8;
const DEEPEST_PUT: u128 = WAD / 100 * 125;

/// The series behind an id.
///
/// # Errors
/// `InvalidId` for a zero strike, a zero expiry or unused bits set.
pub fn series(id: U256) -> Result<Series, Refusal> {
    series::decode(*id.as_limbs())
        .filter(|series| series.expiry != 0)
        .ok_or_else(|| refuse!(InvalidId, id))
}

/// The refusal of a strike between two of the grid, with the nearest one.
pub fn off_grid(strike: u128, tick: u128) -> Refusal {
    refuse!(
        StrikeOffGrid,
        strike,
        tick,
        book::nearest_strike(strike, tick)
    )
}

/// Lots of a size.
///
/// # Errors
/// `SizeZero`, `SizeBelowMinimum`, `SizeOffGrid`.
pub fn lots(size: U256, minimum: u64) -> Result<u64, Refusal> {
    if size.is_zero() {
        return Err(refuse!(SizeZero));
    }
    let Some(narrow) = narrow(size) else {
        return Err(refuse!(SizeOffGrid, size, LOT));
    };
    if narrow < minimum as u128 {
        return Err(refuse!(SizeBelowMinimum, size, minimum));
    }
    book::lots(narrow).ok_or_else(|| refuse!(SizeOffGrid, size, LOT))
}

impl Context {
    /// Validates an order and gives it a node in the book (in memory only).
    ///
    /// Opening needs more than closing: time to the cut-off, moneyness in range, a fresh anchor.
    ///
    /// # Errors
    /// `InvalidId`, those of [`lots`], `ExpiryNotListed`, `SeriesExpired`, `CutoffReached`, `StrikeOffGrid`,
    /// `MoneynessOutOfRange`, `AnchorMissing`, `AnchorStale`, `TooManyNodes`.
    pub fn order(&mut self, id: U256, size: U256, side: Side) -> Result<Order, Refusal> {
        let series = series(id)?;
        // A position smaller than the minimum can still be closed.
        let minimum = if side == Side::Buy {
            self.limits.minimum_size
        } else {
            0
        };
        let lots = lots(size, minimum)?;
        let slice = self.open_slice(series.expiry)?;
        if !book::on_grid(series.strike, self.limits.strike_tick) {
            return Err(off_grid(series.strike, self.limits.strike_tick));
        }
        if side == Side::Buy {
            self.check_opening(slice, &series)?;
        }
        Ok(Order {
            node: self.book.find_or_add_node(slice, series.strike)?,
            kind: series.kind,
            side,
            lots,
        })
    }

    /// Index of a listed expiry that has an anchor and has not passed.
    pub fn open_slice(&self, expiry: u64) -> Result<usize, Refusal> {
        if expiry <= self.now {
            return Err(refuse!(SeriesExpired, expiry, self.now));
        }
        let Some(index) = self.book.find_slice(expiry) else {
            return Err(refuse!(ExpiryNotListed, expiry));
        };
        if self.book.slices()[index].atm_vol == 0 {
            return Err(refuse!(AnchorMissing, expiry));
        }
        Ok(index)
    }

    /// Refuses an anchor past its limit.
    pub fn check_anchor_age(&self, slice: usize) -> Result<(), Refusal> {
        let slice = &self.book.slices()[slice];
        let limit = self.parameters.anchor_limit;
        if self.now.saturating_sub(slice.posted_at) > limit {
            return Err(refuse!(AnchorStale, slice.expiry, slice.posted_at, limit));
        }
        Ok(())
    }

    fn check_opening(&self, slice: usize, series: &Series) -> Result<(), Refusal> {
        let limits = &self.limits;
        if series.expiry - self.now < limits.cutoff {
            return Err(refuse!(
                CutoffReached,
                series.expiry,
                limits.cutoff,
                self.now
            ));
        }
        let moneyness = mul_div_down(series.strike, WAD, self.spot).unwrap_or(u128::MAX);
        let (low, high) = (limits.moneyness_low as u128, limits.moneyness_high as u128);
        let (low, high) = match series.kind {
            Kind::Call => (low.max(DEEPEST_CALL), high),
            Kind::Put => (low, high.min(DEEPEST_PUT)),
        };
        if moneyness < low || moneyness > high {
            return Err(refuse!(MoneynessOutOfRange, moneyness, low, high));
        }
        self.check_anchor_age(slice)
    }
}

impl Context {
    /// Applies a quoted order: node, slice, money, ledgers and flow estimate, in memory and in storage. Cash for premium and
    /// charges is the caller's to move first.
    ///
    /// # Errors
    /// `ValueTooLarge` for a position that does not fit.
    pub fn apply(
        &mut self,
        pool: &mut Pool,
        order: &Order,
        answer: &Answer,
        bill: &Bill,
    ) -> Result<(), Refusal> {
        let lots = match order.side {
            Side::Buy => -(order.lots as i64),
            Side::Sell => order.lots as i64,
        };
        let puts = if order.kind == Kind::Put { lots } else { 0 };
        self.head.lock = head::LOCKED;
        self.head.last_flow = self.now;
        let delta = answer.assessment.quote.delta;
        self.head.flow_variance = hedge::flow_variance(answer.flow_variance, delta, 0);
        let scale = self.configuration.quote_scale;
        // What is not worth a word of storage is booked as a fee.
        let small = bill.capacity * scale < LEAST_CHARGE;
        let capacity = if small { 0 } else { bill.capacity };
        let fees = (bill.spread + bill.surcharge + bill.capacity - capacity) * scale;
        let fees = (fees / head::FEE_UNIT).min(u64::MAX as u128) as u64;
        self.head.fees = self.head.fees.saturating_add(fees);
        self.book
            .change_node(pool, &mut self.head, order.node, lots, puts)?;
        head::store(pool, &self.head);
        money::store(pool, &self.money);
        money::insure(pool, bill.rent);
        money::record_capacity(pool, capacity, bill.rent);
        Ok(())
    }

    /// Adds atoms to what an expiry earns until then; the slice is the caller's to store.
    pub fn charge(&mut self, slice: usize, atoms: u128) {
        if atoms == 0 {
            return;
        }
        let expiry = self.book.slices()[slice].expiry;
        let more = atoms.saturating_mul(self.configuration.quote_scale);
        self.book.charge_mut(slice).add(expiry, self.now, more);
    }

    /// Notes the exposure that an order and its hedge leave, and keeps its charges as unearned, but for what the hedge cost:
    /// they are for risk and hedging until the expiry, and nobody who comes for a moment shall have a part of them.
    pub fn close(
        &mut self,
        pool: &mut Pool,
        slice: usize,
        bill: &Bill,
        band: u128,
        exposure: i128,
    ) {
        let spent = self.hedge_cost.max(0) as u128;
        let rest = bill.spread + bill.capacity + bill.surcharge.saturating_sub(spent);
        if rest * self.configuration.quote_scale >= LEAST_CHARGE {
            self.charge(slice, rest);
            self.book.store_slice(pool, slice);
        }
        self.note_left(exposure, band);
        head::store(pool, &self.head);
    }
}
