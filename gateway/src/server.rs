//! The listener: connections in, requests to the edge, and an orderly end.
use crate::{
    edge,
    half_close::HalfClose,
    idle::Idle,
    reload::InForce,
    tls::{self, Peer},
};
use futures::FutureExt as _;
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use socket2::{Domain, Protocol, Socket, Type};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;

/// From the first byte of a request to the end of its head; also how long a kept connection may wait for the next.
const HEAD: Duration = Duration::from_secs(65);
/// A connection on which nothing is received for so long ends. Longer than any answer takes.
const IDLE: Duration = Duration::from_secs(90);
/// Who closes its sending side gets an answer that takes no longer.
const HALF_CLOSED: Duration = Duration::from_secs(2);
/// A TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// And once the stop has begun: who only connects, as load balancers do, holds nothing up.
const LAST_HANDSHAKE: Duration = Duration::from_millis(500);
/// Whether an HTTP/2 peer still lives is asked this often.
const PING: Duration = Duration::from_secs(20);
/// Connections at once; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 8192;
/// Requests at once on one HTTP/2 connection.
const MOST_STREAMS: u32 = 256;
/// The largest head.
const LARGEST_HEAD: u32 = 64 * 1024;
/// The system's queue.
const BACKLOG: i32 = 1024;
/// After a failed accept (no file descriptors, mostly) wait, or the loop would burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Binds with `SO_REUSEPORT`: a successor can listen before the predecessor has stopped.
pub(crate) fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves until the stop begins, then takes what had already connected, lets requests under way finish, and waits for
/// the accepts among them.
pub(crate) async fn serve(listener: TcpListener, in_force: Arc<InForce>) {
    let desk = in_force.desk();
    let server = Server {
        builder: Arc::new(builder()),
        graceful: GracefulShutdown::new(),
        in_force,
    };
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let stop = desk.shutdown.cancelled();
    tokio::pin!(stop);
    loop {
        let permit = tokio::select! {
            biased;
            () = &mut stop => break,
            permit = permits.clone().acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => server.connected(stream, permit),
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    while let Some(Ok((stream, _))) = listener.accept().now_or_never() {
        server.connected(stream, ());
    }
    drop(listener);
    tracing::info!(connections = server.graceful.count(), "no more connections are taken");
    server.graceful.shutdown().await;
    desk.tasks.close();
    desk.tasks.wait().await;
}

struct Server {
    builder: Arc<auto::Builder<TokioExecutor>>,
    graceful: GracefulShutdown,
    in_force: Arc<InForce>,
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Who has sent a whole request and closes its sending side may still want the answer: see `half_close`.
        .half_close(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LARGEST_HEAD);
    builder
}

impl Server {
    fn connected(&self, stream: TcpStream, permit: impl Send + 'static) {
        // Small answers shall not wait for more.
        let _ = stream.set_nodelay(true);
        let talk = Talk {
            builder: self.builder.clone(),
            in_force: self.in_force.clone(),
            watcher: self.graceful.watcher(),
        };
        tokio::spawn(async move {
            let _open = (permit, talk.in_force.desk().metrics.connection());
            match talk.in_force.acceptor() {
                None => talk.over(Idle::new(stream, IDLE), None).await,
                Some(acceptor) => talk.over_tls(stream, acceptor).await,
            }
        });
    }
}

/// What a connection needs.
struct Talk {
    builder: Arc<auto::Builder<TokioExecutor>>,
    in_force: Arc<InForce>,
    watcher: Watcher,
}

impl Talk {
    async fn over_tls(self, stream: TcpStream, acceptor: TlsAcceptor) {
        let hands = async {
            if tls::is_plain(&stream).await? {
                return Ok(Err(stream));
            }
            acceptor.accept(Idle::new(stream, IDLE)).await.map(Ok)
        };
        let stop = self.in_force.desk().shutdown.cancelled();
        let limit = async {
            tokio::select! {
                () = tokio::time::sleep(HANDSHAKE) => {}
                () = async { stop.await; tokio::time::sleep(LAST_HANDSHAKE).await } => {}
            }
        };
        let shaken = tokio::select! {
            biased;
            shaken = hands => Some(shaken),
            () = limit => None,
        };
        match shaken {
            Some(Ok(Ok(stream))) => {
                let peer = Peer::of(stream.get_ref().1);
                self.over(stream, peer).await;
            }
            Some(Ok(Err(plain))) => {
                tracing::debug!("an HTTP request was sent to the HTTPS port");
                tls::turn_away(plain).await;
            }
            Some(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            None => tracing::debug!("TLS handshake took too long"),
        }
    }

    /// Each request is answered under what is in force when it begins.
    async fn over<S>(self, stream: S, peer: Option<Peer>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let in_force = self.in_force;
        let service = service_fn(move |request: Request<Incoming>| {
            let answering = edge::answer(in_force.desk(), peer.clone(), request);
            async move { Ok::<_, Infallible>(answering.await) }
        });
        let stream = TokioIo::new(HalfClose::new(stream, HALF_CLOSED));
        let connection = self.builder.serve_connection(stream, service).into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
