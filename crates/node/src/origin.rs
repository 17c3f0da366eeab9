//! Which pages may use the node. A browser lets any page open a WebSocket to any address, and one whose name is made to point here even
//! read answers over HTTP; it says in every such request where the page is from.

use std::future::{ready, Future};
use std::pin::Pin;
use std::task::{Context, Poll};

use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use tower::{Layer, Service};

/// Whether an origin (`scheme://host[:port]`) is a page of the loopback interface.
pub(crate) fn is_local(origin: &[u8]) -> bool {
    std::str::from_utf8(origin).is_ok_and(|origin| match origin.split_once("://") {
        Some(("http" | "https", authority)) => {
            matches!(host(authority), "localhost" | "127.0.0.1" | "[::1]")
        }
        _ => false,
    })
}

/// The host of `host[:port]`.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether a request that says this origin may be from whom it likes: what is no page of the web, such as a browser's extension, was
/// installed. A page that the node itself serves may use it where others are let in.
fn is_welcome(origin: &[u8], host: Option<&[u8]>, is_exposed: bool) -> bool {
    let Some((scheme, authority)) = std::str::from_utf8(origin)
        .ok()
        .and_then(|origin| origin.split_once("://"))
    else {
        return false;
    };
    let is_page = matches!(scheme, "http" | "https");
    let is_own = is_exposed && host == Some(authority.as_bytes());
    !is_page || is_own || is_local(origin)
}

/// Refuses requests of other machines' pages, whatever they ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OriginLayer {
    /// Whether the node listens beyond the loopback interface.
    pub is_exposed: bool,
}

impl<S> Layer<S> for OriginLayer {
    type Service = OriginService<S>;

    fn layer(&self, node: S) -> Self::Service {
        OriginService {
            is_exposed: self.is_exposed,
            node,
        }
    }
}

/// Passes on what may be asked.
#[derive(Clone, Debug)]
pub(crate) struct OriginService<S> {
    is_exposed: bool,
    node: S,
}

impl<S, B> Service<HttpRequest<B>> for OriginService<S>
where
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
        let value = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
        match value("origin") {
            Some(origin) if !is_welcome(origin, value("host"), self.is_exposed) => {
                let refusal = HttpResponse::<()>::builder()
                    .status(403)
                    .header("content-type", "text/plain; charset=utf-8")
                    .body(HttpBody::from(
                        "pages of other machines may not use this node",
                    ))
                    .expect("status and headers are valid");
                Box::pin(ready(Ok(refusal)))
            }
            _ => Box::pin(self.node.call(request)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_others_are_told_from_what_is_here() {
        let named = Some(&b"box.example:8547"[..]);
        for (origin, alone, exposed) in [
            ("http://localhost:3000", true, true),
            ("https://127.0.0.1", true, true),
            ("http://[::1]:80", true, true),
            (
                "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn",
                true,
                true,
            ),
            ("http://box.example:8547", false, true),
            ("http://box.example", false, false),
            ("https://example.com", false, false),
            ("http://localhost.example.com:3000", false, false),
            ("http://example.com:localhost", false, false),
            ("null", false, false),
            ("", false, false),
        ] {
            for (is_exposed, expected) in [(false, alone), (true, exposed)] {
                let found = is_welcome(origin.as_bytes(), named, is_exposed);
                assert_eq!(found, expected, "{origin} {is_exposed}");
            }
        }
        assert!(!is_welcome(b"\xff", None, true));
    }
}
