//! The UAA clients of instances: the pattern, and what is needed to keep them.
use crate::support::{config, draft, edited, file, finding, findings, load, only, properties, set};
use chandler_proto::config::{Finding, load as with_needs};
use serde_json::{Value, json};

const NO_CLIENT: &str = "Invalid uaa config: client_definition is set, but uaa client_credentials is not";
const NO_URL: &str = "can't be empty: clients of instances are kept there";

fn client() -> Value {
    json!({"client_credentials": {"client_id": "c", "client_secret": "s"}})
}

fn user() -> Value {
    json!({"user_credentials": {"username": "u", "password": "p"}})
}

fn definition() -> Value {
    json!({"scopes": "s"})
}

/// A file that has this section `cf.uaa`.
fn with_uaa(uaa: Value) -> Value {
    edited(file(), "cf.uaa", uaa)
}

/// What a process finds missing that keeps clients of instances.
fn missing(all: &Value) -> Vec<Finding> {
    config(all).require_uaa_clients().expect_err("something is missing").0
}

#[test]
fn the_pattern_is_the_same_in_both_forms() {
    let pattern = json!({"scopes": "a,b c", "authorities": "x", "authorized_grant_types": "", "resource_ids": "r,", "name": "n", "allowpublic": true});
    let uaa = json!({"url": "https://uaa", "authentication": client(), "client_definition": pattern});
    let [as_file, as_properties] = [file(), properties()].map(|form| config(&edited(form, "cf.uaa", uaa.clone())));
    assert_eq!(as_file, as_properties);
    let pattern = as_file.client_definition().expect("a definition");
    assert_eq!(pattern.scopes, ["a", "b c"], "parted by commas, not trimmed");
    assert_eq!((pattern.authorities[0].as_str(), pattern.authorities.len()), ("x", 1));
    assert_eq!(
        (pattern.authorized_grant_types.len(), pattern.resource_ids.len()),
        (0, 1)
    );
    assert!(pattern.allow_public && pattern.name.as_deref() == Some("n"));
}

#[test]
fn a_pattern_needs_one_list_at_least() {
    for name in ["scopes", "authorities", "authorized_grant_types", "resource_ids"] {
        let all = with_uaa(json!({"url": "u", "authentication": client(), "client_definition": {name: "x"}}));
        assert!(config(&all).client_definition().is_some(), "{name}");
    }
    let none =
        json!({"name": "n", "allowpublic": true, "scopes": "", "authorities": ",", "authorized_grant_types": null});
    let inactive = config(&with_uaa(json!({"client_definition": none})));
    assert_eq!(inactive.client_definition(), None);
    assert!(
        inactive.cf.as_ref().expect("cf").client_definition.is_some(),
        "it was read"
    );
    assert_eq!(inactive.require_uaa_clients(), Ok(None), "so nothing is needed for it");
    for without in [
        file(),
        edited(file(), "cf.root_ca_cert", json!("CA")),
        with_uaa(json!({})),
    ] {
        let config = config(&without);
        assert_eq!(
            (config.client_definition(), config.require_uaa_clients()),
            (None, Ok(None))
        );
    }
}

#[test]
fn whoever_keeps_clients_gets_the_uaa_and_who_we_are_there() {
    let uaa = json!({"url": "https://uaa", "authentication": client(), "client_definition": definition()});
    let all = edited(with_uaa(uaa), "cf.root_ca_cert", json!("CA"));
    let whole = config(&all);
    let access = whole.require_uaa_clients().expect("whole").expect("clients");
    assert_eq!((access.url, access.root_ca_cert), ("https://uaa", Some("CA")));
    assert_eq!(
        (access.client.client_id.as_str(), access.client.client_secret.expose()),
        ("c", "s")
    );
    assert!(!access.disable_ssl_cert_verification);
    // Instances may have clients of a time when there was a definition: they have to go.
    let defined_no_more = config(&with_uaa(json!({"url": "u", "authentication": client()})));
    assert_eq!(defined_no_more.client_definition(), None);
    let access = defined_no_more.require_uaa_clients().expect("no need");
    assert_eq!(access.expect("usable").url, "u");
    // But nobody has to be able to call a UAA for that.
    for half in [
        json!({"url": "u"}),
        json!({"authentication": client()}),
        json!({"url": "u", "authentication": user()}),
    ] {
        assert_eq!(config(&with_uaa(half)).require_uaa_clients(), Ok(None));
    }
}

#[test]
fn either_switch_leaves_the_certificate_unchecked() {
    let all = with_uaa(json!({"url": "u", "authentication": client()}));
    for (cf, broker, unchecked) in [
        (false, false, false),
        (true, false, true),
        (false, true, true),
        (true, true, true),
    ] {
        let mut all = all.clone();
        set(&mut all, "cf.disable_ssl_cert_verification", json!(cf));
        set(&mut all, "broker.disable_ssl_cert_verification", json!(broker));
        let loaded = load(&all).expect("loads");
        assert_eq!(loaded.warnings.len(), usize::from(cf) + usize::from(broker));
        let access = loaded.config.require_uaa_clients().expect("whole").expect("clients");
        assert_eq!(access.disable_ssl_cert_verification, unchecked, "{cf}, {broker}");
    }
}

#[test]
fn a_pattern_with_a_user_is_wrong_in_every_process() {
    let all = with_uaa(json!({"url": "u", "authentication": user(), "client_definition": definition()}));
    assert_eq!(only(&all), finding("cf.uaa.client_definition", NO_CLIENT));
    // Also for one that needs it, once.
    let told = with_needs(&all.to_string(), |config| config.require_uaa_clients().map(|_| ()));
    let told = told.expect_err("refused").errors.0;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].message.starts_with(NO_CLIENT), "{told:#?}");
    // With the checks of ODB's start, too.
    let all = edited(all, "cf.url", json!("u"));
    let checked = edited(all, "broker.disable_cf_startup_checks", json!(false));
    assert_eq!(findings(&checked), [finding("cf.uaa.client_definition", NO_CLIENT)]);
}

#[test]
fn a_pattern_without_credentials_is_for_a_process_that_calls_no_uaa() {
    let text = finding("cf.uaa.client_definition", NO_CLIENT);
    let all = with_uaa(json!({"url": "u", "client_definition": definition()}));
    assert!(
        config(&all).client_definition().is_some(),
        "the gateway needs no more of it"
    );
    assert_eq!(missing(&all), std::slice::from_ref(&text));
    let bare = with_uaa(json!({"client_definition": definition()}));
    assert!(config(&bare).client_definition().is_some());
    assert_eq!(missing(&bare), [text.clone(), finding("cf.uaa.url", NO_URL)]);
    let nowhere = with_uaa(json!({"authentication": client(), "client_definition": definition()}));
    assert_eq!(missing(&nowhere), [finding("cf.uaa.url", NO_URL)]);
    let half = json!({"url": "u", "authentication": {"client_credentials": {"client_id": "c"}}, "client_definition": definition()});
    assert_eq!(missing(&with_uaa(half)), [text]);
    // What ODB looks at when it starts holds for every process, unless that is switched off.
    let all = edited(all, "cf.url", json!("u"));
    let checked = only(&edited(all, "broker.disable_cf_startup_checks", json!(false)));
    assert_eq!(checked.path, "cf.uaa.authentication");
}

/// What is wrong with the file is told, not what it would leave missing there.
#[test]
fn a_gap_that_a_mistake_left_is_not_told_twice() {
    for (uaa, wrong, text) in [
        (
            json!({"url": ["u"], "authentication": client(), "client_definition": definition()}),
            "cf.uaa.url",
            "must be a text",
        ),
        (
            json!({"url": "u", "client_definition": {"scopes": "s", "allowpublic": "maybe"}}),
            "cf.uaa.client_definition.allowpublic",
            "must be true or false",
        ),
    ] {
        let all = with_uaa(uaa);
        let told = with_needs(&all.to_string(), |config| config.require_uaa_clients().map(|_| ()));
        let told = told.expect_err("refused").errors.0;
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0].path, wrong);
        assert!(told[0].message.starts_with(text), "{told:#?}");
        assert!(draft(&all).client_definition().is_some());
    }
}
