//! Cloud Controller: whether its API is new enough and takes us, as a client or as a user.
use crate::{LIMIT, bench::parse};
use chandler_common::{
    access::Access,
    checks::{Check, Line, Outside, Verdict},
};
use chandler_proto::config::Config;
use chandler_simulators::{
    cloud_controller::{CloudController, Options},
    common::Outage,
    uaa::{self, Client, User},
};
use chandler_testing::settings::broker_yml;
use serde_json::{Value, json};

const SECRET: &str = "client-s3cr3t";
const PASSWORD: &str = "user-s3cr3t";

async fn uaa() -> uaa::Uaa {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = |id: &str, authorities: &[&str]| Client::new(id, SECRET, authorities);
    let options = uaa::Options {
        clients: vec![
            client("registrar", &["cloud_controller.admin"]),
            client("developer", &["cloud_controller.read", "cloud_controller.write"]),
            client("reader", &["cloud_controller.read"]),
        ],
        users: vec![User::new("admin", PASSWORD, &["cloud_controller.admin"])],
        ..uaa::Options::default()
    };
    uaa::Uaa::start(options).await.unwrap()
}

fn client(id: &str) -> Value {
    json!({"client_credentials": {"client_id": id, "client_secret": SECRET}})
}

fn user() -> Value {
    json!({"user_credentials": {"username": "admin", "password": PASSWORD}})
}

/// A file with both, known as `authentication` says.
fn config(cc: &CloudController, uaa: &uaa::Uaa, authentication: Value, unchecked: bool) -> Config {
    let mut yml = broker_yml("nats://127.0.0.1:1", "uaa-clients");
    yml["broker"]["disable_cf_startup_checks"] = unchecked.into();
    let cas = format!("{}\n{}", cc.ca_pem(), uaa.ca_pem());
    yml["cf"] =
        json!({"url": cc.url(), "root_ca_cert": cas, "uaa": {"url": uaa.url(), "authentication": authentication}});
    parse(&yml.to_string())
}

async fn look(config: &Config) -> Vec<Line> {
    let mut access = Access::new(config);
    let cc = access.cloud_controller();
    let outside = cc.map(|it| Outside::new(config).cloud_controller(it.as_ref()));
    access.finish(outside).unwrap().look(LIMIT).await
}

async fn verdict(cc: &CloudController, uaa: &uaa::Uaa, authentication: Value) -> Verdict {
    let mut lines = look(&config(cc, uaa, authentication, false)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.remove(0);
    assert_eq!(
        (line.check, line.check.name()),
        (Check::CloudController, "cloud controller")
    );
    let text = line.verdict.text();
    assert!(!text.contains(SECRET) && !text.contains(PASSWORD), "{text}");
    line.verdict
}

#[tokio::test]
async fn who_calls_it_counts() {
    let uaa = uaa().await;
    let cc = CloudController::start(Options::new(uaa.verifier())).await.unwrap();
    for (authentication, fine, part) in [
        (
            client("registrar"),
            true,
            "API 3.228.0 takes us, with cloud_controller.admin",
        ),
        (user(), true, "API 3.228.0 takes us, with cloud_controller.admin"),
        (client("developer"), true, "enough for a broker of one space"),
        (client("reader"), false, "lacks cloud_controller.write"),
        (client("nobody"), false, "Error authenticating (401): "),
    ] {
        let told = verdict(&cc, &uaa, authentication).await;
        assert_eq!(told.is_fine(), fine, "{told:?}");
        assert!(told.text().contains(part), "{part}: {told:?}");
    }
}

/// With a token in memory that is good for hours.
#[tokio::test]
async fn credentials_that_work_no_more_are_noticed() {
    let uaa = uaa().await;
    let cc = CloudController::start(Options::new(uaa.verifier())).await.unwrap();
    let config = config(&cc, &uaa, client("registrar"), false);
    let client = Access::new(&config).cloud_controller().unwrap();
    let outside = Outside::new(&config).cloud_controller(client.as_ref());
    let before = outside.look(LIMIT).await;
    assert!(before[0].verdict.is_fine(), "{before:?}");
    assert!(uaa.rotate_secret("registrar", "another"));
    let after = outside.look(LIMIT).await;
    let text = after[0].verdict.text();
    assert!(
        text.starts_with("Error authenticating (401): ") && !text.contains(SECRET),
        "{text}"
    );
}

#[tokio::test]
async fn one_that_is_too_old_or_away_or_trusts_another_uaa() {
    let (ours, other) = (uaa().await, uaa().await);
    let old = Options {
        version: "3.98.1".into(),
        ..Options::new(ours.verifier())
    };
    let old = CloudController::start(old).await.unwrap();
    let told = verdict(&old, &ours, client("registrar")).await;
    let wanted = "CF API error: ODB requires minimum Cloud Foundry API version '3.99.0', got '3.98.1'. Upgrade";
    assert!(!told.is_fine() && told.text().starts_with(wanted), "{told:?}");
    assert_eq!(ours.tokens_issued("registrar"), 0, "nobody had to know who we are");

    let theirs = CloudController::start(Options::new(other.verifier())).await.unwrap();
    let told = verdict(&theirs, &ours, client("registrar")).await;
    let wanted = format!(
        "let cf.uaa.url be the UAA whose tokens it takes: it names {}",
        other.url()
    );
    assert!(!told.is_fine() && told.text().contains(&wanted), "{told:?}");

    theirs.set_outage(Some(Outage::Connections));
    let told = verdict(&theirs, &other, client("registrar")).await;
    assert!(
        !told.is_fine() && told.text().starts_with("CF API error: GET / of Cloud Controller"),
        "{told:?}"
    );
    assert!(told.text().contains("that cf.url leads to it from here"), "{told:?}");

    // Its UAA is away: with a user no other check would say so.
    theirs.set_outage(None);
    other.set_outage(Some(Outage::Connections));
    let told = verdict(&theirs, &other, user()).await;
    assert!(
        !told.is_fine() && told.text().contains("POST /oauth/token of the UAA") && told.text().contains("cf.uaa.url"),
        "{told:?}"
    );
}

#[tokio::test]
async fn with_its_checks_off_nobody_asks() {
    let uaa = uaa().await;
    let cc = CloudController::start(Options::new(uaa.verifier())).await.unwrap();
    for authentication in [client("registrar"), user()] {
        let config = config(&cc, &uaa, authentication, true);
        assert_eq!(look(&config).await, []);
        let mut access = Access::new(&config);
        assert!(
            access.cloud_controller_if_asked().unwrap().is_none(),
            "nothing need be there"
        );
        assert!(access.cloud_controller().unwrap().is_some(), "a command may call it");
    }
    assert_eq!(uaa.tokens_issued("registrar"), 0);
}
