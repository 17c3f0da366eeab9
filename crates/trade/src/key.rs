//! Private keys, from a keystore file or the environment; never from the command line.

use std::{env, path::Path};

use alloy_signer_local::PrivateKeySigner;
use anyhow::{Context, Result};

/// Opens a keystore file (web3 secret storage) with the password in an environment variable, or without a file takes the key, in
/// hex, from another.
pub fn read(
    keystore: Option<&Path>,
    password_env: &str,
    key_env: &str,
) -> Result<PrivateKeySigner> {
    match keystore {
        Some(file) => {
            let password = env::var(password_env).with_context(|| {
                format!("the keystore's password is expected in the environment as {password_env}")
            })?;
            PrivateKeySigner::decrypt_keystore(file, password)
                .with_context(|| format!("{} can't be opened", file.display()))
        }
        None => env::var(key_env)
            .with_context(|| {
                format!("a key is needed: --keystore FILE, or {key_env} in the environment")
            })?
            .trim()
            .parse()
            // The parser's own words might repeat what it was given.
            .map_err(|_| anyhow::anyhow!("{key_env} holds no private key")),
    }
}
