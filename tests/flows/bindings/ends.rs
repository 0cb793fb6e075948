//! The adapter's exit codes as the platform sees them.
use chandler_tests::{
    bindings::Style,
    platform::{Answer, Platform},
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::time::Duration;

const I: &str = "bound";
const LIMIT: Duration = Duration::from_secs(60);

async fn start(secure: bool) -> World {
    let world = World::start(Plan {
        secure,
        ..Plan::default()
    })
    .await;
    world.platform.provision(I, json!({})).await;
    world
}

fn text(answer: &Answer) -> &str {
    answer.body["description"]
        .as_str()
        .unwrap_or_else(|| panic!("no description: {answer:?}"))
}

/// Binds and gives the failure as each style of platform sees it.
async fn both(p: &Platform, binding: &str, parameters: Value) -> [Answer; 2] {
    let waited = p.send(p.bind(I, binding, parameters.clone(), Style::Synchronous)).await;
    let polled = format!("{binding}-polled");
    let operation = p.accepted(p.bind(I, &polled, parameters, Style::Asynchronous)).await;
    let (ended, _) = p.binding_ended(I, &polled, &operation, LIMIT).await;
    assert_eq!(
        (ended.status.as_u16(), &ended.body["state"]),
        (200, &json!("failed")),
        "{ended:?}"
    );
    [waited, ended]
}

#[tokio::test]
async fn a_bind_that_fails_says_why() {
    let world = start(false).await;
    let p = &world.platform;
    let cases = [
        (10, 500, Value::Null, "There was a problem completing your request."),
        (
            42,
            422,
            json!("RequiresApp"),
            "app_guid is a required field but was not provided",
        ),
        (49, 409, Value::Null, "binding already exists"),
        (1, 500, Value::Null, "asked to fail with exit code 1"),
        // It makes little sense here, but that is how the Go broker answers it.
        (41, 410, Value::Null, "binding not found"),
    ];
    for (code, status, error, wanted) in cases {
        let binding = format!("exit-{code}");
        let [waited, polled] = both(p, &binding, json!({"adapter_exit_code": code})).await;
        assert_eq!(
            (waited.status.as_u16(), &waited.body["error"]),
            (status, &error),
            "{code}: {waited:?}"
        );
        assert!(text(&waited).contains(wanted), "{code}: {waited:?}");
        assert!(text(&polled).contains(wanted), "{code}: {polled:?}");
        assert_eq!(p.send(p.fetch_binding(I, &binding)).await.status, 404);
        // What failed can be deleted, and by the platforms that know what orphans are it is.
        assert!([200, 410].contains(&p.send(p.unbind(I, &binding, Style::Synchronous)).await.status.as_u16()));
    }
    let [waited, _] = both(p, "other", json!({"no_such": 1})).await;
    assert_eq!(text(&waited), "unsupported parameter(s) for this service plan: no_such");
    assert!(world.users(I).is_empty());
}

#[tokio::test]
async fn a_user_whom_the_adapter_left_behind_goes_with_the_unbind() {
    for secure in [false, true] {
        let world = start(secure).await;
        let p = &world.platform;
        for (binding, parameters) in [
            ("exited", json!({"adapter_exit_after_code": 1})),
            ("garbled", json!({"malformed_output": true})),
            ("large", json!({"output_kb": 400})),
        ] {
            let failed = p.send(p.bind(I, binding, parameters, Style::Synchronous)).await;
            assert_eq!(failed.status, 500, "{binding}: {failed:?}");
            assert!(world.users(I).contains_key(binding), "{binding}: it had got that far");
            p.unbound(I, binding).await;
            assert!(!world.users(I).contains_key(binding), "{binding}");
        }
        if secure {
            assert!(world.credhub().names().is_empty());
        }
    }
}

#[tokio::test]
async fn a_user_who_was_there_before_the_first_bind_is_a_conflict_and_stays() {
    let world = start(true).await;
    let p = &world.platform;
    // Somebody made it behind the broker's back: its password is nobody's but theirs.
    p.bound(I, "mine", json!({})).await;
    let users = world.service.users_dir(I);
    std::fs::copy(users.join("mine.json"), users.join("theirs.json")).unwrap();
    let before = world.users(I)["theirs"].clone();
    let conflict = p.send(p.bind(I, "theirs", json!({}), Style::Synchronous)).await;
    assert_eq!(conflict.status.as_u16(), 409, "{conflict:?}");
    let told = "binding already exists (broker-request-id: ";
    assert!(text(&conflict).starts_with(told), "{conflict:?}");
    assert_eq!(world.users(I)["theirs"], before);
    assert_eq!(world.credhub().names(), [World::credential_name(I, "mine")]);
}

#[tokio::test]
async fn an_unbind_of_what_is_gone_is_gone() {
    let world = start(true).await;
    let p = &world.platform;
    for binding in ["waited", "polled"] {
        p.bound(I, binding, json!({})).await;
        std::fs::remove_file(world.service.users_dir(I).join(format!("{binding}.json"))).unwrap();
    }
    // Exit code 41 is as good as a deletion, and CredHub is cleaned all the same.
    let gone = p.send(p.unbind(I, "waited", Style::Synchronous)).await;
    assert_eq!(gone.status, 410, "{gone:?}");
    p.unbound(I, "polled").await;
    assert!(world.credhub().names().is_empty());
}

#[tokio::test]
async fn an_unbind_that_the_adapter_refuses_fails_and_is_repeated() {
    let world = start(true).await;
    let p = &world.platform;
    p.bound(I, "kept", json!({})).await;
    for (code, wanted) in [
        (1, "no, thank you"),
        (10, "There was a problem completing your request."),
    ] {
        let refuse = json!({"commands": ["delete-binding"], "exit_code": code, "stdout": "no, thank you"});
        world.service.control(&refuse);
        let refused = p.send(p.unbind(I, "kept", Style::Synchronous)).await;
        assert_eq!(refused.status, 500, "{refused:?}");
        assert!(text(&refused).contains(wanted), "{code}: {refused:?}");
        assert_eq!(
            p.send(p.fetch_binding(I, "kept")).await.status,
            404,
            "nobody knows what is left of it"
        );
        let again = p.send(p.bind(I, "kept", json!({}), Style::Synchronous)).await;
        assert_eq!(
            (again.status.as_u16(), &again.body["error"]),
            (422, &json!("ConcurrencyError"))
        );
        // The user is there, its credentials in CredHub aren't.
        assert!(world.users(I).contains_key("kept") && world.credhub().names().is_empty());
    }
    let deprovision = p.accepted(p.delete(I)).await;
    let (failed, _) = p.ended(I, &deprovision, LIMIT).await;
    assert_eq!(failed.body["state"], "failed", "{failed:?}");
    assert!(world.director.deployment(&format!("service-instance_{I}")).is_some());
    world.service.control(&json!({}));
    p.unbound(I, "kept").await;
    assert!(world.users(I).is_empty());
    p.deprovision(I).await;
}
