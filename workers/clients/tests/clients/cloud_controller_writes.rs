//! Cloud Controller's writes: what is sent, once, and what became of it.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    BROKER_HAS_INSTANCES, BrokerChange, BrokerCredentials, Deletion, JobRef, NewBroker, Visibility,
};
use serde_json::{Value, json as value};

use crate::cloud_controller::{LIMIT, Pair};
use crate::server::{Reply, context, json, reply};

/// Each character that means something somewhere.
const ODD: &str = "a\"b\\c&d=e%f+g ä/\n<>'{}";

fn started(guid: &str) -> Reply {
    let location = format!("Location: https://api.elsewhere/v3/jobs/{guid}");
    reply("202 Accepted", &[&location], "")
}

fn credentials() -> BrokerCredentials {
    BrokerCredentials {
        username: format!("user {ODD}"),
        password: format!("brokers-password {ODD}").into(),
    }
}

fn new_broker() -> NewBroker {
    NewBroker {
        name: format!("name {ODD}"),
        url: "https://broker.demo:8443/path?x=1&y=\"2\"".into(),
        credentials: credentials(),
        space_guid: None,
    }
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn d18_a_broker_is_registered_with_what_was_given_and_nothing_else() {
    let pair = Pair::with([started("j1"), started("j2")]).await;
    let mut broker = new_broker();
    let job = pair.cc.create_broker(&broker, &context(), LIMIT).await.unwrap();
    assert_eq!(job.guid(), "j1");
    let asked = pair.last();
    assert_eq!(asked.line, "POST /v3/service_brokers HTTP/1.1");
    assert_eq!(asked.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(asked.header("authorization").as_deref(), Some("Bearer t1"));
    let mut wanted = value!({
        "name": broker.name,
        "url": broker.url,
        "authentication": {
            "type": "basic",
            "credentials": {"username": broker.credentials.username, "password": broker.credentials.password.expose()},
        },
    });
    assert_eq!(body(&asked.body), wanted);

    broker.space_guid = Some("s\"1".into());
    pair.cc.create_broker(&broker, &context(), LIMIT).await.unwrap();
    wanted["relationships"] = value!({"space": {"data": {"guid": "s\"1"}}});
    assert_eq!(body(&pair.last().body), wanted);
}

#[tokio::test]
async fn a_change_says_what_changes() {
    let pair = Pair::with([started("j1")]).await;
    let change = BrokerChange {
        url: Some(format!("https://x/{ODD}")),
        ..Default::default()
    };
    let job = pair.cc.update_broker("b1", &change, &context(), LIMIT).await.unwrap();
    assert_eq!(job, JobRef::new("https://api.demo/v3/jobs/j1"));
    assert_eq!(pair.last().line, "PATCH /v3/service_brokers/b1 HTTP/1.1");
    assert_eq!(body(&pair.last().body), value!({"url": format!("https://x/{ODD}")}));
    let change = BrokerChange {
        credentials: Some(credentials()),
        ..Default::default()
    };
    pair.cc.update_broker("b1", &change, &context(), LIMIT).await.unwrap();
    let sent = value!({"username": credentials().username, "password": credentials().password.expose()});
    let wanted = value!({"authentication": {"type": "basic", "credentials": sent}});
    assert_eq!(body(&pair.last().body), wanted);

    let nothing = BrokerChange::default();
    let fault = pair
        .cc
        .update_broker("b1", &nothing, &context(), LIMIT)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert_eq!(pair.server.asked().len(), 2);
}

#[tokio::test]
async fn access_is_replaced_as_a_whole() {
    let pair = Pair::with([json("200 OK", r#"{"type":"public"}"#)]).await;
    let cases = [
        (Visibility::Public, value!({"type": "public"})),
        (Visibility::Admin, value!({"type": "admin"})),
        (
            Visibility::Organizations(vec!["g1".into(), "g\"2".into()]),
            value!({"type": "organization", "organizations": [{"guid": "g1"}, {"guid": "g\"2"}]}),
        ),
    ];
    for (visibility, wanted) in cases {
        let set = pair.cc.set_visibility("p1", &visibility, &context(), LIMIT).await;
        set.unwrap();
        assert_eq!(pair.last().line, "PATCH /v3/service_plans/p1/visibility HTTP/1.1");
        assert_eq!(body(&pair.last().body), wanted);
    }
    let space = Visibility::Space("s1".into());
    let fault = pair
        .cc
        .set_visibility("p1", &space, &context(), LIMIT)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert_eq!(pair.server.asked().len(), 3);
}

#[tokio::test]
async fn an_upgrade_names_its_version() {
    let pair = Pair::with([started("j1"), json("200 OK", "{}")]).await;
    let ctx = context();
    let job = pair
        .cc
        .upgrade_instance("i1", "1.1.0+\"x\"", &ctx, LIMIT)
        .await
        .unwrap();
    assert_eq!(job, Some(JobRef::new("j1")));
    assert_eq!(pair.last().line, "PATCH /v3/service_instances/i1 HTTP/1.1");
    let wanted = value!({"maintenance_info": {"version": "1.1.0+\"x\""}});
    assert_eq!(body(&pair.last().body), wanted);
    let job = pair.cc.upgrade_instance("i1", "1.1.0", &ctx, LIMIT).await.unwrap();
    assert_eq!(job, None, "nothing for its broker to do");
}

#[tokio::test]
async fn a_deletion_is_started_or_done_or_there_was_nothing() {
    let absent = r#"{"errors":[{"code":10010,"title":"CF-ResourceNotFound","detail":"Service instance not found"}]}"#;
    let cases = [
        (started("j1"), Deletion::Started(JobRef::new("j1"))),
        (reply("204 No Content", &[], ""), Deletion::Done),
        (json("404 Not Found", absent), Deletion::Absent),
    ];
    for (reply, wanted) in cases {
        let pair = Pair::with([reply]).await;
        let (cc, ctx) = (&pair.cc, context());
        let became = [
            cc.delete_broker("x", &ctx, LIMIT).await.unwrap(),
            cc.delete_instance("x", &ctx, LIMIT).await.unwrap(),
            cc.purge_instance("x", &ctx, LIMIT).await.unwrap(),
            cc.delete_binding("x", &ctx, LIMIT).await.unwrap(),
            cc.purge_offering("x", &ctx, LIMIT).await.unwrap(),
        ];
        assert!(became.iter().all(|it| *it == wanted), "{became:?}");
        let lines: Vec<_> = pair.server.asked().into_iter().map(|asked| asked.line).collect();
        assert_eq!(
            lines,
            [
                "DELETE /v3/service_brokers/x HTTP/1.1",
                "DELETE /v3/service_instances/x HTTP/1.1",
                "DELETE /v3/service_instances/x?purge=true HTTP/1.1",
                "DELETE /v3/service_credential_bindings/x HTTP/1.1",
                "DELETE /v3/service_offerings/x?purge=true HTTP/1.1",
            ]
        );
    }
}

#[tokio::test]
async fn a_broker_with_instances_stays() {
    let said = r#"{"errors":[{"code":270010,"title":"CF-ServiceBrokerNotRemovable","detail":"Can not remove brokers that have associated service instances: odb"}]}"#;
    let pair = Pair::with([json("422 Unprocessable Entity", said)]).await;
    let fault = pair.cc.delete_broker("b1", &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.code(), Some(BROKER_HAS_INSTANCES));
    assert_eq!(
        fault.detail,
        "CF-ServiceBrokerNotRemovable: Can not remove brokers that have associated service instances: odb"
    );
    assert!(fault.nothing_happened());
}

#[tokio::test]
async fn a_write_is_sent_once() {
    for reply in [
        Reply::Close,
        json("500 Internal Server Error", "{}"),
        json("502 Bad Gateway", ""),
        reply("503 Service Unavailable", &["Retry-After: 0"], ""),
        reply("429 Too Many Requests", &["Retry-After: 0"], "slow down"),
        reply("202 Accepted", &[], ""),
        reply("202 Accepted", &["Location: https://api/v3/jobs/"], ""),
        reply("202 Accepted", &["Location: https://api/v3/tasks/1"], ""),
        json("200 OK", "{}"),
        reply("302 Found", &["Location: https://api/v3/jobs/1"], ""),
    ] {
        let pair = Pair::with([reply.clone()]).await;
        let fault = pair
            .cc
            .create_broker(&new_broker(), &context(), LIMIT)
            .await
            .unwrap_err();
        assert!(!fault.nothing_happened(), "{reply:?}: {fault}");
        assert!(!fault.is_permanent(), "{reply:?}: {fault}");
        assert_eq!(fault.call, "POST /v3/service_brokers of Cloud Controller");
        assert_eq!(pair.server.asked().len(), 1, "{reply:?}");
    }
    let pair = Pair::with([Reply::Hang]).await;
    let limit = std::time::Duration::from_millis(300);
    let fault = pair.cc.delete_instance("i1", &context(), limit).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    let none = std::time::Duration::ZERO;
    let fault = pair.cc.delete_instance("i1", &context(), none).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert_eq!(pair.server.asked().len(), 1);
}
