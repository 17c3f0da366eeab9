//! A page of static files beside the node: what a browser gets with GET, from memory.

use std::collections::BTreeMap;
use std::fs;
use std::future::{ready, Future};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use tower::{Layer, Service};

/// Files by their path below the page's address. Nothing is read from the disk once they are here, so no request reaches
/// another file.
#[derive(Clone, Debug, Default)]
pub struct Page {
    files: BTreeMap<String, Vec<u8>>,
}

impl Page {
    /// Reads a folder with everything below it.
    ///
    /// # Errors
    /// A file can't be read, has a name that is no text, or there is no `index.html`.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut page = Self::default();
        page.read_below(folder, "/")?;
        if page.files.contains_key("/index.html") {
            return Ok(page);
        }
        let missing = format!("{} has no index.html", folder.display());
        Err(io::Error::new(io::ErrorKind::NotFound, missing))
    }

    fn read_below(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            let path = format!("{prefix}{name}");
            if entry.path().is_dir() {
                self.read_below(&entry.path(), &format!("{path}/"))?;
            } else {
                self.files.insert(path, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Puts a file at a path that begins with `/`, in place of one that is there.
    pub fn insert(&mut self, path: &str, contents: Vec<u8>) {
        self.files.insert(path.to_owned(), contents);
    }

    /// What is answered to a request, unless it is one for the node: anything but GET and HEAD, and WebSockets. `/health`, and
    /// `/` where there is no page, say that the node is up.
    fn answer<B>(&self, request: &HttpRequest<B>) -> Option<HttpResponse> {
        let method = request.method().as_str();
        if !matches!(method, "GET" | "HEAD") || request.headers().contains_key("upgrade") {
            return None;
        }
        let path = match request.uri().path() {
            "/" if self.files.is_empty() => "/health",
            "/" => "/index.html",
            path => path,
        };
        if path == "/health" {
            let body: &[u8] = if method == "HEAD" {
                b""
            } else {
                b"{\"status\":\"ok\"}"
            };
            return Some(response(200, "application/json", "no-cache", body));
        }
        if self.files.is_empty() {
            return None;
        }
        let Some(contents) = self.files.get(path) else {
            return Some(response(
                404,
                "text/plain; charset=utf-8",
                "no-cache",
                b"not found",
            ));
        };
        // Names below assets/ carry a hash of what is in them.
        let cache = if path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let body: &[u8] = if method == "HEAD" { b"" } else { contents };
        Some(response(200, content_type(path), cache, body))
    }
}

fn response(status: u16, content_type: &str, cache: &str, body: &[u8]) -> HttpResponse {
    HttpResponse::<()>::builder()
        .status(status)
        .header("content-type", content_type)
        .header("cache-control", cache)
        .header("x-content-type-options", "nosniff")
        .body(HttpBody::from(body.to_vec()))
        .expect("status and headers are valid")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Puts a page, which may be empty, before the node.
#[derive(Clone, Debug)]
pub(crate) struct PageLayer(pub Arc<Page>);

impl<S> Layer<S> for PageLayer {
    type Service = PageService<S>;

    fn layer(&self, node: S) -> Self::Service {
        PageService {
            page: Arc::clone(&self.0),
            node,
        }
    }
}

/// Answers for the page and passes everything else on.
#[derive(Clone, Debug)]
pub(crate) struct PageService<S> {
    page: Arc<Page>,
    node: S,
}

impl<S, B> Service<HttpRequest<B>> for PageService<S>
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
        match self.page.answer(&request) {
            Some(answer) => Box::pin(ready(Ok(answer))),
            None => Box::pin(self.node.call(request)),
        }
    }
}
