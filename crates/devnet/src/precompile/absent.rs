//! Contracts that Arbitrum has and this chain does not carry out. They revert with their name: silence would read as
//! success and keep what was sent along.

use alloy_primitives::{address, Address};
use alloy_sol_types::{Revert, SolError};

use crate::address::arbitrum_address;
use crate::frame::{Call, FrameResult};
use crate::precompile::arb_debug::LOW as DEBUG;

/// A contract that is not carried out.
struct Absent {
    low: u32,
    /// First ArbOS version that has it.
    since: u64,
    name: &'static str,
    why: &'static str,
}

const ABSENT: [Absent; 11] = [
    absent(0x66, "ArbAddressTable", "addresses are not compressed"),
    absent(0x67, "ArbBLS", "there are no BLS keys"),
    absent(0x68, "ArbFunctionTable", "calls are not compressed"),
    absent(0x69, "ArbosTest", "it burns gas for tests of ArbOS"),
    absent(0x6d, "ArbAggregator", "nobody posts batches"),
    absent(0x6e, "ArbRetryableTx", "there are no retryable tickets"),
    absent(0x6f, "ArbStatistics", "there was no chain before Nitro"),
    Absent {
        since: 41,
        ..absent(0x73, "ArbNativeTokenManager", "ether is not minted")
    },
    absent(0xa4b05, "ArbosActs", "only ArbOS itself may call it"),
    absent(DEBUG, "ArbDebug", "it is for development chains only"),
    absent(
        NODE_INTERFACE,
        NODE_INTERFACE_NAME,
        "it answers eth_call to it only",
    ),
];

const NODE_INTERFACE: u32 = 0xc8;
const NODE_INTERFACE_NAME: &str = "NodeInterface";

/// Where the hashes of earlier blocks are kept (EIP-2935), and the first ArbOS version with it.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
const HISTORY_SINCE: u64 = 40;

const fn absent(low: u32, name: &'static str, why: &'static str) -> Absent {
    Absent {
        low,
        since: 0,
        name,
        why,
    }
}

/// Addresses of those that have code on chain and are warm in every transaction, which NodeInterface and ArbDebug
/// are not.
pub(crate) fn addresses(arbos_version: u64) -> impl Iterator<Item = Address> {
    ABSENT
        .iter()
        .filter(move |contract| contract.since <= arbos_version)
        .filter(|contract| ![NODE_INTERFACE, DEBUG].contains(&contract.low))
        .map(|contract| arbitrum_address(contract.low))
}

/// The revert of the contract at the call's code address, if it is one of these.
pub(crate) fn refuse(call: &Call, arbos_version: u64) -> Option<FrameResult> {
    let contract = ABSENT.iter().find(|contract| {
        arbitrum_address(contract.low) == call.code_address && contract.since <= arbos_version
    })?;
    let reason = format!(
        "{} ({:#x}) is not available on this chain: {}",
        contract.name, contract.low, contract.why
    );
    Some(refusal(reason, call))
}

/// The revert of a contract that chains have in their state and this one has not, unless it is a fork of one that has.
pub(crate) fn refuse_without_code(call: &Call, arbos_version: u64) -> Option<FrameResult> {
    (call.code_address == HISTORY && arbos_version >= HISTORY_SINCE).then(|| {
        let reason = format!(
            "the history of block hashes ({HISTORY}) is not available on this chain: nothing is written when a block begins; \
             ArbSys.arbBlockHash knows the latest 256"
        );
        refusal(reason, call)
    })
}

fn refusal(reason: String, call: &Call) -> FrameResult {
    FrameResult::revert(Revert::from(reason).abi_encode().into(), call.gas)
}
