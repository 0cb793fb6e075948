//! The rules, and a CredHub that says nothing.
use serde_json::json;

use super::*;
use crate::credhub::{CredHubSettings, CredentialKind};
use crate::http::Trust;
use crate::{Secret, SecretJson};

#[test]
fn finds_references_as_they_are_written() {
    let manifest = "a: ((one))\nb: \"x((/two/three.ca))y((one))\"\nc: ((not one)) (()) ((open\nd: (((four)))\n";
    let wanted = BTreeSet::from(["one", "/two/three.ca", "four"]);
    assert_eq!(references(manifest), wanted);
    assert!(references("no ( references )) here").is_empty());
}

#[test]
fn what_the_director_deployed_comes_before_what_is_newest() {
    let variable = |id: &str, name: &str| Variable {
        id: id.into(),
        name: name.into(),
    };
    let variables = [
        variable("1", "/d/i/cert"),
        variable("2", "/odb/s/i/pw"),
        variable("3", "/x/y.z"),
    ];
    let id = Place::Id;
    let name = Place::Name;
    let cases = [
        ("cert", vec![(id("1"), None)]),
        ("cert.ca", vec![(id("1"), Some("ca"))]),
        ("cert.a.b", vec![(id("1"), None)]),
        ("ert", vec![(name("ert"), None)]),
        ("/odb/s/i/pw", vec![(id("2"), None)]),
        ("/else/where", vec![(name("/else/where"), None)]),
        ("/x/y.z", vec![(id("3"), None), (name("/x/y"), Some("z"))]),
        (
            "/d/i/cert.ca",
            vec![(name("/d/i/cert.ca"), None), (id("1"), Some("ca"))],
        ),
    ];
    for (reference, wanted) in cases {
        assert_eq!(places(reference, &variables), wanted, "{reference}");
    }
}

#[test]
fn texts_stay_texts_and_structures_are_json() {
    let credential = |value: Value| Credential {
        id: "1".into(),
        name: "/n".into(),
        kind: CredentialKind::Json,
        value: SecretJson::of(&value),
    };
    let cases = [
        (json!("p\"w"), None, Ok("p\"w")),
        (json!({"ca": "c", "n": {"m": 1}}), None, Ok(r#"{"ca":"c","n":{"m":1}}"#)),
        (json!({"ca": "c"}), Some("ca"), Ok("c")),
        (json!({"n": {"m": 1}}), Some("n"), Ok(r#"{"m":1}"#)),
        (
            json!({"ca": "c"}),
            Some("x"),
            Err("credential does not contain key 'x'"),
        ),
        (
            json!("pw"),
            Some("x"),
            Err("string type credential cannot have key 'x'"),
        ),
        (json!(5), Some("x"), Err("unknown credential type")),
    ];
    for (value, member, wanted) in cases {
        let got = text(&credential(value.clone()), member);
        assert_eq!(got.as_deref().map_err(String::as_str), wanted, "{value}");
    }
}

/// A CredHub that takes connections and says nothing.
async fn silent(timeout: Duration) -> (CredHub, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = CredHubSettings {
        url: format!("https://{}", listener.local_addr().unwrap()),
        trust: Trust::Anyone,
        uaa_trust: Trust::Anyone,
        client_id: "broker".into(),
        client_secret: Secret::new("hush"),
        timeout,
        user_agent: "tests".into(),
    };
    (CredHub::new(settings).unwrap(), listener)
}

#[tokio::test]
async fn a_credhub_that_says_nothing_is_waited_for_within_a_limit() {
    let (moment, long) = (Duration::from_millis(200), Duration::from_secs(60));
    for (timeout, limit) in [(moment, long), (long, moment)] {
        let (credhub, _listener) = silent(timeout).await;
        let call = CallContext::default();
        let none = resolve(&credhub, "a: no references", &[], &call, limit).await;
        assert_eq!(none.unwrap(), "{}");
        let fault = resolve(&credhub, "a: ((b))", &[], &call, limit).await.unwrap_err();
        assert!(!fault.is_permanent(), "{fault}");
        assert!(fault.call.ends_with(BOSH), "{fault}");
    }
}
