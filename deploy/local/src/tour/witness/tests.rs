//! What is expected, and what differs from it.

use super::*;

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn what_is_expected_is_what_the_platform_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let of = |users| Witness {
        director: "",
        credhub: None,
        bosh_credhub: None,
        uaa: Some(""),
        own_clients: set(&[]),
        own_configs: set(&[]),
        users,
    };
    let binding = |credentials| Binding {
        id: "b".into(),
        reader: "mtls-app:1".into(),
        credentials,
    };
    let secure = [binding(json!({"credhub-ref": "/c/s/i/b/credentials"}))];
    let expected = Picture {
        credentials: set(&["/c/s/i/b/credentials"]),
        readers: set(&["mtls-app:1 may read /c/s/i/b/credentials"]),
        users: set(&["service-instance_i/b.json"]),
        links: set(&[]),
        clients: set(&["i"]),
    };
    assert_eq!(of(Some(dir.path())).expected("i", true, &secure), expected);
    let plain = [binding(json!({"password": "p"}))];
    assert_eq!(of(None).expected("i", false, &plain), Picture::default());
    assert_eq!(users_in(&dir.path().join("none")).unwrap(), set(&[]));
    std::fs::create_dir_all(dir.path().join("service-instance_i")).unwrap();
    std::fs::write(dir.path().join("service-instance_i/b.json"), "{\"password\": 1}").unwrap();
    assert_eq!(users_in(dir.path()).unwrap(), expected.users);
    let user = of(Some(dir.path())).user("i", "b").unwrap();
    assert_eq!(user, Some(json!({"password": 1})));
    assert!(of(Some(dir.path())).user("i", "c").is_err());
}

#[test]
fn every_difference_is_told() {
    let all = Picture {
        credentials: set(&["c"]),
        readers: set(&["r"]),
        users: set(&["u"]),
        links: set(&["l"]),
        clients: set(&["i"]),
    };
    let nothing = Picture::default();
    assert_eq!(all.differences(&all), [""; 0]);
    let missing = [
        "CredHub: c is missing",
        "CredHub's permissions: r is missing",
        "the service's users: u is missing",
        "the Director's links: l is missing",
        "the UAA's clients: i is missing",
    ];
    assert_eq!(all.differences(&nothing), missing);
    assert_eq!(
        nothing.differences(&all),
        missing.map(|it| it.replace("missing", "too much"))
    );
}
