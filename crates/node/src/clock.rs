//! The time that blocks carry. The clock stops at the latest timestamp that there is.

use std::time::{SystemTime, UNIX_EPOCH};

use inkhorn_chain::LATEST_TIMESTAMP;
use serde::{Deserialize, Serialize};

use crate::error::RpcError;

/// Where timestamps come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    /// The machine's clock, moved by this many seconds.
    Wall { offset: i64 },
    /// A clock that only moves when told to.
    Frozen { time: u64 },
}

/// Gives each block its timestamp. Timestamps never decrease; two blocks may carry the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    source: Source,
    /// Timestamp of the next block, if it was set.
    next: Option<u64>,
    /// Seconds between blocks, if blocks are to have a fixed distance.
    interval: Option<u64>,
}

impl Clock {
    /// The machine's clock, moved so that it shows `time` now, Unix seconds.
    pub fn running(time: u64) -> Self {
        Self::new(Source::Wall {
            offset: offset_to(time),
        })
    }

    /// A clock that stands at `time` until it is moved, Unix seconds.
    pub fn frozen(time: u64) -> Self {
        Self::new(Source::Frozen { time })
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            next: None,
            interval: None,
        }
    }

    /// Timestamp of a block mined now on top of one that carries `previous`.
    pub fn next_timestamp(&self, previous: u64) -> u64 {
        let next = match (self.next, self.interval, self.source) {
            (Some(next), ..) => next,
            (None, Some(interval), _) => previous.saturating_add(interval),
            (None, None, Source::Wall { offset }) => wall().saturating_add_signed(offset),
            (None, None, Source::Frozen { time }) => time,
        };
        next.min(LATEST_TIMESTAMP).max(previous)
    }

    /// Notes that a block with this timestamp was mined.
    pub fn mined(&mut self, timestamp: u64) {
        if self.next.take().is_some() {
            self.set(timestamp);
        }
    }

    /// Moves the clock forward; gives the seconds by which it runs ahead of the machine's (or the seconds, when frozen).
    pub fn increase(&mut self, seconds: u64) -> i64 {
        match &mut self.source {
            Source::Wall { offset } => {
                *offset = offset.saturating_add_unsigned(seconds);
                *offset
            }
            Source::Frozen { time } => {
                *time = time.saturating_add(seconds);
                i64::try_from(seconds).unwrap_or(i64::MAX)
            }
        }
    }

    /// Makes the clock show `time` now.
    pub fn set(&mut self, time: u64) {
        self.source = match self.source {
            Source::Wall { .. } => Source::Wall {
                offset: offset_to(time),
            },
            Source::Frozen { .. } => Source::Frozen { time },
        };
    }

    /// Sets the timestamp of the next block, from which the clock runs on.
    ///
    /// # Errors
    /// When it lies before `previous`, the latest block's, or beyond what blocks carry.
    pub fn set_next(&mut self, timestamp: u64, previous: u64) -> Result<(), RpcError> {
        if timestamp < previous {
            return Err(RpcError::refused(format!(
                "timestamp {timestamp} lies before the latest block's {previous}"
            )));
        }
        if timestamp > LATEST_TIMESTAMP {
            return Err(RpcError::refused(format!(
                "timestamp {timestamp} lies beyond the latest possible, {LATEST_TIMESTAMP}"
            )));
        }
        self.next = Some(timestamp);
        Ok(())
    }

    /// Fixes the distance between blocks in seconds, or releases it.
    pub fn set_interval(&mut self, seconds: Option<u64>) -> bool {
        let before = std::mem::replace(&mut self.interval, seconds);
        before.is_some()
    }
}

/// The machine's clock, Unix seconds.
pub fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

fn offset_to(time: u64) -> i64 {
    let difference = i128::from(time) - i128::from(wall());
    i64::try_from(difference).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frozen_clock_moves_only_when_told() {
        let mut clock = Clock::frozen(100);
        assert_eq!(clock.next_timestamp(0), 100);
        assert_eq!(clock.next_timestamp(150), 150);
        clock.increase(60);
        assert_eq!(clock.next_timestamp(0), 160);
        clock.set_next(500, 160).unwrap();
        assert_eq!(clock.next_timestamp(160), 500);
        clock.mined(500);
        assert_eq!(clock.next_timestamp(500), 500);
        assert!(clock.set_next(499, 500).is_err());
        assert!(clock.set_next(u64::MAX, 500).is_err());
        clock.increase(u64::MAX);
        assert_eq!(clock.next_timestamp(500), LATEST_TIMESTAMP);
    }

    #[test]
    fn running_clock_follows_the_machine() {
        let clock = Clock::running(1_000);
        assert!((1_000..1_010).contains(&clock.next_timestamp(0)));
        assert_eq!(clock.next_timestamp(5_000), 5_000);
    }

    #[test]
    fn interval_spaces_blocks() {
        let mut clock = Clock::frozen(100);
        clock.set_interval(Some(7));
        assert_eq!(clock.next_timestamp(100), 107);
        assert!(clock.set_interval(None));
        assert!(!clock.set_interval(None));
    }
}
