//! A wire between a gateway and the bus that loses the bus's answers from a given word on, or requests with a given word.
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Clone, Debug, PartialEq)]
enum Wire {
    Open,
    /// From this text on, sent by the gateway, nothing comes back.
    MuteFrom(Vec<u8>),
    Mute,
    /// What the gateway sends with this text in it makes no sense to the bus.
    Garbling(Vec<u8>),
}

pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
}

impl Proxy {
    pub(crate) async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let wire = Arc::new(watch::Sender::new(Wire::Open));
        let shared = wire.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(&target).await {
                    tokio::spawn(carry(near, far, shared.clone()));
                }
            }
        });
        Proxy { addr, wire }
    }

    /// What the gateway sends with `word` in it still arrives; then nothing comes back any more.
    pub(crate) fn mute_from(&self, word: &str) {
        self.wire.send_replace(Wire::MuteFrom(word.into()));
    }

    pub(crate) fn is_mute(&self) -> bool {
        *self.wire.borrow() == Wire::Mute
    }

    /// From now on the bus can't be asked for anything with `word` in it. Connections are made anew.
    pub(crate) fn garble(&self, word: &str) {
        self.wire.send_replace(Wire::Garbling(word.into()));
    }

    /// Works again, by new connections.
    pub(crate) fn open(&self) {
        self.wire.send_replace(Wire::Open);
    }
}

async fn carry(near: TcpStream, far: TcpStream, wire: Arc<watch::Sender<Wire>>) {
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let (mut up, mut down) = ([0; 65_536], [0; 65_536]);
    let (mut changes, mut garblings) = (wire.subscribe(), wire.subscribe());
    let mut lost = false;
    let sound = !garbles(&wire.borrow());
    loop {
        tokio::select! {
            read = near_in.read(&mut up) => {
                let Ok(n @ 1..) = read else { return };
                if let Wire::Garbling(word) = &*wire.borrow() {
                    garble(&mut up[..n], word);
                }
                wire.send_if_modified(|state| match state {
                    Wire::MuteFrom(word) if up[..n].windows(word.len()).any(|part| part == word) => {
                        *state = Wire::Mute;
                        true
                    }
                    _ => false,
                });
                if far_out.write_all(&up[..n]).await.is_err() { return }
            }
            read = far_in.read(&mut down) => {
                let Ok(n @ 1..) = read else { return };
                if *wire.borrow() == Wire::Mute {
                    lost = true;
                } else if near_out.write_all(&down[..n]).await.is_err() {
                    return;
                }
            }
            // What was lost is missed: only a new connection makes sense again.
            () = opened(&mut changes), if lost => return,
            () = garbling(&mut garblings), if sound => return,
        }
    }
}

async fn opened(wire: &mut watch::Receiver<Wire>) {
    let _ = wire.wait_for(|state| *state == Wire::Open).await;
}

async fn garbling(wire: &mut watch::Receiver<Wire>) {
    let _ = wire.wait_for(garbles).await;
}

fn garbles(wire: &Wire) -> bool {
    matches!(wire, Wire::Garbling(_))
}

/// The text stays as long as it was.
fn garble(sent: &mut [u8], word: &[u8]) {
    while let Some(at) = sent.windows(word.len()).position(|part| part == word) {
        sent[at..at + word.len()].fill(b'X');
    }
}
