//! A wire between a gateway and the bus that loses the bus's answers from a given word on, or requests with a given word, or
//! holds messages back.
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::TaskTracker;

#[derive(Clone, Debug, PartialEq)]
enum Wire {
    Open,
    /// From this text on, sent by the gateway for the so-manieth time, nothing comes back.
    MuteFrom(Vec<u8>, usize),
    Mute,
    /// Messages of the bus whose subject begins so wait; others overtake them.
    Holding(Vec<u8>),
    /// What the gateway sends with this text in it makes no sense to the bus.
    Garbling(Vec<u8>),
}

pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
    carriers: TaskTracker,
}

impl Proxy {
    pub(crate) async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let wire = Arc::new(watch::Sender::new(Wire::Open));
        let carriers = TaskTracker::new();
        let (shared, started) = (wire.clone(), carriers.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(&target).await {
                    started.spawn(carry(near, far, shared.clone()));
                }
            }
        });
        Proxy { addr, wire, carriers }
    }

    /// Nobody is connected: whatever was sent has been passed on.
    pub(crate) fn is_idle(&self) -> bool {
        self.carriers.is_empty()
    }

    /// What the gateway sends with `word` in it still arrives; then nothing comes back any more.
    pub(crate) fn mute_from(&self, word: &str) {
        self.mute_after(word, 1);
    }

    /// The same, when so many parcels with `word` in them were sent.
    pub(crate) fn mute_after(&self, word: &str, parcels: usize) {
        self.wire.send_replace(Wire::MuteFrom(word.into(), parcels));
    }

    pub(crate) fn is_mute(&self) -> bool {
        *self.wire.borrow() == Wire::Mute
    }

    /// What the bus sends on subjects that begin so comes only when the wire is opened.
    pub(crate) fn hold(&self, subject: &str) {
        self.wire.send_replace(Wire::Holding(subject.into()));
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
    let (mut changes, mut releases, mut garblings) = (wire.subscribe(), wire.subscribe(), wire.subscribe());
    let mut lost = false;
    let (mut begun, mut held) = (Vec::new(), Vec::new());
    let sound = !garbles(&wire.borrow());
    loop {
        tokio::select! {
            read = near_in.read(&mut up) => {
                let Ok(n @ 1..) = read else { return };
                if let Wire::Garbling(word) = &*wire.borrow() {
                    garble(&mut up[..n], word);
                }
                wire.send_if_modified(|state| match state {
                    Wire::MuteFrom(word, parcels) if up[..n].windows(word.len()).any(|part| part == word) => {
                        *parcels -= 1;
                        if *parcels == 0 {
                            *state = Wire::Mute;
                        }
                        true
                    }
                    _ => false,
                });
                if far_out.write_all(&up[..n]).await.is_err() { return }
            }
            read = far_in.read(&mut down) => {
                let Ok(n @ 1..) = read else { return };
                begun.extend_from_slice(&down[..n]);
                let mut through = Vec::new();
                match &*wire.borrow() {
                    Wire::Mute => {
                        lost = true;
                        begun.clear();
                    }
                    Wire::Holding(subject) => while let Some(length) = message(&begun) {
                        let message: Vec<u8> = begun.drain(..length).collect();
                        match is_on(&message, subject) {
                            true => held.extend(message),
                            false => through.extend(message),
                        }
                    },
                    Wire::Open | Wire::MuteFrom(..) | Wire::Garbling(_) => {
                        through.append(&mut held);
                        through.append(&mut begun);
                    }
                }
                if near_out.write_all(&through).await.is_err() { return }
            }
            () = opened(&mut releases), if !held.is_empty() => {
                if near_out.write_all(&std::mem::take(&mut held)).await.is_err() { return }
            }
            // What was lost is missed: only a new connection makes sense again.
            () = opened(&mut changes), if lost => return,
            () = garbling(&mut garblings), if sound => return,
        }
    }
}

/// The length of the first message of the bus, if it is whole.
fn message(sent: &[u8]) -> Option<usize> {
    let head = sent.windows(2).position(|end| end == b"\r\n")? + 2;
    let line = std::str::from_utf8(&sent[..head]).unwrap();
    let size = match line.split_whitespace().next() {
        Some("MSG" | "HMSG") => line.split_whitespace().last().unwrap().parse::<usize>().unwrap() + 2,
        Some(_) | None => 0,
    };
    (sent.len() >= head + size).then_some(head + size)
}

fn is_on(message: &[u8], subject: &[u8]) -> bool {
    let rest = message.strip_prefix(b"HMSG ").or(message.strip_prefix(b"MSG "));
    rest.is_some_and(|rest| rest.starts_with(subject))
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
