//! How a node is asked: JSON-RPC over HTTP, with answers of bounded length.

use std::task::{Context, Poll};

use alloy_json_rpc::{RequestPacket, ResponsePacket};
use alloy_transport::{TransportError, TransportErrorKind, TransportFut, TransportResult};
use reqwest::{Client, Url};
use tower::Service;

use crate::fetch;

/// Characters that are told of an answer that is none.
const EXCERPT: usize = 200;

/// A node.
#[derive(Clone, Debug)]
pub struct Transport {
    /// What it is asked with.
    pub client: Client,
    /// Where it is.
    pub url: Url,
}

impl Transport {
    async fn ask(self, request: RequestPacket) -> TransportResult<ResponsePacket> {
        let sent = self.client.post(self.url).json(&request).send().await;
        let response = sent.map_err(TransportErrorKind::custom)?;
        let status = response.status();
        let body = fetch::body(response, fetch::NODE).await;
        let body = body.map_err(|error| TransportErrorKind::custom_str(&format!("{error:#}")))?;
        let excerpt = || -> String {
            let text = String::from_utf8_lossy(&body);
            text.chars().take(EXCERPT).collect()
        };
        match serde_json::from_slice(&body) {
            Ok(answer) => Ok(answer),
            Err(_) if !status.is_success() => {
                Err(TransportErrorKind::http_error(status.as_u16(), excerpt()))
            }
            Err(error) => Err(TransportError::deser_err(error, excerpt())),
        }
    }
}

impl Service<RequestPacket> for Transport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}
