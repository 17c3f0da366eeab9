//! Programs called in the current block: from ArbOS 60 on, the next call of one of them costs as if it were cached.

use alloy_primitives::B256;

/// The most recently called programs of a block. Not rolled back by reverts.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecentPrograms {
    /// Latest last.
    programs: Vec<B256>,
    /// Most that are kept: the chain's parameter at the first call in the block, whatever it becomes later.
    capacity: Option<u16>,
}

impl From<Vec<B256>> for RecentPrograms {
    fn from(latest_last: Vec<B256>) -> Self {
        Self {
            programs: latest_last,
            capacity: None,
        }
    }
}

impl RecentPrograms {
    /// Notes a call; tells whether the program was known already. `block_cache_size` counts in the first call only;
    /// zero stands for one.
    pub(crate) fn insert(&mut self, code_hash: B256, block_cache_size: u16) -> bool {
        let capacity = *self.capacity.get_or_insert(block_cache_size.max(1));
        let known = self.programs.iter().position(|hash| *hash == code_hash);
        if let Some(at) = known {
            self.programs.remove(at);
        }
        self.programs.push(code_hash);
        if self.programs.len() > usize::from(capacity) {
            self.programs.remove(0);
        }
        known.is_some()
    }

    /// The programs, latest last.
    pub(crate) fn list(&self) -> &[B256] {
        &self.programs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAMS: [B256; 3] = [
        B256::repeat_byte(1),
        B256::repeat_byte(2),
        B256::repeat_byte(3),
    ];

    #[test]
    fn the_least_recently_called_program_is_forgotten() {
        let [a, b, c] = PROGRAMS;
        let mut recent = RecentPrograms::default();
        let hits = [a, b, a, c, a, b].map(|program| recent.insert(program, 2));
        assert_eq!(hits, [false, false, true, false, true, false]);
    }

    #[test]
    fn the_first_call_of_a_block_fixes_the_capacity() {
        let [a, b, _] = PROGRAMS;
        let mut recent = RecentPrograms::default();
        assert!(!recent.insert(a, 1));
        assert!(!recent.insert(b, 9));
        assert!(!recent.insert(a, 9));
    }

    #[test]
    fn a_capacity_of_zero_keeps_one() {
        let [a, b, _] = PROGRAMS;
        let mut recent = RecentPrograms::default();
        let hits = [a, a, b, a].map(|program| recent.insert(program, 0));
        assert_eq!(hits, [false, true, false, false]);
    }
}
