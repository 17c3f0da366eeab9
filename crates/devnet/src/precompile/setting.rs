//! Words that owners set and ArbOS remembers one by one.

use alloy_primitives::U256;

use crate::address::ARBOS_STATE;
use crate::machine::Machine;
use crate::precompile::context::{slot, Context, Fault, READ_GAS, WRITE_GAS};
use crate::state::WorldState;

/// A word by its name. It is zero until it is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting(&'static str);

/// Whether data-heavy transactions pay the floor price of EIP-7623.
pub(crate) const CALLDATA_PRICE_INCREASE: Setting = Setting("calldata price increase");
/// Gas that an activation costs on top of everything else.
pub(crate) const ACTIVATION_GAS: Setting = Setting("activation gas");
/// Version of the upgrade that is scheduled.
pub(crate) const UPGRADE_VERSION: Setting = Setting("upgrade version");
/// Time from which the scheduled upgrade applies.
pub(crate) const UPGRADE_TIME: Setting = Setting("upgrade time");
/// Base fee from the next block on, and one; zero once it applies.
pub(crate) const NEXT_BASE_FEE: Setting = Setting("next base fee");
/// Time of the block in which the base fee was found last, where it follows the demand.
pub(crate) const PRICED_AT: Setting = Setting("time of pricing");
/// Time from which transactions may be filtered.
pub(crate) const FILTERING_FROM: Setting = Setting("transaction filtering from");
/// Account that receives what filtered transactions would have moved.
pub(crate) const FILTERED_FUNDS_RECIPIENT: Setting = Setting("filtered funds recipient");

impl Setting {
    /// The word at the start of the transaction.
    pub(crate) fn committed(self, state: &WorldState) -> U256 {
        state.slot(ARBOS_STATE, slot(self.0))
    }

    /// The word as it is now.
    pub(crate) fn get(self, machine: &mut Machine) -> U256 {
        machine.arbos_read(slot(self.0))
    }

    /// Pays for reading the word and gives it.
    pub(crate) fn read(self, context: &mut Context) -> Result<U256, Fault> {
        context.burn(READ_GAS)?;
        Ok(self.get(context.machine))
    }

    /// Pays for setting the word and sets it.
    pub(crate) fn write(self, context: &mut Context, word: U256) -> Result<(), Fault> {
        context.burn(WRITE_GAS)?;
        self.set(context.machine, word);
        Ok(())
    }

    pub(crate) fn set(self, machine: &mut Machine, word: U256) {
        machine.arbos_write(slot(self.0), word);
    }
}
