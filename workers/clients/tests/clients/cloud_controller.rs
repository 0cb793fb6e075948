//! Cloud Controller's reads: what is asked, and what is made of the answers.

use std::time::Duration;

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    Broker, CloudController, CloudControllerSettings, Offering, OfferingFilter, Plan, PlanFilter, VisibilityKind,
};
use chandler_clients::http::Trust;
use chandler_clients::uaa::{Grant, Tokens, Uaa, UaaSettings};

use crate::server::{Asked, Reply, Server, context, json};
use crate::uaa_tokens::{client, token};

pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A Cloud Controller that gives these replies, beside its UAA.
pub(crate) struct Pair {
    pub(crate) uaa: Server,
    pub(crate) server: Server,
    pub(crate) cc: CloudController,
}

pub(crate) fn tokens(uaa: &Server, grant: Grant) -> Tokens {
    let uaa = Uaa::new(UaaSettings {
        url: format!("https://127.0.0.1:{}", uaa.port),
        trust: Trust::Only(uaa.ca_pem.clone()),
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    });
    Tokens::new(uaa.unwrap(), grant).unwrap()
}

pub(crate) fn settings(server: &Server, path: &str) -> CloudControllerSettings {
    CloudControllerSettings {
        url: format!("https://127.0.0.1:{}{path}", server.port),
        trust: Trust::Only(server.ca_pem.clone()),
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    }
}

impl Pair {
    pub(crate) async fn with(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_uaa([token("t1", 600), token("t2", 600)], replies).await
    }

    pub(crate) async fn with_uaa(
        uaa: impl IntoIterator<Item = Reply>,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let (uaa, server) = (Server::with(uaa).await, Server::with(replies).await);
        let tokens = tokens(&uaa, client("uaa-client-secret"));
        let cc = CloudController::new(settings(&server, ""), tokens).unwrap();
        Self { uaa, server, cc }
    }

    pub(crate) fn last(&self) -> Asked {
        self.server.asked().pop().unwrap()
    }
}

/// The last page of a list.
pub(crate) fn list(resources: &str) -> Reply {
    let body = format!(r#"{{"pagination":{{"total_results":1,"next":null}},"resources":[{resources}]}}"#);
    json("200 OK", &body)
}

pub(crate) fn all(values: &[&str]) -> Option<Vec<String>> {
    Some(values.iter().map(|&it| it.to_owned()).collect())
}

#[tokio::test]
async fn everybody_is_told_its_version() {
    let root = r#"{"links":{"self":{"href":"https://api.demo"},"cloud_controller_v2":null,"credhub":null,
        "cloud_controller_v3":{"href":"https://api.demo/v3","meta":{"version":"3.228.0"}},"uaa":{"href":"https://uaa.demo"}}}"#;
    let pair = Pair::with([json("200 OK", root)]).await;
    let info = pair.cc.info(&context()).await.unwrap();
    assert_eq!(info.version, "3.228.0");
    assert_eq!(info.uaa_url.as_deref(), Some("https://uaa.demo"));
    let asked = pair.last();
    assert_eq!(asked.line, "GET / HTTP/1.1");
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("x-request-id").as_deref(), Some("request-1"));
    assert!(pair.uaa.asked().is_empty());

    let lacking = [
        r#"{"links":{"self":{"href":"https://api.demo"}}}"#,
        r#"{"links":{"cloud_controller_v3":null}}"#,
        r#"{"links":{"cloud_controller_v3":{"meta":{}}}}"#,
        r#"{"links":{"cloud_controller_v3":{"meta":{"version":""}}}}"#,
    ];
    for body in lacking {
        let pair = Pair::with([json("200 OK", body)]).await;
        let fault = pair.cc.info(&context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled);
        assert!(fault.detail.contains("no version of the API v3"), "{fault}");
    }
    for (reply, kind) in [
        (json("200 OK", "<html>"), FaultKind::Garbled),
        (json("200 OK", "{}"), FaultKind::Garbled),
        (json("404 Not Found", "no such route"), FaultKind::Unknown),
        (json("302 Found", ""), FaultKind::Garbled),
    ] {
        let pair = Pair::with([reply]).await;
        let fault = pair.cc.info(&context()).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert_eq!(fault.call, "GET / of Cloud Controller");
    }
}

#[tokio::test]
async fn a_path_in_its_address_is_kept() {
    let (uaa, server) = (Server::with([token("t1", 600)]).await, Server::with([list("")]).await);
    let tokens = tokens(&uaa, client("s"));
    let cc = CloudController::new(settings(&server, "/cf/api/"), tokens.clone()).unwrap();
    cc.organizations(&["o".into()], &context()).await.unwrap();
    let line = &server.asked()[0].line;
    assert_eq!(line, "GET /cf/api/v3/organizations?per_page=500&names=o HTTP/1.1");
    server.go_on_with([json("200 OK", "{}")]);
    cc.info(&context()).await.unwrap_err();
    assert_eq!(server.asked()[1].line, "GET /cf/api/ HTTP/1.1");

    for url in [
        "",
        "http://api",
        "https://user:top-secret@api",
        "https://api/?key=top-secret",
    ] {
        let url = url.to_owned();
        let odd = CloudControllerSettings {
            url,
            ..settings(&server, "")
        };
        let why = CloudController::new(odd, tokens.clone()).unwrap_err();
        assert!(why.contains("Cloud Controller") && !why.contains("top-secret"), "{why}");
    }
}

#[tokio::test]
async fn a_broker_has_what_is_used_of_it() {
    let global = r#"{"guid":"b1","created_at":"2026-11-21T20:00:00Z","name":"odb","url":"https://broker.demo","relationships":{},"metadata":{}}"#;
    let spaced = r#"{"guid":"b2","name":"odb","url":"u","relationships":{"space":{"data":{"guid":"s1"}}}}"#;
    let pair = Pair::with([json("200 OK", global), json("200 OK", spaced)]).await;
    let broker = pair.cc.broker("b/1", &context()).await.unwrap().unwrap();
    let wanted = Broker {
        guid: "b1".into(),
        name: "odb".into(),
        url: "https://broker.demo".into(),
        space_guid: None,
    };
    assert_eq!(broker, wanted);
    let asked = pair.last();
    assert_eq!(asked.line, "GET /v3/service_brokers/b%2F1 HTTP/1.1");
    assert_eq!(asked.header("authorization").as_deref(), Some("Bearer t1"));
    assert_eq!(asked.header("accept").as_deref(), Some("application/json"));
    assert_eq!(asked.header("user-agent").as_deref(), Some("chandler-test"));
    let broker = pair.cc.broker("b2", &context()).await.unwrap().unwrap();
    assert_eq!(broker.space_guid.as_deref(), Some("s1"));
    for odd in ["", ".", ".."] {
        let fault = pair.cc.broker(odd, &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    }
    assert_eq!(pair.server.asked().len(), 2);
}

#[tokio::test]
async fn offerings_and_plans_have_the_ids_of_the_catalog() {
    let offering = r#"{"guid":"o1","name":"redis","description":"d","available":true,"tags":["redis"],"shareable":false,
        "broker_catalog":{"id":"catalog-o","metadata":{},"features":{"bindable":true}},"relationships":{"service_broker":{"data":{"guid":"b1"}}}}"#;
    let plan = |info: &str, seen: &str| {
        format!(
            r#"{{"guid":"p1","name":"small","visibility_type":"{seen}","available":false,"free":true,"costs":[],"maintenance_info":{info},
            "broker_catalog":{{"id":"catalog-p","maximum_polling_duration":null}},"relationships":{{"service_offering":{{"data":{{"guid":"o1"}}}}}}}}"#
        )
    };
    let pair = Pair::with([
        list(offering),
        list(&plan(r#"{"version":"1.1.0","description":"OS"}"#, "organization")),
        list(&plan("{}", "brand-new")),
    ])
    .await;
    let filter = OfferingFilter {
        broker_guids: all(&["b1"]),
        catalog_ids: all(&["catalog-o"]),
        ..Default::default()
    };
    let found = pair.cc.offerings(&filter, &context()).await.unwrap();
    let wanted = Offering {
        guid: "o1".into(),
        name: "redis".into(),
        available: true,
        catalog_id: "catalog-o".into(),
        broker_guid: "b1".into(),
    };
    assert_eq!(found, [wanted]);
    let line = "GET /v3/service_offerings?per_page=500&service_broker_guids=b1&broker_catalog_ids=catalog-o HTTP/1.1";
    assert_eq!(pair.last().line, line);

    let filter = PlanFilter {
        offering_guids: all(&["o2", "o1"]),
        ..Default::default()
    };
    let found = pair.cc.plans(&filter, &context()).await.unwrap();
    let wanted = Plan {
        guid: "p1".into(),
        name: "small".into(),
        available: false,
        catalog_id: "catalog-p".into(),
        offering_guid: "o1".into(),
        visibility: VisibilityKind::Organization,
        maintenance_version: Some("1.1.0".into()),
    };
    assert_eq!(found, [wanted]);
    let line = "GET /v3/service_plans?per_page=500&service_offering_guids=o1%2Co2 HTTP/1.1";
    assert_eq!(pair.last().line, line);
    let found = pair.cc.plans(&PlanFilter::default(), &context()).await.unwrap();
    assert_eq!(found[0].visibility, VisibilityKind::Other);
    assert_eq!(found[0].maintenance_version, None);
    assert_eq!(pair.last().line, "GET /v3/service_plans?per_page=500 HTTP/1.1");
}
