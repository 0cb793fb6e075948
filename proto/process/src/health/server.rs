//! `/healthz`, `/readyz` and `/metrics` on a port of their own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Health;
use crate::metrics::{self, Registry};

/// Who connects and then says nothing, or keeps a connection without using it, is let go after this.
const HEADER_LIMIT: Duration = Duration::from_secs(30);

/// After a failed accept (no file descriptors, mostly) wait, or the loop would burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The running server. Dropping it ends the server without ceremony.
#[derive(Debug)]
pub struct AdminTask {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Binds `addr` (port 0: the system chooses) and serves until the task is stopped:
///
/// | path | answer |
/// |---|---|
/// | `GET /healthz` | 200 `{"status":"ok"}` as long as the process answers at all |
/// | `GET /readyz` | 200 or 503 with a [`Report`](super::Report) |
/// | `GET /metrics` | 200, text for Prometheus |
///
/// # Errors
/// When the address can't be bound.
pub async fn serve(addr: SocketAddr, health: Health, registry: Registry) -> io::Result<(SocketAddr, AdminTask)> {
    let listener = TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    let stop = CancellationToken::new();
    let task = tokio::spawn(accept(listener, router(health, registry), stop.clone(), HEADER_LIMIT));
    Ok((bound, AdminTask { stop, task }))
}

fn router(health: Health, registry: Registry) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route("/readyz", get(readyz).with_state(health))
        .route("/metrics", get(scrape).with_state(registry))
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let report = health.report();
    let status = match report.status {
        "ready" | "degraded" => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report))
}

async fn scrape(State(registry): State<Registry>) -> impl IntoResponse {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], registry.encode())
}

async fn accept(listener: TcpListener, router: Router, stop: CancellationToken, header_limit: Duration) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_limit);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "admin port: accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        // A connection that breaks is the caller's affair.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    graceful.shutdown().await;
}

impl AdminTask {
    /// Takes no new connections, lets requests under way finish, and ends after `limit` anyhow.
    pub async fn stop(mut self, limit: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(limit, &mut self.task).await.is_err() {
            tracing::debug!("admin port: connections were cut off");
        }
    }
}

impl Drop for AdminTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn who_connects_and_says_nothing_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = router(Health::new(), Registry::new("test", &SystemClock::new()));
        let limit = Duration::from_millis(20);
        let task = tokio::spawn(accept(listener, router, CancellationToken::new(), limit));
        let mut silent = TcpStream::connect(addr).await.unwrap();
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(20), silent.read_to_end(&mut rest));
        assert!(end.await.is_ok(), "the connection stays open");
        task.abort();
    }

    #[tokio::test]
    async fn a_degraded_process_still_gets_work() {
        let health = Health::new();
        health.set("bus", Ok(()));
        health.outside("director", Some(Err("away".to_owned())));
        let registry = Registry::new("test", &SystemClock::new());
        let (addr, task) = serve(([127, 0, 0, 1], 0).into(), health.clone(), registry)
            .await
            .unwrap();
        let readyz = async || {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            let request = b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let answer = readyz().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains(r#"{"status":"degraded","checks":["#), "{answer}");
        health.set("bus", Err("lost".to_owned()));
        let answer = readyz().await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        task.stop(Duration::from_secs(1)).await;
    }
}
