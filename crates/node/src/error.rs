//! What a request is answered with when it fails, in the words and codes of a node.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{sol, Panic, Revert, SolError, SolInterface};
use inkhorn_chain::RemoteError;
use jsonrpsee::types::ErrorObjectOwned;

sol! {
    /// Errors of Arbitrum's own contracts.
    interface ArbOS {
        error Custom(uint64 number, string text, bool flag);
        error Unused();
        error InvalidBlockNumber(uint256 requested, uint256 current);
        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
        error NoTicketWithID();
        error NotCallable();
        error CallerNotArbOS();
    }
}

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// A contract reverted with this data: code 3.
    #[error("{}", revert_message(.0))]
    Revert(Bytes),
    /// The node refuses or the execution halted, for the reason given: code -32000.
    #[error("{0}")]
    Refused(String),
    /// The parameters don't fit the method: code -32602.
    #[error("{0}")]
    InvalidParams(String),
    /// The method is known and not offered by this node: code -32004.
    #[error("{0}")]
    Unsupported(String),
    /// More would be answered or kept than the node allows: code -32005.
    #[error("{0}")]
    LimitExceeded(String),
    /// A refusal with a code of its own.
    #[error("{reason}")]
    Coded {
        /// JSON-RPC error code.
        code: i32,
        /// The reason.
        reason: String,
    },
    /// What the node of a forked chain refused, as it did.
    #[error("{reason}")]
    Forwarded {
        /// JSON-RPC error code.
        code: i32,
        /// The reason.
        reason: String,
        /// What came with it.
        data: serde_json::Value,
    },
    /// The request ran into a defect of the node; its state is as before: code -32603.
    #[error("internal error")]
    Internal,
}

impl RpcError {
    /// A refusal with its reason.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Parameters that don't fit, with the reason.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::InvalidParams(reason.into())
    }

    /// A refusal with a code of its own, and the reason.
    pub fn coded(code: i32, reason: impl Into<String>) -> Self {
        Self::Coded {
            code,
            reason: reason.into(),
        }
    }

    /// JSON-RPC error code.
    pub fn code(&self) -> i32 {
        match self {
            Self::Revert(_) => 3,
            Self::Refused(_) => -32_000,
            Self::Unsupported(_) => -32_004,
            Self::LimitExceeded(_) => -32_005,
            Self::InvalidParams(_) => -32_602,
            Self::Coded { code, .. } | Self::Forwarded { code, .. } => *code,
            Self::Internal => -32_603,
        }
    }
}

/// Another chain that is needed can't be read.
impl From<RemoteError> for RpcError {
    fn from(error: RemoteError) -> Self {
        Self::Refused(error.0)
    }
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let data = match &error {
            RpcError::Revert(data) => Some(serde_json::json!(data)),
            RpcError::Forwarded { data, .. } if !data.is_null() => Some(data.clone()),
            _ => None,
        };
        ErrorObjectOwned::owned(error.code(), error.to_string(), data)
    }
}

/// `execution reverted`, with the reason where Solidity's own errors or ArbOS's carry one.
fn revert_message(data: &Bytes) -> String {
    let reason = Revert::abi_decode(data)
        .map(|revert| revert.reason)
        .or_else(|_| Panic::abi_decode(data).map(|panic| panic_reason(panic.code)))
        .or_else(|_| ArbOS::ArbOSErrors::abi_decode(data).map(arbos_reason));
    match reason {
        Ok(reason) => format!("execution reverted: {reason}"),
        Err(_) => "execution reverted".to_owned(),
    }
}

/// An error of ArbOS with its arguments, as Nitro writes it.
fn arbos_reason(error: ArbOS::ArbOSErrors) -> String {
    use ArbOS::ArbOSErrors as Error;
    let text = match error {
        Error::Custom(error) => {
            let ArbOS::Custom { number, text, flag } = error;
            format!("Custom({number}, {text}, {flag})")
        }
        Error::Unused(_) => "Unused()".to_owned(),
        Error::InvalidBlockNumber(error) => {
            format!("InvalidBlockNumber({}, {})", error.requested, error.current)
        }
        Error::ProgramNotWasm(_) => "ProgramNotWasm()".to_owned(),
        Error::ProgramNotActivated(_) => "ProgramNotActivated()".to_owned(),
        Error::ProgramNeedsUpgrade(error) => {
            let ArbOS::ProgramNeedsUpgrade {
                version,
                stylusVersion,
            } = error;
            format!("ProgramNeedsUpgrade({version}, {stylusVersion})")
        }
        Error::ProgramExpired(error) => format!("ProgramExpired({})", error.ageInSeconds),
        Error::ProgramUpToDate(_) => "ProgramUpToDate()".to_owned(),
        Error::ProgramKeepaliveTooSoon(error) => {
            format!("ProgramKeepaliveTooSoon({})", error.ageInSeconds)
        }
        Error::ProgramInsufficientValue(error) => {
            format!("ProgramInsufficientValue({}, {})", error.have, error.want)
        }
        Error::NoTicketWithID(_) => "NoTicketWithID()".to_owned(),
        Error::NotCallable(_) => "NotCallable()".to_owned(),
        Error::CallerNotArbOS(_) => "CallerNotArbOS()".to_owned(),
    };
    format!("error {text}")
}

/// go-ethereum's words for the codes of Solidity's `Panic(uint256)`.
fn panic_reason(code: U256) -> String {
    let reason = match u8::try_from(code) {
        Ok(0x00) => "generic panic",
        Ok(0x01) => "assert(false)",
        Ok(0x11) => "arithmetic underflow or overflow",
        Ok(0x12) => "division or modulo by zero",
        Ok(0x21) => "enum overflow",
        Ok(0x22) => "invalid encoded storage byte array accessed",
        Ok(0x31) => "out-of-bounds array access; popping on an empty array",
        Ok(0x32) => "out-of-bounds access of an array or bytesN",
        Ok(0x41) => "out of memory",
        Ok(0x51) => "uninitialized function",
        _ => return format!("unknown panic code: {code:#x}"),
    };
    reason.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    #[test]
    fn reverts_carry_their_reason() {
        let data = Revert::from("no funds".to_owned()).abi_encode();
        assert_eq!(
            RpcError::Revert(data.into()).to_string(),
            "execution reverted: no funds"
        );
        let data = Panic::from(0x11).abi_encode();
        assert_eq!(
            RpcError::Revert(data.into()).to_string(),
            "execution reverted: arithmetic underflow or overflow"
        );
        let value = ArbOS::ProgramInsufficientValue {
            have: U256::ZERO,
            want: U256::from(7),
        };
        assert_eq!(
            RpcError::Revert(value.abi_encode().into()).to_string(),
            "execution reverted: error ProgramInsufficientValue(0, 7)"
        );
        let custom = Bytes::from(hex!("deadbeef"));
        let error = ErrorObjectOwned::from(RpcError::Revert(custom));
        assert_eq!((error.code(), error.message()), (3, "execution reverted"));
        assert_eq!(error.data().unwrap().get(), "\"0xdeadbeef\"");
    }
}
