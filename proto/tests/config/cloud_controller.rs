//! Cloud Controller: where it is, who we are there, and who sees a plan.
use crate::support::{config, draft, edited, file, finding, findings, only, properties, set};
use chandler_proto::catalog::Access;
use chandler_proto::config::{CfAuthentication, Finding};
use serde_json::{Value, json};

const URL: &str = "CF configuration error: must specify CF url";
const UAA_URL: &str = "CF configuration error: uaa url can't be empty";
const NOBODY: &str =
    "CF configuration error: authentication should contain either user_credentials or client_credentials";

fn client() -> Value {
    json!({"client_credentials": {"client_id": "c", "client_secret": "s"}})
}

fn user() -> Value {
    json!({"user_credentials": {"username": "u", "password": "p"}})
}

fn with_cf(cf: Value) -> Value {
    edited(file(), "cf", cf)
}

fn missing(all: &Value) -> Vec<Finding> {
    config(all)
        .require_cloud_controller()
        .expect_err("something is missing")
        .0
}

#[test]
fn it_is_called_as_a_client_or_as_a_user() {
    let of = |authentication: Value| {
        let cf = json!({"url": "https://api", "root_ca_cert": "CA", "uaa": {"url": "https://uaa", "authentication": authentication}});
        config(&with_cf(cf))
    };
    let as_client = of(client());
    let access = as_client.require_cloud_controller().expect("whole").expect("there");
    assert_eq!((access.url, access.uaa_url), ("https://api", "https://uaa"));
    assert_eq!(access.root_ca_cert, Some("CA"));
    assert!(!access.disable_ssl_cert_verification);
    assert!(
        matches!(access.authentication, CfAuthentication::Client(it) if it.client_id == "c" && it.client_secret.expose() == "s")
    );
    let as_user = of(user());
    let access = as_user.require_cloud_controller().expect("whole").expect("there");
    assert!(
        matches!(access.authentication, CfAuthentication::User(it) if it.username == "u" && it.password.expose() == "p")
    );
    // Who can't keep clients of instances.
    assert_eq!(as_user.require_uaa_clients(), Ok(None));
}

#[test]
fn either_switch_leaves_its_certificate_unchecked() {
    let whole = with_cf(json!({"url": "a", "uaa": {"url": "u", "authentication": user()}}));
    for (cf, broker) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut all = whole.clone();
        set(&mut all, "cf.disable_ssl_cert_verification", json!(cf));
        set(&mut all, "broker.disable_ssl_cert_verification", json!(broker));
        let config = config(&all);
        let access = config.require_cloud_controller().expect("whole").expect("there");
        assert_eq!(access.disable_ssl_cert_verification, cf || broker);
    }
}

#[test]
fn without_the_section_or_with_nothing_of_it_there_is_none() {
    for all in [
        file(),
        properties(),
        with_cf(json!({})),
        with_cf(json!({"root_ca_cert": "CA"})),
        with_cf(json!({"url": "", "uaa": {"authentication": {}}})),
        with_cf(json!({"uaa": {"client_definition": {"scopes": "s"}}})),
    ] {
        assert_eq!(config(&all).require_cloud_controller(), Ok(None), "{all}");
    }
}

#[test]
fn what_is_missing_is_told_in_odbs_words() {
    let (url, uaa_url, nobody) = (
        finding("cf.url", URL),
        finding("cf.uaa.url", UAA_URL),
        finding("cf.uaa.authentication", NOBODY),
    );
    for (cf, wanted) in [
        (json!({"url": "a"}), vec![&uaa_url, &nobody]),
        (json!({"uaa": {"url": "u"}}), vec![&url, &nobody]),
        (json!({"uaa": {"authentication": user()}}), vec![&url, &uaa_url]),
        (json!({"uaa": {"url": "u", "authentication": client()}}), vec![&url]),
        (json!({"url": "a", "uaa": {"authentication": client()}}), vec![&uaa_url]),
        (json!({"url": "a", "uaa": {"url": "u"}}), vec![&nobody]),
        (
            json!({"url": "a", "uaa": {"url": "u", "authentication": {"user_credentials": {"username": "u"}}}}),
            vec![&nobody],
        ),
    ] {
        let found = missing(&with_cf(cf.clone()));
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{cf}");
    }
}

#[test]
fn the_old_names_are_good_for_a_user_and_for_a_client() {
    let old = [
        (
            json!({"client_credentials": {"client_id": "c", "secret": "s"}}),
            client(),
        ),
        (user(), user()),
    ];
    for (authentication, new) in old {
        let mut cf = json!({"url": "https://api", "authentication": authentication});
        cf["authentication"]["url"] = json!("https://uaa");
        let old = config(&edited(properties(), "cf", cf));
        let new = json!({"url": "https://api", "uaa": {"url": "https://uaa", "authentication": new}});
        assert_eq!(old, config(&edited(properties(), "cf", new)));
        let access = old.require_cloud_controller().expect("whole").expect("there");
        assert_eq!(access.uaa_url, "https://uaa");
    }
}

const ACCESS: &str = "service_catalog.plans[1].cf_service_access";
const ORG: &str = "service_catalog.plans[1].service_access_org";

fn access(all: &Value) -> Access {
    draft(all).catalog.offerings[0].plans[1].access.clone()
}

#[test]
fn who_sees_a_plan_is_the_same_in_both_forms() {
    for form in [file(), properties()] {
        for (given, organization, wanted) in [
            (json!(null), json!(null), Access::Enable),
            (json!("enable"), json!(""), Access::Enable),
            (json!("disable"), json!(null), Access::Disable),
            (json!("manual"), json!(null), Access::Manual),
            (
                json!("org-restricted"),
                json!("an org"),
                Access::OrgRestricted {
                    organization: "an org".into(),
                },
            ),
            // Its source text is the name.
            (
                json!("org-restricted"),
                json!(1.50),
                Access::OrgRestricted {
                    organization: "1.5".into(),
                },
            ),
        ] {
            let mut all = form.clone();
            set(&mut all, ACCESS, given.clone());
            set(&mut all, ORG, organization);
            let config = config(&all);
            let plans = &config.catalog.offerings[0].plans;
            assert_eq!((&plans[0].access, &plans[1].access), (&Access::Enable, &wanted));
            if let Some(given) = given.as_str() {
                assert_eq!(wanted.name(), given);
            }
        }
    }
}

#[test]
fn an_organization_and_its_access_belong_together() {
    let only_for = r#"Unexpected "service_access_org" for plan "large". "service_access_org" is only valid for org-restricted plans."#;
    for given in [json!(null), json!("enable"), json!("disable"), json!("manual")] {
        let mut all = edited(file(), ORG, json!("org"));
        set(&mut all, ACCESS, given);
        assert_eq!(only(&all), finding(ORG, only_for));
    }
    let wanted = r#"Unexpected "service_access_org" for plan "large". "service_access_org" must be set for org-restricted plans."#;
    let all = edited(file(), ACCESS, json!("org-restricted"));
    assert_eq!(findings(&all), [finding(ORG, wanted)]);
    // What can't be meant opens nothing to anybody.
    assert_eq!(access(&all), Access::Disable);
    let mut all = edited(file(), ACCESS, json!("all"));
    set(&mut all, ORG, json!("org"));
    assert_eq!((only(&all).path.as_str(), access(&all)), (ACCESS, Access::Disable));
}
