//! Answers over HTTP, of which no more is taken than one can be: whoever serves them may not mean well.

use anyhow::{ensure, Context, Result};
use reqwest::Response;
use serde::de::DeserializeOwned;

/// Longest answer of an exchange, bytes; the largest are some hundred kilobytes.
pub const EXCHANGE: usize = 16 << 20;
/// Longest report of a signer, bytes.
pub const REPORT: usize = 16 << 10;

/// Longest answer of a node, bytes; what a range of logs makes longer is asked for in parts.
pub const NODE: usize = 64 << 20;

/// The JSON of a response that succeeded, at most so many bytes.
///
/// # Errors
/// An error's status, a longer body, something else than what is asked for.
pub async fn json<T: DeserializeOwned>(response: Response, most: usize) -> Result<T> {
    let body = body(response.error_for_status()?, most).await?;
    serde_json::from_slice(&body).context("not the JSON that was asked for")
}

/// The body of a response, at most so many bytes.
///
/// # Errors
/// A longer body, a connection that breaks.
pub async fn body(mut response: Response, most: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        ensure!(
            body.len() + part.len() <= most,
            "an answer of more than {most} bytes"
        );
        body.extend_from_slice(&part);
    }
    Ok(body)
}
