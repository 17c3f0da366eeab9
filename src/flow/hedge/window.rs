//! How far from the feed the hedge trades for what no order has paid for: everything beyond an order's own delta, and all of
//! `rebalance`.
//!
//! The window opens with time alone. Exposure itself never widens it, because whoever makes the exposure would be paid for
//! it; nor does an old time that nobody looked at since, because what a call finds beyond what the last one left
//! starts anew, and so does an exposure that turned. For what has to be borrowed it does not open at all: who empties the lender
//! would make everybody wait, and end the wait.

use smirk_engine::wide::{mul_div_down, mul_div_up};

use crate::{context::Context, saturating::Saturating, scale::WAD, storage::head};

/// Beside the venue's fee, WAD: two basis points.
const BASIS: u128 = WAD / 5_000;
/// How long the window stays as narrow as that, seconds.
const PATIENCE: u64 = 900;
/// By how much it widens each minute thereafter, WAD: a basis point.
const PER_MINUTE: u128 = WAD / 10_000;

/// Half-width of the window, a share of the feed's price, WAD.
pub fn width(context: &Context) -> u128 {
    width_since(context, context.head.outside_since)
}

/// The same for what has waited since another time; zero for nothing that has.
pub fn width_since(context: &Context, since: u64) -> u128 {
    let waited = match since {
        0 => 0,
        since => context.now.saturating_sub(since),
    };
    let minutes = waited.saturating_sub(PATIENCE) / 60;
    let width = least_width(context) + minutes as u128 * PER_MINUTE;
    width.min(context.limits.hedge_price_limit as u128)
}

/// The price, the venue's fee included, up to which the hedge buys, or down to which it sells, quote per base, WAD.
pub fn limit(context: &Context, buying: bool) -> u128 {
    at_width(context, buying, width(context))
}

/// The price down to which it sells what it has to borrow.
pub fn borrowing_limit(context: &Context) -> u128 {
    let width = least_width(context).min(context.limits.hedge_price_limit as u128);
    at_width(context, false, width)
}

fn at_width(context: &Context, buying: bool, width: u128) -> u128 {
    let limit = if buying {
        mul_div_down(context.spot, WAD + width, WAD)
    } else {
        mul_div_up(context.spot, WAD - width, WAD)
    };
    limit.unwrap_or(u128::MAX)
}

fn least_width(context: &Context) -> u128 {
    context.configuration.venue_fee() + BASIS
}

impl Context {
    /// Base to sell so that holders of settled series can be paid in full, WAD; zero when cash covers them.
    pub fn base_owed(&self) -> u128 {
        let missing = self.money.shortfall.less(self.money.cash);
        let value = missing.times(self.configuration.quote_scale);
        let slack = self.limits.hedge_price_limit as u128;
        let worst = self.spot - mul_div_up(self.spot, slack, WAD).unwrap_or(0);
        mul_div_up(value, WAD, worst)
            .unwrap_or(u128::MAX)
            .min(self.base_held())
    }

    /// Notes that a call found this exposure; before any money moves. What has come since the last call has waited for nothing.
    pub fn note_found(&mut self, exposure: i128, band: u128) {
        let left = self.head.left;
        self.found = self.note(left, exposure, band);
    }

    /// Notes that a call leaves this exposure.
    pub fn note_left(&mut self, exposure: i128, band: u128) {
        self.head.left = self.note(self.found, exposure, band);
    }

    /// Brings the clock from when this much was outside to this exposure, and returns that with what is owed to holders.
    fn note(&mut self, before: i128, exposure: i128, band: u128) -> i128 {
        let owed = self.base_owed();
        let after = if owed == 0 {
            exposure
        } else {
            exposure.max(0).plus(owed as i128)
        };
        let since = self.head.outside_since;
        self.head.outside_since = if owed == 0 && !self.is_due(exposure, band) {
            0
        } else if since == 0 || (before < 0) != (after < 0) {
            self.now
        } else {
            // What was there keeps its time, what came has none.
            let kept = |part| head::kept(part).unsigned_abs();
            let (before, after) = (kept(before), kept(after));
            let waited = self.now.saturating_sub(since) as u128;
            let part = mul_div_down(waited, before.min(after), after.max(1)).unwrap_or(0);
            self.now - part as u64
        };
        after
    }

    /// Whether something of an exposure outside the band waits to be traded: what would have to be borrowed does not.
    fn is_due(&self, exposure: i128, band: u128) -> bool {
        let excess = exposure.unsigned_abs().less(band);
        let due = if exposure > 0 {
            excess.min(self.base_held())
        } else {
            excess
        };
        due >= self.limits.minimum_hedge.max(1) as u128
    }
}
