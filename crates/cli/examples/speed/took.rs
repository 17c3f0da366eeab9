//! How long something took.

use std::time::Instant;

/// Parts of a second that Linux counts processor time in.
const TICKS: f64 = 100.0;
/// Place of a process's own processor time in its `stat`, behind the name: in user mode, and in the kernel behind it.
const USER: usize = 11;

/// Seconds that something took.
#[derive(Clone, Copy)]
pub struct Took {
    /// By the clock.
    pub seconds: f64,
    /// On processors, all cores together, where the machine tells.
    pub processor: Option<f64>,
}

/// Something that is being timed.
pub struct Timer {
    begun: Instant,
    process: String,
    before: Option<f64>,
}

impl Timer {
    /// Begins to time this process.
    pub fn own() -> Self {
        let process = "self".to_owned();
        Self {
            begun: Instant::now(),
            before: processor_time(&process),
            process,
        }
    }

    /// Begins to time a process that is about to start.
    pub fn other() -> Self {
        Self {
            begun: Instant::now(),
            before: Some(0.0),
            process: String::new(),
        }
    }

    /// The process that was started.
    pub fn of(mut self, process: u32) -> Self {
        self.process = process.to_string();
        self
    }

    /// What it took until now.
    pub fn took(&self) -> Took {
        let after = processor_time(&self.process);
        Took {
            seconds: self.begun.elapsed().as_secs_f64(),
            processor: after.zip(self.before).map(|(after, before)| after - before),
        }
    }
}

fn processor_time(process: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(USER).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|field| field.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / TICKS)
}
