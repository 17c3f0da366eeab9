//! JSON-RPC to another node, over HTTP: tried again where that may help.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use tokio::runtime::Runtime;

/// Longest pause before a request is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Longest answer that is read, bytes: twice what this node answers itself.
const LONGEST_ANSWER: usize = 128 << 20;
/// Characters of an answer that are told where it is not what was asked for.
const EXCERPT: usize = 300;
/// Code by which nodes say that they are asked too much.
const LIMIT_EXCEEDED: i64 = -32_005;

/// How long a node is asked before it counts as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is repeated at most.
    pub retries: u32,
    /// Pause before the first repetition; each further one is twice as long, five seconds at most.
    pub pause: Duration,
    /// Longest time that an answer may take.
    pub timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            retries: 5,
            pause: Duration::from_millis(200),
            timeout: Duration::from_secs(45),
        }
    }
}

/// What another node refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// JSON-RPC error code.
    pub code: i64,
    /// The reason.
    pub message: String,
    /// What came with it.
    pub data: Value,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (code {})", self.message, self.code)
    }
}

/// A method and its parameters.
pub type Request = (&'static str, Value);

/// A node that is asked. Requests block the thread that makes them.
pub struct Client {
    url: Url,
    http: reqwest::Client,
    patience: Patience,
    next_id: AtomicU64,
    /// Drives the connections. It is there until this is dropped.
    runtime: Option<Runtime>,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Whoever drops it may not be allowed to wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One try that failed.
enum Failed {
    /// Another one may succeed.
    ForNow(String),
    ForGood(String),
}

impl Client {
    /// A client for a URL, which sends these headers with every request.
    ///
    /// # Errors
    /// The URL is none of HTTP, a header is none, or there is no TLS on this machine.
    pub fn new(
        url: &str,
        headers: &[(String, String)],
        patience: Patience,
    ) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("{url:?} is no URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "{:?} is no scheme that another chain is read by: use http or https",
                url.scheme()
            ));
        }
        // Somebody else may have chosen one for this process already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(patience.timeout)
            // Where another node is, the user says.
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(header_map(headers)?)
            .build()
            .map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fork")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            url,
            http,
            patience,
            next_id: AtomicU64::new(1),
            runtime: Some(runtime),
        })
    }

    /// Whether the node is on this machine.
    pub fn is_local(&self) -> bool {
        match self.url.host_str() {
            Some("localhost") => true,
            Some(host) => host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback()),
            None => false,
        }
    }

    /// Scheme, host and port: the rest of a URL is often a key.
    pub fn name(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The whole URL.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The result of one request, or why the node refused it.
    ///
    /// # Errors
    /// The node can't be asked, in a sentence.
    pub fn ask(&self, method: &str, params: Value) -> Result<Result<Value, Refusal>, String> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.insistently(method, || {
            let response = self.post(&body)?;
            outcome(&response)
        })
    }

    /// The results of several requests, in one message.
    ///
    /// # Errors
    /// The node can't be asked, in a sentence.
    pub fn ask_all(&self, requests: &[Request]) -> Result<Vec<Result<Value, Refusal>>, String> {
        let count = requests.len() as u64;
        let first = self.next_id.fetch_add(count, Ordering::Relaxed);
        let body = requests.iter().zip(first..).map(|((method, params), id)| {
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
        });
        let body = Value::Array(body.collect());
        let method = requests.first().map_or("nothing", |(method, _)| method);
        self.insistently(method, || {
            let response = self.post(&body)?;
            let Some(answers) = response.as_array() else {
                // A node that refuses the message as a whole answers with one error.
                return match outcome(&response)? {
                    Ok(_) => Err(Failed::ForGood("it answers no batches".to_owned())),
                    Err(refusal) => Err(Failed::ForGood(refusal.to_string())),
                };
            };
            (first..first + count)
                .map(|id| {
                    let answer = answers.iter().find(|answer| answer["id"] == id);
                    answer.map_or_else(
                        || Err(Failed::ForNow("an answer is missing".to_owned())),
                        outcome,
                    )
                })
                .collect()
        })
    }

    /// Tries until it succeeds, fails for good, or patience ends.
    fn insistently<R>(
        &self,
        method: &str,
        attempt: impl Fn() -> Result<R, Failed>,
    ) -> Result<R, String> {
        let mut pause = self.patience.pause;
        let mut tries = 1;
        loop {
            let (reason, is_final) = match attempt() {
                Ok(result) => return Ok(result),
                Err(Failed::ForNow(reason)) => (reason, tries > self.patience.retries),
                Err(Failed::ForGood(reason)) => (reason, true),
            };
            if is_final {
                let times = if tries == 1 { "once" } else { "in vain" };
                let count = if tries == 1 {
                    String::new()
                } else {
                    format!(" {tries} times")
                };
                return Err(format!(
                    "the forked chain can't be read: {method} at {} was tried{count} {times}: {reason}",
                    self.name()
                ));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            tries += 1;
        }
    }

    fn post(&self, body: &Value) -> Result<Value, Failed> {
        let runtime = self.runtime.as_ref().expect("it is there until the end");
        let request = self.http.post(self.url.clone()).json(body);
        runtime.block_on(async {
            let response = request.send().await.map_err(unreachable)?;
            let status = response.status();
            if !status.is_success() {
                let reason = format!("HTTP status {status}");
                return Err(match is_passing(status) {
                    true => Failed::ForNow(reason),
                    false => Failed::ForGood(reason),
                });
            }
            read(response, LONGEST_ANSWER).await
        })
    }
}

/// The JSON of a response, of which no more is taken than there can be.
async fn read(mut response: reqwest::Response, most: usize) -> Result<Value, Failed> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unreachable)? {
        if body.len() + part.len() > most {
            return Err(Failed::ForGood(format!(
                "an answer of more than {most} bytes"
            )));
        }
        body.extend_from_slice(&part);
    }
    serde_json::from_slice(&body).map_err(|error| Failed::ForNow(format!("no JSON: {error}")))
}

/// What an answer says, or why it does not say that.
pub fn parse<T: DeserializeOwned>(answer: Result<Value, Refusal>) -> Result<T, String> {
    let answer = answer.map_err(|refusal| refusal.to_string())?;
    T::deserialize(&answer).map_err(|_| format!("it answered {}", excerpt(&answer)))
}

/// What an answer says that is not what was asked for, as far as it is told.
fn excerpt(answer: &Value) -> String {
    let text = answer.to_string();
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, String> {
    let read = |(name, value): &(String, String)| {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    headers.iter().map(read).collect()
}

/// Why there is no response, without the URL, which may hold a key.
fn unreachable(error: reqwest::Error) -> Failed {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(deeper) = source {
        reason = format!("{reason}: {deeper}");
        source = deeper.source();
    }
    Failed::ForNow(reason)
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}

/// What a response says. A node that is asked too much may answer later.
fn outcome(response: &Value) -> Result<Result<Value, Refusal>, Failed> {
    let Some(error) = response.get("error").filter(|error| !error.is_null()) else {
        return match response.get("result") {
            Some(result) => Ok(Ok(result.clone())),
            None => Err(Failed::ForNow("it has no result".to_owned())),
        };
    };
    let refusal = Refusal {
        code: error["code"].as_i64().unwrap_or_default(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
        data: error["data"].clone(),
    };
    let words = refusal.message.to_lowercase();
    let is_limit = refusal.code == LIMIT_EXCEEDED
        || refusal.code == 429
        || words.contains("rate limit")
        || words.contains("too many requests");
    match is_limit {
        true => Err(Failed::ForNow(refusal.to_string())),
        false => Ok(Err(refusal)),
    }
}
