//! Answers: that every request gets one, and when it is out. What a subscription has to say may follow it, not come before.
//!
//! The server takes a request whose id it does not know for one without an id, and would drop either without a word.

use std::collections::HashSet;
use std::future::{ready, Future};
use std::sync::{Arc, LazyLock};

use jsonrpsee::core::middleware::{
    Batch, BatchEntry, BatchEntryErr, Notification, ResponseFuture, RpcServiceT,
};
use jsonrpsee::types::{ErrorObjectOwned, Id, Request};
use jsonrpsee::{Extensions, MethodResponse};
use tokio::sync::watch;
use tower::Layer;

use super::{SUBSCRIBE, UNSUBSCRIBE};
use crate::error::RpcError;
use crate::rpc::method_names;

/// Marks requests over HTTP, which nothing can follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverHttp;

/// Travels with a request and with its answer, up to where the answer is sent.
#[derive(Clone, Debug)]
pub(super) struct Unanswered(Arc<watch::Sender<()>>);

impl Unanswered {
    fn new() -> Self {
        Self(Arc::new(watch::channel(()).0))
    }

    /// When the answer to the request with these extensions is out.
    pub(super) fn end(extensions: &Extensions) -> impl Future<Output = ()> + Send + 'static {
        let waiting = extensions
            .get::<Self>()
            .map(|waiting| waiting.0.subscribe());
        async move {
            if let Some(mut waiting) = waiting {
                // It fails when the last copy is gone, which is what is waited for.
                while waiting.changed().await.is_ok() {}
            }
        }
    }
}

/// The refusal of a request that no answer could be told by.
fn unanswerable() -> ErrorObjectOwned {
    let reason = "invalid request: an id is text, a whole number that is not negative, or null";
    ErrorObjectOwned::owned(-32_600, reason, None::<()>)
}

/// The refusal of a method that there is not, by its name.
fn unknown(method: &str) -> ErrorObjectOwned {
    let reason = format!("the method {method} does not exist/is not available");
    ErrorObjectOwned::owned(-32_601, reason, None::<()>)
}

fn is_known(method: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| method_names().chain([SUBSCRIBE, UNSUBSCRIBE]).collect());
    NAMES.contains(method)
}

/// Why a request can't be passed on, if so.
fn refusal(request: &Request<'_>) -> Option<ErrorObjectOwned> {
    if !is_known(request.method_name()) {
        return Some(unknown(request.method_name()));
    }
    let is_deaf = request.extensions.get::<OverHttp>().is_some();
    (is_deaf && is_about_subscriptions(request)).then(|| {
        RpcError::refused("notifications not supported: subscribe over a WebSocket").into()
    })
}

fn is_about_subscriptions(request: &Request<'_>) -> bool {
    [SUBSCRIBE, UNSUBSCRIBE].contains(&request.method_name())
}

/// Lets subscriptions know when their answers are out, and refuses what can't be answered or followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerLayer;

impl<S> Layer<S> for AnswerLayer {
    type Service = AnswerService<S>;

    fn layer(&self, node: S) -> Self::Service {
        AnswerService(node)
    }
}

/// Passes everything on.
#[derive(Clone, Debug)]
pub(crate) struct AnswerService<S>(S);

impl<S> RpcServiceT for AnswerService<S>
where
    S: RpcServiceT<
        MethodResponse = MethodResponse,
        BatchResponse = MethodResponse,
        NotificationResponse = MethodResponse,
    >,
{
    type MethodResponse = MethodResponse;
    type BatchResponse = MethodResponse;
    type NotificationResponse = MethodResponse;

    fn call<'a>(
        &self,
        mut request: Request<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        if let Some(refusal) = refusal(&request) {
            return ResponseFuture::ready(MethodResponse::error(request.id, refusal));
        }
        if is_about_subscriptions(&request) {
            request.extensions.insert(Unanswered::new());
        }
        ResponseFuture::future(self.0.call(request))
    }

    fn batch<'a>(&self, mut batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let waiting = Unanswered::new();
        for entry in batch.iter_mut() {
            match entry {
                Ok(BatchEntry::Call(request)) => {
                    if let Some(refusal) = refusal(request) {
                        *entry = Err(BatchEntryErr::new(request.id.clone(), refusal));
                    } else if is_about_subscriptions(request) {
                        request.extensions.insert(waiting.clone());
                    }
                }
                Ok(BatchEntry::Notification(_)) => {
                    *entry = Err(BatchEntryErr::new(Id::Null, unanswerable()));
                }
                Err(_) => {}
            }
        }
        let answer = self.0.batch(batch);
        async move {
            let mut answer = answer.await;
            answer.extensions_mut().insert(waiting);
            answer
        }
    }

    fn notification<'a>(
        &self,
        _: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        ready(MethodResponse::error(Id::Null, unanswerable()))
    }
}
