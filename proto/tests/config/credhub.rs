//! The two CredHubs.
use crate::support::{config, edited, file, finding, findings, load, only, properties, set};
use serde_json::{Value, json};

fn secure(link: Value) -> Value {
    let mut all = properties();
    let uaa = json!({"client_id": "c", "client_secret": "s", "ca_cert": "UAA CA"});
    set(&mut all, "secure_binding_credentials.enabled", json!(true));
    set(&mut all, "secure_binding_credentials.authentication.uaa", uaa);
    set(&mut all, "links.credhub", link);
    all
}

#[test]
fn the_platforms_credhub_is_the_same_in_both_forms() {
    let section = |url: &str| json!({"api_url": url, "ca_cert": "CA", "client_id": "c", "client_secret": "s", "internal_uaa_ca_cert": "UAA CA"});
    let link = |url: &str, port: Value| json!({"credhub": {"internal_url": url, "port": port, "ca_certificate": "CA"}});
    for (url, port, whole) in [
        (
            "credhub.service.cf.internal",
            json!(8844),
            "https://credhub.service.cf.internal:8844",
        ),
        ("https://credhub", json!(8844), "https://credhub:8844"),
        ("http://127.0.0.1", json!(1), "http://127.0.0.1:1"),
        ("credhub:1", Value::Null, "https://credhub:1"),
    ] {
        let as_file = config(&edited(file(), "credhub", section(whole)));
        assert_eq!(as_file, config(&secure(link(url, port))), "{url}");
        let credhub = as_file.require_credhub().expect("whole").expect("on");
        assert_eq!(
            (credhub.api_url, credhub.ca_cert, credhub.internal_uaa_ca_cert),
            (whole, Some("CA"), Some("UAA CA"))
        );
        assert_eq!(
            (credhub.client.client_id.as_str(), credhub.client.client_secret.expose()),
            ("c", "s")
        );
    }
}

#[test]
fn secure_bindings_are_off_without_a_word() {
    for all in [
        file(),
        edited(file(), "credhub", json!({"api_url": "", "ca_cert": null})),
        edited(
            secure(json!({"credhub": {"internal_url": "u"}})),
            "secure_binding_credentials.enabled",
            json!(false),
        ),
    ] {
        let loaded = load(&all).expect("loads");
        assert_eq!((loaded.config.credhub.is_none(), loaded.warnings), (true, vec![]));
        assert_eq!(loaded.config.require_credhub(), Ok(None));
    }
}

#[test]
fn any_value_switches_secure_bindings_on_and_callers_need_the_rest() {
    let all = config(&edited(file(), "credhub", json!({"ca_cert": "CA"})));
    assert!(all.secure_bindings() && !config(&file()).secure_bindings());
    let text = "can't be empty: the section switches secure bindings on";
    assert_eq!(
        all.require_credhub().expect_err("little").0,
        ["api_url", "client_id", "client_secret"].map(|name| finding(&format!("credhub.{name}"), text))
    );
    let without = config(&edited(
        file(),
        "credhub",
        json!({"client_id": "c", "client_secret": "s"}),
    ));
    assert_eq!(
        without.require_credhub().expect_err("no url").0,
        [finding("credhub.api_url", text)]
    );
}

#[test]
fn half_a_client_is_a_finding() {
    for (given, missing) in [("client_id", "client_secret"), ("client_secret", "client_id")] {
        let found = only(&edited(file(), "credhub", json!({"api_url": "u", given: "x"})));
        let text = format!("Invalid credhub config - must specify {missing}");
        assert_eq!(found, finding(&format!("credhub.{missing}"), &text));
        let at = "bosh_credhub.authentication.uaa.client_credentials";
        let found = only(&edited(file(), at, json!({given: "x"})));
        let text = format!("Invalid bosh_credhub config - must specify {missing}");
        assert_eq!(found, finding(&format!("{at}.{missing}"), &text));
    }
}

#[test]
fn the_template_of_the_job_wants_client_and_link() {
    let mut all = properties();
    set(&mut all, "secure_binding_credentials.enabled", json!(true));
    let at = "secure_binding_credentials.authentication.uaa";
    let specify = |name: &str| {
        let text = format!("Invalid secure_binding_credentials config - must specify {name}");
        finding(&format!("{at}.{name}"), &text)
    };
    let none = "secure_binding_credentials is enabled, but no CredHub link was provided";
    assert_eq!(
        findings(&all),
        [
            specify("client_id"),
            specify("client_secret"),
            finding("links.credhub", none)
        ]
    );
    set(&mut all, at, json!({"client_id": "c"}));
    assert_eq!(findings(&all)[0], specify("client_secret"));
    assert_eq!(findings(&all).len(), 2);
    let empty = "Secure service binding is enabled but CredHub link is empty";
    for link in [json!({}), json!({"credhub": {"internal_url": "", "port": 8844}})] {
        assert_eq!(only(&secure(link)), finding("links.credhub", empty));
    }
}

#[test]
fn secure_manifests_need_boshs_credhub() {
    let section = json!({
        "url": "https://bosh:8844", "root_ca_cert": "CA",
        "authentication": {"uaa": {"client_credentials": {"client_id": "c", "client_secret": "s"}}},
    });
    let on = |form: Value, prefix: &str, section: Value| {
        let all = edited(form, &format!("{prefix}enable_secure_manifests"), json!(true));
        edited(
            all,
            if prefix.is_empty() {
                "bosh_credhub_api"
            } else {
                "bosh_credhub"
            },
            section,
        )
    };
    let as_file = config(&edited(
        on(file(), "broker.", section.clone()),
        "bosh.root_ca_cert",
        json!("BOSH CA"),
    ));
    let as_properties = edited(
        on(properties(), "", section.clone()),
        "bosh.root_ca_cert",
        json!("BOSH CA"),
    );
    assert_eq!(as_file, config(&as_properties));
    let credhub = as_file.require_bosh_credhub().expect("whole").expect("on");
    assert_eq!(
        (credhub.url, credhub.ca_certs),
        ("https://bosh:8844", vec!["CA", "BOSH CA"])
    );
    assert_eq!(
        (credhub.client.client_id.as_str(), credhub.client.client_secret.expose()),
        ("c", "s")
    );

    let off = config(&edited(file(), "bosh_credhub", section.clone()));
    let known = off.require_bosh_credhub().expect("no need");
    assert!(known.is_some(), "secrets of before can be read and removed");
    assert_eq!(config(&file()).require_bosh_credhub(), Ok(None));
    let half = edited(file(), "bosh_credhub", json!({"root_ca_cert": "CA"}));
    assert_eq!(config(&half).require_bosh_credhub(), Ok(None));

    let prefix = "enable_secure_manifests requires bosh_credhub_api to be configured, but bosh_credhub_api error: ";
    for (section, told) in [
        (json!(null), vec![("bosh_credhub", "not configured")]),
        (
            json!({"root_ca_cert": "CA"}),
            vec![
                ("bosh_credhub.url", "missing url"),
                ("bosh_credhub.authentication", "missing authentication configuration"),
            ],
        ),
    ] {
        let missing = config(&on(file(), "broker.", section))
            .require_bosh_credhub()
            .expect_err("little")
            .0;
        let wanted: Vec<_> = told
            .iter()
            .map(|(at, text)| finding(at, &format!("{prefix}{text}")))
            .collect();
        assert_eq!(missing, wanted);
    }
    let by_arguments = edited(on(file(), "broker.", section), "broker.use_stdin", json!(false));
    let text = "enable_secure_manifests requires use_stdin to be enabled";
    assert_eq!(only(&by_arguments), finding("broker.enable_secure_manifests", text));
}
