//! What the UAA, or common sense, refuses.
use crate::{
    ground::{OURS, US},
    probes::Once,
    world::{ID, World},
};
use chandler_engine::probe::{NoProbe, Point};
use chandler_proto::{itinerary::ClientWish, operation::Operation};
use chandler_simulators::{
    common::{CallAction, CallFault},
    uaa::Client,
};
use chandler_testing::records::{failure, succeeded};
use serde_json::json;
use std::sync::Mutex;

#[tokio::test]
async fn a_missing_authority_to_write_fails_the_job_and_is_named() {
    let world = World::start().await;
    world.uaa.put_client(Client::new(US, OURS, &["clients.read"]));
    let record = world.run(&world.provision()).await;
    let said = failure(&record);
    assert!(
        said.for_operator
            .contains("UAA client i-1: POST /oauth/clients of the UAA"),
        "{said:?}"
    );
    assert!(said.for_operator.contains("Insufficient scope"), "{said:?}");
    assert!(
        said.for_operator
            .ends_with("our own client there needs the authority clients.write"),
        "{said:?}"
    );
    assert!(!said.for_user.contains("clients.write"), "{said:?}");
}

#[tokio::test]
async fn a_missing_authority_to_read_is_waited_for() {
    let world = World::start().await;
    world.uaa.put_client(Client::new(US, OURS, &["clients.write"]));
    world.ground.put(&world.provision()).await;
    world.turn(&NoProbe).await;
    let (record, _) = world.load().await;
    assert!(!record.job.finished());
    assert_eq!(record.job.note.as_deref(), Some("waiting for the UAA"));
    let said = record.job.last_fault.unwrap();
    assert!(said.ends_with("needs the authority clients.read"), "{said}");
}

#[tokio::test]
async fn what_the_uaa_says_reaches_the_operator_without_the_secret() {
    let world = World::start().await;
    let told = Mutex::new(String::new());
    // A UAA that repeats what it was sent.
    let probe = Once::at(Point::Checkpointed, || async {
        let secret = world.sealed(&world.load().await.0).unwrap();
        let body = json!({"error": "invalid_client", "error_description": format!("we don't like {secret} much")});
        let refusal = CallAction::Answer {
            status: 400,
            body: Some(body.to_string()),
        };
        world
            .uaa
            .set_fault(CallFault::always("POST", "/oauth/clients$", refusal));
        *told.lock().unwrap() = secret;
    });
    let record = world.run_with(&world.provision(), &probe).await;
    let secret = told.into_inner().unwrap();
    let said = failure(&record);
    assert!(
        said.for_operator.contains("UAA client i-1: POST") && said.for_operator.contains("we don't like *** much"),
        "{said:?}"
    );
    assert_eq!(secret.len(), 32);
    assert!(!String::from_utf8(record.bytes()).unwrap().contains(&secret));
    assert!(!format!("{record:?}").contains(&secret));
    assert!(world.client().is_none());
    // The next one begins anew.
    world.uaa.clear_faults();
    succeeded(&world.run(&world.provision()).await);
    assert_ne!(world.secret(), secret);
}

#[tokio::test]
async fn a_pattern_for_a_space_fails_where_there_is_none() {
    let world = World::start().await;
    let elsewhere = json!({"platform": "kubernetes", "namespace": "n"});
    let record = world
        .run(&world.job(Operation::Provision, ClientWish::Keep, None, &elsewhere))
        .await;
    let said = failure(&record);
    assert!(
        said.for_operator
            .contains("names ODB_SPACE_GUID, and the platform has told no space_guid"),
        "{said:?}"
    );
    assert!(world.client().is_none());
    // Of one that is there, what the pattern says of the space is left as it is.
    world.leave_over();
    let before = world.client().unwrap();
    let old = world.instance_with_client();
    let record = world
        .run(&world.job(Operation::Update, ClientWish::Keep, Some(&old), &elsewhere))
        .await;
    succeeded(&record);
    let after = world.client().unwrap();
    assert_eq!((after.scope, after.authorities), (before.scope, before.authorities));
}

#[tokio::test]
async fn a_dashboard_that_the_uaa_does_not_take_fails_the_job() {
    let world = World::start().await;
    world.dashboard.lock().unwrap().replace("not a url".into());
    let record = world.run(&world.provision()).await;
    let said = failure(&record);
    assert!(
        said.for_operator.contains("PUT /oauth/clients/i-1 of the UAA"),
        "{said:?}"
    );
    assert!(
        said.for_operator.contains("One of the redirect_uri is invalid"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_client_that_goes_meanwhile_is_not_made_again_with_another_kind_of_secret() {
    let mut world = World::start().await;
    world.ground.put(&world.provision()).await;
    while world.client().is_none() {
        world.turn(&NoProbe).await;
    }
    assert!(world.uaa.remove_client(ID));
    world.reconfigure(|yml| yml["cf"]["uaa"]["client_definition"]["allowpublic"] = true.into());
    let record = world.to_the_end(&NoProbe).await;
    assert!(
        failure(&record).for_operator.contains("another kind of secret"),
        "{:?}",
        failure(&record)
    );
    assert!(world.client().is_none());
}
