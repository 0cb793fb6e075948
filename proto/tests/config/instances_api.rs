//! Who else than Cloud Controller lists the platform's instances.
use crate::support::{config, draft, edited, file, finding, findings, load, only, properties, remove, set};
use chandler_proto::config::{Finding, load as with_needs};
use serde_json::{Value, json};

const URL: &str = "service_instances_api.url";
const BASIC: &str = "service_instances_api.authentication.basic";
const NO_URL: &str = "can't be empty: the rest of the section says how it is called";
const NO_USER: &str = "can't be empty: the list is asked for with basic authentication";
const UNCHECKED: &str =
    "the certificate of the service instances API is not checked: whoever is on the way to it can read the password";

fn section() -> Value {
    json!({"url": "https://si.example.com/list?org=a&space=b", "authentication": {"basic": {"username": "u", "password": "p"}}})
}

fn with(section: Value) -> Value {
    edited(file(), "service_instances_api", section)
}

#[test]
fn it_takes_effect_in_both_forms() {
    let mut whole = section();
    set(&mut whole, "root_ca_cert", json!("CA"));
    let [as_file, as_properties] =
        [file(), properties()].map(|form| load(&edited(form, "service_instances_api", whole.clone())).expect("loads"));
    assert_eq!(as_file, as_properties);
    assert_eq!(as_file.warnings, []);
    let access = as_file.config.require_instances_api().expect("whole").expect("there");
    assert_eq!(
        (access.url, access.root_ca_cert, access.disable_ssl_cert_verification),
        ("https://si.example.com/list?org=a&space=b", Some("CA"), false)
    );
    assert_eq!(
        (access.credential.username.as_str(), access.credential.password.expose()),
        ("u", "p")
    );
}

#[test]
fn without_the_section_nobody_else_lists() {
    let off =
        json!({"url": "", "disable_ssl_cert_verification": false, "authentication": {"basic": {"username": null}}});
    for all in [file(), with(Value::Null), with(off)] {
        let loaded = load(&all).expect("loads");
        assert_eq!(
            (loaded.config.require_instances_api(), loaded.warnings),
            (Ok(None), vec![])
        );
    }
}

#[test]
fn the_address_and_the_user_come_together_or_not_at_all() {
    let missing =
        |all: &Value| -> Vec<(String, String)> { findings(all).into_iter().map(|it| (it.path, it.message)).collect() };
    let user = |name: &str| (format!("{BASIC}.{name}"), NO_USER.to_owned());
    let cases = [
        (json!({"url": "https://si"}), vec![user("username"), user("password")]),
        (
            json!({"root_ca_cert": "CA"}),
            vec![(URL.to_owned(), NO_URL.to_owned()), user("username"), user("password")],
        ),
        (
            json!({"authentication": {"basic": {"username": "u", "password": "p"}}}),
            vec![(URL.to_owned(), NO_URL.to_owned())],
        ),
        (
            json!({"url": "https://si", "authentication": {"basic": {"username": "u"}}}),
            vec![user("password")],
        ),
        (
            json!({"url": "https://si", "authentication": {"basic": {"password": "p"}}}),
            vec![user("username")],
        ),
    ];
    for (section, wanted) in cases {
        let all = with(section);
        assert_eq!(missing(&all), wanted, "{all}");
        assert!(draft(&all).require_instances_api().is_err(), "{all}");
    }
}

#[test]
fn who_needs_it_finds_nothing_twice() {
    let mut all = with(section());
    remove(&mut all, URL);
    let refused = with_needs(&all.to_string(), |config| config.require_instances_api().map(|_| ()));
    assert_eq!(
        refused.expect_err("no url").errors.0,
        [finding(URL, &format!("{NO_URL} (line 1)"))]
    );
}

#[test]
fn an_address_is_one_of_the_web_and_holds_no_user() {
    let finding_of = |url: &str| only(&edited(with(section()), URL, json!(url)));
    for url in ["si.example.com", "ftp://si", "https:/si", "httpss://si"] {
        assert_eq!(
            finding_of(url),
            finding(URL, "must begin with https:// or http://"),
            "{url}"
        );
    }
    for url in ["https://u:hunter2@si/list", "http://u@si?x"] {
        let found: Finding = finding_of(url);
        assert_eq!(
            found,
            finding(URL, "must not hold a user: that stands under authentication.basic")
        );
    }
    for url in ["HTTPS://si", "https://si/list?mail=a@b"] {
        assert_eq!(load(&edited(with(section()), URL, json!(url))).expect(url).warnings, []);
    }
    let colon = edited(with(section()), &format!("{BASIC}.username"), json!("a:b"));
    assert_eq!(
        only(&colon),
        finding(
            &format!("{BASIC}.username"),
            "must not contain a colon: basic authentication has no place for it"
        )
    );
}

#[test]
fn what_others_could_read_is_a_warning() {
    let clear = load(&edited(with(section()), URL, json!("http://si"))).expect("loads");
    assert_eq!(
        clear.warnings,
        [finding(
            URL,
            "begins with http://: whoever is on the way there can read the password, and change what is listed"
        )]
    );
    let path = "service_instances_api.disable_ssl_cert_verification";
    let all = edited(with(section()), path, json!(true));
    assert_eq!(load(&all).expect("loads").warnings, [finding(path, UNCHECKED)]);
    let access = config(&all);
    assert!(
        access
            .require_instances_api()
            .expect("whole")
            .expect("there")
            .disable_ssl_cert_verification
    );
    // The switch of Cloud Foundry is another one.
    let all = edited(with(section()), "broker.disable_ssl_cert_verification", json!(true));
    let access = config(&all);
    assert!(
        !access
            .require_instances_api()
            .expect("whole")
            .expect("there")
            .disable_ssl_cert_verification
    );
}
