//! The methods, one file per subject. Each file has a table of its methods; the server registers them all.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::U256;
use jsonrpsee::types::params::ParamsSequence;
use jsonrpsee::types::Params;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::RpcError;
use crate::fields::Request;
use crate::node::Node;

mod about;
mod accounts;
mod blocks;
mod calls;
mod cheats;
mod debug;
mod fees;
mod filters;
mod network;
mod raw;
mod reorganisations;
mod settings;
mod state;
mod time;
mod transactions;
mod txpool;
mod unoffered;

/// Answer to a request.
pub type Reply = Result<Value, RpcError>;

/// A method.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its name on the wire.
    pub name: &'static str,
    /// Most parameters that it takes.
    pub takes: usize,
    /// Names of its parameters, where clients also give them by name.
    pub names: &'static [&'static str],
    /// What it does.
    pub run: fn(&Node, &mut Arguments<'_>) -> Reply,
    /// Whether it may execute contracts or take a while, and so must not run on the threads that serve connections.
    pub is_long: bool,
}

impl Method {
    const fn quick(
        name: &'static str,
        takes: usize,
        run: fn(&Node, &mut Arguments<'_>) -> Reply,
    ) -> Self {
        Self {
            name,
            takes,
            names: &[],
            run,
            is_long: false,
        }
    }

    const fn long(
        name: &'static str,
        takes: usize,
        run: fn(&Node, &mut Arguments<'_>) -> Reply,
    ) -> Self {
        Self {
            is_long: true,
            ..Self::quick(name, takes, run)
        }
    }

    const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    /// Parameters that are given by name, as an array; `None` for those that are in order already.
    ///
    /// # Errors
    /// A name that the method does not have.
    pub fn in_order(&self, params: &Params<'_>) -> Result<Option<String>, RpcError> {
        let Ok(mut given) = params.parse::<Map<String, Value>>() else {
            return Ok(None);
        };
        let taken = self.names.iter().map(|name| given.remove(*name));
        let values: Vec<Option<Value>> = taken.collect();
        match given.keys().next() {
            Some(name) if self.names.is_empty() => Err(RpcError::invalid(format!(
                "{} takes its parameters as an array, not by name ({name})",
                self.name
            ))),
            Some(name) => Err(RpcError::invalid(format!(
                "{} has no parameter {name}, but {}",
                self.name,
                self.names.join(", ")
            ))),
            None => serde_json::to_string(&values)
                .map(Some)
                .map_err(|_| RpcError::Internal),
        }
    }
}

/// Every method.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    [
        network::METHODS,
        accounts::METHODS,
        blocks::METHODS,
        state::METHODS,
        calls::METHODS,
        fees::METHODS,
        transactions::METHODS,
        raw::METHODS,
        filters::METHODS,
        time::METHODS,
        cheats::METHODS,
        settings::METHODS,
        reorganisations::METHODS,
        about::METHODS,
        unoffered::METHODS,
        txpool::METHODS,
        debug::METHODS,
    ]
    .into_iter()
    .flatten()
}

/// The name of every method but those for subscriptions.
pub fn method_names() -> impl Iterator<Item = &'static str> {
    methods().map(|method| method.name)
}

/// A request's parameters, read one after the other.
#[derive(Debug)]
pub struct Arguments<'a>(ParamsSequence<'a>);

impl<'a> Arguments<'a> {
    /// The parameters of a request.
    pub fn new(sequence: ParamsSequence<'a>) -> Self {
        Self(sequence)
    }

    /// The next parameter, which must be there.
    ///
    /// # Errors
    /// It is missing or of another kind.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<T, RpcError> {
        self.optional()?
            .ok_or_else(|| RpcError::invalid("missing value for required argument"))
    }

    /// The next parameter, unless it is missing or null.
    ///
    /// # Errors
    /// It is of another kind.
    pub fn optional<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RpcError> {
        let argument: Option<Value> = self
            .0
            .optional_next()
            .map_err(|error| invalid(error.message()))?;
        argument
            .map(|argument| serde_json::from_value(argument).map_err(invalid))
            .transpose()
    }

    /// The next parameter, an object whose every field is honoured.
    ///
    /// # Errors
    /// It is missing, of another kind, or has a field that is not honoured.
    pub fn object<T: Request>(&mut self) -> Result<T, RpcError> {
        self.optional_object()?
            .ok_or_else(|| RpcError::invalid("missing value for required argument"))
    }

    /// The same, unless it is missing or null.
    ///
    /// # Errors
    /// It is of another kind, or has a field that is not honoured.
    pub fn optional_object<T: Request>(&mut self) -> Result<Option<T>, RpcError> {
        let Some(value) = self.optional::<Value>()? else {
            return Ok(None);
        };
        T::SHAPE.check(&value)?;
        serde_json::from_value(value).map(Some).map_err(invalid)
    }

    /// A block, the latest unless given.
    ///
    /// # Errors
    /// The parameter is no block number, tag or hash.
    pub fn block(&mut self) -> Result<BlockId, RpcError> {
        let given = self.optional::<Value>()?;
        given.map_or(Ok(BlockId::latest()), block_id)
    }

    /// The number of a block or a tag, which must be there. Numbers may be JSON's, as Anvil takes them.
    ///
    /// # Errors
    /// The parameter is missing or neither.
    pub fn tag(&mut self) -> Result<BlockNumberOrTag, RpcError> {
        let value: Value = self.next()?;
        match value.as_u64() {
            Some(number) => Ok(number.into()),
            None => serde_json::from_value(value).map_err(invalid),
        }
    }
}

/// A block by number, tag, hash, or an object with one of them.
fn block_id(value: Value) -> Result<BlockId, RpcError> {
    if let Some(number) = value.as_u64() {
        return Ok(BlockId::number(number));
    }
    BlockId::SHAPE.check(&value)?;
    if let (Some(number), true) = (value["blockNumber"].as_u64(), value["blockHash"].is_null()) {
        return Ok(BlockId::number(number));
    }
    serde_json::from_value(value).map_err(invalid)
}

fn invalid(reason: impl ToString) -> RpcError {
    RpcError::InvalidParams(format!("invalid params: {}", reason.to_string()))
}

/// An answer.
fn reply(value: impl Serialize) -> Reply {
    serde_json::to_value(value).map_err(|_| RpcError::Internal)
}

/// A number as `0x…`.
fn quantity(number: impl TryInto<U256>) -> Reply {
    let number: U256 = number.try_into().map_err(|_| RpcError::Internal)?;
    reply(number)
}

/// A slot's key: a number of no more digits than 32 bytes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot(U256);

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
        if digits.is_some_and(|digits| digits.len() > 64) {
            return Err(D::Error::custom(format!(
                "storage key too long (want at most 32 bytes): {value}"
            )));
        }
        let Quantity(key) = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self(key))
    }
}

/// A number that clients give as `0x…`, in decimal digits, or as a JSON number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quantity(U256);

impl Quantity {
    fn to_u64(self) -> Result<u64, RpcError> {
        u64::try_from(self.0).map_err(|_| RpcError::invalid(format!("{} is too large", self.0)))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => number
                .as_u64()
                .map(|number| Self(U256::from(number)))
                .ok_or_else(|| D::Error::custom("expected a whole number that is not negative")),
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| D::Error::custom(format!("{text:?} is not a number"))),
            other => Err(D::Error::custom(format!("{other} is not a number"))),
        }
    }
}
