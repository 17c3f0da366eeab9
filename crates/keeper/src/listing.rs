//! Which expiries are listed: the next days, Fridays and last Fridays of months at 08:00 UTC, as exchanges have them.

use std::collections::BTreeSet;

use alloy_primitives::U256;
use anyhow::Result;
use serde::Deserialize;
use smirk_fit::time::{format_utc, DAY};

use crate::{
    chain::{Answer, IPool, PoolState},
    log::log,
    operator::Operator,
    Keeper,
};

/// Hour of the day at which expiries lie, seconds.
const HOUR: u64 = 8 * 3_600;
/// An expiry nearer than this is not worth its place any more, seconds.
const LEAST: u64 = DAY;

/// How many expiries of each kind are listed ahead.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listing {
    /// Days, each at 08:00 UTC.
    pub days: u32,
    /// Fridays.
    pub weeks: u32,
    /// Last Fridays of months.
    pub months: u32,
}

impl Listing {
    /// The expiries that should be listed at a time, ascending.
    pub fn schedule(&self, now: u64) -> BTreeSet<u64> {
        let first = (now + LEAST).saturating_sub(HOUR).div_ceil(DAY);
        let take = |count: u32, counts: fn(u64) -> bool| {
            let days = (first..).filter(move |day| counts(*day));
            days.take(count as usize).map(|day| day * DAY + HOUR)
        };
        let mut all: BTreeSet<u64> = take(self.days, |_| true).collect();
        all.extend(take(self.weeks, is_friday));
        all.extend(take(self.months, |day| {
            is_friday(day) && month(day) != month(day + 7)
        }));
        all
    }
}

/// The epoch began on a Thursday.
fn is_friday(day: u64) -> bool {
    day % 7 == 1
}

fn month(day: u64) -> String {
    format_utc(day * DAY)[..7].to_owned()
}

impl Operator {
    /// Lists what the schedule has and the pool has not. The keeper role alone may.
    pub async fn list(&self, keeper: &Keeper, listing: &Listing, pool: &PoolState) -> Result<()> {
        let listed: BTreeSet<u64> = pool.surface.iter().map(|slice| slice.expiry).collect();
        for expiry in listing.schedule(pool.now).difference(&listed) {
            let call = IPool::listExpiryCall {
                expiry: U256::from(*expiry),
            };
            if let Answer::Refused(why) =
                keeper.chain.simulate(self.sender.address(), &call).await?
            {
                log!("list", "waits", expiry = expiry, reason = why);
                // What refuses one refuses the others.
                return Ok(());
            }
            log!("list", "is due", expiry = expiry);
            if !keeper.is_dry {
                self.sender
                    .send(&keeper.chain, &keeper.metrics, "list", &call)
                    .await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smirk_fit::time::parse_utc;

    #[test]
    fn days_fridays_and_month_ends_are_listed_ahead() {
        let listing = Listing {
            days: 2,
            weeks: 2,
            months: 2,
        };
        // A Wednesday.
        let now = parse_utc("2026-02-04T12:00:00Z").unwrap();
        let dates: Vec<String> = listing.schedule(now).into_iter().map(format_utc).collect();
        let expected = [
            "2026-02-06",
            "2026-02-07",
            "2026-02-13",
            "2026-02-27",
            "2026-03-27",
        ];
        let expected = expected.map(|date| format!("{date}T08:00:00Z"));
        assert_eq!(dates, expected);
        assert!(Listing::default().schedule(now).is_empty());
        // A day ahead to the second is still worth it.
        let listing = Listing {
            days: 1,
            ..Listing::default()
        };
        let now = parse_utc("2026-02-04T08:00:00Z").unwrap();
        assert_eq!(listing.schedule(now), [now + DAY].into());
    }
}
