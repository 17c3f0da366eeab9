//! Lists of addresses that ArbOS remembers.

use alloy_primitives::{Address, U256};

use crate::machine::Machine;
use crate::precompile::context::{slot, Context, Fault, READ_GAS, WRITE_GAS};

/// A list by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressList(&'static str);

/// Accounts that may call ArbOwner.
pub(crate) const CHAIN_OWNERS: AddressList = AddressList("chain owners");
/// Accounts that may name transactions to be filtered.
pub(crate) const TRANSACTION_FILTERERS: AddressList = AddressList("transaction filterers");
/// Accounts that may mint the native token.
pub(crate) const NATIVE_TOKEN_OWNERS: AddressList = AddressList("native token owners");
/// Accounts that may cache programs.
pub(crate) const CACHE_MANAGERS: AddressList = AddressList("cache managers");

impl AddressList {
    pub(crate) fn members(self, machine: &mut Machine) -> Vec<Address> {
        let count = machine.arbos_read(slot(self.0)).to::<usize>();
        (0..count)
            .map(|index| Address::from_word(machine.arbos_read(self.member(index)).into()))
            .collect()
    }

    pub(crate) fn contains(self, machine: &mut Machine, who: Address) -> bool {
        self.members(machine).contains(&who)
    }

    pub(crate) fn insert(self, machine: &mut Machine, who: Address) {
        let mut members = self.members(machine);
        if !members.contains(&who) {
            members.push(who);
            self.store(machine, &members);
        }
    }

    pub(crate) fn remove(self, machine: &mut Machine, who: Address) {
        let mut members = self.members(machine);
        members.retain(|member| *member != who);
        self.store(machine, &members);
    }

    /// Pays for a look-up and gives its result.
    pub(crate) fn look_up(self, context: &mut Context, who: Address) -> Result<bool, Fault> {
        context.burn(READ_GAS)?;
        Ok(self.contains(context.machine, who))
    }

    /// Pays for reading the whole list and gives it.
    pub(crate) fn read(self, context: &mut Context) -> Result<Vec<Address>, Fault> {
        let members = self.members(context.machine);
        context.burn(READ_GAS * (1 + members.len() as u64))?;
        Ok(members)
    }

    /// Pays for a change of membership and makes it.
    pub(crate) fn update(
        self,
        context: &mut Context,
        who: Address,
        member: bool,
    ) -> Result<(), Fault> {
        context.burn(READ_GAS + 2 * WRITE_GAS)?;
        match member {
            true => self.insert(context.machine, who),
            false => self.remove(context.machine, who),
        }
        Ok(())
    }

    fn store(self, machine: &mut Machine, members: &[Address]) {
        let old = machine.arbos_read(slot(self.0)).to::<usize>();
        for (index, member) in members.iter().enumerate() {
            machine.arbos_write(self.member(index), member.into_word().into());
        }
        for index in members.len()..old {
            machine.arbos_write(self.member(index), U256::ZERO);
        }
        machine.arbos_write(slot(self.0), U256::from(members.len()));
    }

    fn member(self, index: usize) -> U256 {
        slot(self.0) + U256::from(1 + index)
    }
}
