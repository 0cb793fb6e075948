//! What goes for all requests: credentials, versions, paths, methods, bodies, headers.
use crate::world::{PLAN, SERVICE, World, body, send};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const ID: &str = "x-broker-api-request-identity";

#[tokio::test]
async fn every_refusal_is_json_and_echoes_the_request_identity() {
    let world = World::new(1).await;
    let get = |path: &str| world.ask(0, Method::GET, path);
    let url = |path: &str| format!("http://{}{path}", world.gateways[0].addr);
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let anonymous = |path: &str| plain.get(url(path)).header("X-Broker-API-Version", "2.17");
    let cases = [
        (401, anonymous("/v2/catalog")),
        (401, anonymous("/v2/nothing")),
        (401, anonymous("/v2/catalog").basic_auth("broker", Some("wrong"))),
        (401, anonymous("/v2/catalog").bearer_auth("p:ss")),
        (200, anonymous("/v2/catalog").basic_auth("second", Some("other"))),
        (400, plain.get(url("/v2/catalog")).basic_auth("broker", Some("p:ss"))),
        (
            412,
            plain
                .get(url("/v2/catalog"))
                .basic_auth("broker", Some("p:ss"))
                .header("X-Broker-API-Version", "3.0"),
        ),
        (
            200,
            plain
                .get(url("/v2/catalog"))
                .basic_auth("broker", Some("p:ss"))
                .header("X-Broker-Api-Version", "2.15"),
        ),
        (404, get("/v2/nothing")),
        (404, get("/v2")),
        (405, world.ask(0, Method::POST, "/v2/catalog")),
        (405, world.ask(0, Method::POST, "/v2/service_instances/i")),
        (400, world.ask(0, Method::PATCH, "/v2/service_instances/i")),
        (400, get("/v2/service_instances/a%2Fb")),
        (400, get("/v2/service_instances/a%2Fb/last_operation")),
        (400, get(&format!("/v2/service_instances/{}", "x".repeat(201)))),
        (404, get(&format!("/v2/service_instances/{}", "x".repeat(200)))),
    ];
    for (n, (status, request)) in cases.into_iter().enumerate() {
        let got = send(request.header(ID, "the very request")).await;
        assert_eq!(got.status.as_u16(), status, "case {n}: {got:?}");
        assert_eq!(got.headers[ID], "the very request", "case {n}");
        assert_eq!(got.headers.contains_key("www-authenticate"), status == 401, "case {n}");
        assert_eq!(got.headers.contains_key("allow"), status == 405, "case {n}");
        assert!(!got.body.to_string().contains("p:ss"));
    }
    send(plain.get(url("/elsewhere"))).await.is(404);
}

#[tokio::test]
async fn a_put_says_what_is_wrong_with_it() {
    let world = World::new(1).await;
    let with = |name: &str, value: Value| {
        let mut body = body(json!({}));
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = body(json!({}));
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let cases = [
        (without("service_id"), "service_id missing"),
        (without("plan_id"), "plan_id missing"),
        (without("organization_guid"), "organization_guid missing"),
        (without("space_guid"), "space_guid missing"),
        (with("space_guid", json!("")), "space_guid missing"),
        (with("service_id", json!(7)), "service_id must be a string"),
        (with("service_id", json!("other")), "service-id not in the catalog"),
        (with("plan_id", json!("other")), "plan-id not in the catalog"),
        (with("parameters", json!([])), "parameters must be an object"),
        (with("parameters", json!("x")), "parameters must be an object"),
        (with("context", json!("x")), "context must be an object"),
        (
            with("maintenance_info", json!("1.2.3")),
            "maintenance_info must be an object",
        ),
        (
            with("maintenance_info", json!({ "version": 1 })),
            "maintenance_info.version must be a string",
        ),
        (json!([1]), "the body must be a JSON object"),
    ];
    for (body, text) in cases {
        let got = send(world.put(0, "i", &body)).await;
        assert_eq!(got.is(400).body["description"], text, "{body}");
    }
    let raw = |text: String| {
        world
            .ask(0, Method::PUT, "/v2/service_instances/i?accepts_incomplete=true")
            .body(text)
    };
    let bodies: [Vec<u8>; 4] = [b"".to_vec(), b"{".to_vec(), b"{}{}".to_vec(), b"\xff\xfe".to_vec()];
    for bytes in bodies {
        let request = world
            .ask(0, Method::PUT, "/v2/service_instances/i?accepts_incomplete=true")
            .body(bytes);
        send(request).await.is(400);
    }
    let deep = "[".repeat(60_000) + &"]".repeat(60_000);
    let of = |name: &str, value: &str| {
        format!(
            r#"{{"service_id":"{SERVICE}","plan_id":"{PLAN}","organization_guid":"o","space_guid":"s","{name}":{value}}}"#
        )
    };
    send(raw(of("parameters", &format!(r#"{{"a":{deep}}}"#)))).await.is(400);
    send(raw(of("context", &format!(r#"{{"a":{deep}}}"#)))).await.is(400);
    send(raw(of("parameters", &format!(r#"{{"a":"{}"}}"#, "x".repeat(300_000)))))
        .await
        .is(413);
    assert!(world.record("i").await.is_none(), "nothing happened");

    for (version, error) in [("9.9.9", "MaintenanceInfoConflict"), ("1.2.3", "")] {
        let body = with(
            "maintenance_info",
            json!({ "version": version, "description": "any", "more": 1 }),
        );
        assert_eq!(send(world.put(0, &format!("v{version}"), &body)).await.error(), error);
    }
    let mut other_plan = with("maintenance_info", json!({ "version": "1.2.3" }));
    other_plan["plan_id"] = json!("plan-2");
    assert_eq!(
        send(world.put(0, "i", &other_plan)).await.is(422).error(),
        "MaintenanceInfoConflict"
    );
    // Unknown members are ignored, whatever they hold, and null is as good as absent.
    let odd =
        raw(of("unknown", &deep).replacen('{', r#"{"parameters":null,"context":null,"maintenance_info":null,"#, 1));
    send(odd).await.is(202);
}

#[tokio::test]
async fn a_platform_that_cannot_wait_is_told() {
    let world = World::new(1).await;
    let put = |query: &str| {
        world
            .ask(0, Method::PUT, &format!("/v2/service_instances/i{query}"))
            .json(&body(json!({})))
    };
    for query in ["", "?accepts_incomplete=false", "?accepts_incomplete=1"] {
        assert_eq!(send(put(query)).await.is(422).error(), "AsyncRequired", "{query}");
    }
    let delete = |query: &str| world.ask(0, Method::DELETE, &format!("/v2/service_instances/i{query}"));
    send(delete("?accepts_incomplete=true")).await.is(400);
    send(delete("?accepts_incomplete=true&service_id=s")).await.is(400);
    send(delete("?accepts_incomplete=true&service_id=&plan_id=p"))
        .await
        .is(400);
    assert_eq!(
        send(delete("?service_id=s&plan_id=p")).await.is(422).error(),
        "AsyncRequired"
    );
    assert!(world.record("i").await.is_none());
    send(put("?accepts_incomplete=true")).await.is(202);
    assert_eq!(send(put("")).await.is(422).error(), "AsyncRequired");
    world.finish("i").await;
    send(put("")).await.is(200);
}

/// Sends bytes as they are and reads until the other end is done.
async fn wire(world: &World, text: &str) -> String {
    let mut stream = TcpStream::connect(world.gateways[0].addr).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn on_the_wire() {
    let world = World::new(1).await;
    let head =
        "Host: x\r\nAuthorization: Basic YnJva2VyOnA6c3M=\r\nX-Broker-API-Version: 2.17\r\nConnection: close\r\n";
    let answer = wire(&world, &format!("GET /v2/service_instances/.. HTTP/1.1\r\n{head}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let answer = wire(
        &world,
        &format!("PUT /v2/service_instances/i HTTP/1.1\r\n{head}Content-Length: 99999999\r\n\r\n"),
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 413 "),
        "at once, without the body: {answer}"
    );
    let answer = wire(&world, &format!("HEAD /v2/catalog HTTP/1.1\r\n{head}\r\n")).await;
    let (headers, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert!(headers.starts_with("HTTP/1.1 200 ") && rest.is_empty(), "{answer}");
    let get = wire(&world, &format!("GET /v2/catalog HTTP/1.1\r\n{head}\r\n")).await;
    let (headers_of_get, document) = get.split_once("\r\n\r\n").unwrap();
    let length = |headers: &str| {
        headers
            .lines()
            .find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(str::to_owned))
    };
    assert_eq!(length(headers), length(headers_of_get));
    assert_eq!(length(headers), Some(document.len().to_string()));
    let etag = headers_of_get
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap();
    let answer = wire(
        &world,
        &format!("GET /v2/catalog HTTP/1.1\r\n{head}If-None-Match: {etag}\r\n\r\n"),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 304 "), "{answer}");
}

#[tokio::test]
async fn http_2_is_spoken_too() {
    let world = World::new(1).await;
    let http2 = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}/v2/catalog", world.gateways[0].addr);
    let request = http2
        .get(&url)
        .basic_auth("broker", Some("p:ss"))
        .header("X-Broker-API-Version", "2.17");
    let got = send(request).await;
    assert_eq!(got.is(200).body["services"][0]["plans"][1]["id"], "plan-2");
    let head = http2
        .head(&url)
        .basic_auth("broker", Some("p:ss"))
        .header("X-Broker-API-Version", "2.17")
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_gateway_stops() {
    let mut world = World::new(1).await;
    let mut stream = TcpStream::connect(world.gateways[0].addr).await.unwrap();
    let body = body(json!({})).to_string();
    let head = format!(
        "PUT /v2/service_instances/i?accepts_incomplete=true HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YnJva2VyOnA6c3M=\r\nX-Broker-API-Version: 2.17\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut hint = [0; 25];
    stream.read_exact(&mut hint).await.unwrap();
    assert_eq!(&hint, b"HTTP/1.1 100 Continue\r\n\r\n");
    let mut served = world.gateways.remove(0);
    served.shutdown.cancel();
    crate::world::until("no more connections are taken", || async {
        TcpStream::connect(served.addr).await.is_err()
    })
    .await;
    let early = tokio::time::timeout(Duration::from_millis(300), &mut served.task).await;
    assert!(early.is_err(), "it waits for the request");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 202 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    tokio::time::timeout(Duration::from_secs(20), served.task)
        .await
        .unwrap()
        .unwrap();
    assert!(world.record("i").await.is_some());
}
