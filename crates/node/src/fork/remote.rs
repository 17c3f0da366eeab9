//! The state of another chain at a block, as the chain asks for it.

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{keccak256, Address, Bytes, B256, U256, U64};
use inkhorn_chain::{Remote, RemoteAccount, RemoteCall, RemoteError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::cache::Cache;
use super::client::{parse, Client, Refusal};

/// Code of an answer that is a revert.
const REVERTED: i64 = 3;
/// Words by which nodes say that a call failed, and not that they can't make it.
const FAILURES: [&str; 6] = [
    "revert",
    "invalid opcode",
    "opcode not found",
    "out of gas",
    "stack underflow",
    "max code size",
];

/// A chain at a block, read over JSON-RPC.
pub struct HttpRemote {
    client: Arc<Client>,
    /// Number of the block.
    number: u64,
    cache: Option<Cache>,
}

/// An account as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptAccount {
    balance: U256,
    nonce: U64,
    code: Bytes,
}

impl fmt::Debug for HttpRemote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} at block {}", self.client, self.number)
    }
}

impl HttpRemote {
    pub fn new(client: Arc<Client>, number: u64, cache: Option<Cache>) -> Self {
        Self {
            client,
            number,
            cache,
        }
    }

    /// The same with answers that are kept.
    pub fn with_cache(self, cache: Option<Cache>) -> Self {
        Self { cache, ..self }
    }

    fn block(&self) -> Value {
        json!(U64::from(self.number))
    }

    /// A kept answer, or one that is asked for and kept.
    fn kept<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        ask: impl FnOnce() -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        let kept = self.cache.as_ref().and_then(|cache| cache.read(name));
        if let Some(answer) = kept {
            return Ok(answer);
        }
        let answer = ask()?;
        if let Some(cache) = &self.cache {
            cache.write(name, &answer);
        }
        Ok(answer)
    }

    /// What an answer says, if it says that.
    fn read<T: DeserializeOwned>(
        &self,
        what: &str,
        answer: Result<Value, Refusal>,
    ) -> Result<T, RemoteError> {
        parse(answer).map_err(|reason| {
            RemoteError(format!(
                "{what} can't be read from the forked chain at {}, block {}: {reason}",
                self.client.name(),
                self.number
            ))
        })
    }
}

impl Remote for HttpRemote {
    fn account(&self, who: Address) -> Result<RemoteAccount, RemoteError> {
        let account = self.kept(&format!("accounts/{who:x}"), || {
            let params = json!([who, self.block()]);
            let methods = ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"];
            let requests = methods.map(|method| (method, params.clone()));
            let answers = self.client.ask_all(&requests).map_err(RemoteError)?;
            let [balance, nonce, code]: [_; 3] = answers
                .try_into()
                .map_err(|_| RemoteError("three answers were asked for".to_owned()))?;
            let what = format!("account {who}");
            Ok(KeptAccount {
                balance: self.read(&what, balance)?,
                nonce: self.read(&what, nonce)?,
                code: self.read(&what, code)?,
            })
        })?;
        Ok(RemoteAccount {
            balance: account.balance,
            nonce: account.nonce.to(),
            code: account.code,
        })
    }

    fn slot(&self, who: Address, slot: U256) -> Result<U256, RemoteError> {
        let slot = B256::from(slot);
        let word: B256 = self.kept(&format!("slots/{who:x}/{slot:x}"), || {
            let params = json!([who, slot, self.block()]);
            let answer = self.client.ask("eth_getStorageAt", params);
            let what = format!("slot {slot} of {who}");
            self.read(&what, answer.map_err(RemoteError)?)
        })?;
        Ok(word.into())
    }

    fn calls(&self, calls: &[RemoteCall]) -> Result<Vec<Option<Bytes>>, RemoteError> {
        let identity = format!("{calls:?}");
        self.kept(&format!("calls/{:x}", keccak256(identity)), || {
            let request = |(to, input): &RemoteCall| {
                let call = match to {
                    Some(to) => json!({ "to": to, "data": input }),
                    None => json!({ "data": input }),
                };
                ("eth_call", json!([call, self.block()]))
            };
            let requests: Vec<_> = calls.iter().map(request).collect();
            let answers = self.client.ask_all(&requests).map_err(RemoteError)?;
            let read = |answer: Result<Value, Refusal>| match answer {
                Err(refusal) if is_failed_call(&refusal) => Ok(None),
                answer => self.read("a call", answer).map(Some),
            };
            answers.into_iter().map(read).collect()
        })
    }
}

/// Whether a call was made and failed.
fn is_failed_call(refusal: &Refusal) -> bool {
    let words = refusal.message.to_lowercase();
    refusal.code == REVERTED || FAILURES.iter().any(|failure| words.contains(failure))
}
