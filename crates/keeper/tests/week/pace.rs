//! The clock of a run: as fast as asked for, and no faster than keepers follow. Where a machine is too slow, what it takes longer for
//! would be minutes of the chain's, and keepers would fail for no reason of theirs; so the chain waits instead, and that is said.

use std::time::{Duration, Instant};

use crate::processes::{Keeper, PATIENCE};

const POLL: Duration = Duration::from_millis(5);

/// How a run goes.
pub struct Pace {
    step: Duration,
    begun: Instant,
    step_begun: Instant,
    steps: u32,
    waits: u32,
    waited: Duration,
}

impl Pace {
    /// Starts with steps that take at least so long.
    pub fn start(step: Duration) -> Pace {
        Pace {
            step,
            begun: Instant::now(),
            step_begun: Instant::now(),
            steps: 0,
            waits: 0,
            waited: Duration::ZERO,
        }
    }

    /// Ends a step: once its time is over and these keepers have looked at the chain as it was at a time or later.
    pub fn end_step<'a>(&mut self, keepers: impl Iterator<Item = &'a Keeper>, time: u64) {
        std::thread::sleep(self.step.saturating_sub(self.step_begun.elapsed()));
        let begun = Instant::now();
        for keeper in keepers {
            while !keeper.follows(time) {
                assert!(
                    begun.elapsed() < PATIENCE,
                    "a keeper has not looked at {time} yet\n{}",
                    keeper.log()
                );
                std::thread::sleep(POLL);
            }
        }
        if begun.elapsed() > POLL {
            self.waits += 1;
            self.waited += begun.elapsed();
        }
        self.steps += 1;
        self.step_begun = Instant::now();
    }

    /// What it came to, at so many seconds of the chain's in a step.
    pub fn report(&self, step: u64) -> String {
        let (wanted, took) = (self.step * self.steps, self.begun.elapsed());
        let chain = (step * u64::from(self.steps)) as f64;
        format!(
            "{:.2} days in {:.1} min, {:.0} times as fast (asked for: {:.0}); the chain waited {:.1} min for keepers in {} of {} steps",
            chain / 86_400.0,
            took.as_secs_f64() / 60.0,
            chain / took.as_secs_f64(),
            chain / wanted.as_secs_f64(),
            self.waited.as_secs_f64() / 60.0,
            self.waits,
            self.steps
        )
    }
}
