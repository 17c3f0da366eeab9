//! What the objects in requests may hold. A field that the node would not honour is refused by its name, and so is one that it
//! does not know: what is left unread would read as honoured.

use alloy_eips::BlockId;
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::RpcError;

/// What a value may be, as far as its fields go; whether they are well formed is the parser's matter.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything: it is read.
    Taken,
    /// Nothing, for this reason.
    Refused(&'static str),
    /// No more than that it is switched off, for this reason.
    Off(&'static str),
    /// An object of this kind with these fields. What is no object is passed on.
    Object(&'static str, &'static [(&'static str, Shape)]),
    /// A list, or an object with keys of its own, of such values.
    Each(&'static Shape),
}

use Shape::{Each, Object, Off, Refused, Taken};

impl Shape {
    /// Checks every field of a value. A field that is null is not there.
    ///
    /// # Errors
    /// The first field that is refused or unknown, by name.
    pub fn check(&self, value: &Value) -> Result<(), RpcError> {
        match (self, value) {
            (Object(kind, fields), Value::Object(object)) => {
                let given = object.iter().filter(|(_, value)| !value.is_null());
                given.into_iter().try_for_each(|(name, value)| {
                    match fields.iter().find(|(known, _)| known == name) {
                        None => Err(RpcError::invalid(format!(
                            "invalid params: {kind} has no field `{name}` on this node"
                        ))),
                        Some((_, Refused(why))) => Err(refused(kind, name, why)),
                        Some((_, Off(why))) if *value != Value::Bool(false) => {
                            Err(refused(kind, name, why))
                        }
                        Some((_, shape)) => shape.check(value),
                    }
                })
            }
            (Each(shape), Value::Array(values)) => {
                values.iter().try_for_each(|value| shape.check(value))
            }
            (Each(shape), Value::Object(values)) => {
                values.values().try_for_each(|value| shape.check(value))
            }
            _ => Ok(()),
        }
    }
}

fn refused(kind: &str, name: &str, why: &str) -> RpcError {
    RpcError::invalid(format!("`{name}` of {kind} is not supported: {why}"))
}

/// An object that comes in requests.
pub trait Request: DeserializeOwned {
    /// What it may hold.
    const SHAPE: Shape;
}

const NO_BLOBS: Shape = Refused("Arbitrum has no blob transactions");

const TRANSACTION: Shape = Object(
    "a transaction",
    &[
        ("type", Taken),
        ("from", Taken),
        ("to", Taken),
        ("gas", Taken),
        ("gasPrice", Taken),
        ("maxFeePerGas", Taken),
        ("maxPriorityFeePerGas", Taken),
        ("value", Taken),
        ("nonce", Taken),
        ("data", Taken),
        ("input", Taken),
        ("chainId", Taken),
        (
            "accessList",
            Each(&Object(
                "an entry of an access list",
                &[("address", Taken), ("storageKeys", Taken)],
            )),
        ),
        (
            "authorizationList",
            Each(&Object(
                "an authorization",
                &[
                    ("chainId", Taken),
                    ("address", Taken),
                    ("nonce", Taken),
                    ("yParity", Taken),
                    ("v", Refused("an authorization is signed with `yParity`")),
                    ("r", Taken),
                    ("s", Taken),
                ],
            )),
        ),
        ("gasLimit", Refused("the gas limit is called `gas`")),
        ("maxFeePerBlobGas", NO_BLOBS),
        ("blobVersionedHashes", NO_BLOBS),
        ("blobs", NO_BLOBS),
        ("commitments", NO_BLOBS),
        ("proofs", NO_BLOBS),
        ("sidecar", NO_BLOBS),
    ],
);

const NO_MOVES: Shape = Refused("precompiles can't be moved on this chain");

const STATE_OVERRIDE: Shape = Each(&Object(
    "a state override",
    &[
        ("balance", Taken),
        ("nonce", Taken),
        ("code", Taken),
        ("state", Taken),
        ("stateDiff", Taken),
        ("movePrecompileToAddress", NO_MOVES),
        ("MovePrecompileToAddress", NO_MOVES),
    ],
));

const NO_BEACON: Shape = Refused("Arbitrum has no beacon chain");

const BLOCK_OVERRIDE: Shape = Object(
    "a block override",
    &[
        ("number", Taken),
        ("blockNumber", Taken),
        ("time", Taken),
        ("timestamp", Taken),
        ("gasLimit", Taken),
        ("coinbase", Taken),
        ("feeRecipient", Taken),
        ("random", Taken),
        ("prevRandao", Taken),
        ("baseFee", Taken),
        ("baseFeePerGas", Taken),
        ("blockHash", Taken),
        (
            "difficulty",
            Refused("the difficulty of Arbitrum's blocks is always 1"),
        ),
        ("blobBaseFee", NO_BLOBS),
        ("beaconRoot", NO_BEACON),
        ("parentBeaconBlockRoot", NO_BEACON),
        ("withdrawals", NO_BEACON),
    ],
);

/// How to trace; each tracer says for itself what its configuration may hold.
pub const TRACE: &[(&str, Shape)] = &[
    ("tracer", Taken),
    ("tracerConfig", Taken),
    ("timeout", Taken),
    // States are kept, so that nothing has to be executed again.
    ("reexec", Taken),
    ("limit", Taken),
    ("enableMemory", Taken),
    ("disableStack", Taken),
    ("disableStorage", Taken),
    ("enableReturnData", Taken),
    // As go-ethereum once named them, and Hardhat does.
    ("disableMemory", Taken),
    ("disableReturnData", Taken),
    // Remix says that it does not want it, ape that it wants what there is.
    (
        "fullStorage",
        Off("a step has the slots that its frame has met"),
    ),
    ("stepsTracing", Taken),
    ("stateOverrides", STATE_OVERRIDE),
    ("blockOverrides", BLOCK_OVERRIDE),
    ("txIndex", Refused("calls are traced after the whole block")),
];

impl Request for TransactionRequest {
    const SHAPE: Shape = TRANSACTION;
}

impl Request for StateOverride {
    const SHAPE: Shape = STATE_OVERRIDE;
}

impl Request for BlockOverrides {
    const SHAPE: Shape = BLOCK_OVERRIDE;
}

impl Request for BlockId {
    const SHAPE: Shape = Object(
        "a block's id",
        &[
            ("blockNumber", Taken),
            ("blockHash", Taken),
            // There is no other chain than the canonical one.
            ("requireCanonical", Taken),
        ],
    );
}

/// Logs that are asked for, as filters and queries take them.
pub const LOGS: Shape = Object(
    "a filter for logs",
    &[
        ("fromBlock", Taken),
        ("toBlock", Taken),
        ("blockHash", Taken),
        ("address", Taken),
        ("topics", Taken),
    ],
);

/// Blocks that are simulated, as `eth_simulateV1` takes them.
pub const SIMULATION: Shape = Object(
    "a simulation",
    &[
        (
            "blockStateCalls",
            Each(&Object(
                "a simulated block",
                &[
                    ("blockOverrides", BLOCK_OVERRIDE),
                    ("stateOverrides", STATE_OVERRIDE),
                    ("calls", Each(&TRANSACTION)),
                ],
            )),
        ),
        ("traceTransfers", Taken),
        ("validation", Taken),
        ("returnFullTransactions", Taken),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_is_no_field_and_what_is_nested_is_looked_at() {
        let fine = json!({ "to": "0x1", "blobs": null, "accessList": [{ "address": "0x2" }] });
        assert_eq!(TRANSACTION.check(&fine), Ok(()));
        for (bad, name) in [
            (json!({ "gasLimit": "0x1" }), "gasLimit"),
            (json!({ "accessList": [{ "keys": [] }] }), "keys"),
            (json!({ "authorizationList": [{ "v": "0x1b" }] }), "`v`"),
        ] {
            let error = TRANSACTION.check(&bad).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        let nested = json!({ "blockStateCalls": [{ "calls": [{ "blobs": [] }] }] });
        assert!(SIMULATION.check(&nested).is_err());
    }
}
