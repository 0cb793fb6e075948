//! The Director and Cloud Foundry.
use crate::support::{config, edited, file, finding, findings, only, properties};
use chandler_proto::config::{BoshAuthentication, both};
use serde_json::json;

#[test]
fn a_director_without_url_parses_and_is_asked_for_by_who_needs_it() {
    let bosh = json!({"authentication": {"basic": {"username": "u", "password": "p"}}});
    let without = config(&edited(file(), "bosh", bosh));
    assert_eq!(without.bosh.as_ref().expect("bosh").url, None);
    let missing = without.require_bosh().expect_err("no url").0;
    assert_eq!(
        missing,
        [finding("bosh.url", "BOSH configuration error: must specify bosh url")]
    );
    let none = config(&file()).require_bosh().expect_err("nothing").0;
    assert_eq!(none.len(), 2);
    assert_eq!(
        none[1],
        finding(
            "bosh.authentication",
            "BOSH configuration error: must specify an authentication type"
        )
    );
}

#[test]
fn a_whole_director_is_given_out() {
    let bosh = json!({"url": "https://director", "root_ca_cert": "CA", "authentication": {"basic": {"username": "u", "password": "p"}}});
    let config = config(&edited(file(), "bosh", bosh));
    let director = config.require_bosh().expect("a director");
    assert_eq!((director.url, director.root_ca_cert), ("https://director", Some("CA")));
    assert!(
        matches!(director.authentication, BoshAuthentication::Basic(user) if user.username == "u" && user.password.expose() == "p")
    );
}

#[test]
fn half_an_authentication_is_a_finding() {
    for (given, missing) in [("username", "password"), ("password", "username")] {
        let found = only(&edited(file(), "bosh.authentication.basic", json!({ given: "x" })));
        let text = format!("BOSH configuration error: authentication.basic.{missing} can't be empty");
        assert_eq!(found, finding(&format!("bosh.authentication.basic.{missing}"), &text));
    }
    let two = json!({"basic": {"username": "u", "password": "p"}, "uaa": {"client_credentials": {"client_id": "c"}}});
    let text = "BOSH configuration error: cannot specify both basic and UAA authentication";
    assert!(findings(&edited(file(), "bosh.authentication", two)).contains(&finding("bosh.authentication", text)));
}

#[test]
fn the_director_may_be_called_as_a_client_of_its_uaa() {
    let client = json!({"client_id": "c", "client_secret": "s"});
    let nested = edited(
        file(),
        "bosh",
        json!({"url": "d", "authentication": {"uaa": {"client_credentials": client}}}),
    );
    let flat = edited(
        properties(),
        "bosh",
        json!({"url": "d", "authentication": {"uaa": client}}),
    );
    let (nested, flat) = (config(&nested), config(&flat));
    assert_eq!(nested, flat);
    let director = nested.require_bosh().expect("a director");
    assert!(
        matches!(director.authentication, BoshAuthentication::Uaa(c) if c.client_id == "c" && c.client_secret.expose() == "s")
    );
}

#[test]
fn what_odb_says_about_the_directors_uaa_is_said() {
    let client = json!({"client_id": "c", "client_secret": "s"});
    let user = json!({"username": "u", "password": "p"});
    for (uaa, at, text) in [
        (
            json!({"url": "https://uaa"}),
            "",
            "authentication.uaa authentication should contain either user_credentials or client_credentials",
        ),
        (
            json!({"client_credentials": client, "user_credentials": user}),
            "",
            "authentication.uaa contains both client and user credentials",
        ),
        (
            json!({"client_credentials": {"client_secret": "s"}}),
            ".client_credentials.client_id",
            "authentication.uaa.client_credentials.client_id can't be empty",
        ),
        (
            json!({"client_credentials": {"client_id": "c", "client_secret": ""}}),
            ".client_credentials.client_secret",
            "authentication.uaa.client_credentials.client_secret can't be empty",
        ),
    ] {
        let found = findings(&edited(file(), "bosh.authentication.uaa", uaa));
        let wanted = finding(
            &format!("bosh.authentication.uaa{at}"),
            &format!("BOSH configuration error: {text}"),
        );
        assert!(found.contains(&wanted), "{found:#?}");
    }
    let half = only(&edited(
        properties(),
        "bosh.authentication.uaa",
        json!({"client_id": "c"}),
    ));
    assert_eq!(half.path, "bosh.authentication.uaa.client_secret");
    let as_user = only(&edited(
        file(),
        "bosh.authentication.uaa",
        json!({"user_credentials": user}),
    ));
    let text = "does not take effect yet: the Director is called as a client of its UAA, not as a user";
    assert_eq!(as_user, finding("bosh.authentication.uaa.user_credentials", text));
}

#[test]
fn cloud_foundry_is_checked_unless_it_is_switched_off() {
    let client = json!({"client_credentials": {"client_id": "c", "client_secret": "s"}});
    let user = json!({"user_credentials": {"username": "u", "password": "p"}});
    let mut two = client.clone();
    two["user_credentials"] = user["user_credentials"].clone();
    for (cf, path, text) in [
        (
            json!({"uaa": {"url": "u", "authentication": user}}),
            "cf.url",
            "must specify CF url",
        ),
        (json!({"url": "u"}), "cf.uaa", "must specify UAA authentication"),
        (
            json!({"url": "u", "uaa": {"authentication": client}}),
            "cf.uaa.url",
            "uaa url can't be empty",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u"}}),
            "cf.uaa.authentication",
            "authentication should contain either user_credentials or client_credentials",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u", "authentication": two}}),
            "cf.uaa.authentication",
            "contains both client and user credentials",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u", "authentication": {"client_credentials": {"client_secret": "s"}}}}),
            "cf.uaa.authentication.client_credentials.client_id",
            "client_credentials.client_id can't be empty",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u", "authentication": {"client_credentials": {"client_id": "s"}}}}),
            "cf.uaa.authentication.client_credentials.client_secret",
            "client_credentials.client_secret can't be empty",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u", "authentication": {"user_credentials": {"password": "s"}}}}),
            "cf.uaa.authentication.user_credentials.username",
            "user_credentials.username can't be empty",
        ),
        (
            json!({"url": "u", "uaa": {"url": "u", "authentication": {"user_credentials": {"username": "s"}}}}),
            "cf.uaa.authentication.user_credentials.password",
            "user_credentials.password can't be empty",
        ),
    ] {
        let off = edited(file(), "cf", cf);
        config(&off);
        let on = edited(off, "broker.disable_cf_startup_checks", json!(false));
        assert_eq!(only(&on), finding(path, &format!("CF configuration error: {text}")));
    }
}

#[test]
fn two_checks_are_told_together() {
    let config = config(&file());
    let all = both(config.require_bosh(), config.require_seal()).expect_err("both").0;
    let paths: Vec<_> = all.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["bosh.url", "bosh.authentication", "chandler.seal"]);
}

#[test]
fn properties_have_one_kind_of_credentials_for_cloud_foundry_also_where_nobody_looks() {
    let text = "Invalid CF authentication config - must specify either client or user credentials";
    let user = json!({"username": "u", "password": "p"});
    for (path, secret) in [
        ("cf.uaa.authentication", "client_secret"),
        ("cf.authentication", "secret"),
    ] {
        let both = json!({"client_credentials": {"client_id": "c", secret: "s"}, "user_credentials": user});
        let all = edited(properties(), path, both);
        assert_eq!(only(&all), finding(path, text), "without startup checks");
        let checked = findings(&edited(all, "disable_cf_startup_checks", json!(false)));
        let told = checked.iter().filter(|it| it.path == path);
        assert_eq!(told.count(), 1, "once: {checked:?}");
        let one = json!({"client_credentials": {}, "user_credentials": user});
        config(&edited(properties(), path, one));
    }
}
