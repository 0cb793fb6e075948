//! What nobody is owed: endless patience, and endless room. The slowest of all, so its name is first: it waits beside the others.
use super::{is_unharmed, quick};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chandler_tests::world::{Plan, World};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

/// Longer than any head may take to arrive, and than any kept connection waits for the next request.
const PATIENCE: Duration = Duration::from_secs(75);
/// Shorter than a head may take: whoever is merely slow is served.
const IMPATIENCE: Duration = Duration::from_secs(30);
const LIMIT_BYTES: usize = 256 * 1024;

/// A PUT of an instance that announces so many bytes.
fn put(announced: usize) -> String {
    let user = STANDARD.encode("broker:secret");
    format!(
        "PUT /v2/service_instances/cut?accepts_incomplete=true HTTP/1.1\r\nHost: broker\r\nAuthorization: Basic {user}\r\n\
         X-Broker-API-Version: 2.17\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n"
    )
}

/// Whatever is said until the other side closes.
async fn all(mut stream: TcpStream) -> String {
    let mut text = vec![];
    let end = stream.read_to_end(&mut text);
    let ended = timeout(PATIENCE, end).await;
    // A reset is an end as well.
    assert!(ended.is_ok(), "the connection stays open after {PATIENCE:?}");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn d26_large_bodies_and_slow_clients_are_cut_off() {
    let world = World::start(Plan {
        workers: 0,
        binding_workers: 0,
        errand_workers: 0,
        client_workers: 0,
        // A body has a third of it.
        change: |json| json["chandler"]["gateway"] = json!({"request_timeout_seconds": 3, "accept_timeout_seconds": 1}),
        ..quick()
    })
    .await;
    let address = world.platform.url.trim_start_matches("http://");
    let connect = || async { TcpStream::connect(address).await.unwrap() };

    // Not a byte of it is waited for.
    let large = async {
        let (mut stream, began) = (connect().await, Instant::now());
        stream.write_all(put(LIMIT_BYTES + 1).as_bytes()).await.unwrap();
        let said = all(stream).await;
        assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    };
    let slow_body = async {
        let (mut stream, began) = (connect().await, Instant::now());
        stream.write_all(put(100).as_bytes()).await.unwrap();
        stream.write_all(b"{").await.unwrap();
        let said = all(stream).await;
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    };
    let slow_head = async {
        let (mut stream, began) = (connect().await, Instant::now());
        stream.write_all(b"GET /v2/catalog HTTP/1.1\r\nX-Slow: ").await.unwrap();
        // Never silent, and never done.
        let mut heard = [0];
        loop {
            if let Ok(read) = timeout(Duration::from_millis(500), stream.read(&mut heard)).await {
                // Closed, with or without a word.
                assert!(matches!(read, Ok(0) | Err(_)) || heard[0] == b'H', "{heard:?}");
                break;
            }
            assert!(began.elapsed() < PATIENCE, "a head may take for ever");
            if stream.write_all(b"z").await.is_err() {
                break;
            }
        }
        assert!(began.elapsed() > IMPATIENCE, "cut after {:?}", began.elapsed());
    };
    let idle = async {
        let (mut stream, began) = (connect().await, Instant::now());
        let get = put(0).replacen(
            "PUT /v2/service_instances/cut?accepts_incomplete=true",
            "GET /v2/catalog",
            1,
        );
        stream.write_all(get.as_bytes()).await.unwrap();
        let said = all(stream).await;
        assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
        assert!(began.elapsed() > IMPATIENCE, "kept for {:?} only", began.elapsed());
    };
    tokio::join!(large, slow_body, slow_head, idle);
    assert_eq!(world.platform.send(world.platform.get("cut")).await.status, 404);
    is_unharmed(&world);
}
