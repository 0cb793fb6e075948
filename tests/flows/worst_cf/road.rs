//! A road between Cloud Controller and the gateways, on which a call can be held up. It takes one call on each connection, as
//! Cloud Controller does.
use super::LIMIT;
use chandler_tests::wait;
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// Dropping it closes the road.
pub(super) struct Road {
    pub(super) url: String,
    gates: Gates,
    carrier: JoinHandle<()>,
}

type Gates = Arc<Mutex<Vec<Arc<Gate>>>>;

/// Where the next call of its kind stands until it is let through.
pub(super) struct Gate {
    method: String,
    path: String,
    /// The path of the call that stands here.
    standing: Mutex<Option<String>>,
    open: Notify,
    /// What the broker answered in the end.
    answer: Mutex<Option<u16>>,
}

impl Road {
    /// To the gateways at `http://HOST:PORT`.
    pub(super) async fn to(gateways: &str) -> Road {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let gates = Gates::default();
        let theirs = gates.clone();
        let aim = gateways.trim_start_matches("http://").to_owned();
        let carrier = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(carry(caller, aim.clone(), theirs.clone()));
            }
        });
        Road { url, gates, carrier }
    }

    /// Holds the next call up whose method is this and whose path holds this.
    pub(super) fn hold(&self, method: &str, path: &str) -> Arc<Gate> {
        let gate = Arc::new(Gate {
            method: method.to_owned(),
            path: path.to_owned(),
            standing: Mutex::default(),
            open: Notify::new(),
            answer: Mutex::default(),
        });
        self.gates.lock().unwrap().push(gate.clone());
        gate
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Gate {
    /// Waits until a call stands here; its path.
    pub(super) async fn reached(&self) -> String {
        let say = format!("a {} of {} is on its way", self.method, self.path);
        wait::until(&say, LIMIT, || async { self.standing.lock().unwrap().clone() }).await
    }

    /// Lets it through; what the broker answers.
    pub(super) async fn open(&self) -> u16 {
        self.open.notify_one();
        wait::until("the call is answered", LIMIT, || async { *self.answer.lock().unwrap() }).await
    }

    /// Whether it is for this call, which is its first then.
    fn takes(&self, method: &str, path: &str) -> bool {
        let mut standing = self.standing.lock().unwrap();
        let fits = standing.is_none() && self.method == method && path.contains(&self.path);
        if fits {
            *standing = Some(path.to_owned());
        }
        fits
    }
}

/// One call, and its answer. Broken connections are as they are with other roads.
async fn carry(mut caller: TcpStream, aim: String, gates: Gates) {
    let Some((call, method, path)) = read(&mut caller).await else {
        return;
    };
    let gate = gates
        .lock()
        .unwrap()
        .iter()
        .find(|it| it.takes(&method, &path))
        .cloned();
    if let Some(gate) = &gate {
        gate.open.notified().await;
    }
    let Ok(mut broker) = TcpStream::connect(&aim).await else {
        return;
    };
    if broker.write_all(&call).await.is_err() {
        return;
    }
    let Some(gate) = gate else {
        let _ = copy_bidirectional(&mut caller, &mut broker).await;
        return;
    };
    // Whoever called may be gone.
    let mut answer = vec![0; 4096];
    let read = broker.read(&mut answer).await.unwrap_or(0);
    let status = String::from_utf8_lossy(&answer[..read]);
    *gate.answer.lock().unwrap() = status.split(' ').nth(1).and_then(|it| it.parse().ok());
    let _ = caller.write_all(&answer[..read]).await;
    let _ = copy_bidirectional(&mut caller, &mut broker).await;
}

/// A whole request as it was sent, its method and its path. `None`: the connection ended before.
async fn read(caller: &mut TcpStream) -> Option<(Vec<u8>, String, String)> {
    let (mut call, mut part) = (vec![], [0; 4096]);
    loop {
        let read = caller.read(&mut part).await.ok().filter(|it| *it > 0)?;
        call.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&call);
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ').map(str::to_owned);
        let length = lines.find_map(|it| {
            let (name, value) = it.split_once(':')?;
            let of_it = name.eq_ignore_ascii_case("content-length");
            of_it.then(|| value.trim().parse::<usize>().ok())?
        });
        let whole = head.len() + 4 + length.unwrap_or(0);
        if call.len() >= whole {
            let (method, path) = (words.next()?, words.next()?);
            return Some((call, method, path));
        }
    }
}
