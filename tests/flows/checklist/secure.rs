//! Credentials in CredHub: who may read them, and who may not.
use super::{
    bind::code,
    binding::{POLLS, bind_with, fetch},
    floor::Floor,
};
use chandler_tests::{
    platform::Platform,
    settings::{SERVICE, SMALL},
    world::World,
};
use serde_json::{Value, json};

/// The one that was named may read, nobody else may anything, and only as long as the binding is there.
pub(crate) async fn the_reader_is_who_was_named(floor: &Floor) {
    let i = "read-by";
    floor.provisioned(i, json!({})).await;
    let body = |more: &Value| {
        let mut body = json!({"service_id": SERVICE, "plan_id": SMALL});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let cases = [
        (
            json!({"bind_resource": {"credential_client_id": "key-reader"}}),
            "uaa-client:key-reader",
        ),
        (json!({"app_guid": "app-1"}), "mtls-app:app-1"),
        (json!({"bind_resource": {"app_guid": "app-2"}}), "mtls-app:app-2"),
        (
            json!({"app_guid": "app-3", "bind_resource": {"app_guid": "app-3", "credential_client_id": "key-reader"}}),
            "mtls-app:app-3",
        ),
    ];
    for (n, (more, reader)) in cases.iter().enumerate() {
        for (query, kind) in [(POLLS, "polled"), ("", "waited")] {
            let b = format!("{kind}-{n}");
            let request = bind_with(i, &b, query, &body(more));
            let answer = match query {
                POLLS => floor.bound(i, &b, request).await,
                _ => floor.expect(201, request).await.body,
            };
            let credentials = floor.credentials(i, &b, &answer);
            let name = World::credential_name(i, &b);
            let credhub = floor.world.credhub();
            let granted = floor.world.permissions(&name);
            assert_eq!(granted, [((*reader).to_owned(), vec!["read".to_owned()])], "{name}");
            for operation in ["write", "delete", "read_acl", "write_acl"] {
                assert!(!credhub.may(reader, &name, operation), "{reader} may {operation}");
            }
            for stranger in ["mtls-app:another", "uaa-client:another"] {
                assert!(!credhub.may(stranger, &name, "read"), "{stranger}");
            }
            let services = json!({"example-kv": [{"credentials": answer["credentials"]}]});
            let seen = credhub.interpolate_as(reader, &services).unwrap();
            assert_eq!(seen["example-kv"][0]["credentials"], credentials, "so the app sees it");
            floor.unbound(i, &b).await;
            floor.has_no_remains(i, &b);
        }
    }
    floor.covers(&["PRF-4", "UNB-8"]);
}

/// Credentials that nobody could read are none.
pub(crate) async fn nobody_to_read_is_refused(floor: &Floor) {
    let (i, b) = ("read-by-nobody", "unread");
    floor.provisioned(i, json!({})).await;
    for resource in [
        Value::Null,
        json!({}),
        json!({"app_guid": ""}),
        json!({"route": "r.example.com"}),
    ] {
        let mut body = json!({"service_id": SERVICE, "plan_id": SMALL, "app_guid": ""});
        body["bind_resource"] = resource;
        for query in [POLLS, ""] {
            assert_eq!(code(&floor.ask(bind_with(i, b, query, &body)).await), "RequiresApp");
        }
    }
    floor.is_unbound(i, b).await;
    let made = floor
        .bound(i, b, bind_with(i, b, POLLS, &Platform::bind_body(json!({}))))
        .await;
    floor.credentials(i, b, &made);
    assert_eq!(
        floor.expect(200, fetch(i, b)).await.body["credentials"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    floor.covers(&["ERR-8", "BND-6"]);
}
