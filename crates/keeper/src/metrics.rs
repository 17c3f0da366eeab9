//! Counters and gauges in Prometheus' text form.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

/// Values by name and labels, as they are printed.
#[derive(Default)]
pub struct Metrics {
    values: Mutex<BTreeMap<String, f64>>,
}

impl Metrics {
    /// Sets a gauge.
    pub fn set(&self, name: &str, value: f64) {
        self.with(name, |held| *held = value);
    }

    /// Counts one more.
    pub fn count(&self, name: &str) {
        self.with(name, |held| *held += 1.0);
    }

    /// The value of one, zero if it never had any.
    pub fn get(&self, name: &str) -> f64 {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(name).copied().unwrap_or_default()
    }

    /// Everything as text.
    pub fn text(&self) -> String {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for (name, value) in values.iter() {
            let _ = writeln!(text, "smirk_keeper_{name} {value}");
        }
        text
    }

    fn with(&self, name: &str, change: impl FnOnce(&mut f64)) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        change(values.entry(name.to_owned()).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_print_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.count("sent_total{duty=\"post\"}");
        metrics.count("sent_total{duty=\"post\"}");
        metrics.set("report_age_seconds", 2.5);
        assert_eq!(
            metrics.text(),
            "smirk_keeper_report_age_seconds 2.5\nsmirk_keeper_sent_total{duty=\"post\"} 2\n"
        );
    }
}
