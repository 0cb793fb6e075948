//! A new instance gets a new client.
use crate::world::{DASHBOARD, ID, PLACEHOLDER, World};
use chandler_engine::probe::{NoProbe, Point};
use chandler_proto::{itinerary::ClientWish, operation::Operation};
use chandler_simulators::{
    common::{CallAction, CallFault},
    uaa,
};
use chandler_testing::{probes::DiesAt, records::succeeded};
use serde_json::{Value, json};

const POST: &str = "POST /oauth/clients";
const DELETE: &str = "DELETE /oauth/clients/{}";

#[tokio::test]
async fn an_instance_gets_a_client_and_its_adapter_the_secret() {
    let world = World::start().await;
    let record = world.run(&world.provision()).await;
    succeeded(&record);
    let (client, secret) = (world.client().unwrap(), world.secret());
    assert!(secret.len() == 32 && secret.chars().all(|c| c.is_ascii_alphanumeric()));
    assert_eq!(client.scope, ["openid", "kv.s-1.user"]);
    assert_eq!(client.authorities, ["kv.s-1.read"]);
    assert_eq!(client.redirect_uri, [DASHBOARD], "after the dashboard is known");
    assert_eq!(client.more["name"], "mine");
    let wanted = json!({
        "client_id": ID, "client_secret": secret, "name": "mine", "scopes": "openid,kv.s-1.user", "resource_ids": "none",
        "authorities": "kv.s-1.read", "authorized_grant_types": "authorization_code,refresh_token",
        "redirect_uri": PLACEHOLDER, "allowpublic": "false",
    });
    assert_eq!(world.handed(), wanted);
    let calls = [POST, "PUT /oauth/clients/{}", DELETE].map(|call| world.done(call));
    assert_eq!(calls, [1, 1, 0]);
    for note in ["creating UAA client", "updating UAA client"] {
        assert!(world.notes.lock().unwrap().iter().any(|seen| seen == note), "{note}");
    }
    assert!(record.in_force.as_ref().unwrap().uaa_client);
    assert!(record.job.sealed.is_empty(), "the secret goes with the job");
    let text = String::from_utf8(record.bytes()).unwrap() + &format!("{record:?}");
    assert!(!text.contains(&secret));
}

#[tokio::test]
async fn the_secret_is_in_the_record_before_the_client_is_there() {
    let world = World::start().await;
    world.ground.put(&world.provision()).await;
    world.turn(&DiesAt::time(Point::Prepared, 1)).await;
    assert_eq!(world.sealed(&world.load().await.0), None, "nothing is written");
    world.turn(&DiesAt::time(Point::Checkpointed, 1)).await;
    let (record, _) = world.load().await;
    let sealed = world.sealed(&record).expect("a sealed secret");
    assert!(world.client().is_none() && sealed.len() == 32);
    assert!(!String::from_utf8(record.bytes()).unwrap().contains(&sealed));
    succeeded(&world.to_the_end(&NoProbe).await);
    assert_eq!(
        (world.secret(), &world.handed()["client_secret"]),
        (sealed.clone(), &Value::from(sealed))
    );
    assert_eq!(world.done(POST), 1);
}

#[tokio::test]
async fn a_lost_request_or_answer_makes_one_client_with_one_secret() {
    for (action, received) in [(CallAction::LoseRequest, 2), (CallAction::LoseResponse, 1)] {
        let world = World::start().await;
        world
            .uaa
            .set_fault(CallFault::once("POST", "/oauth/clients$", action.clone()));
        world.ground.put(&world.provision()).await;
        world.turn(&NoProbe).await;
        let before = world.sealed(&world.load().await.0).expect("a sealed secret");
        assert_eq!(world.client().is_some(), received == 1, "{action:?}");
        succeeded(&world.to_the_end(&NoProbe).await);
        assert_eq!(world.secret(), before, "{action:?}");
        assert_eq!(world.handed()["client_secret"], before.as_str(), "{action:?}");
        assert_eq!(world.uaa.journal().count(POST), received, "{action:?}");
        assert_eq!((world.done(POST), world.done(DELETE)), (1, 0), "{action:?}");
    }
}

#[tokio::test]
async fn a_client_that_a_failed_provision_left_is_made_anew() {
    let world = World::start().await;
    world.leave_over();
    succeeded(&world.run(&world.provision_again()).await);
    assert_eq!(world.handed()["client_secret"], world.secret().as_str());
    assert_eq!(world.secret().len(), 32);
    assert_eq!(world.client().unwrap().authorities, ["kv.s-1.read"]);
    assert_eq!((world.done(DELETE), world.done(POST)), (1, 1));
    assert!(
        world
            .notes
            .lock()
            .unwrap()
            .iter()
            .any(|seen| seen == "removing UAA client")
    );
}

#[tokio::test]
async fn a_public_client_has_a_dash_and_an_implicit_one_no_secret() {
    type Change = fn(&mut Value);
    let public: Change = |yml| yml["cf"]["uaa"]["client_definition"]["allowpublic"] = true.into();
    let implicit: Change = |yml| yml["cf"]["uaa"]["client_definition"]["authorized_grant_types"] = "implicit".into();
    for (change, at_uaa, for_adapter, allowpublic) in [(public, "-", "-", "true"), (implicit, "", "", "false")] {
        let world = World::with(change).await;
        world.leave_over();
        succeeded(&world.run(&world.provision_again()).await);
        assert_eq!(world.secret(), at_uaa);
        let handed = world.handed();
        assert_eq!(handed["client_secret"], for_adapter);
        assert_eq!(handed["allowpublic"], allowpublic);
        assert_eq!(handed["redirect_uri"], PLACEHOLDER);
        assert_eq!(
            (world.done(DELETE), world.done(POST)),
            (1, 1),
            "the one left over is removed once"
        );
    }
}

#[tokio::test]
async fn a_configured_name_counts_and_grants_without_a_browser_need_no_redirect() {
    let world = World::with(|yml| {
        let definition = &mut yml["cf"]["uaa"]["client_definition"];
        *definition = json!({"authorities": "kv.read", "authorized_grant_types": "client_credentials", "name": "ours"});
    })
    .await;
    *world.dashboard.lock().unwrap() = None;
    let record = world.job(Operation::Provision, ClientWish::Keep, None, &Value::Null);
    succeeded(&world.run(&record).await);
    let client = world.client().unwrap();
    assert_eq!(client.more["name"], "ours");
    assert_eq!(client.redirect_uri, Vec::<String>::new());
    let handed = world.handed();
    assert_eq!((&handed["name"], &handed["redirect_uri"]), (&"ours".into(), &"".into()));
    assert_eq!(handed["scopes"], "uaa.none", "as the UAA shows it");
    assert_eq!(world.done("PUT /oauth/clients/{}"), 0, "nothing to change");
}

#[tokio::test]
async fn without_a_dashboard_the_placeholder_stays() {
    let world = World::start().await;
    *world.dashboard.lock().unwrap() = None;
    succeeded(&world.run(&world.provision()).await);
    assert_eq!(world.client().unwrap().redirect_uri, [PLACEHOLDER]);
    assert_eq!(world.done("PUT /oauth/clients/{}"), 0, "nothing to change");
}

#[tokio::test]
async fn a_client_that_is_removed_meanwhile_comes_again_with_the_secret_that_the_adapter_got() {
    let world = World::start().await;
    world.ground.put(&world.provision()).await;
    while world.client().is_none() {
        world.turn(&NoProbe).await;
    }
    let removed: uaa::Client = world.client().unwrap();
    assert!(world.uaa.remove_client(ID));
    succeeded(&world.to_the_end(&NoProbe).await);
    assert_eq!(world.client().unwrap().secrets, removed.secrets);
    assert_eq!(world.handed()["client_secret"], world.secret().as_str());
    assert_eq!(world.client().unwrap().redirect_uri, [DASHBOARD]);
}
