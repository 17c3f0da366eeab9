//! What calls take, compared with a committed file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::receipt::Receipt;

/// Set to anything, it has snapshots written instead of compared.
pub const WRITE_SNAPSHOTS: &str = "INKHORN_WRITE_SNAPSHOTS";

/// What a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    /// Ink that the program burns, with the calls that it makes.
    ink: u64,
    /// Gas of entering it.
    entry_gas: u64,
    /// Gas of the transaction.
    gas: u64,
}

/// Named calls and what they take, for a file beside the tests that is committed: a change of it is seen in review.
#[derive(Debug)]
pub struct InkSnapshot {
    path: PathBuf,
    tolerance: u64,
    costs: BTreeMap<String, Cost>,
}

impl InkSnapshot {
    /// A snapshot for a file, which need not be there yet. Costs have to be equal.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            tolerance: 0,
            costs: BTreeMap::new(),
        }
    }

    /// Takes costs for equal that differ by at most so many thousandths, where tests run with more than one version of the
    /// compiler.
    pub fn within(self, thousandths: u64) -> Self {
        Self {
            tolerance: thousandths,
            ..self
        }
    }

    /// Notes what a call took.
    ///
    /// # Panics
    /// The name is taken.
    pub fn note<T>(&mut self, name: &str, receipt: &Receipt<T>) {
        let cost = Cost {
            ink: receipt.ink,
            entry_gas: receipt.entry_gas,
            gas: receipt.gas_used,
        };
        let before = self.costs.insert(name.to_owned(), cost);
        assert!(before.is_none(), "{name:?} was noted already");
    }

    /// Compares what was noted with the file, or writes the file if the variable `INKHORN_WRITE_SNAPSHOTS` is set.
    ///
    /// # Panics
    /// Something takes more or less than the file says, is missing in either, or the file is missing or can't be written.
    pub fn check(self) {
        let path = self.path.display();
        if std::env::var_os(WRITE_SNAPSHOTS).is_some() {
            let text = serde_json::to_string_pretty(&self.costs).expect("keys are strings") + "\n";
            return std::fs::write(&self.path, text)
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        let advice = format!("{WRITE_SNAPSHOTS}=1 writes it anew");
        let text = std::fs::read_to_string(&self.path)
            .unwrap_or_else(|error| panic!("{path}: {error}; {advice}"));
        let committed: BTreeMap<String, Cost> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}; {advice}"));
        let changes = self.changes(&committed);
        assert!(
            changes.is_empty(),
            "{path} says otherwise; {advice}\n{changes}"
        );
    }

    /// A line for each difference.
    fn changes(&self, committed: &BTreeMap<String, Cost>) -> String {
        let mut changes = String::new();
        for (name, fresh) in &self.costs {
            let Some(old) = committed.get(name) else {
                let _ = writeln!(changes, "  {name}: is new");
                continue;
            };
            let figures = [
                ("ink", old.ink, fresh.ink),
                ("gas of entering", old.entry_gas, fresh.entry_gas),
                ("gas", old.gas, fresh.gas),
            ];
            for (what, old, fresh) in figures {
                if old.abs_diff(fresh) * 1_000 > old * self.tolerance {
                    let _ = writeln!(changes, "  {name}: {old} {what}, now {fresh}");
                }
            }
        }
        for name in committed
            .keys()
            .filter(|name| !self.costs.contains_key(*name))
        {
            let _ = writeln!(changes, "  {name}: is gone");
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(ink: u64) -> InkSnapshot {
        let mut snapshot = InkSnapshot::new("unused");
        let cost = Cost {
            ink,
            entry_gas: 500,
            gas: 30_000,
        };
        snapshot.costs.insert("call".to_owned(), cost);
        snapshot
    }

    #[test]
    fn every_difference_is_told() {
        let committed = snapshot(1_000).costs;
        assert_eq!(snapshot(1_000).changes(&committed), "");
        assert_eq!(
            snapshot(1_001).changes(&committed),
            "  call: 1000 ink, now 1001\n"
        );
        assert_eq!(snapshot(1_001).within(1).changes(&committed), "");
        assert_eq!(
            snapshot(998).within(1).changes(&committed),
            "  call: 1000 ink, now 998\n"
        );
        let empty = BTreeMap::new();
        assert_eq!(snapshot(1).changes(&empty), "  call: is new\n");
        assert_eq!(
            InkSnapshot::new("unused").changes(&committed),
            "  call: is gone\n"
        );
    }
}
