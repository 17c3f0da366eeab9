//! The pool's parameters, as `abi/parameters.json` lists them for clients.

use std::sync::LazyLock;

use alloy_primitives::U256;
use alloy_sol_types::SolValue;

use crate::abi::IPool;

/// Number of parameters.
pub const PARAMETER_COUNT: usize = 34;

static LIST: LazyLock<Vec<Parameter>> = LazyLock::new(|| {
    let text = include_str!("../../../abi/parameters.json");
    let list: Vec<serde_json::Value> =
        serde_json::from_str(text).expect("abi/parameters.json is JSON");
    assert_eq!(
        list.len(),
        PARAMETER_COUNT,
        "abi/parameters.json lists every parameter"
    );
    list.iter().map(Parameter::from_json).collect()
});

/// One parameter of the pool. Numbers are in the ABI's scale: seconds and plain units as they are, the rest WAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Index at the ABI.
    pub index: usize,
    /// Name, in the ABI's camel case.
    pub name: String,
    /// Default value.
    pub default: U256,
    /// Least value allowed.
    pub low: U256,
    /// Greatest value allowed.
    pub high: U256,
}

impl Parameter {
    /// Every parameter, by index.
    pub fn all() -> &'static [Parameter] {
        &LIST
    }

    /// The parameter of this name. Panics when there is none: made for literals.
    pub fn named(name: &str) -> &'static Parameter {
        LIST.iter()
            .find(|parameter| parameter.name == name)
            .unwrap_or_else(|| panic!("no parameter is called {name}"))
    }

    fn from_json(entry: &serde_json::Value) -> Self {
        let text = |key: &str| {
            entry[key]
                .as_str()
                .unwrap_or_else(|| panic!("{entry} has no {key}"))
        };
        let number = |key: &str| {
            text(key)
                .parse()
                .unwrap_or_else(|_| panic!("{entry} has no number as {key}"))
        };
        Self {
            index: entry["index"].as_u64().expect("an index") as usize,
            name: text("name").to_owned(),
            default: number("default"),
            low: number("low"),
            high: number("high"),
        }
    }
}

/// A value for every parameter, by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolParameters(pub [U256; PARAMETER_COUNT]);

impl Default for PoolParameters {
    fn default() -> Self {
        Self(std::array::from_fn(|index| LIST[index].default))
    }
}

impl From<IPool::Parameters> for PoolParameters {
    fn from(named: IPool::Parameters) -> Self {
        let words = named.abi_encode();
        let (words, _) = words.as_chunks::<32>();
        Self(std::array::from_fn(|index| {
            U256::from_be_bytes(words[index])
        }))
    }
}

impl From<PoolParameters> for IPool::Parameters {
    fn from(PoolParameters(values): PoolParameters) -> Self {
        Self::abi_decode(&values.abi_encode()).expect("as many words")
    }
}

impl PoolParameters {
    /// The value of the parameter of this name. Panics when there is none.
    pub fn get(&self, name: &str) -> U256 {
        self.0[Parameter::named(name).index]
    }

    /// Sets the parameter of this name, within its bounds or not. Panics when there is none.
    pub fn set(&mut self, name: &str, value: U256) {
        self.0[Parameter::named(name).index] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_in_order_with_defaults_within_bounds() {
        for (index, parameter) in Parameter::all().iter().enumerate() {
            assert_eq!(parameter.index, index);
            assert!(
                parameter.low <= parameter.default && parameter.default <= parameter.high,
                "{parameter:?}"
            );
        }
    }

    /// A struct of the ABI in which every field is its own index, printed by its names.
    #[test]
    fn list_has_the_names_and_the_order_of_the_abi() {
        let values = PoolParameters(std::array::from_fn(U256::from));
        let named = IPool::Parameters::from(values.clone());
        let listed = Parameter::all()
            .iter()
            .map(|one| format!("{}: {}", one.name, one.index));
        let listed = listed.collect::<Vec<_>>().join(", ");
        assert_eq!(format!("{named:?}"), format!("Parameters {{ {listed} }}"));
        assert_eq!(PoolParameters::from(named), values);
    }

    #[test]
    fn parameter_is_set_by_name() {
        let mut parameters = PoolParameters::default();
        assert_eq!(parameters.get("sequencerGrace"), U256::from(3_600));
        parameters.set("sequencerGrace", U256::from(60));
        assert_eq!(parameters.0[26], U256::from(60));
    }

    #[test]
    #[should_panic(expected = "no parameter is called grace")]
    fn unknown_parameter_is_refused() {
        Parameter::named("grace");
    }
}
