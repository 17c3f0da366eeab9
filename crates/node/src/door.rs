//! What is answered before it reaches the node.

use std::future::{ready, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use tower::{Layer, Service};

/// Type of plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// Type of JSON.
pub(crate) const JSON: &str = "application/json";

/// Answers some requests itself.
pub(crate) trait Keeper: Send + Sync + 'static {
    /// The answer, unless the request is for who stands behind.
    fn answer<B>(&self, request: &HttpRequest<B>) -> Option<HttpResponse>;
}

/// A response with a body and headers beside its type.
pub(crate) fn response(
    status: u16,
    content_type: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> HttpResponse {
    let mut response = HttpResponse::<()>::builder()
        .status(status)
        .header("content-type", content_type);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response
        .body(HttpBody::from(body.to_vec()))
        .expect("status and headers are valid")
}

/// Puts a keeper before the node.
#[derive(Debug)]
pub(crate) struct DoorLayer<K>(pub Arc<K>);

impl<K> Clone for DoorLayer<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, S> Layer<S> for DoorLayer<K> {
    type Service = Door<K, S>;

    fn layer(&self, node: S) -> Self::Service {
        let keeper = Arc::clone(&self.0);
        Door { keeper, node }
    }
}

/// Lets the keeper answer and passes everything else on.
#[derive(Debug)]
pub(crate) struct Door<K, S> {
    keeper: Arc<K>,
    node: S,
}

impl<K, S: Clone> Clone for Door<K, S> {
    fn clone(&self) -> Self {
        Self {
            keeper: Arc::clone(&self.keeper),
            node: self.node.clone(),
        }
    }
}

impl<K, S, B> Service<HttpRequest<B>> for Door<K, S>
where
    K: Keeper,
    S: Service<HttpRequest<B>, Response = HttpResponse>,
    S::Error: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.node.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        match self.keeper.answer(&request) {
            Some(answer) => Box::pin(ready(Ok(answer))),
            None => Box::pin(self.node.call(request)),
        }
    }
}
