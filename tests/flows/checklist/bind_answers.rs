//! What stands in the answer of a bind beside the credentials, and whether Cloud Controller takes it.
use super::{
    bind::without_parameters,
    binding::{bind, bind_now, fetch},
    catalog_rules::offerings,
    floor::Floor,
    wire::Request,
};
use serde_json::{Value, json};

/// A member of an answer and what the offering has to require for it.
const NEEDS: [(&str, &str); 3] = [
    ("syslog_drain_url", "syslog_drain"),
    ("route_service_url", "route_forwarding"),
    ("volume_mounts", "volume_mount"),
];

fn said(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
fn is_mount(mount: &Value) -> bool {
    let texts = ["driver", "container_dir", "mode", "device_type"];
    let config = mount["device"].get("mount_config");
    texts.iter().all(|name| said(&mount[*name]))
        && (mount["mode"] == "r" || mount["mode"] == "rw")
        && mount["device_type"] == "shared"
        && said(&mount["device"]["volume_id"])
        && config.is_none_or(|config| config.is_object() || config.is_null())
}
fn is_endpoint(endpoint: &Value) -> bool {
    let port = |port: &Value| {
        let parts: Vec<_> = port.as_str().unwrap_or("x").split('-').map(str::parse::<u16>).collect();
        matches!(parts.as_slice(), [Ok(_)] | [Ok(_), Ok(_)])
    };
    let ports = endpoint["ports"]
        .as_array()
        .is_some_and(|all| !all.is_empty() && all.iter().all(port));
    let protocol = endpoint
        .get("protocol")
        .is_none_or(|it| ["tcp", "udp", "all"].contains(&it.as_str().unwrap_or("")));
    said(&endpoint["host"]) && ports && protocol
}
/// `2031-01-02T03:04:05.0Z`, so that texts are in the order of what they say.
fn is_moment(value: &Value) -> bool {
    let digits = |text: &str| {
        text.chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect::<String>()
    };
    let parts = value.as_str().and_then(|text| text.strip_suffix('Z')?.split_once('.'));
    parts.is_some_and(|(moment, fraction)| {
        digits(moment) == "0000-00-00T00:00:00" && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
    })
}
fn is_metadata(metadata: &Value) -> bool {
    let moments = ["expires_at", "renew_before"];
    let good = moments.iter().all(|name| metadata.get(*name).is_none_or(is_moment));
    let [expires, renew] = moments.map(|name| metadata[name].as_str());
    let order = expires.is_none_or(|expires| renew.is_none_or(|renew| renew <= expires));
    metadata.is_object() && good && order
}

/// Whether Cloud Controller takes it from an offering that requires this.
pub(crate) fn is_taken(answer: &Value, requires: &Value) -> bool {
    let required = |what: &str| requires.as_array().is_some_and(|all| all.contains(&json!(what)));
    let absent_or = |name: &str, is: &dyn Fn(&Value) -> bool| answer.get(name).is_none_or(is);
    let list = |is: fn(&Value) -> bool| move |all: &Value| all.as_array().is_some_and(|all| all.iter().all(is));
    let https = |url: &Value| {
        let host = url.as_str().and_then(|url| url.strip_prefix("https://"));
        host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
    };
    answer.is_object()
        && NEEDS
            .iter()
            .all(|(name, needs)| answer.get(*name).is_none() || required(needs))
        && ["credentials", "parameters"]
            .iter()
            .all(|name| absent_or(name, &Value::is_object))
        && absent_or("syslog_drain_url", &said)
        && absent_or("route_service_url", &https)
        && absent_or("volume_mounts", &list(is_mount))
        && absent_or("endpoints", &list(is_endpoint))
        && absent_or("metadata", &is_metadata)
}

fn mounts() -> Value {
    json!([{"driver": "nfsv3", "container_dir": "/data", "mode": "rw", "device_type": "shared",
            "device": {"volume_id": "v-1", "mount_config": {"source": "nfs://h/x"}}},
           {"driver": "nfsv3", "container_dir": "/more", "mode": "r", "device_type": "shared", "device": {"volume_id": "v-2"}}])
}

pub(crate) async fn all_members_reach_the_platform(floor: &Floor) {
    let i = "answers";
    floor.provisioned(i, json!({})).await;
    let catalog = floor.expect(200, Request::new("GET", "/v2/catalog")).await.body;
    let requires = &offerings(&catalog).next().unwrap()["requires"];
    let endpoints = json!([{"host": "kv.example.com", "ports": ["7777", "9000-9010"]}, {"host": "10.0.0.1", "ports": ["53"], "protocol": "udp"}]);
    let metadata = json!({"expires_at": "2031-01-02T03:04:05.0Z", "renew_before": "2031-01-01T03:04:05.0Z"});
    let cases = [
        (json!({}), &["BND-10"][..]),
        (
            json!({"syslog_drain_url": "syslog-tls://logs.example.com:6514"}),
            &["BND-14", "CCR-40"],
        ),
        (
            json!({"route_service_url": "https://proxy.example.com/x"}),
            &["BND-15", "CCR-42"],
        ),
        (json!({"volume_mounts": mounts()}), &["BND-16", "CCR-41"]),
        (json!({"endpoints": endpoints}), &["BND-17"]),
        (json!({"metadata": metadata}), &["BND-18", "BND-19"]),
        (
            json!({"syslog_drain_url": "syslog://h:514", "route_service_url": "https://p", "volume_mounts": mounts(),
                   "endpoints": endpoints, "metadata": metadata}),
            &["BND-13", "CCR-50", "GSB-1"],
        ),
    ];
    for (n, (members, ids)) in cases.into_iter().enumerate() {
        let (now, later) = (format!("now-{n}"), format!("later-{n}"));
        let made = floor.expect(201, bind_now(i, &now, members.clone())).await.body;
        let again = floor.expect(200, bind_now(i, &now, members.clone())).await.body;
        let polled = floor.bound(i, &later, bind(i, &later, members.clone())).await;
        assert_eq!(again, made);
        assert_eq!(without_parameters(&floor.expect(200, fetch(i, &now)).await.body), made);
        for (b, answer) in [(&now, &made), (&later, &polled)] {
            let credentials = floor.credentials(i, b, answer);
            let mut whole = members.clone();
            whole["credentials"] = answer["credentials"].clone();
            assert_eq!(
                without_parameters(answer),
                whole,
                "all of it, as it was made, and nothing else"
            );
            assert!(is_taken(answer, requires), "{answer}");
            // What is needed to connect is in the credentials.
            let needed = ["uri", "username", "password", "port"];
            assert!(needed.iter().all(|name| !credentials[*name].is_null()), "{credentials}");
            assert!(needed.iter().all(|name| answer["metadata"].get(*name).is_none()));
        }
        floor.covers(ids);
    }
}

/// The judge can tell.
pub(crate) async fn what_would_not_be_taken(_: &Floor) {
    let all = json!(["syslog_drain", "route_forwarding", "volume_mount"]);
    let good = json!({"credentials": {}, "volume_mounts": mounts(), "syslog_drain_url": "x", "route_service_url": "https://h"});
    assert!(is_taken(&good, &all) && !is_taken(&good, &json!(["syslog_drain"])));
    for bad in [
        json!([]),
        json!({"credentials": null}),
        json!({"credentials": "text"}),
        json!({"parameters": []}),
        json!({"syslog_drain_url": null}),
        json!({"route_service_url": "http://h"}),
        json!({"route_service_url": "https:///path"}),
        json!({"volume_mounts": {}}),
        json!({"volume_mounts": [{"driver": "d"}]}),
        json!({"endpoints": [{"host": "h", "ports": []}]}),
        json!({"endpoints": [{"host": "h", "ports": ["a"]}]}),
        json!({"endpoints": [{"host": "h", "ports": ["1"], "protocol": "icmp"}]}),
        json!({"metadata": {"expires_at": "2031-01-02"}}),
        json!({"metadata": {"expires_at": "2031-01-02T03:04:05.0Z", "renew_before": "2032-01-02T03:04:05.0Z"}}),
    ] {
        assert!(!is_taken(&bad, &all), "{bad}");
    }
}
