//! Trades: what the walk knows says which are refused outright, a quote in the same block what becomes of the others.

use alloy_primitives::{Address, I256, U256};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused, Quote},
    CallFailure, Receipt,
};

use crate::{
    clock::{Found, Seen},
    common::WAD,
    outcome::error_of,
    state::{expiry_of, strike_of, Walk},
};

/// Least size of a purchase, and what every size is a multiple of, WAD.
const MINIMUM: u64 = 10_000_000_000_000_000;
const LOT: u64 = 1_000_000_000_000;
/// No opening this long before expiry, nor on an anchor older than this, seconds.
const CUTOFF: u64 = 3_600;
const ANCHOR_LIMIT: u64 = 21_600;
const MOST_NODES: usize = 128;

/// What a taker accepts: nothing in particular, exactly what was quoted, or a little better than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    None,
    Exact,
    Better,
}

/// How a taker sends an order.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub limit: Limit,
    pub late: bool,
}

impl Walk {
    pub fn buy(&mut self, who: Address, id: U256, size: U256, terms: Terms) {
        let early = self.purchase_refusal(id, size, terms.late);
        if let Some(refusal) = early {
            if refusal != "DeadlinePassed" {
                let quoted = self.market.view(IPool::quoteBuyCall { id, size });
                self.expect_refusal("quote", quoted.err(), refusal);
            }
            let result = self.send_buy(who, id, size, U256::MAX, terms.late);
            self.judge("buy", result, early);
            return;
        }
        let quoted = self.market.view(IPool::quoteBuyCall { id, size });
        let seen = self.look();
        let cash = self.cash_of(who);
        let most = match (&quoted, terms.limit) {
            (Ok(quote), Limit::Exact) => quote.total,
            (Ok(quote), Limit::Better) => quote.total - U256::from(1),
            _ => U256::MAX,
        };
        let result = self.send_buy(who, id, size, most, terms.late);
        let quote = match quoted {
            Ok(quote) => quote,
            Err(quoted) => return self.expect_same("buy", result, &quoted),
        };
        let left = self.left_by(&result, seen);
        let fills = may_pass(&quote);
        let bought = self.outcome("buy", result, |error| match error {
            Refused::CostAboveLimit(_) => terms.limit == Limit::Better,
            Refused::InsufficientBalance(_) => terms.limit != Limit::Better && cash < quote.total,
            Refused::ExposureAboveLimit(_) => fills && cash >= quote.total,
            _ => false,
        });
        let Some(cost) = bought else { return };
        assert!(terms.limit != Limit::Better && cash >= quote.total);
        assert_eq!(cost, quote.total, "{}: quote and fill", self.place());
        assert_eq!(cash - self.cash_of(who), cost, "{}", self.place());
        self.check_clock(left, quote.band);
    }

    pub fn sell(&mut self, who: Address, id: U256, size: U256, terms: Terms) {
        let early = self.sale_refusal(id, size, terms.late);
        if let Some(refusal) = early {
            let result = self.send_sell(who, id, size, U256::ZERO, terms.late);
            self.judge("sell", result, Some(refusal));
            return;
        }
        let held = self.position_of(who, id);
        let quoted = self.market.view(IPool::quoteSellCall { id, size });
        let seen = self.look();
        let cash = self.cash_of(who);
        let least = match (&quoted, terms.limit) {
            (Ok(quote), Limit::Exact) => quote.total,
            (Ok(quote), Limit::Better) => quote.total + U256::from(1),
            _ => U256::ZERO,
        };
        let money = self.money();
        let result = self.send_sell(who, id, size, least, terms.late);
        if held < size {
            self.judge("sell", result, Some("InsufficientBalance"));
            return;
        }
        let quote = match quoted {
            Ok(quote) => quote,
            Err(quoted) => return self.expect_same("sell", result, &quoted),
        };
        let left = self.left_by(&result, seen);
        let free = money.cash.saturating_sub(money.shortfall);
        let sold = self.outcome("sell", result, |error| match error {
            Refused::ProceedsBelowLimit(_) => terms.limit == Limit::Better,
            Refused::InsufficientFreeCash(_) => quote.total > free,
            _ => false,
        });
        let Some(proceeds) = sold else { return };
        assert_eq!(proceeds, quote.total, "{}: quote and fill", self.place());
        assert_eq!(self.cash_of(who) - cash, proceeds, "{}", self.place());
        self.check_clock(left, quote.band);
    }

    pub fn send_buy(
        &mut self,
        who: Address,
        id: U256,
        size: U256,
        most: U256,
        late: bool,
    ) -> Result<Receipt<U256>, CallFailure> {
        let call = IPool::buyCall {
            id,
            size,
            maxCost: most,
            deadline: self.deadline(late),
            receiver: who,
        };
        self.send(who, call)
    }

    pub fn send_sell(
        &mut self,
        who: Address,
        id: U256,
        size: U256,
        least: U256,
        late: bool,
    ) -> Result<Receipt<U256>, CallFailure> {
        let call = IPool::sellCall {
            id,
            size,
            minProceeds: least,
            deadline: self.deadline(late),
            receiver: who,
        };
        self.send(who, call)
    }

    /// This second, which is in time, or the one before.
    pub fn deadline(&self, late: bool) -> U256 {
        U256::from(self.now() - late as u64)
    }

    /// A quote that has to end in this error.
    fn expect_refusal(&mut self, name: &str, failure: Option<CallFailure>, refusal: &str) {
        let found = failure.as_ref().map(error_of);
        assert_eq!(found.as_deref(), Some(refusal), "{}: {name}", self.place());
    }

    /// What an order finds, when it is looked at. Of a loan it knows only what it last was.
    fn look(&mut self) -> Option<Found> {
        if self.rng.one_in(3) && self.slot(slots::LOAN).is_zero() {
            return self.find();
        }
        None
    }

    /// What a filled order found and left.
    fn left_by(&self, result: &Result<Receipt<U256>, CallFailure>, found: Option<Found>) -> Seen {
        Seen {
            found,
            left: result
                .as_ref()
                .ok()
                .map(|receipt| self.exposure_left(&receipt.logs)),
        }
    }
}

/// Refusals that no price is needed for, in the order in which they are looked for.
impl Walk {
    fn purchase_refusal(&self, id: U256, size: U256, late: bool) -> Option<&'static str> {
        if self.paused() {
            return Some("PoolPaused");
        }
        if late {
            return Some("DeadlinePassed");
        }
        let now = self.now();
        self.feed
            .unfit(now)
            .or_else(|| size_refusal(size, U256::from(MINIMUM)))
            .or_else(|| self.series_refusal(id))
            .or_else(|| self.opening_refusal(id))
            .or_else(|| self.node_refusal(id))
    }

    fn sale_refusal(&self, id: U256, size: U256, late: bool) -> Option<&'static str> {
        if late {
            return Some("DeadlinePassed");
        }
        self.feed
            .unfit(self.now())
            .or_else(|| size_refusal(size, U256::ZERO))
            .or_else(|| self.series_refusal(id))
            .or_else(|| self.node_refusal(id))
    }

    pub fn series_refusal(&self, id: U256) -> Option<&'static str> {
        let expiry = expiry_of(id);
        if expiry <= self.now() {
            return Some("SeriesExpired");
        }
        match self.book().slice(expiry) {
            None => Some("ExpiryNotListed"),
            Some(slice) if slice.atm_vol == 0 => Some("AnchorMissing"),
            Some(_) => None,
        }
    }

    fn opening_refusal(&self, id: U256) -> Option<&'static str> {
        let (expiry, now) = (expiry_of(id), self.now());
        if expiry - now < CUTOFF {
            return Some("CutoffReached");
        }
        let moneyness = strike_of(id) * WAD / self.spot();
        let hundredth = WAD / U256::from(100);
        let (low, high) = match id.as_limbs()[3] {
            0 => (80, 250),
            _ => (40, 125),
        };
        let (low, high) = (hundredth * U256::from(low), hundredth * U256::from(high));
        if moneyness < low || moneyness > high {
            return Some("MoneynessOutOfRange");
        }
        let book = self.book();
        let posted_at = book.slice(expiry)?.posted_at;
        (now - posted_at > ANCHOR_LIMIT).then_some("AnchorStale")
    }

    fn node_refusal(&self, id: U256) -> Option<&'static str> {
        let book = self.book();
        let strike = strike_of(id);
        let there = book.nodes.iter().any(|(node, _)| {
            U256::from(node.strike) == strike
                && book.slices[node.slice as usize].0.expiry == expiry_of(id)
        });
        (!there && book.nodes.len() == MOST_NODES).then_some("TooManyNodes")
    }
}

fn size_refusal(size: U256, minimum: U256) -> Option<&'static str> {
    if size.is_zero() {
        Some("SizeZero")
    } else if size < minimum {
        Some("SizeBelowMinimum")
    } else if size % U256::from(LOT) != U256::ZERO {
        Some("SizeOffGrid")
    } else {
        None
    }
}

/// Whether a hedge that fills in part can leave more exposure than the limit.
fn may_pass(quote: &Quote) -> bool {
    let limit = I256::from_raw(quote.exposureLimit);
    [
        quote.exposureAfter,
        quote.exposureAfter + quote.plannedHedge,
    ]
    .into_iter()
    .any(|exposure| exposure.abs() > limit)
}
