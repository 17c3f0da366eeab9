//! From ABI numbers to the validated legs of an order, each against one node of the book.

use core::ops::Deref;

use alloy_primitives::U256;
use smirk_engine::{
    hedge,
    series::Series,
    state::{Kind, Leg, Side, LOT, MAX_LEGS},
    wide::mul_div_down,
};

use crate::{
    answer::Answer,
    bill::Bill,
    context::Context,
    error::{refuse, Refusal},
    request::{series, Request},
    saturating::Saturating,
    scale::WAD,
    storage::{book, head, money},
    words::narrow,
    Pool,
};

/// A charge below this, quote WAD, is earned at once, and one for capacity is booked as a fee.
const LEAST_CHARGE: u128 = WAD / 1_000;
/// Least strike / spot of a call that opens, and greatest of a put: deeper in the money, parity gives the same exposure
/// through the other kind, which does not tie up the strike or the spot in cash.
const DEEPEST_CALL: u128 = WAD / 10 * 8;
const DEEPEST_PUT: u128 = WAD / 100 * 125;

/// The legs of an order in memory.
pub struct Legs {
    all: [Leg; MAX_LEGS],
    count: usize,
}

impl Deref for Legs {
    type Target = [Leg];

    fn deref(&self) -> &[Leg] {
        &self.all[..self.count]
    }
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
    /// Validates the legs of an order.
    ///
    /// # Errors
    /// `LegCountInvalid` for none or more than [`MAX_LEGS`], those of [`Context::leg`].
    pub fn legs(&mut self, requests: &[Request]) -> Result<Legs, Refusal> {
        let count = requests.len();
        if count == 0 || count > MAX_LEGS {
            return Err(refuse!(LegCountInvalid, count as u64, MAX_LEGS as u64));
        }
        let nothing = Leg {
            node: 0,
            kind: Kind::Call,
            side: Side::Sell,
            lots: 0,
        };
        let mut legs = Legs {
            all: [nothing; MAX_LEGS],
            count: requests.len(),
        };
        for (leg, request) in legs.all.iter_mut().zip(requests) {
            *leg = self.leg(request)?;
        }
        Ok(legs)
    }

    /// Validates a leg and gives it a node in the book (in memory only).
    ///
    /// Opening needs more than closing: time to the cut-off, moneyness in range, a fresh anchor.
    ///
    /// # Errors
    /// `InvalidId`, those of [`lots`], `ExpiryNotListed`, `SeriesExpired`, `CutoffReached`, `StrikeOffGrid`,
    /// `MoneynessOutOfRange`, `AnchorMissing`, `AnchorStale`, `TooManyNodes`.
    fn leg(&mut self, request: &Request) -> Result<Leg, Refusal> {
        let (series, side) = (series(request.id)?, request.side);
        // A position smaller than the minimum can still be closed.
        let minimum = if side.opens() {
            self.limits.minimum_size
        } else {
            0
        };
        let lots = lots(request.size, minimum)?;
        let slice = self.open_slice(series.expiry)?;
        if !book::on_grid(series.strike, self.limits.strike_tick) {
            return Err(off_grid(series.strike, self.limits.strike_tick));
        }
        if side.opens() {
            self.check_opening(slice, &series)?;
        }
        Ok(Leg {
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
    /// Applies a quoted order: nodes, slices, money, ledgers and flow estimate, in memory and in storage. Cash for premium and
    /// charges is the caller's to move first.
    ///
    /// # Errors
    /// `ValueTooLarge` for a position that does not fit.
    pub fn apply(
        &mut self,
        pool: &mut Pool,
        legs: &[Leg],
        answer: &Answer,
        bill: &Bill,
    ) -> Result<(), Refusal> {
        self.head.lock = head::LOCKED;
        self.head.last_flow = self.now;
        let delta = answer.assessment.quote.delta;
        self.head.flow_variance = hedge::flow_variance(answer.flow_variance, delta, 0);
        let scale = self.configuration.quote_scale;
        // What is not worth a word of storage is booked as a fee.
        let small = bill.capacity * scale < LEAST_CHARGE;
        let capacity = if small { 0 } else { bill.capacity };
        let fees = (bill.spread + bill.surcharge + bill.capacity - capacity) * scale;
        let fees = (fees / money::FEE_UNIT).min(u64::MAX as u128) as u64;
        self.money.fees = self.money.fees.saturating_add(fees);
        self.change_nodes(pool, legs)?;
        head::store(pool, &self.head);
        money::store(pool, &self.money);
        money::insure(pool, bill.rent);
        money::record_capacity(pool, capacity, bill.rent);
        Ok(())
    }

    /// Moves the legs into the book.
    fn change_nodes(&mut self, pool: &mut Pool, legs: &[Leg]) -> Result<(), Refusal> {
        let places = self.places(legs);
        for (index, leg) in legs.iter().enumerate() {
            // A leg that empties its node moves another one there.
            let node = match index {
                0 => leg.node,
                _ => self
                    .book
                    .find_or_add_node(places[index].0, places[index].1)?,
            };
            let lots = leg.lots as i64;
            let lots = if leg.side.is_bought() { -lots } else { lots };
            let puts = if leg.kind == Kind::Put { lots } else { 0 };
            self.book
                .change_node(pool, &mut self.head, node, lots, puts)?;
        }
        Ok(())
    }

    /// Slice and strike of each leg.
    fn places(&self, legs: &[Leg]) -> [(usize, u128); MAX_LEGS] {
        let mut places = [(0, 0); MAX_LEGS];
        for (place, leg) in places.iter_mut().zip(legs) {
            let node = &self.book.nodes()[leg.node];
            *place = (node.slice as usize, node.strike);
        }
        places
    }

    /// Index of the last expiry that an order has a leg of.
    pub fn last_slice(&self, legs: &[Leg]) -> usize {
        let slices = legs.iter().map(|leg| self.book.nodes()[leg.node].slice);
        slices.max().unwrap_or(0) as usize
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
        let rest = bill.spread + bill.capacity + bill.surcharge.less(spent);
        let rest = rest * self.configuration.quote_scale;
        if rest >= LEAST_CHARGE {
            self.book
                .charge(pool, &mut self.head, slice, self.now, rest);
        }
        self.note_left(exposure, band);
        head::store(pool, &self.head);
    }
}
