//! Which pages may use the node. A browser lets any page open a WebSocket to any address, and one whose name is made to point here even
//! read answers over HTTP; it says in every such request where the page is from.

use std::future::{ready, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use tower::{Layer, Service};

/// Whether an origin (`scheme://host[:port]`) is a page of the loopback interface.
fn is_local(origin: &[u8]) -> bool {
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

/// Who may use the node from a browser, beside pages of the loopback interface.
#[derive(Clone, Debug, Default)]
pub(crate) struct Welcome {
    /// Whether the node listens beyond the loopback interface.
    pub is_exposed: bool,
    /// Origins whose pages may.
    pub origins: Vec<String>,
}

impl Welcome {
    /// Whether pages of an origin may read answers.
    pub(crate) fn is_readable(&self, origin: &[u8]) -> bool {
        let mut named = self.origins.iter();
        is_local(origin) || named.any(|allowed| allowed.as_bytes() == origin)
    }

    /// Whether a request that says this origin may be from whom it likes: what is no page of the web, such as a browser's extension, was
    /// installed. A page that the node itself serves may use it where others are let in.
    fn takes(&self, origin: &[u8], host: Option<&[u8]>) -> bool {
        let Some((scheme, authority)) = std::str::from_utf8(origin)
            .ok()
            .and_then(|origin| origin.split_once("://"))
        else {
            return false;
        };
        let is_page = matches!(scheme, "http" | "https");
        let is_own = self.is_exposed && host == Some(authority.as_bytes());
        !is_page || is_own || self.is_readable(origin)
    }
}

/// Refuses requests of other machines' pages, whatever they ask for.
#[derive(Clone, Debug)]
pub(crate) struct OriginLayer(pub Arc<Welcome>);

impl<S> Layer<S> for OriginLayer {
    type Service = OriginService<S>;

    fn layer(&self, node: S) -> Self::Service {
        let welcome = Arc::clone(&self.0);
        OriginService { welcome, node }
    }
}

/// Passes on what may be asked.
#[derive(Clone, Debug)]
pub(crate) struct OriginService<S> {
    welcome: Arc<Welcome>,
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
            Some(origin) if !self.welcome.takes(origin, value("host")) => {
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
                let welcome = Welcome {
                    is_exposed,
                    ..Welcome::default()
                };
                let found = welcome.takes(origin.as_bytes(), named);
                assert_eq!(found, expected, "{origin} {is_exposed}");
            }
        }
        assert!(!Welcome::default().takes(b"\xff", None));
        let named = Welcome {
            is_exposed: false,
            origins: vec!["https://remix.ethereum.org".to_owned()],
        };
        assert!(named.takes(b"https://remix.ethereum.org", None));
        assert!(!named.takes(b"http://remix.ethereum.org", None));
        assert!(!named.takes(b"https://remix.ethereum.org.example", None));
    }
}
