//! Machines that run in a block of the chain.

use std::mem;

use crate::chain::value::Chain;
use crate::execute::upgrade::DueChanges;
use crate::machine::recent::RecentPrograms;
use crate::machine::{BlockInfo, Machine};

impl Chain {
    /// Changes what ArbOS remembers, outside of any transaction.
    pub(crate) fn govern<R>(&mut self, change: impl FnOnce(&mut Machine) -> R) -> R {
        let mut machine = self.open_machine();
        let result = change(&mut machine);
        self.config = machine.config.clone();
        self.state = machine.commit();
        result
    }

    /// What owners decided that takes effect in the next block.
    pub(super) fn due_changes(&self) -> Option<DueChanges> {
        DueChanges::find(&self.state, self.config.arbos_version, self.time)
    }

    /// A machine in the present block.
    pub(super) fn open_machine(&mut self) -> Machine {
        let block = BlockInfo {
            number: self.block_number,
            l1_number: self.l1_block_number(),
            timestamp: self.time,
        };
        let state = mem::take(&mut self.state);
        let mut machine = Machine::new(state, self.config.clone(), block, self.recent.clone());
        machine.run_arbos(self.config.arbos_version);
        machine
    }

    /// A machine in the block that the next transaction would open.
    pub(super) fn open_next_machine(&mut self) -> Machine {
        let changes = self.due_changes();
        let mut machine = self.open_machine();
        if let Some(changes) = changes {
            machine.apply(changes);
        }
        machine.block.number += 1;
        machine.recent = RecentPrograms::default();
        machine
    }
}
