//! Our own section.
use crate::support::{config, edited, file, finding, findings, load, one_finding, properties, set};
use serde_json::{Value, json};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

#[test]
fn the_defaults_are_documented_ones() {
    let chandler = config(&file()).chandler;
    assert_eq!(chandler.bus.urls, ["nats://127.0.0.1:4222"]);
    assert_eq!((chandler.bus.prefix.as_str(), chandler.bus.replicas), ("chandler", 1));
    assert_eq!(chandler.bus.monitor_urls, [""; 0]);
    let deadlines = chandler.deadlines;
    assert_eq!(
        (
            deadlines.instance_seconds,
            deadlines.errand_seconds,
            deadlines.binding_seconds
        ),
        (43_200, 3_600, 600)
    );
    assert_eq!((chandler.lanes.user, chandler.lanes.batch), (200, 20));
    let workers = chandler.workers;
    assert_eq!(
        (
            workers.concurrency,
            workers.poll_seconds,
            workers.note_seconds,
            workers.adapter_seconds
        ),
        (64, 10, 30, 300)
    );
    let gateway = chandler.gateway;
    assert_eq!(
        (
            gateway.request_timeout_seconds,
            gateway.accept_timeout_seconds,
            gateway.bind_wait_seconds,
            gateway.binding_grace_seconds,
            gateway.body_limit_bytes
        ),
        (60, 20, 50, 10, 262_144)
    );
    assert_eq!(chandler.last_look_seconds, 600);
    assert!(!chandler.allow_context_updates);
}

#[test]
fn every_key_is_read_in_both_forms() {
    let section = json!({
        "bus": {"urls": ["tls://a:4222", "nats://b:4222"], "user": "u", "password": "p", "ca_cert": "CA", "prefix": "kv_1", "replicas": 3, "monitor_urls": ["http://a:8222", "https://b:8222/nats/", "http://[::1]:1"]},
        "seal": {"keys": [{"id": "2026-11", "key": KEY}, {"id": "old", "key": KEY}], "fingerprint_key": KEY},
        "credentials": [{"username": "next", "password": "p"}],
        "deadlines": {"instance_seconds": 10, "errand_seconds": 11, "binding_seconds": 12},
        "plans": {"small": {"instance_seconds": 20}, "plan-2": {"errand_seconds": 21, "binding_seconds": 22}},
        "lanes": {"user": 1, "batch": 2},
        "workers": {"concurrency": 3, "poll_seconds": 4, "note_seconds": 5, "adapter_seconds": 6},
        "last_look_seconds": 7,
        "allow_context_updates": true,
        "gateway": {"request_timeout_seconds": 9, "accept_timeout_seconds": 8, "bind_wait_seconds": 7, "binding_grace_seconds": 0, "body_limit_bytes": 2048, "client_ca_cert": "CA", "client_cert_names": ["cc.example.com", "other"]},
    });
    let all = config(&edited(file(), "chandler", section.clone()));
    assert_eq!(all, config(&edited(properties(), "chandler", section)));
    let ours = &all.chandler;
    assert_eq!(
        (ours.bus.urls.len(), ours.bus.prefix.as_str(), ours.bus.replicas),
        (2, "kv_1", 3)
    );
    assert_eq!(
        ours.bus.monitor_urls,
        ["http://a:8222", "https://b:8222/nats/", "http://[::1]:1"]
    );
    assert_eq!(
        (ours.bus.user.as_deref(), ours.bus.ca_cert.as_deref()),
        (Some("u"), Some("CA"))
    );
    let seal = all.require_seal().expect("keys");
    assert_eq!(
        (seal.keys[0].id.as_str(), seal.keys[1].id.as_str(), seal.keys.len()),
        ("2026-11", "old", 2)
    );
    let users: Vec<_> = all
        .credentials()
        .expect("two")
        .iter()
        .map(|c| c.username.clone())
        .collect();
    assert_eq!(users, ["broker", "next"]);
    let plans = &all.catalog.offerings[0].plans;
    let of = |index: usize| {
        (
            plans[index].deadlines.instance_seconds,
            plans[index].deadlines.errand_seconds,
            plans[index].deadlines.binding_seconds,
        )
    };
    assert_eq!((of(0), of(1)), ((20, 11, 12), (10, 21, 22)));
    assert_eq!((ours.lanes.user, ours.lanes.batch, ours.last_look_seconds), (1, 2, 7));
    assert!(ours.allow_context_updates);
    let workers = ours.workers;
    assert_eq!(
        (
            workers.concurrency,
            workers.poll_seconds,
            workers.note_seconds,
            workers.adapter_seconds
        ),
        (3, 4, 5, 6)
    );
    let clients = ours.gateway.clients.as_ref().expect("client certificates");
    assert_eq!(
        (clients.ca_cert.as_str(), clients.names.join(" ").as_str()),
        ("CA", "cc.example.com other")
    );
    let gateway = &ours.gateway;
    assert_eq!(
        (
            gateway.request_timeout_seconds,
            gateway.accept_timeout_seconds,
            gateway.bind_wait_seconds,
            gateway.binding_grace_seconds,
            gateway.body_limit_bytes
        ),
        (9, 8, 7, 0, 2048)
    );
}

#[test]
fn mistakes_are_findings() {
    let key = json!([{"id": "k", "key": KEY}]);
    let seal = |keys: Value, fingerprint: &str| json!({"keys": keys, "fingerprint_key": fingerprint});
    for (path, value, at, text) in [
        (
            "bus.urls",
            json!(["http://a"]),
            "bus.urls[0]",
            "must begin with nats:// or tls://",
        ),
        (
            "bus.urls",
            json!(["nats://a", "nats://u:p@b"]),
            "bus.urls[1]",
            "must not hold a user or password; they have keys of their own",
        ),
        (
            "bus.prefix",
            json!("a.b"),
            "bus.prefix",
            "must be 1 to 64 letters, digits, `-` or `_`",
        ),
        ("bus.user", json!("u"), "bus", "user and password go together"),
        ("bus.replicas", json!(2), "bus.replicas", "must be 1, 3 or 5"),
        ("bus.replicas", json!(7), "bus.replicas", "must be from 1 to 5"),
        ("seal", seal(json!([]), KEY), "seal.keys", "must hold at least one key"),
        (
            "seal",
            seal(json!([{"id": "k", "key": "c2hvcnQ="}]), KEY),
            "seal.keys[0].key",
            "must be the base64 of 32 bytes",
        ),
        (
            "seal",
            seal(json!([{"id": "k"}]), KEY),
            "seal.keys[0].key",
            "must be the base64 of 32 bytes",
        ),
        (
            "seal",
            seal(json!([{"key": KEY}]), KEY),
            "seal.keys[0].id",
            "must be 1 to 64 letters, digits, `-`, `_` or `.`",
        ),
        (
            "seal",
            seal(json!([{"id": "k", "key": KEY}, {"id": "k", "key": KEY}]), KEY),
            "seal.keys[1].id",
            "is used twice",
        ),
        (
            "seal",
            seal(key, "?"),
            "seal.fingerprint_key",
            "must be the base64 of 32 bytes",
        ),
        (
            "credentials",
            json!([{"username": "u"}]),
            "credentials[0].password",
            "can't be empty",
        ),
        (
            "credentials",
            json!([{"password": "p"}]),
            "credentials[0].username",
            "can't be empty",
        ),
        (
            "credentials",
            json!([{"username": "a:b", "password": "p"}]),
            "credentials[0].username",
            "must not contain a colon: basic authentication has no place for it",
        ),
        (
            "deadlines.instance_seconds",
            json!(0),
            "deadlines.instance_seconds",
            "must be from 1 to 2592000",
        ),
        (
            "plans",
            json!({"tiny": {}}),
            "plans.tiny",
            "is neither the id nor the name of a plan",
        ),
        (
            "lanes.user",
            json!("many"),
            "lanes.user",
            "must be a whole number, not a text",
        ),
        (
            "gateway.accept_timeout_seconds",
            json!(61),
            "gateway.accept_timeout_seconds",
            "must be from 1 to 60",
        ),
        (
            "gateway.request_timeout_seconds",
            json!(10),
            "gateway.accept_timeout_seconds",
            "must not be longer than request_timeout_seconds (10)",
        ),
    ] {
        let all = edited(file(), &format!("chandler.{path}"), value);
        assert!(
            findings(&all).contains(&finding(&format!("chandler.{at}"), text)),
            "{path}: {:#?}",
            findings(&all)
        );
    }
    let found = one_finding("chandler.gateway.request_timeout_seconds", json!(61));
    assert_eq!(found.message, "must be from 1 to 60");
    for (name, wrong, range) in [
        ("bind_wait_seconds", json!(51), "must be from 1 to 50"),
        ("bind_wait_seconds", json!(0), "must be from 1 to 50"),
        ("binding_grace_seconds", json!(51), "must be from 0 to 50"),
    ] {
        let path = format!("chandler.gateway.{name}");
        assert_eq!(one_finding(&path, wrong).message, range, "{path}");
        let found = one_finding("chandler.gateway", json!({"request_timeout_seconds": 30, name: 31}));
        let text = "must not be longer than request_timeout_seconds (30)";
        assert_eq!(found, finding(&path, text));
    }
}

#[test]
fn a_bind_waits_no_longer_than_a_request_lives() {
    let all = edited(file(), "chandler.gateway.request_timeout_seconds", json!(30));
    assert_eq!(config(&all).chandler.gateway.bind_wait_seconds, 30);
    let section = json!({"request_timeout_seconds": 8, "accept_timeout_seconds": 8});
    let all = edited(file(), "chandler.gateway", section);
    assert_eq!(config(&all).chandler.gateway.binding_grace_seconds, 8);
}

#[test]
fn a_deadline_that_the_platform_does_not_wait_for_is_a_warning() {
    let all = edited(file(), "chandler.plans.small.instance_seconds", json!(7 * 86_400));
    let text = "the deadline of its instances is longer than Cloud Controller waits for (7 days)";
    assert_eq!(
        load(&all).expect("loads").warnings,
        [finding("service_catalog.plans[0]", text)]
    );
}

#[test]
fn names_of_client_certificates_never_let_in_everybody_by_mistake() {
    let names = "chandler.gateway.client_cert_names";
    assert!(
        one_finding(names, json!(["cc"]))
            .message
            .contains("without client_ca_cert")
    );
    for list in [json!([]), json!([""]), json!(["cc", ""]), json!(["cc", null])] {
        let mut root = edited(file(), "chandler.gateway.client_ca_cert", json!("CA"));
        set(&mut root, names, list.clone());
        let all = findings(&root);
        assert_eq!((all[0].path.as_str(), all.len()), (names, 1), "{list}: {all:#?}");
    }
    let all = config(&edited(file(), "chandler.gateway.client_ca_cert", json!("CA")));
    assert_eq!(all.chandler.gateway.clients.expect("a CA").names, [""; 0]);
}

#[test]
fn where_a_nats_server_is_monitored_is_checked_and_never_repeated() {
    let (scheme, rest) = (
        "must begin with http:// or https://, and name a host",
        "must be host and port, and the server's http_base_path if it has one, without anything after it",
    );
    for (url, text) in [
        ("nats://pass:4222", scheme),
        ("pass:8222", scheme),
        ("http://", scheme),
        ("https:///pass", scheme),
        (
            "http://u:pass@a:8222",
            "must not hold a user or password; a nats-server asks nobody for them there",
        ),
        ("http://a:8222/pass/b", rest),
        ("http://a:8222/?pass", rest),
        ("http://a:8222#pass", rest),
        (
            "http://a:8222/jsz",
            "must end before the name of a page: http://host:8222",
        ),
        ("http://b:8222", "is there twice"),
    ] {
        let found = one_finding("chandler.bus.monitor_urls", json!(["http://b:8222", url]));
        assert_eq!(found, finding("chandler.bus.monitor_urls[1]", text), "{url}");
        assert!(!found.to_string().contains("pass@"));
    }
    for (urls, replicas, told) in [(3, 3, false), (5, 3, false), (1, 1, false), (0, 3, false), (2, 3, true)] {
        let urls: Vec<_> = (0..urls).map(|at| format!("http://n{at}:8222")).collect();
        let all = edited(
            file(),
            "chandler.bus",
            json!({"replicas": replicas, "monitor_urls": urls}),
        );
        let warnings = load(&all).expect("loads").warnings;
        let wanted = finding(
            "chandler.bus.monitor_urls",
            "names 2 of at least 3 servers that keep copies",
        );
        assert_eq!(warnings, if told { vec![wanted] } else { vec![] });
    }
}
