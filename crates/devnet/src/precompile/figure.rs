//! Figures that owners may set and anyone may ask for. Of those of L1 pricing only the price and the level of compression matter:
//! nobody posts, so that the price stays where it is put. The others are kept and told, and nothing follows from them. So are those of prices that follow the demand unless the chain was made for that
//! ([`crate::ChainConfig::base_fee_dynamics`]).

use alloy_primitives::{Address, U256};

use crate::address::{ARBOS_STATE, NETWORK_FEE_ACCOUNT};
use crate::machine::Machine;
use crate::precompile::context::{slot, Context, Fault, READ_GAS, WRITE_GAS};
use crate::state::WorldState;

/// A figure by its name, and what it is until somebody sets it. What is stored differs from the figure by the default,
/// bit by bit, so that nothing stored is the default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure(&'static str, U256);

const fn figure(name: &'static str, default: u64) -> Figure {
    Figure(name, U256::from_limbs([default, 0, 0, 0]))
}

/// Account that receives the base fee and the data fee of activations.
pub(crate) const NETWORK_FEES: Figure = account("network fee account");
/// Account that receives the part of the fees up to the minimum base fee.
pub(crate) const INFRA_FEES: Figure = account("infrastructure fee account");
/// Lowest base fee in wei per gas, as [`minimum_base_fee`] reads it.
pub(crate) const MINIMUM_BASE_FEE: Figure = figure("minimum base fee", 0);
/// Gas limit of a transaction from the next block on; zero once it applies.
pub(crate) const NEXT_TX_GAS_LIMIT: Figure = figure("next gas limit of a transaction", 0);
/// Most gas that a block is meant to take.
pub(crate) const BLOCK_GAS_LIMIT: Figure = figure("gas limit of a block", 32_000_000);
/// Gas per second that the chain is meant to process.
pub(crate) const SPEED_LIMIT: Figure = figure("speed limit", 7_000_000);
/// Gas executed beyond the speed limit.
pub(crate) const GAS_BACKLOG: Figure = figure("gas backlog", 0);
/// Seconds of backlog that raise the base fee by a factor of e.
pub(crate) const PRICING_INERTIA: Figure = figure("pricing inertia", 102);
/// Seconds of backlog that are forgiven.
pub(crate) const BACKLOG_TOLERANCE: Figure = figure("backlog tolerance", 10);
/// Level of the compression by which L1 data is measured.
pub(crate) const BROTLI_LEVEL: Figure = figure("brotli level", 1);
/// Wei that a unit of L1 data costs: a sixteenth of a compressed byte.
pub(crate) const L1_PRICE: Figure = figure("L1 price per unit", 0);
/// Wei that were paid for L1 data.
pub(crate) const L1_FEES: Figure = figure("L1 fees available", 0);
/// Units of L1 data that were paid for.
pub(crate) const L1_UNITS: Figure = figure("L1 units since update", 0);
/// Number of updates over which the price of L1 data moves.
pub(crate) const L1_INERTIA: Figure = figure("L1 pricing inertia", 10);
/// Units of L1 data over which a surplus is given back.
pub(crate) const L1_EQUILIBRATION_UNITS: Figure = figure("L1 equilibration units", 160_000_000);
/// Wei that a poster of batches earns for a unit of data.
pub(crate) const L1_REWARD_RATE: Figure = figure("L1 reward rate", 10);
/// Account that receives the rewards for batches.
pub(crate) const L1_REWARD_RECIPIENT: Figure = figure("L1 reward recipient", 0);
/// Gas on L1 that a batch costs at least.
pub(crate) const BATCH_GAS: Figure = figure("gas of a batch", 210_000);
/// Part of the costs that users pay at most, in basis points.
pub(crate) const AMORTIZED_COST_CAP: Figure = figure("amortized cost cap", u64::MAX);
/// Floor of the gas for a token of calldata on the parent chain.
pub(crate) const PARENT_GAS_FLOOR: Figure = figure("parent gas floor", 0);
/// Time from which owners of the native token may be named.
pub(crate) const NATIVE_TOKENS_FROM: Figure = figure("native token management from", 0);

const fn account(name: &'static str) -> Figure {
    Figure(name, U256::from_be_slice(&NETWORK_FEE_ACCOUNT.0 .0))
}

/// Account that receives fees above the minimum, and the data fee of activations.
pub(crate) fn fee_account(state: &WorldState) -> Address {
    Address::from_word(NETWORK_FEES.committed(state).into())
}

/// The lowest base fee by what is kept of it, unless nobody has set it: then it is the base fee.
pub(crate) fn minimum_base_fee(kept: U256) -> Option<U256> {
    match kept {
        U256::ZERO => None,
        FREE => Some(U256::ZERO),
        wei => Some(wei),
    }
}

/// What is kept of a lowest base fee that is set.
pub(crate) fn kept_minimum(wei: U256) -> U256 {
    match wei {
        U256::ZERO => FREE,
        wei => wei,
    }
}

/// Kept for a lowest base fee of zero.
const FREE: U256 = U256::MAX;

impl Figure {
    /// The figure at the start of the transaction.
    pub(crate) fn committed(self, state: &WorldState) -> U256 {
        state.slot(ARBOS_STATE, slot(self.0)) ^ self.1
    }

    /// The figure as it is now.
    pub(crate) fn get(self, machine: &mut crate::machine::Machine) -> U256 {
        machine.arbos_read(slot(self.0)) ^ self.1
    }

    /// Pays for reading the figure and gives it.
    pub(crate) fn read(self, context: &mut Context) -> Result<U256, Fault> {
        context.burn(READ_GAS)?;
        Ok(context.machine.arbos_read(slot(self.0)) ^ self.1)
    }

    /// The same for an account.
    pub(crate) fn read_account(self, context: &mut Context) -> Result<Address, Fault> {
        let word = self.read(context)?;
        Ok(Address::from_word(word.into()))
    }

    /// The same for a number of 64 bits.
    pub(crate) fn read_u64(self, context: &mut Context) -> Result<u64, Fault> {
        Ok(self.read(context)?.saturating_to())
    }

    /// Pays for setting the figure and sets it.
    pub(crate) fn write(self, context: &mut Context, figure: U256) -> Result<(), Fault> {
        context.burn(WRITE_GAS)?;
        self.set(context.machine, figure);
        Ok(())
    }

    pub(crate) fn set(self, machine: &mut Machine, figure: U256) {
        machine.arbos_write(slot(self.0), figure ^ self.1);
    }
}
