//! A page of static files beside the node: what a browser gets with GET, from memory.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jsonrpsee::server::{HttpRequest, HttpResponse};

use crate::door::{response, Keeper, JSON, TEXT};

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
}

/// Anything but GET and HEAD, and WebSockets, is for the node. `/health`, and `/` where there is no page, say that the node is up.
impl Keeper for Page {
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
            return Some(file(200, JSON, "no-cache", body));
        }
        if self.files.is_empty() {
            return None;
        }
        let Some(contents) = self.files.get(path) else {
            return Some(file(404, TEXT, "no-cache", b"not found"));
        };
        // Names below assets/ carry a hash of what is in them.
        let cache = if path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let body: &[u8] = if method == "HEAD" { b"" } else { contents };
        Some(file(200, content_type(path), cache, body))
    }
}

/// A file that browsers may keep, or must not without asking.
fn file(status: u16, content_type: &str, cache: &str, body: &[u8]) -> HttpResponse {
    let headers = [
        ("cache-control", cache),
        ("x-content-type-options", "nosniff"),
    ];
    response(status, content_type, &headers, body)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => JSON,
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
