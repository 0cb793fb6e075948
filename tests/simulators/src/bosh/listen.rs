//! HTTPS: connections, and the faults that only a connection can show.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::Answer;
use super::fault::{CallAction, Outage};
use super::journal::{Fate, Start};
use super::request::Request;
use super::routes;
use super::world::World;

/// The world, shared by the listeners and the tests.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("told to close the connection")]
pub(super) struct Lost;

type Body = BoxBody<Bytes, std::io::Error>;

/// Accepts connections until `stop`.
pub(super) async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    shared: Shared,
    stop: CancellationToken,
    tracker: TaskTracker,
) {
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        if shared.lock().outage == Some(Outage::Connections) {
            continue;
        }
        let (tls, shared, stop) = (tls.clone(), shared.clone(), stop.clone());
        tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = connection(stream, tls, shared) => {}
            }
        });
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, shared: Shared) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = hyper::service::service_fn(move |request: http::Request<Incoming>| {
        let shared = shared.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
            let request = Request::new(&parts, body);
            // Apart from the connection: what has been received is done even if the caller hangs up.
            tokio::spawn(handle(shared, request)).await.map_err(|_| Lost)?
        }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle(shared: Shared, request: Request) -> Result<Response<Body>, Lost> {
    let (latency, fault, start) = shared.lock().receive(&request);
    pause(latency).await;
    let refuse = |fate| {
        if let Some(start) = start {
            shared.lock().decide(start, fate, None, false);
        }
    };
    let act = |lost| shared.lock().act(&request, start, lost);
    match fault {
        Fault::Closed => Err(Lost),
        Fault::Call(None) => Ok(response(act(false))),
        Fault::Call(Some(action)) => match action {
            CallAction::LoseRequest => {
                refuse(Fate::Lost);
                Err(Lost)
            }
            CallAction::LoseResponse => {
                act(true);
                Err(Lost)
            }
            CallAction::CutResponse => Ok(cut(act(true))),
            CallAction::DelayRequest { ms } => {
                pause(ms).await;
                Ok(response(act(false)))
            }
            CallAction::DelayResponse { ms } => {
                let answer = act(false);
                pause(ms).await;
                Ok(response(answer))
            }
            CallAction::Answer { status, body } => {
                refuse(Fate::Refused);
                Ok(response(made_up(status, body)))
            }
        },
    }
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// What hits a call.
enum Fault {
    Closed,
    Call(Option<CallAction>),
}

impl World {
    /// Notes a request and draws its fault.
    fn receive(&mut self, request: &Request) -> (u64, Fault, Option<u64>) {
        if self.outage == Some(Outage::Connections) {
            return (0, Fault::Closed, None);
        }
        self.ledger.count(routes::template(&request.method, &request.path));
        let start = routes::starts_task(request).then(|| {
            self.ledger.start(Start {
                method: request.method.clone(),
                path: request.path.clone(),
                context_id: request.header("x-bosh-context-id").unwrap_or_default().to_owned(),
                at: self.clock.now(),
                fate: Fate::Pending,
                task: None,
                response_lost: false,
            })
        });
        let fault = self.call_fault(&request.method, &request.path);
        (self.latency_ms, Fault::Call(fault), start)
    }

    fn act(&mut self, request: &Request, start: Option<u64>, lost: bool) -> Answer {
        let answer = routes::answer(self, request);
        if let Some(at) = start {
            let fate = if answer.task.is_some() {
                Fate::Started
            } else {
                Fate::Refused
            };
            self.decide(at, fate, answer.task, lost);
        }
        answer
    }

    fn decide(&mut self, start: u64, fate: Fate, task: Option<u64>, response_lost: bool) {
        if let Some(start) = self.ledger.find(start) {
            start.fate = fate;
            start.task = task;
            start.response_lost = response_lost;
        }
    }
}

fn made_up(status: u16, body: Option<String>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match (status.as_u16(), body) {
        (_, Some(body)) => Answer::html(status, body),
        (502..=504, None) => Answer::gateway_error(status),
        (_, None) => Answer::empty(status),
    }
}

/// Half of the body, then the connection breaks.
fn cut(answer: Answer) -> Response<Body> {
    let whole = Bytes::from(answer.body.clone());
    let half = whole.slice(..whole.len() / 2);
    let head = futures::stream::once(async move { Ok(Frame::data(half)) });
    let end = futures::stream::once(async {
        // What was written is only sent when the body lets the connection wait.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::from(ErrorKind::BrokenPipe))
    });
    let mut response = response(answer);
    *response.body_mut() = BodyExt::boxed(StreamBody::new(head.chain(end)));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, whole.len().max(1).into());
    response
}

fn response(answer: Answer) -> Response<Body> {
    let bytes = Bytes::from(answer.body);
    let body = if answer.chunked {
        let frame = futures::stream::once(async move { Ok(Frame::data(bytes)) });
        BodyExt::boxed(StreamBody::new(frame))
    } else {
        Full::new(bytes).map_err(|never| match never {}).boxed()
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(kind) = answer.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if answer.challenge {
        let realm = HeaderValue::from_static("Basic realm=\"BOSH Director\"");
        headers.insert(header::WWW_AUTHENTICATE, realm);
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
