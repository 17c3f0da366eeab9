//! Private keys, from a keystore file or the environment; never from the command line or the configuration.

use std::{env, path::PathBuf};

use alloy_signer_local::PrivateKeySigner;
use anyhow::{anyhow, bail, Context, Result};
use serde::Deserialize;

/// Where a key is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySource {
    /// A keystore file (web3 secret storage).
    keystore: Option<PathBuf>,
    /// The environment variable with the keystore's password.
    password_env: Option<String>,
    /// The environment variable with the key itself, in hex.
    env: Option<String>,
}

impl KeySource {
    /// Reads the key.
    pub fn read(&self) -> Result<PrivateKeySigner> {
        let variable =
            |name: &str| env::var(name).with_context(|| format!("the environment has no {name}"));
        match (&self.keystore, &self.password_env, &self.env) {
            (Some(file), Some(password), None) => {
                PrivateKeySigner::decrypt_keystore(file, variable(password)?)
                    .with_context(|| format!("{} can't be opened", file.display()))
            }
            (None, None, Some(name)) => variable(name)?
                .trim()
                .parse()
                // The parser's own words might repeat what it was given.
                .map_err(|_| anyhow!("{name} holds no private key")),
            _ => bail!("a key is either keystore and password_env, or env"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_not_repeated() {
        const NAME: &str = "SMIRK_KEEPER_TEST_OF_NO_KEY";
        env::set_var(NAME, "0xyz");
        let source = KeySource {
            keystore: None,
            password_env: None,
            env: Some(NAME.to_owned()),
        };
        let error = format!("{:#}", source.read().unwrap_err());
        assert_eq!(error, format!("{NAME} holds no private key"));
    }
}
