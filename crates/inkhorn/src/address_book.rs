//! Where everything on a served chain is.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{Address, B256};
use anyhow::{Context, Result};
use inkhorn_chain::{CACHE_MANAGER, CREATE2_FACTORY, STYLUS_DEPLOYER};
use inkhorn_node::DevAccount;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where everything on a served chain is.
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
    /// Who does what, by role.
    pub roles: BTreeMap<String, Account>,
    /// Funded accounts that nobody else uses.
    pub accounts: Vec<Account>,
    /// What else whoever made the chain has to say, by name.
    #[serde(flatten)]
    pub more: Map<String, Value>,
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

impl AddressBook {
    /// Enters the contracts that tools look for on every chain.
    pub(crate) fn enter_tools(&mut self) {
        self.enter_contracts(&[
            ("create2Factory", CREATE2_FACTORY),
            ("stylusDeployer", STYLUS_DEPLOYER),
            ("cacheManager", CACHE_MANAGER),
        ]);
    }

    /// Enters contracts by their names.
    pub fn enter_contracts(&mut self, contracts: &[(&str, Address)]) {
        let named = contracts
            .iter()
            .map(|(name, address)| ((*name).to_owned(), *address));
        self.contracts.extend(named);
    }

    /// Writes the book to a file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn book_survives_its_file() {
        let mut book = AddressBook {
            chain_id: 412_346,
            ..AddressBook::default()
        };
        book.accounts.push((&DevAccount::nitro()).into());
        book.more
            .insert("expiries".to_owned(), Value::from(vec![1]));
        let text = serde_json::to_string(&book).unwrap();
        assert!(text.contains("\"privateKey\":\"0x"));
        assert!(text.contains("\"expiries\":[1]"));
        assert_eq!(serde_json::from_str::<AddressBook>(&text).unwrap(), book);
    }
}
