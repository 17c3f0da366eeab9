//! What is served over HTTP: `/report` (the signer's newest), `/market` (what it was fitted to), `/metrics`, `/healthz`.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
    Request, Response, StatusCode,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::{
    net::TcpListener,
    sync::{watch, Semaphore},
    task::JoinSet,
    time::timeout,
};

use crate::{log::log, signer::Signer, Keeper};

/// Connections at a time; one more is hung up on. Whoever asks is done in no time, so that these are enough.
const CONNECTIONS: usize = 128;
/// How long a connection may last.
const LONGEST: Duration = Duration::from_secs(10);

/// Serves until told to stop. Returns where.
pub async fn serve(
    keeper: Arc<Keeper>,
    signer: Option<Arc<Signer>>,
    tasks: &mut JoinSet<Result<()>>,
    mut stopped: watch::Receiver<bool>,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind(&keeper.config.listen)
        .await
        .with_context(|| format!("{} can't be listened on", keeper.config.listen))?;
    let address = listener.local_addr()?;
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    tasks.spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => return Ok(()),
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log!("serve", "passes over", reason = format!("{error}"));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(place) = free.clone().try_acquire_owned() else {
                continue;
            };
            let (keeper, signer) = (keeper.clone(), signer.clone());
            tokio::spawn(async move {
                let answer = service_fn(move |request: Request<Incoming>| {
                    let response = respond(request.uri().path(), &keeper, signer.as_deref());
                    async move { Ok::<_, Infallible>(response) }
                });
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_secs(5))
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), answer);
                // Whoever hangs up early, or is slow, is no concern of ours.
                let _ = timeout(LONGEST, served).await;
                drop(place);
            });
        }
    });
    Ok(address)
}

type Answer = (StatusCode, &'static str, String);

/// Something as JSON, or that it is not there yet.
fn json(name: &str, value: Option<impl Serialize>) -> Answer {
    match value.map(|value| serde_json::to_string(&value)) {
        Some(Ok(text)) => (StatusCode::OK, "application/json", text),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            format!("no {name}\n"),
        ),
    }
}

fn respond(path: &str, keeper: &Keeper, signer: Option<&Signer>) -> Response<Full<Bytes>> {
    let (status, kind, text) = match path {
        "/metrics" => (
            StatusCode::OK,
            "text/plain; version=0.0.4",
            keeper.metrics.text(),
        ),
        "/healthz" => match unhealthy(keeper) {
            None => (StatusCode::OK, "text/plain", "ok\n".to_owned()),
            Some(why) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "text/plain",
                format!("{why}\n"),
            ),
        },
        "/report" => json("report", signer.and_then(Signer::report)),
        "/market" => json("market", signer.and_then(Signer::market)),
        _ => (
            StatusCode::NOT_FOUND,
            "text/plain",
            "not found\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, kind.parse().expect("a constant header"));
    response
}

/// Why a role does not do its work, if it does not.
fn unhealthy(keeper: &Keeper) -> Option<&'static str> {
    let metrics = &keeper.metrics;
    if keeper.config.signer.is_some() && metrics.get("reports_total") == 0.0 {
        return Some("nothing was signed yet");
    }
    if keeper.config.operator.is_some() && metrics.get("looks_total") == 0.0 {
        return Some("the operator has not looked yet");
    }
    None
}
