//! `chandler register` and `chandler deregister`, against the simulator of Cloud Controller and a broker that shows a catalog and nothing else.
//!
//! | file | what |
//! |---|---|
//! | `bench` | all of them, and the file |
//! | `access` | who sees which plan |
//! | `refused` | what changes nothing, and how it is told |
//! | `gone` | `deregister` |

mod access;
mod bench;
mod gone;
mod refused;

use bench::{BROKER, Bench};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_made_then_left_alone_then_moved() {
    let bench = Bench::start().await;
    let said = bench.register(&[]).await;
    let url = bench.url();
    let wanted = format!(
        "broker kv: registered at {url}\n\
         plan store/small: for everybody\n\
         plan store/trial: for administrators only, as before\n\
         plan store/large: for the organization data & more\n\
         plan store/odd: left as it is (manual; now admin)\n"
    );
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (Some(0), wanted.as_str(), "")
    );
    let broker = bench.broker();
    assert_eq!((broker.url.as_str(), broker.space), (url.as_str(), None));
    assert_eq!((broker.username.as_str(), broker.password.as_str()), BROKER);

    // The same again: the catalog is read, and nothing is set.
    bench.cc.clear_journal();
    let said = bench.register(&[]).await;
    let wanted = format!(
        "broker kv: updated at {url}\n\
         plan store/small: for everybody, as before\n\
         plan store/trial: for administrators only, as before\n\
         plan store/large: for the organization data & more, as before\n\
         plan store/odd: left as it is (manual; now admin)\n"
    );
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (Some(0), wanted.as_str(), "")
    );
    assert_eq!(bench.broker().guid, broker.guid);
    assert!(
        !bench
            .calls()
            .iter()
            .any(|it| it.contains("visibility") && !it.starts_with("GET"))
    );

    // Another address, and another user of the broker's.
    let other = bench.another_broker(("second", "s3cret-of-the-second")).await;
    bench.rewrite(|file| {
        file["chandler"]["credentials"] = json!([{"username": "second", "password": "s3cret-of-the-second"}]);
    });
    let said = bench
        .chandler(&[
            "register",
            "FILE",
            "--name",
            "kv",
            "--url",
            &other,
            "--username",
            "second",
        ])
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let moved = bench.broker();
    assert_eq!(
        (&moved.guid, &moved.url, moved.username.as_str()),
        (&broker.guid, &other, "second")
    );
    for said in [&said.out, &said.err] {
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_registers_it_for_a_space() {
    let bench = Bench::start().await;
    bench.as_user(
        "ä developer",
        "p&a=s%s+w ö\"\\,",
        &["cloud_controller.read", "cloud_controller.write"],
    );
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.contains("CF-NotAuthorized") && said.err.contains("or, with --space, cloud_controller.write"),
        "{said:?}"
    );
    assert!(bench.cc.registered().is_empty());

    let said = bench.register(&["--space", "demo/a space"]).await;
    let wanted = format!(
        "broker kv: registered at {}\n\
         plan store/small: for the space of the broker\n\
         plan store/trial: for the space of the broker\n\
         plan store/large: for the space of the broker\n\
         plan store/odd: for the space of the broker\n",
        bench.url()
    );
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (Some(0), wanted.as_str(), "")
    );
    assert_eq!(bench.broker().space, bench.cc.space("demo", "a space"));
    assert!(bench.broker().space.is_some());
    // It can be brought up to date and taken away by the same.
    let said = bench.register(&["--space", "demo/a space"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = bench.deregister().await;
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "broker kv: deleted\n"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_hold_anything() {
    let bench = Bench::start().await;
    for (name, password) in [
        ("a&b=c%d+e ä", "a&b=c%41d+e ä"),
        ("\"quoted\" \\ name,", "\"quoted\" \\ word, ü#?/;"),
        ("grant_type=client_credentials&x", "&grant_type=client_credentials"),
    ] {
        bench.as_user(name, password, &["cloud_controller.admin"]);
        let said = bench.register(&[]).await;
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        let calls = bench.cc.journal().calls;
        assert_eq!(
            calls.last().unwrap().actor.as_deref(),
            Some(name),
            "it is who was meant"
        );
    }
}
