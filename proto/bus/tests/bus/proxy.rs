//! A wire between client and server that can lose what the server says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Proxy {
    port: u16,
    mode: Arc<watch::Sender<Mode>>,
    lost: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Everything passes; the number names the time since the last cut.
    Open(u32),
    /// The server hears the client, the client doesn't hear the server.
    Deaf(u32),
}

impl Proxy {
    pub(crate) async fn before(url: &str) -> Self {
        let server = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let mode = Arc::new(watch::channel(Mode::Open(0)).0);
        let modes = mode.clone();
        let lost = Arc::new(AtomicUsize::new(0));
        let losing = lost.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(&server).await {
                    tokio::spawn(wire(client, server, modes.subscribe(), losing.clone()));
                }
            }
        });
        Proxy { port, mode, lost }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// From now on the client hears nothing.
    pub(crate) fn deafen(&self) {
        self.mode.send_modify(|mode| *mode = Mode::Deaf(mode.era()));
    }

    /// How many bytes it didn't hear.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }

    /// It hears again, on the same connection. The server writes whole messages.
    pub(crate) fn hear(&self) {
        self.mode.send_modify(|mode| *mode = Mode::Open(mode.era()));
    }

    /// Breaks every connection; new ones pass everything.
    pub(crate) fn cut(&self) {
        self.mode.send_modify(|mode| *mode = Mode::Open(mode.era() + 1));
    }
}

impl Mode {
    fn era(self) -> u32 {
        match self {
            Mode::Open(era) | Mode::Deaf(era) => era,
        }
    }
}

async fn wire(client: TcpStream, server: TcpStream, mut modes: watch::Receiver<Mode>, lost: Arc<AtomicUsize>) {
    let era = modes.borrow().era();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let said = modes.clone();
    let up = tokio::io::copy(&mut from_client, &mut to_server);
    let down = async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = from_server.read(&mut buffer).await.unwrap_or(0);
            let heard = matches!(*said.borrow(), Mode::Open(_));
            if count == 0 || (heard && to_client.write_all(&buffer[..count]).await.is_err()) {
                break;
            }
            if !heard {
                lost.fetch_add(count, Ordering::SeqCst);
            }
        }
    };
    tokio::select! {
        _ = up => {}
        () = down => {}
        _ = modes.wait_for(|mode| mode.era() != era) => {}
    }
}
