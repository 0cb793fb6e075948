//! Everything that keeps a process from starting is told in one round.
use crate::support::{edited, file, finding, properties, remove, set};
use chandler_proto::config::{Config, FileLook, Finding, Findings, Refused, load};
use serde_json::{Value, json};

/// The needs of a process that wants everything.
fn all(config: &Config) -> Result<(), Findings> {
    let checks = [
        config.credentials().err(),
        config.require_seal().err(),
        config.require_bosh().err(),
        config.require_credhub().err(),
        config.require_bosh_credhub().err(),
        config.catalog.offerings[0]
            .adapter
            .check(|path| match path {
                "/a" => FileLook::File(0o755),
                _ => FileLook::Error(format!("stat {path}: no such file or directory")),
            })
            .err(),
    ];
    let found: Vec<_> = checks.into_iter().flatten().flat_map(|findings| findings.0).collect();
    if found.is_empty() { Ok(()) } else { Err(Findings(found)) }
}

fn refused(root: &Value) -> Refused {
    load(&root.to_string(), all).expect_err("refused")
}

/// Paths and messages without the lines, which a JSON text has only one of.
fn told(findings: &[Finding]) -> Vec<(String, String)> {
    let plain = |finding: &Finding| finding.message.trim_end_matches(" (line 1)").to_owned();
    findings
        .iter()
        .map(|finding| (finding.path.clone(), plain(finding)))
        .collect()
}

#[test]
fn the_file_and_the_needs_of_the_process_are_told_together() {
    let mut root = file();
    set(&mut root, "broker.port", json!("x"));
    set(&mut root, "broker.tls", json!({"cert_file": "/c"}));
    set(&mut root, "broker.usernme", json!("x"));
    set(&mut root, "cf.disable_ssl_cert_verification", json!(true));
    let refused = refused(&root);
    let errors = told(&refused.errors.0);
    for (path, text) in [
        ("broker.port", "must be a whole number, not a text"),
        (
            "broker.tls.key_file",
            "Invalid TLS config - missing broker.tls.key_file",
        ),
        (
            "chandler.seal",
            "must hold keys and fingerprint_key: requests can't be recorded without",
        ),
        ("bosh.url", "BOSH configuration error: must specify bosh url"),
        (
            "bosh.authentication",
            "BOSH configuration error: must specify an authentication type",
        ),
        (
            "service_adapter.path",
            "checking for executable service adapter file: stat /var/vcap/packages/odb-service-adapter/bin/service-adapter: no such file or directory",
        ),
    ] {
        assert!(
            errors.contains(&(path.to_owned(), text.to_owned())),
            "{path}: {errors:#?}"
        );
    }
    assert_eq!(errors.len(), 6, "{errors:#?}");
    assert_eq!(
        told(&refused.warnings),
        [
            (
                "broker.usernme".to_owned(),
                "is not a known key and is ignored; did you mean `username`?".to_owned()
            ),
            (
                "cf.disable_ssl_cert_verification".to_owned(),
                "the certificates of Cloud Controller and its UAA are not checked: whoever is on the way to them can read tokens"
                    .to_owned()
            ),
        ]
    );
    let shown = refused.to_string();
    assert_eq!(shown.lines().count(), 8, "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("warning: ")).count(), 2);
}

#[test]
fn what_follows_from_another_finding_is_not_told() {
    for (path, value, wanted) in [
        ("broker.password", json!(null), vec!["broker.password"]),
        ("broker.password", json!([1]), vec!["broker.password"]),
        ("bosh.url", json!({}), vec!["bosh.url"]),
        (
            "bosh.authentication.basic",
            json!({"username": "u"}),
            vec!["bosh.authentication.basic.password"],
        ),
        (
            "chandler.seal.keys",
            json!([{"id": "k", "key": "short"}]),
            vec!["chandler.seal.keys[0].key"],
        ),
        ("chandler.seal", json!("k"), vec!["chandler.seal"]),
        (
            "credhub",
            json!({"api_url": "u", "client_id": "c"}),
            vec!["credhub.client_secret"],
        ),
        ("service_adapter", json!("/bin/a"), vec!["service_adapter"]),
    ] {
        let mut root = whole(file());
        set(&mut root, path, value);
        let refused = refused(&root);
        let paths: Vec<_> = refused.errors.0.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, wanted, "{refused}");
    }
}

/// With everything that a process could want.
fn whole(mut root: Value) -> Value {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    set(
        &mut root,
        "chandler.seal",
        json!({"keys": [{"id": "k", "key": key}], "fingerprint_key": key}),
    );
    set(
        &mut root,
        "bosh",
        json!({"url": "d", "authentication": {"basic": {"username": "u", "password": "p"}}}),
    );
    set(&mut root, "service_adapter.path", json!("/a"));
    root
}

#[test]
fn needs_are_named_as_the_form_at_hand_names_them() {
    let mut root = whole(properties());
    remove(&mut root, "username");
    remove(&mut root, "password");
    set(&mut root, "bosh.authentication", json!({}));
    set(&mut root, "enable_secure_manifests", json!(true));
    let mut paths: Vec<_> = refused(&root)
        .errors
        .0
        .into_iter()
        .map(|finding| finding.path)
        .collect();
    assert_eq!(
        paths,
        ["username", "password", "bosh.authentication", "bosh_credhub_api"]
    );
    let outside = |path: &str| {
        let found = load(&whole(properties()).to_string(), |_| {
            Err::<(), _>(Findings(vec![finding(path, "no")]))
        });
        found.expect_err("refused").errors.0.remove(0).path
    };
    paths = [
        "broker.tls.cert_file",
        "broker.tls.key_file",
        "credhub.api_url",
        "credhub.client_id",
        "bosh.url",
    ]
    .map(outside)
    .to_vec();
    assert_eq!(
        paths,
        [
            "tls.certificate",
            "tls.private_key",
            "links.credhub.credhub.internal_url",
            "secure_binding_credentials.authentication.uaa.client_id",
            "bosh.url",
        ]
    );
}

#[test]
fn a_whole_file_gives_what_the_process_makes() {
    let (loaded, made) = load(&whole(file()).to_string(), |config| Ok(config.broker.port)).expect("loads");
    assert_eq!((made, loaded.config.broker.port, loaded.warnings), (8080, 8080, vec![]));
}

#[test]
fn findings_tell_their_lines() {
    let text = "broker:\n  port: x\n  usernme: me\n  username: u\n\nservice_catalog:\n  plans:\n  - name: small\n    update:\n      max_in_flight: lots\n";
    let refused = load(text, |_| Ok(())).expect_err("much is missing");
    let line = |path: &str| {
        let all = refused.errors.0.iter().chain(&refused.warnings);
        let message = all
            .clone()
            .find(|finding| finding.path == path)
            .map(|finding| finding.message.clone());
        message
            .unwrap_or_else(|| panic!("{path}: {refused}"))
            .rsplit_once(" (line ")
            .map(|(_, line)| line.trim_end_matches(')').to_owned())
    };
    for (path, wanted) in [
        ("broker.port", Some("2")),
        ("broker.usernme", Some("3")),
        ("broker.password", Some("2")),
        ("service_catalog.plans[0].update.max_in_flight", Some("10")),
        ("service_catalog.plans[0].plan_id", Some("8")),
        ("service_deployment.releases", None),
    ] {
        assert_eq!(line(path).as_deref(), wanted, "{path}");
    }
}

#[test]
fn a_second_document_is_told_in_plain_words() {
    let refused = load("broker: {port: 1}\n---\nbroker: {port: 2}\n", |_| Ok(())).expect_err("two");
    assert_eq!(
        refused.to_string(),
        "the file holds more than one YAML document: the second begins at line 3; give each a file of its own"
    );
}

#[test]
fn templates_that_nobody_filled_in_are_warnings() {
    let mut root = whole(file());
    set(&mut root, "broker.username", json!("((broker_user))"));
    set(
        &mut root,
        "service_catalog.plans[0].properties",
        json!({"a": [{"b": "x <%= p('y') %>"}], "c": "(( left open"}),
    );
    let (loaded, ()) = load(&root.to_string(), |_| Ok(())).expect("loads");
    let marked =
        |open: &str, close: &str| format!("holds {open} … {close}: is this a template that was not filled in?");
    assert_eq!(
        told(&loaded.warnings),
        [
            (
                "service_catalog.plans[0].properties.a[0].b".to_owned(),
                marked("<%", "%>")
            ),
            ("broker.username".to_owned(), marked("((", "))")),
        ]
    );
    assert!(!format!("{:?}", loaded.warnings).contains("broker_user"));
    // With such a password nobody would get in, or everybody who has read the template.
    set(&mut root, "chandler.bus", json!({"user": "u", "password": "p"}));
    for path in ["broker.password", "chandler.bus.password"] {
        let refused = load(&edited(root.clone(), path, json!("((secret))")).to_string(), |_| Ok(())).expect_err(path);
        assert_eq!(told(&refused.errors.0), [(path.to_owned(), marked("((", "))"))]);
        assert!(!refused.to_string().contains("((secret))"));
        // A password may have brackets in it.
        let (loaded, ()) = load(&edited(root.clone(), path, json!("a((b))c")).to_string(), |_| Ok(())).expect(path);
        assert!(told(&loaded.warnings).contains(&(path.to_owned(), marked("((", "))"))));
    }
}
