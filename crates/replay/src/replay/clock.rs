//! When a replay acts: every quarter of an hour, and at every observation and snapshot of the market.

use std::collections::BTreeSet;

use crate::market::Market;

const QUARTER: u64 = 900;

/// Unix seconds from the market's first snapshot to its last, ascending.
pub fn ticks(market: &Market) -> BTreeSet<u64> {
    let (start, end) = (
        market.surfaces[0].time,
        market.surfaces[market.surfaces.len() - 1].time,
    );
    let quarters = (start.div_ceil(QUARTER)..=end / QUARTER).map(|quarter| quarter * QUARTER);
    let observed = market.index.iter().map(|seen| seen.time);
    let snapshots = market.surfaces.iter().map(|surface| surface.time);
    quarters
        .chain(observed)
        .chain(snapshots)
        .filter(|time| (start..=end).contains(time))
        .collect()
}
