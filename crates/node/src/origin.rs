//! Which pages may use the node. A browser lets any page open a WebSocket to any address, and one whose name is made to point here even
//! read answers over HTTP; it says in every such request where the page is from.

use jsonrpsee::server::{HttpRequest, HttpResponse};

use crate::door::{response, Keeper, TEXT};

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
impl Keeper for Welcome {
    fn answer<B>(&self, request: &HttpRequest<B>) -> Option<HttpResponse> {
        let value = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
        let is_foreign = value("origin").is_some_and(|origin| !self.takes(origin, value("host")));
        is_foreign.then(|| {
            let reason = b"pages of other machines may not use this node";
            response(403, TEXT, &[], reason)
        })
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
