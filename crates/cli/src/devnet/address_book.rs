//! The address book: everything a client has to know, as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{Address, B256};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use smirk_devnet::{CACHE_MANAGER, CREATE2_FACTORY, STYLUS_DEPLOYER};
use smirk_node::DevAccount;
use smirk_world::Actor;

use super::market::Market;

/// Where everything on a devnet is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressBook {
    /// Id of the chain.
    pub chain_id: u64,
    /// URL for HTTP clients.
    pub rpc_url: String,
    /// URL for WebSocket clients.
    pub ws_url: String,
    /// Contracts by name.
    pub contracts: BTreeMap<String, Address>,
    /// Tokens by name.
    pub tokens: BTreeMap<String, Token>,
    /// Decimals of the price feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_decimals: Option<u8>,
    /// Expiries that the pool has listed, Unix seconds.
    pub expiries: Vec<u64>,
    /// Who does what, by role.
    pub roles: BTreeMap<String, Account>,
    /// Funded accounts that nobody else uses.
    pub accounts: Vec<Account>,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its contract.
    pub address: Address,
    /// Digits behind the point of one unit.
    pub decimals: u8,
}

/// An account with its key: for development only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its address.
    pub address: Address,
    /// Its private key.
    pub private_key: B256,
}

impl From<&DevAccount> for Account {
    fn from(account: &DevAccount) -> Self {
        Self {
            address: account.address,
            private_key: account.key(),
        }
    }
}

impl From<&Actor> for Account {
    fn from(actor: &Actor) -> Self {
        Self {
            address: actor.address,
            private_key: actor.key(),
        }
    }
}

impl AddressBook {
    /// Enters the contracts that tools look for on every chain.
    pub fn enter_tools(&mut self) {
        let tools = [
            ("create2Factory", CREATE2_FACTORY),
            ("stylusDeployer", STYLUS_DEPLOYER),
            ("cacheManager", CACHE_MANAGER),
        ];
        self.enter_contracts(&tools);
    }

    fn enter_contracts(&mut self, contracts: &[(&str, Address)]) {
        let named = contracts
            .iter()
            .map(|(name, address)| ((*name).to_owned(), *address));
        self.contracts.extend(named);
    }

    /// Enters the pool, its surroundings and its people.
    pub fn enter_market(&mut self, market: &Market) {
        let (world, pool) = (&market.world, &market.pool);
        let contracts = [
            ("pool", pool.address),
            ("base", world.base),
            ("quote", world.quote),
            ("weth", world.weth),
            ("feed", world.feed),
            ("sequencerFeed", world.sequencer_feed.unwrap_or_default()),
            ("router", world.venue.router),
            ("factory", world.venue.factory),
            ("positionManager", world.venue.position_manager),
            ("venue", world.venue.pool),
        ];
        self.enter_contracts(&contracts);
        if let Some(lender) = world.lender {
            self.enter_contracts(&[
                ("lender", lender.provider),
                ("lenderPool", lender.pool),
                ("lenderOracle", lender.oracle),
                ("lenderConfigurator", lender.configurator),
                ("collateralToken", lender.quote.a_token),
                ("debtToken", lender.base.variable_debt),
            ]);
        }
        let tokens = [
            ("base", world.base, world.pair.base_decimals),
            ("quote", world.quote, world.pair.quote_decimals),
        ];
        self.tokens = tokens
            .into_iter()
            .map(|(name, address, decimals)| (name.to_owned(), Token { address, decimals }))
            .collect();
        self.feed_decimals = Some(world.feed_decimals);
        self.expiries.clone_from(&market.expiries);
        self.roles = world
            .actors
            .all()
            .into_iter()
            .chain(&market.people)
            .map(|actor| (camel_case(actor.name()), actor.into()))
            .collect();
    }

    /// Writes the book to a file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{}", path.display()))
    }
}

/// `market maker` as `marketMaker`.
fn camel_case(name: &str) -> String {
    let mut words = name.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut joined, word| {
        let (initial, rest) = word.split_at(1);
        joined.push_str(&initial.to_uppercase());
        joined.push_str(rest);
        joined
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_as_json_names_things() {
        assert_eq!(camel_case("market maker"), "marketMaker");
        assert_eq!(camel_case("keeper"), "keeper");
    }

    #[test]
    fn book_survives_its_file() {
        let mut book = AddressBook {
            chain_id: 412_346,
            expiries: vec![1],
            ..AddressBook::default()
        };
        book.accounts.push((&Actor::named("alice")).into());
        let text = serde_json::to_string(&book).unwrap();
        assert!(text.contains("\"privateKey\":\"0x"));
        assert_eq!(serde_json::from_str::<AddressBook>(&text).unwrap(), book);
    }
}
