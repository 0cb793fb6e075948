//! HTTPS: connections, and the faults that only a connection can show.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderValue, Response, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::Answer;
use super::fault::CallAction;
use super::request::Request;

/// What is behind the connections.
pub(crate) trait Service: Send + Sync + 'static {
    /// A call's place in the journal.
    type Place: Copy + Send + Sync;

    /// True while connections are closed as soon as they are made.
    fn is_closed(&self) -> bool;

    /// Notes a request and draws its fault.
    fn receive(&self, request: &Request) -> Arrival<Self::Place>;

    /// Notes that nothing is done: the request was lost.
    fn lost(&self, place: Self::Place);

    /// Nothing is done; a fault answers.
    fn made_up(&self, place: Self::Place, status: u16, body: Option<String>) -> Answer;

    /// Does what is asked. `response_lost`: the caller won't see the (whole) answer.
    fn act(&self, place: Self::Place, request: &Request, response_lost: bool) -> impl Future<Output = Answer> + Send;
}

/// How a call goes on after it has arrived.
pub(crate) enum Arrival<P> {
    /// The connection is closed at once; it isn't in the journal.
    Closed,
    /// It was noted.
    Noted {
        place: P,
        latency_ms: u64,
        fault: Option<CallAction>,
    },
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("told to close the connection")]
struct Lost;

type Body = BoxBody<Bytes, std::io::Error>;

/// Accepts connections until `stop`.
pub(crate) async fn serve<S: Service>(
    listener: TcpListener,
    tls: TlsAcceptor,
    service: Arc<S>,
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
        if service.is_closed() {
            continue;
        }
        let (tls, service, stop) = (tls.clone(), service.clone(), stop.clone());
        tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = connection(stream, tls, service) => {}
            }
        });
    }
}

async fn connection<S: Service>(stream: TcpStream, tls: TlsAcceptor, service: Arc<S>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = hyper::service::service_fn(move |request: http::Request<Incoming>| {
        let service = service.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
            let request = Request::new(&parts, body);
            // Apart from the connection: what has been received is done even if the caller hangs up.
            tokio::spawn(handle(service, request)).await.map_err(|_| Lost)?
        }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle<S: Service>(service: Arc<S>, request: Request) -> Result<Response<Body>, Lost> {
    let Arrival::Noted {
        place,
        latency_ms,
        fault,
    } = service.receive(&request)
    else {
        return Err(Lost);
    };
    pause(latency_ms).await;
    let act = |lost| service.act(place, &request, lost);
    match fault {
        None => Ok(response(act(false).await)),
        Some(CallAction::LoseRequest) => {
            service.lost(place);
            Err(Lost)
        }
        Some(CallAction::LoseResponse) => {
            act(true).await;
            Err(Lost)
        }
        Some(CallAction::CutResponse) => Ok(cut(act(true).await)),
        Some(CallAction::DelayRequest { ms }) => {
            pause(ms).await;
            Ok(response(act(false).await))
        }
        Some(CallAction::DelayResponse { ms }) => {
            let answer = act(false).await;
            pause(ms).await;
            Ok(response(answer))
        }
        Some(CallAction::Answer { status, body }) => Ok(response(service.made_up(place, status, body))),
    }
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
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
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
