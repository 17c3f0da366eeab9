//! The server: HTTP and WebSocket on one port, of the loopback interface unless told otherwise.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use inkhorn_chain::attempt;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::core::traits::IdProvider;
use jsonrpsee::server::{
    BatchRequestConfig, HttpBody, HttpRequest, RandomIntegerIdProvider, ServerBuilder,
    ServerConfig, ServerHandle,
};
use jsonrpsee::types::{ErrorObjectOwned, Params, SubscriptionId};
use jsonrpsee::RpcModule;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::task::spawn_blocking;
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::door::{DoorLayer, JSON};
use crate::error::RpcError;
use crate::node::Node;
use crate::origin::Welcome;
use crate::page::Page;
use crate::past::forwarded;
use crate::rpc::{methods, Arguments, Method, Reply};
use crate::subscription::{self, AnswerLayer, OverHttp};

/// What clients may ask for at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Longest request in bytes.
    pub request_bytes: u32,
    /// Longest response in bytes.
    pub response_bytes: u32,
    /// Most requests in a batch.
    pub batch: u32,
    /// Most connections.
    pub connections: u32,
    /// Most subscriptions of a connection.
    pub subscriptions: u32,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            request_bytes: 16 << 20,
            response_bytes: 64 << 20,
            batch: 1_000,
            connections: 512,
            subscriptions: 256,
        }
    }
}

/// Longest time that open requests are waited for at the end.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    timer: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// URL for HTTP clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops the server and waits until open requests are answered, but not for clients that never finish theirs.
    pub async fn stop(self) {
        self.timer.abort();
        // It fails when the server has stopped already.
        if self.handle.stop().is_ok() {
            let _ = tokio::time::timeout(STOP_PATIENCE, self.handle.stopped()).await;
        }
    }
}

/// Serves a node on a port of the loopback interface; 0 picks a free one. GET / answers 200.
///
/// # Errors
/// The port can't be bound.
pub async fn serve(node: Arc<Node>, port: u16, limits: ServerLimits) -> io::Result<Serving> {
    serve_with_page(node, port, limits, None).await
}

/// The same, with a page that browsers get from the same port.
///
/// # Errors
/// The port can't be bound.
pub async fn serve_with_page(
    node: Arc<Node>,
    port: u16,
    limits: ServerLimits,
    page: Option<Page>,
) -> io::Result<Serving> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    serve_at(node, address, limits, page, Vec::new()).await
}

/// The same on any interface, and also for pages in a browser of these origins (`https://remix.ethereum.org`) beside those that this
/// machine serves. Whoever reaches the node owns all of its accounts.
///
/// # Errors
/// The address can't be bound.
pub async fn serve_at(
    node: Arc<Node>,
    address: SocketAddr,
    limits: ServerLimits,
    page: Option<Page>,
    origins: Vec<String>,
) -> io::Result<Serving> {
    let config = ServerConfig::builder()
        .max_request_body_size(limits.request_bytes)
        .max_response_body_size(limits.response_bytes)
        .max_connections(limits.connections)
        .max_subscriptions_per_connection(limits.subscriptions)
        .set_batch_request_config(BatchRequestConfig::Limit(limits.batch))
        .set_id_provider(HexIds)
        .build();
    let welcome = Arc::new(Welcome {
        is_exposed: !address.ip().is_loopback(),
        origins,
    });
    let server = ServerBuilder::with_config(config)
        .set_http_middleware(
            ServiceBuilder::new()
                .layer(DoorLayer(Arc::clone(&welcome)))
                .layer(pages(welcome))
                .layer(DoorLayer(Arc::new(page.unwrap_or_default())))
                .map_request(mark),
        )
        .set_rpc_middleware(RpcServiceBuilder::new().layer(AnswerLayer))
        .build(address)
        .await?;
    let address = server.local_addr()?;
    let timer = tokio::spawn(keep_mining(Arc::clone(&node)));
    let handle = server.start(module(node));
    Ok(Serving {
        address,
        handle,
        timer,
    })
}

/// Types of JSON-RPC's requests, as go-ethereum takes them.
const REQUEST_TYPES: [&str; 3] = [JSON, "application/json-rpc", "application/jsonrequest"];

/// Marks what does not open a WebSocket, and leaves parameters of its type out: the server knows few of them, and only by heart.
fn mark(mut request: HttpRequest<HttpBody>) -> HttpRequest<HttpBody> {
    if !request.headers().contains_key("upgrade") {
        request.extensions_mut().insert(OverHttp);
    }
    if let Some(kind) = request.headers_mut().get_mut("content-type") {
        let named = kind.to_str().unwrap_or_default().split(';').next();
        let named = named.unwrap_or_default().trim().to_ascii_lowercase();
        if REQUEST_TYPES.contains(&named.as_str()) {
            *kind = JSON.parse().expect("a type is a header's value");
        }
    }
    request
}

/// Lets pages that this machine serves read answers in a browser, and those of named origins, and no others.
fn pages(welcome: Arc<Welcome>) -> CorsLayer {
    CorsLayer::new()
        .allow_methods(Any)
        .allow_headers(Any)
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            welcome.is_readable(origin.as_bytes())
        }))
}

fn module(node: Arc<Node>) -> RpcModule<Node> {
    let mut module = RpcModule::from_arc(Arc::clone(&node));
    for method in methods() {
        let answered = move |params: Params<'static>, node: Arc<Node>, _| async move {
            // Whatever may take a while must not hold up the threads that serve connections.
            if !method.is_long && !node.is_fork() {
                return answer(method, &node, &params);
            }
            let asked = spawn_blocking(move || answer(method, &node, &params));
            asked.await.unwrap_or(Err(RpcError::Internal.into()))
        };
        module
            .register_async_method(method.name, answered)
            .expect("method names are distinct");
    }
    subscription::register(&mut module, node);
    module
}

/// A panic is this request's alone: it is answered, and the node's state is as before.
fn answer(method: &Method, node: &Node, params: &Params<'_>) -> Result<Value, ErrorObjectOwned> {
    let named = method.in_order(params)?;
    let named = named.as_deref().map(|named| Params::new(Some(named)));
    let params = named.as_ref().unwrap_or(params);
    let given = params
        .parse::<Vec<IgnoredAny>>()
        .map_or(0, |given| given.len());
    if given > method.takes {
        let most = method.takes;
        let reason = format!("too many arguments, want at most {most}");
        return Err(RpcError::invalid(reason).into());
    }
    catch_unwind(AssertUnwindSafe(|| run(method, node, params)))
        .unwrap_or(Err(RpcError::Internal))
        .map_err(Into::into)
}

/// The answer of a method; where it needed a forked chain that can't be read, that is the answer.
fn run(method: &Method, node: &Node, params: &Params<'_>) -> Reply {
    if node.is_fork() {
        let given: Vec<Value> = params.parse().unwrap_or_default();
        if let Some(answer) = forwarded(node, method.name, &given)? {
            return Ok(answer);
        }
    }
    attempt(|| (method.run)(node, &mut Arguments::new(params.sequence())))?
}

/// Makes blocks by the timer while it is on.
async fn keep_mining(node: Arc<Node>) {
    let mut block_time = node.block_time();
    loop {
        let distance = *block_time.borrow_and_update();
        let changed = block_time.changed();
        let Some(distance) = distance else {
            if changed.await.is_err() {
                return;
            }
            continue;
        };
        let mining = Arc::clone(&node);
        tokio::select! {
            changed = changed => if changed.is_err() { return },
            () = tokio::time::sleep(distance) => {
                // A panic in there has been dealt with.
                if let Ok(Err(error)) = spawn_blocking(move || mining.mine(1, None)).await {
                    eprintln!("There is no block this time: {error}");
                }
            }
        }
    }
}

/// Subscription ids as Ethereum clients expect them: `0x…`.
#[derive(Clone, Copy, Debug)]
struct HexIds;

impl IdProvider for HexIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        match RandomIntegerIdProvider.next_id() {
            SubscriptionId::Num(number) => SubscriptionId::Str(format!("{number:#x}").into()),
            text => text,
        }
    }
}
