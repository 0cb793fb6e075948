//! The end of a gateway, and a SIGHUP, while requests are under way.
use crate::{
    https::{Files, Https, Pair},
    process::Program,
    world::{World, body, config_text, until},
};
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const AWAY: &str = "nats://127.0.0.1:1";

/// A PUT of which half has arrived.
struct Begun {
    stream: TcpStream,
    rest: String,
}

impl Begun {
    async fn at(addr: SocketAddr, id: &str) -> Self {
        let body = body(json!({})).to_string();
        let (half, rest) = body.split_at(body.len() / 2);
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = format!(
            "PUT /v2/service_instances/{id}?accepts_incomplete=true HTTP/1.1\r\nHost: x\r\n\
             Authorization: Basic YnJva2VyOnA6c3M=\r\nX-Broker-API-Version: 2.17\r\nExpect: 100-continue\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // It is asked for its body, so the request has begun.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
        stream.write_all(half.as_bytes()).await.unwrap();
        let rest = rest.to_owned();
        Begun { stream, rest }
    }

    /// Sends the rest: the status of the answer.
    async fn end(mut self) -> u16 {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        self.stream.read_exact(&mut status).await.unwrap();
        std::str::from_utf8(&status[9..]).unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn d19_a_shutdown_that_cuts_requests_off_says_so_by_its_exit_code() {
    let text = config_text(AWAY).replace("port: 8080", "shutdown_timeout_in_seconds: 1");
    let mut program = Program::start(&text, &["--port", "0"]);
    let mut begun = Begun::at(program.addr().await, "i").await;
    program.signal("TERM");
    assert_eq!(program.code().await, Some(75), "{}", program.said());
    let mut left = Vec::new();
    let _ = begun.stream.read_to_end(&mut left).await;
    assert!(left.is_empty(), "it was cut off");
    until("it says so", || async {
        program.said().contains("the drain took longer than 1s")
    })
    .await;
}

#[tokio::test]
async fn without_requests_it_is_not_overdue_however_short_the_time() {
    let files = Files::of(&Pair::new());
    let text = files.text().replace("port: 8080", "shutdown_timeout_in_seconds: 0");
    let mut program = Program::start(&text, &["--port", "0"]);
    let _silent = TcpStream::connect(program.addr().await).await.unwrap();
    program.signal("INT");
    assert_eq!(program.code().await, Some(0), "{}", program.said());
}

#[tokio::test]
async fn a_client_that_never_begins_its_handshake_holds_nothing_up() {
    let gateway = Https::start(&Files::of(&Pair::new()).text()).await;
    let _silent = TcpStream::connect(gateway.addr).await.unwrap();
    // It waits 10 s for a handshake otherwise.
    timeout(Duration::from_secs(5), gateway.stop()).await.unwrap();
}

#[tokio::test]
async fn a_shutdown_lets_requests_end_and_takes_no_more() {
    let world = World::new(0).await;
    let mut program = Program::start(&config_text(&world.nats.url()), &["--port", "0"]);
    let addr = program.addr().await;
    let begun = Begun::at(addr, "i").await;
    let idle = TcpStream::connect(addr).await.unwrap();
    program.signal("TERM");
    until("no connection is taken", || async {
        TcpStream::connect(addr).await.is_err()
    })
    .await;
    assert_eq!(program.child.try_wait().unwrap(), None, "it waits for the request");
    assert_eq!(begun.end().await, 202);
    assert_eq!(program.code().await, Some(0), "{}", program.said());
    assert!(world.record("i").await.is_some());
    drop(idle);
}

#[tokio::test]
async fn sighup_brings_another_catalog_and_drops_no_request() {
    let world = World::new(0).await;
    let text = config_text(&world.nats.url());
    let program = Program::start(&text, &["--port", "0"]);
    let addr = program.addr().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let catalog = || async {
        let request = http
            .get(format!("http://{addr}/v2/catalog"))
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17");
        request.send().await.unwrap().text().await.unwrap()
    };
    let begun = Begun::at(addr, "i").await;
    assert!(catalog().await.contains("plan-1"));

    std::fs::write(&program.config, text.replace("plan_id: plan-1", "plan_id: plan-3")).unwrap();
    program.signal("HUP");
    until("the other catalog", || async { catalog().await.contains("plan-3") }).await;
    assert!(!catalog().await.contains("plan-1"));
    assert_eq!(
        begun.end().await,
        202,
        "a request ends with the catalog that it began with"
    );
    assert_eq!(Begun::at(addr, "j").await.end().await, 400, "others have the new one");

    std::fs::write(&program.config, text.replace("p:ss", "").replace("seal:", "unsealed:")).unwrap();
    program.signal("HUP");
    until("every finding is told", || async {
        let said = program.said();
        [
            "broker.password can't be empty",
            "chandler.seal",
            "the one before stays in force",
        ]
        .iter()
        .all(|it| said.contains(it))
    })
    .await;
    assert!(catalog().await.contains("plan-3"));
    let admin = program.field("admin_addr").await;
    let ready = http.get(format!("http://{admin}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let ready = ready.text().await.unwrap();
    assert!(ready.contains("the one before stays in force"), "{ready}");
}
