//! Messages to L1: a Merkle accumulator of all that were sent. There is no L1 behind this chain that would carry them out.

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::sol;

use crate::address::ARBOS_STATE;
use crate::machine::Machine;
use crate::precompile::address_list::NATIVE_TOKEN_OWNERS;
use crate::precompile::context::{slot, Context, Fault, CLEAR_GAS, READ_GAS, WRITE_GAS};
use crate::state::WorldState;

sol! {
    event L2ToL1Tx(address caller, address indexed destination, uint256 indexed hash, uint256 indexed position,
        uint256 arbBlockNum, uint256 ethBlockNum, uint256 timestamp, uint256 callvalue, bytes data);
    event SendMerkleUpdate(uint256 indexed reserved, bytes32 indexed hash, uint256 indexed position);
}

/// First ArbOS version in which chains may have owners of their native token, who rule withdrawals out.
const TOKEN_OWNERS_SINCE: u64 = 41;
const HASH_GAS: u64 = 30;
const HASH_WORD_GAS: u64 = 6;

/// Number of messages, and then the hash of the full subtree at each level, zero where there is none.
const COUNT: &str = "messages to L1";
const PARTIALS: &str = "messages to L1, subtrees";

/// Keeps a message, burns what was sent with it; gives its number.
pub(super) fn send(
    context: &mut Context,
    destination: Address,
    data: Vec<u8>,
) -> Result<u64, Fault> {
    if context.machine.config.arbos_version >= TOKEN_OWNERS_SINCE {
        context.burn(READ_GAS)?;
        if !NATIVE_TOKEN_OWNERS.members(context.machine).is_empty() {
            return Err(Fault::Plain);
        }
    }
    let (caller, value) = (context.call.caller, context.call.value);
    let block = context.machine.block;
    let word = |number: u64| U256::from(number).to_be_bytes::<32>();
    let message = [
        caller.as_slice(),
        destination.as_slice(),
        &word(block.number),
        &word(block.l1_number),
        &word(block.timestamp),
        &value.to_be_bytes::<32>(),
        &data,
    ]
    .concat();
    let hash = hashed(context, &message)?;
    let (number, updates) = append(context, hash)?;
    context.burn(READ_GAS)?;
    context.destroy(value)?;
    for (level, hash) in updates {
        context.emit(&SendMerkleUpdate {
            reserved: U256::ZERO,
            hash,
            position: (U256::from(level) << 192) + U256::from(number),
        })?;
    }
    context.emit(&L2ToL1Tx {
        caller,
        destination,
        hash: hash.into(),
        position: U256::from(number),
        arbBlockNum: U256::from(block.number),
        ethBlockNum: U256::from(block.l1_number),
        timestamp: U256::from(block.timestamp),
        callvalue: value,
        data: data.into(),
    })?;
    Ok(number)
}

/// Adds a leaf; gives its number and the subtrees that it completed, with their levels.
fn append(context: &mut Context, leaf: B256) -> Result<(u64, Vec<(u64, B256)>), Fault> {
    context.burn(READ_GAS + WRITE_GAS)?;
    let number: u64 = context.machine.arbos_read(slot(COUNT)).saturating_to();
    context
        .machine
        .arbos_write(slot(COUNT), U256::from(number + 1));
    // Hashed once more, so that a leaf is no branch.
    let mut hash = keccak256(leaf);
    let mut updates = Vec::new();
    for level in 0.. {
        let sibling = match level == levels(number) {
            true => B256::ZERO,
            false => {
                context.burn(READ_GAS)?;
                B256::from(context.machine.arbos_read(partial(level)))
            }
        };
        if sibling.is_zero() {
            context.burn(WRITE_GAS)?;
            context.machine.arbos_write(partial(level), hash.into());
            break;
        }
        hash = hashed(context, &[sibling, hash].concat())?;
        context.burn(CLEAR_GAS)?;
        context.machine.arbos_write(partial(level), U256::ZERO);
        updates.push((level + 1, hash));
    }
    Ok((number, updates))
}

/// Pays for a hash and gives it.
fn hashed(context: &mut Context, bytes: &[u8]) -> Result<B256, Fault> {
    context.burn(HASH_GAS + HASH_WORD_GAS * (bytes.len() as u64).div_ceil(32))?;
    Ok(keccak256(bytes))
}

/// Number of levels that a tree of so many leaves has subtrees at.
fn levels(leaves: u64) -> u64 {
    u64::from(u64::BITS - leaves.leading_zeros())
}

fn partial(level: u64) -> U256 {
    slot(PARTIALS) + U256::from(level)
}

/// Number of messages, root of their tree, and its full subtrees by level.
pub(super) fn state(machine: &mut Machine) -> (u64, B256, Vec<B256>) {
    let read = |which| machine.arbos_read(which);
    summary(read)
}

/// The same between transactions.
pub(crate) fn committed(state: &WorldState) -> (u64, B256) {
    let (count, root, _) = summary(|which| state.slot(ARBOS_STATE, which));
    (count, root)
}

fn summary(mut read: impl FnMut(U256) -> U256) -> (u64, B256, Vec<B256>) {
    let count: u64 = read(slot(COUNT)).saturating_to();
    let partials: Vec<B256> = (0..levels(count))
        .map(|level| B256::from(read(partial(level))))
        .collect();
    (count, root(&partials), partials)
}

/// Root over the full subtrees: each joins those below it, which are filled up with zeros to its height.
fn root(partials: &[B256]) -> B256 {
    let mut joined: Option<(B256, usize)> = None;
    for (level, partial) in partials
        .iter()
        .enumerate()
        .filter(|(_, hash)| !hash.is_zero())
    {
        joined = Some(match joined {
            None => (*partial, level),
            Some((mut hash, mut height)) => {
                while height < level {
                    hash = keccak256([hash, B256::ZERO].concat());
                    height += 1;
                }
                (keccak256([*partial, hash].concat()), level + 1)
            }
        });
    }
    joined.map_or(B256::ZERO, |(hash, _)| hash)
}
