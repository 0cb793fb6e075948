//! UAA and a Director with tokens, against the simulators, which check signatures and scopes themselves.

use std::time::Duration;

use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use chandler_clients::http::Trust;
use chandler_clients::uaa::{Grant, Tokens, Uaa, UaaSettings};
use chandler_clients::{CallContext, FaultKind};
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use chandler_simulators::common::Outage;
use chandler_simulators::uaa as uaas;
use tokio::time::Instant;

const LIMIT: Duration = Duration::from_secs(10);

pub(crate) async fn uaa() -> uaas::Uaa {
    uaas::Uaa::start(uaas::Options {
        clients: vec![
            uaas::Client::new("bosh", "bosh-secret", &["bosh.admin"]),
            uaas::Client::new("reader", "reader-secret", &["bosh.read"]),
            uaas::Client::new("odb", "odb-secret", &["credhub.read", "credhub.write"]),
            uaas::Client::new("nobody", "nobody-secret", &["uaa.none"]),
        ],
        users: vec![uaas::User::new(
            "me@example.com",
            "p&w=+ %ä",
            &["cloud_controller.read"],
        )],
        ..Default::default()
    })
    .await
    .unwrap()
}

async fn bosh(uaa: &uaas::Uaa) -> BoshSimulator {
    let options = BoshOptions {
        uaa: Some(uaa.verifier()),
        ..Default::default()
    };
    BoshSimulator::start(options).await.unwrap()
}

fn director(simulator: &BoshSimulator, uaa: &uaas::Uaa, client_id: &str, secret: &str) -> Director {
    Director::new(DirectorSettings {
        url: simulator.url(),
        ca_pem: Some(format!("{}\n{}", simulator.ca_pem(), uaa.ca_pem())),
        auth: Auth::Uaa {
            client_id: client_id.into(),
            client_secret: secret.into(),
        },
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_director_with_tokens_through_expiry_and_key_rotation() {
    let uaa = uaa().await;
    let simulator = bosh(&uaa).await;
    let director = director(&simulator, &uaa, "bosh", "bosh-secret");
    let call = CallContext::default();
    assert_eq!(director.info(&call).await.unwrap().user.as_deref(), Some("bosh"));
    for _ in 0..3 {
        director.deployments(&call).await.unwrap();
    }
    assert_eq!(uaa.tokens_issued("bosh"), 1);

    uaa.expire_tokens();
    let id = director.deploy("name: d1", "job.deploy", &call, LIMIT).await.unwrap();
    assert_eq!(director.task(id, &call).await.unwrap().unwrap().user, "bosh");
    assert_eq!(simulator.world().tasks().len(), 1, "a 401 did nothing");
    assert_eq!(uaa.tokens_issued("bosh"), 2);

    uaa.rotate_keys();
    uaa.withdraw_old_keys();
    let callers = (0..10).map(|_| {
        let (director, call) = (director.clone(), call.clone());
        tokio::spawn(async move { director.deployments(&call).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(uaa.tokens_issued("bosh"), 3);
}

/// The token in memory is good for hours; what counts is whether the UAA would give us another one.
#[tokio::test]
async fn who_we_are_is_asked_with_a_new_token() {
    let uaa = uaa().await;
    let simulator = bosh(&uaa).await;
    let director = director(&simulator, &uaa, "bosh", "bosh-secret");
    let call = CallContext::default();
    director.deployments(&call).await.unwrap();
    let standing = director.standing(&call).await.unwrap();
    assert_eq!(standing.info.user.as_deref(), Some("bosh"));
    assert_eq!(standing.scopes, Some(vec!["bosh.admin".to_owned()]));
    assert_eq!(uaa.tokens_issued("bosh"), 2);
    assert!(uaa.rotate_secret("bosh", "another-secret"));
    let fault = director.standing(&call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    assert!(!format!("{fault:?}").contains("bosh-secret"), "{fault}");
    director.deployments(&call).await.unwrap();
    assert_eq!(
        director.introduction(&call).await.unwrap().user,
        None,
        "nobody said who asks"
    );
}

#[tokio::test]
async fn a_scope_that_is_missing_at_the_director() {
    let uaa = uaa().await;
    let simulator = bosh(&uaa).await;
    let director = director(&simulator, &uaa, "reader", "reader-secret");
    let call = CallContext::default();
    director.deployments(&call).await.unwrap();
    let fault = director.deploy("name: d1", "c", &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::MissingScope, "{fault}");
    assert_eq!(uaa.tokens_issued("reader"), 1);
}

#[tokio::test]
async fn a_uaa_that_is_away_or_has_another_secret() {
    let uaa = uaa().await;
    let simulator = bosh(&uaa).await;
    let call = CallContext::default();
    let working = director(&simulator, &uaa, "bosh", "bosh-secret");
    working.deployments(&call).await.unwrap();
    let late = director(&simulator, &uaa, "bosh", "bosh-secret");

    uaa.set_outage(Some(Outage::Api));
    working.deployments(&call).await.unwrap();
    let fault = late.deploy("name: d1", "c", &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert!(fault.detail.contains("the UAA"), "{fault}");
    uaa.set_outage(None);
    late.deploy("name: d1", "c", &call, LIMIT).await.unwrap();

    uaa.rotate_secret("bosh", "another-secret");
    working.deployments(&call).await.unwrap();
    uaa.expire_tokens();
    let fault = working.deployments(&call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    assert_eq!(fault.call, "POST /oauth/token of the UAA");
    let fresh = director(&simulator, &uaa, "bosh", "another-secret");
    fresh.deployments(&call).await.unwrap();
}

#[tokio::test]
async fn a_user_with_an_awkward_password() {
    let simulator = uaa().await;
    let client = Uaa::new(UaaSettings {
        url: simulator.url(),
        trust: Trust::Only(simulator.ca_pem().to_owned()),
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    let grant = |password: &str| Grant::Password {
        username: "me@example.com".into(),
        password: password.into(),
    };
    let (call, until) = (CallContext::default(), Instant::now() + LIMIT);
    let tokens = Tokens::new(client.clone(), grant("p&w=+ %ä")).unwrap();
    let token = tokens.get(&call, until).await.unwrap();
    let claims = simulator.verifier().verify(token.expose(), simulator.now()).unwrap();
    assert_eq!(claims.user_name.as_deref(), Some("me@example.com"));
    assert_eq!(claims.client_id, "cf");
    let fault = Tokens::new(client, grant("wrong"))
        .unwrap()
        .get(&call, until)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
}
