//! The service instances API: the list, and whatever else may come in its place.

use std::time::{Duration, Instant};

use chandler_clients::http::Trust;
use chandler_clients::instances_api::{InstancesApi, InstancesApiSettings, ListedInstance};
use chandler_clients::{CallContext, FaultKind, Secret};
use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_simulators::instances_api as simulated;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{Reply, Server, context, json, reply};

const PASSWORD: &str = "lister-secret";

fn settings(url: &str, ca_pem: &str) -> InstancesApiSettings {
    InstancesApiSettings {
        url: url.to_owned(),
        trust: Trust::Only(ca_pem.to_owned()),
        username: "lister".into(),
        password: Secret::new(PASSWORD),
        timeout: Duration::from_secs(10),
        user_agent: "chandler-test".into(),
    }
}

fn client(url: &str, ca_pem: &str) -> InstancesApi {
    InstancesApi::new(settings(url, ca_pem)).unwrap()
}

fn at(server: &Server) -> InstancesApi {
    client(&format!("https://127.0.0.1:{}/list", server.port), &server.ca_pem)
}

fn listed(id: &str, plan: &str, space: Option<&str>) -> ListedInstance {
    ListedInstance {
        service_instance_id: id.to_owned(),
        plan_id: plan.to_owned(),
        space_guid: space.map(str::to_owned),
    }
}

#[tokio::test]
async fn the_list_as_the_simulator_has_it() {
    let options = simulated::Options {
        instances: vec![
            simulated::Instance::new("i1", "p1").within("s1"),
            simulated::Instance::new("i2", "p2"),
        ],
        ..Default::default()
    };
    let api = simulated::InstancesApi::start(options).await.unwrap();
    let asked = client(&api.url(), api.ca_pem());
    let all = [listed("i1", "p1", Some("s1")), listed("i2", "p2", None)];
    assert_eq!(asked.list(&context()).await.unwrap(), all);
    let filtered = client(&format!("{}?plan_id=p2", api.url()), api.ca_pem());
    assert_eq!(filtered.list(&context()).await.unwrap(), all[1..]);
    api.set_instances([]);
    assert_eq!(asked.list(&context()).await.unwrap(), []);

    // A read is repeated, and what breaks off is no list.
    api.set_fault(CallFault::once("GET", "/", CallAction::LoseResponse));
    assert_eq!(asked.list(&context()).await.unwrap(), []);
    api.set_password("another");
    let fault = asked.list(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    api.set_outage(Some(Outage::Connections));
    let fault = asked.list(&context()).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::NotSent | FaultKind::Unknown), "{fault}");
}

#[tokio::test]
async fn the_call_is_what_odb_sends() {
    let server = Server::with([json("200 OK", "[]")]).await;
    let url = format!("https://127.0.0.1:{}/list/?cf_org=a%20b&cf_space=c", server.port);
    let api = client(&url, &server.ca_pem);
    assert_eq!(api.list(&context()).await.unwrap(), []);
    let asked = server.asked();
    assert_eq!(asked[0].line, "GET /list/?cf_org=a%20b&cf_space=c HTTP/1.1");
    // lister:lister-secret
    let basic = "Basic bGlzdGVyOmxpc3Rlci1zZWNyZXQ=";
    assert_eq!(asked[0].header("authorization").as_deref(), Some(basic));
    assert_eq!(asked[0].header("x-request-id").as_deref(), Some("request-1"));
    assert_eq!(asked[0].body, "");
}

#[tokio::test]
async fn further_members_are_ignored_and_null_is_an_empty_list() {
    let body = r#"[{"service_instance_id":"i","plan_id":"p","space_guid":"","more":{"a":[1]}},{"plan_id":"q","service_instance_id":"j","space_guid":null}]"#;
    let server = Server::with([json("200 OK", body), json("200 OK", "null\n")]).await;
    let all = at(&server).list(&context()).await.unwrap();
    assert_eq!(all, [listed("i", "p", None), listed("j", "q", None)]);
    assert_eq!(at(&server).list(&context()).await.unwrap(), []);
}

#[tokio::test]
async fn anything_else_is_a_fault_that_does_not_quote_it() {
    let location = &["Location: https://elsewhere/top-secret"];
    let cases = [
        (
            json("200 OK", "<html>top-secret</html>"),
            FaultKind::Garbled,
            "not JSON",
        ),
        (json("200 OK", ""), FaultKind::Garbled, "ends too early"),
        (
            json("200 OK", r#"{"top-secret":1}"#),
            FaultKind::Garbled,
            "unexpected shape",
        ),
        (
            json("200 OK", r#"[{"service_instance_id":"top-secret"}]"#),
            FaultKind::Garbled,
            "unexpected shape",
        ),
        (
            json("200 OK", r#"[{"service_instance_id":1,"plan_id":"top-secret"}]"#),
            FaultKind::Garbled,
            "unexpected shape",
        ),
        (
            json(
                "200 OK",
                r#"[{"service_instance_id":"a","plan_id":"b"},{"service_instance_id":"","plan_id":"top-secret"}]"#,
            ),
            FaultKind::Garbled,
            "entry 1 of the list has an empty id",
        ),
        (
            json("204 No Content", ""),
            FaultKind::Garbled,
            "answered 204, 200 was expected",
        ),
        (
            reply("302 Found", location, "top-secret"),
            FaultKind::Garbled,
            "redirects are not followed",
        ),
        (
            json("401 Unauthorized", "top-secret"),
            FaultKind::Unauthorized,
            "wrong credentials",
        ),
        (
            json("404 Not Found", "top-secret"),
            FaultKind::Refused {
                status: 404,
                code: None,
            },
            "answered 404",
        ),
        (
            json("500 Internal Server Error", "top-secret"),
            FaultKind::Unknown,
            "answered 500",
        ),
    ];
    for (reply, kind, part) in cases {
        let server = Server::with([reply]).await;
        let fault = at(&server).list(&context()).await.unwrap_err();
        let text = fault.to_string();
        assert_eq!(fault.kind, kind, "{text}");
        assert!(
            text.contains(part) && text.contains("GET /list of the service instances API"),
            "{text}"
        );
        assert!(!text.contains("top-secret") && !text.contains(PASSWORD), "{text}");
    }
}

#[tokio::test]
async fn it_waits_no_longer_than_it_may() {
    let server = Server::with([Reply::Hang]).await;
    let url = format!("https://127.0.0.1:{}", server.port);
    let timeout = Duration::from_millis(300);
    let api = InstancesApi::new(InstancesApiSettings {
        timeout,
        ..settings(&url, &server.ca_pem)
    });
    let begun = Instant::now();
    let fault = api.unwrap().list(&CallContext::default()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn trust_is_as_it_is_told() {
    let server = Server::with([json("200 OK", "[]")]).await;
    let url = format!("https://127.0.0.1:{}/list", server.port);
    for (trust, good) in [
        (Trust::Anyone, true),
        (Trust::SystemPlus(server.ca_pem.clone()), true),
        (Trust::System, false),
    ] {
        let api = InstancesApi::new(InstancesApiSettings {
            trust: trust.clone(),
            ..settings(&url, "")
        });
        let asked = api.unwrap().list(&context()).await;
        assert_eq!(asked.is_ok(), good, "{trust:?}: {asked:?}");
    }
}

#[tokio::test]
async fn an_address_without_tls_is_called_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/list", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            tcp.read_buf(&mut asked).await.unwrap();
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
        tcp.write_all(answer).await.unwrap();
        String::from_utf8(asked).unwrap()
    });
    let api = InstancesApi::new(InstancesApiSettings {
        trust: Trust::System,
        ..settings(&url, "")
    });
    assert_eq!(api.unwrap().list(&context()).await.unwrap(), []);
    assert!(served.await.unwrap().starts_with("GET /list HTTP/1.1\r\n"));
}

#[test]
fn nothing_shows_the_password_or_the_address() {
    let settings = InstancesApiSettings {
        trust: Trust::System,
        ..settings("https://si/list?key=top-secret", "")
    };
    let shown = format!("{settings:?}");
    let api = InstancesApi::new(settings.clone()).unwrap();
    for shown in [shown, format!("{api:?}")] {
        assert!(!shown.contains(PASSWORD) && !shown.contains("top-secret"), "{shown}");
    }
    for url in ["si", "https://u:top-secret@si", "ftp://si"] {
        let url = url.to_owned();
        let why = InstancesApi::new(InstancesApiSettings {
            url,
            ..settings.clone()
        })
        .unwrap_err();
        assert!(!why.contains("top-secret"), "{why}");
    }
    let username = "a:b".to_owned();
    assert!(InstancesApi::new(InstancesApiSettings { username, ..settings }).is_err());
}
