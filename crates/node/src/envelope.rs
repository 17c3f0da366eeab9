//! What is around a request over HTTP: an id that can't be answered under, a subscription that nothing could follow.
//!
//! The server takes a request whose id it does not know for one without an id, and would drop it without a word.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Limited};
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{json, Value};
use tower::{Layer, Service};

/// What is read of a request before it is passed on.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// Whether an answer can carry its id: text, a whole number, or none.
    fn is_answerable(&self) -> bool {
        let Some(id) = self.id else { return true };
        match serde_json::from_str(id.get()) {
            Ok(Value::Number(number)) => number.is_u64(),
            Ok(Value::String(_) | Value::Null) => true,
            _ => false,
        }
    }

    fn subscribes(&self) -> bool {
        self.method
            .is_some_and(|method| method.get() == "\"eth_subscribe\"")
    }
}

/// The refusal of a body that the node would misread.
fn refusal(body: &[u8]) -> Option<Value> {
    let is_batch = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let envelopes: Vec<Envelope<'_>> = if is_batch {
        serde_json::from_slice(body).ok()?
    } else {
        vec![serde_json::from_slice(body).ok()?]
    };
    if !envelopes.iter().all(Envelope::is_answerable) {
        let reason = "invalid request: an id is text, a whole number that is not negative, or null";
        return Some(failure(&Value::Null, -32_600, reason));
    }
    match envelopes.as_slice() {
        [single] if !is_batch && single.subscribes() => {
            let id = single.id.and_then(|id| serde_json::from_str(id.get()).ok());
            let reason = "notifications not supported: subscribe over a WebSocket";
            Some(failure(&id.unwrap_or_default(), -32_000, reason))
        }
        _ => None,
    }
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

/// Reads requests before the node does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnvelopeLayer {
    /// Longest body that is looked at, in bytes; the node refuses longer ones.
    pub longest: u32,
}

impl<S> Layer<S> for EnvelopeLayer {
    type Service = EnvelopeService<S>;

    fn layer(&self, node: S) -> Self::Service {
        let longest = self.longest as usize;
        EnvelopeService { node, longest }
    }
}

/// Refuses what the node would misread and passes everything else on.
#[derive(Clone, Debug)]
pub(crate) struct EnvelopeService<S> {
    node: S,
    longest: usize,
}

impl<S> Service<HttpRequest<HttpBody>> for EnvelopeService<S>
where
    S: Service<HttpRequest<HttpBody>, Response = HttpResponse> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.node.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<HttpBody>) -> Self::Future {
        let length = request.headers().get("content-length");
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if request.method().as_str() != "POST" || length.is_none_or(|length| length > self.longest)
        {
            return Box::pin(self.node.call(request));
        }
        // The one that was polled is called; the copy waits for its turn.
        let waiting = self.node.clone();
        let mut node = std::mem::replace(&mut self.node, waiting);
        let longest = self.longest;
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = match Limited::new(body, longest).collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => return Ok(answer(400, String::new())),
            };
            match refusal(&body) {
                Some(refusal) => Ok(answer(200, refusal.to_string())),
                None => {
                    let body = HttpBody::from(body.to_vec());
                    node.call(HttpRequest::from_parts(head, body)).await
                }
            }
        })
    }
}

fn answer(status: u16, body: String) -> HttpResponse {
    HttpResponse::<()>::builder()
        .status(status)
        .header("content-type", "application/json; charset=utf-8")
        .body(HttpBody::from(body))
        .expect("status and headers are valid")
}
