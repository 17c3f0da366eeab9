//! Programs called in the current block: from ArbOS 60 on, the next call of one of them costs as if it were cached.

use alloy_primitives::B256;

/// The most recently called programs, latest last. Not rolled back by reverts.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecentPrograms(Vec<B256>);

impl From<Vec<B256>> for RecentPrograms {
    fn from(latest_last: Vec<B256>) -> Self {
        Self(latest_last)
    }
}

impl RecentPrograms {
    /// Notes a call; tells whether the program was among the last `capacity` already.
    pub(crate) fn insert(&mut self, code_hash: B256, capacity: u16) -> bool {
        let known = self.0.iter().position(|hash| *hash == code_hash);
        if let Some(at) = known {
            self.0.remove(at);
        }
        self.0.push(code_hash);
        if self.0.len() > usize::from(capacity) {
            self.0.remove(0);
        }
        known.is_some()
    }

    /// The programs, latest last.
    pub(crate) fn list(&self) -> &[B256] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_called_program_is_forgotten() {
        let [a, b, c] = [1, 2, 3].map(B256::repeat_byte);
        let mut recent = RecentPrograms::default();
        assert!(!recent.insert(a, 2));
        assert!(!recent.insert(b, 2));
        assert!(recent.insert(a, 2));
        assert!(!recent.insert(c, 2));
        assert!(recent.insert(a, 2));
        assert!(!recent.insert(b, 2));
        assert!(!RecentPrograms::default().insert(a, 0));
    }
}
