//! A real nats-server with JetStream on a directory of its own.
use crate::{process::Process, wait};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::time::{Instant, sleep};

pub struct Nats {
    pub process: Process,
    pub url: String,
    pub store: PathBuf,
}

/// The server to use: `CHANDLER_NATS_SERVER`, else one in `target/tools`, else the one on the PATH.
#[expect(clippy::disallowed_methods, reason = "tests/run names the server by the environment")]
pub fn server() -> String {
    let named = std::env::var("CHANDLER_NATS_SERVER").ok();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/bin/nats-server");
    let tools = tools.is_file().then(|| tools.to_str().unwrap().to_owned());
    let program = named.or(tools).unwrap_or_else(|| "nats-server".into());
    let said = Command::new(&program).arg("--version").output();
    let said = said.unwrap_or_else(|why| {
        panic!("{program}: {why}; set CHANDLER_NATS_SERVER to a nats-server of 2.12 or newer, or use tests/run")
    });
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let minor = text
        .split(['v', '.'])
        .filter_map(|n| n.trim().parse::<u32>().ok())
        .collect::<Vec<_>>();
    assert!(
        minor.len() >= 2 && (minor[0], minor[1]) >= (2, 12),
        "{program} is {text}: 2.12 or newer is needed"
    );
    program
}

impl Nats {
    /// Starts one below `dir`, on a port that the system chooses.
    pub async fn start(dir: &Path) -> Nats {
        for _ in 0..10 {
            if let Some(nats) = Self::try_to_start(dir).await {
                return nats;
            }
        }
        panic!("no nats-server gets a port of its own");
    }
    /// `None`: somebody took its port in the last moment.
    async fn try_to_start(dir: &Path) -> Option<Nats> {
        let store = dir.join("jetstream");
        let port = free_port();
        let config = dir.join("nats.conf");
        std::fs::write(
            &config,
            format!(
                "listen: 127.0.0.1:{port}\njetstream {{ store_dir: \"{}\" }}\n",
                store.display()
            ),
        )
        .unwrap();
        let command = vec![server(), "-c".into(), config.to_str().unwrap().into()];
        let process = Process::start("nats-server", dir, command, vec![]);
        let mut nats = Nats {
            process,
            url: format!("nats://127.0.0.1:{port}"),
            store,
        };
        let end = Instant::now() + Duration::from_secs(20);
        // Its own word for it: on its port there may be somebody else.
        while !nats.process.output().contains("Server is ready") {
            if nats.process.ended().is_some() {
                let said = nats.process.output();
                assert!(said.contains("address already in use"), "{said}");
                std::fs::remove_file(&nats.process.log).unwrap();
                return None;
            }
            assert!(Instant::now() < end, "{}", nats.process.output());
            sleep(Duration::from_millis(20)).await;
        }
        nats.ready().await;
        Some(nats)
    }
    /// Waits until it serves.
    pub async fn ready(&self) {
        let address = self.url.trim_start_matches("nats://").to_owned();
        wait::until("the nats-server serves", Duration::from_secs(20), || async {
            tokio::net::TcpStream::connect(&address).await.ok()
        })
        .await;
    }
}

/// A port of our own: held without listening for as long as the socket lives, so that nobody gets it before, or while,
/// gateways listen on it together.
pub fn shared_port() -> (u16, Socket) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.set_reuse_address(true).unwrap();
    let any = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    (port, socket)
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
