//! Updates and upgrades of an instance with a client, and of one without.
use crate::{
    records::context,
    world::{DASHBOARD, ID, PLACEHOLDER, World},
};
use chandler_engine::probe::NoProbe;
use chandler_proto::{itinerary::ClientWish, operation::Operation, records::Record, step::Step};
use chandler_simulators::common::{CallAction, CallFault};
use chandler_testing::records::{failure, succeeded};
use serde_json::{Value, json};

const POST: &str = "POST /oauth/clients";
const PUT: &str = "PUT /oauth/clients/{}";

impl World {
    /// An instance with a client.
    async fn provisioned(&self) -> Record {
        let record = self.run(&self.provision()).await;
        succeeded(&record);
        self.uaa.clear_journal();
        record
    }
    fn change(&self, operation: Operation, old: &Record) -> Record {
        self.job(operation, ClientWish::Keep, Some(old), &context())
    }
}

#[tokio::test]
async fn a_client_that_is_there_is_handed_over_without_its_secret() {
    let world = World::start().await;
    let old = world.provisioned().await;
    let secret = world.secret();
    for operation in [Operation::Update, Operation::Upgrade] {
        succeeded(&world.run(&world.change(operation, &old)).await);
        let handed = world.handed();
        assert_eq!(handed["client_secret"], "", "{operation:?}");
        assert_eq!(handed["redirect_uri"], DASHBOARD, "{operation:?}");
        assert_eq!(handed["scopes"], "openid,kv.s-1.user", "{operation:?}");
        assert_eq!(world.secret(), secret, "{operation:?}");
    }
    assert_eq!((world.done(POST), world.done(PUT)), (0, 0), "nothing to change");
}

#[tokio::test]
async fn a_client_that_is_missing_is_made_and_handed_over_with_its_secret() {
    for operation in [Operation::Update, Operation::Upgrade] {
        let world = World::start().await;
        *world.dashboard.lock().unwrap() = None;
        let old = world.instance(Some("https://old.example.com"));
        let record = world.run(&world.change(operation, &old)).await;
        succeeded(&record);
        assert!(record.in_force.as_ref().unwrap().uaa_client);
        let handed = world.handed();
        assert_eq!(handed["client_secret"], world.secret().as_str(), "{operation:?}");
        assert_eq!(
            (world.secret().len(), &handed["name"]),
            (32, &"mine".into()),
            "{operation:?}"
        );
        let client = world.client().unwrap();
        assert_eq!(
            (client.authorities, client.scope),
            (
                vec!["kv.s-1.read".to_owned()],
                vec!["openid".into(), "kv.s-1.user".into()]
            )
        );
        assert_eq!(
            client.redirect_uri,
            ["https://old.example.com"],
            "the dashboard that it has"
        );
        assert_eq!(world.done(POST), 1, "{operation:?}");
    }
}

#[tokio::test]
async fn an_update_brings_the_client_to_the_new_definition_but_for_name_and_secret() {
    let mut world = World::start().await;
    let old = world.provisioned().await;
    let secret = world.secret();
    world.reconfigure(|yml| {
        yml["cf"]["uaa"]["client_definition"] = json!({
            "scopes": "new.ODB_SPACE_GUID", "authorities": "ODB_SPACE_GUID.admin", "resource_ids": "ODB_SPACE_GUID",
            "authorized_grant_types": "authorization_code,client_credentials"});
    });
    *world.dashboard.lock().unwrap() = Some("https://new.example.com".into());
    let mut renamed = context();
    renamed["instance_name"] = "renamed".into();
    let update = world.job(Operation::Update, ClientWish::Keep, Some(&old), &renamed);
    succeeded(&world.run(&update).await);
    let client = world.client().unwrap();
    assert_eq!(
        (client.scope, client.authorities),
        (vec!["new.s-1".to_owned()], vec!["s-1.admin".to_owned()])
    );
    assert_eq!(
        client.grant_types,
        ["authorization_code", "client_credentials", "refresh_token"]
    );
    assert_eq!(
        (client.redirect_uri, &client.more["name"]),
        (vec!["https://new.example.com".to_owned()], &json!("mine"))
    );
    assert_eq!(world.secret(), secret);
    assert_eq!((world.done(POST), world.done(PUT)), (0, 1));
    world.reconfigure(|yml| yml["cf"]["uaa"]["client_definition"]["name"] = "ours".into());
    succeeded(&world.run(&world.change(Operation::Update, &old)).await);
    assert_eq!(world.client().unwrap().more["name"], "ours");
}

#[tokio::test]
async fn grants_that_begin_to_need_a_redirect_get_the_placeholder() {
    let mut world = World::with(|yml| {
        yml["cf"]["uaa"]["client_definition"]["authorized_grant_types"] = "client_credentials".into();
    })
    .await;
    *world.dashboard.lock().unwrap() = None;
    let old = world.provisioned().await;
    assert_eq!(world.client().unwrap().redirect_uri, Vec::<String>::new());
    world.reconfigure(|yml| {
        yml["cf"]["uaa"]["client_definition"]["authorized_grant_types"] = "authorization_code".into();
    });
    succeeded(&world.run(&world.change(Operation::Update, &old)).await);
    assert_eq!(world.client().unwrap().redirect_uri, [PLACEHOLDER]);
}

#[tokio::test]
async fn a_lost_update_is_sent_again_and_a_lost_answer_is_not() {
    for (action, received) in [(CallAction::LoseRequest, 2), (CallAction::LoseResponse, 1)] {
        let world = World::start().await;
        world
            .uaa
            .set_fault(CallFault::once("PUT", "/oauth/clients/", action.clone()));
        succeeded(&world.run(&world.provision()).await);
        assert_eq!(world.client().unwrap().redirect_uri, [DASHBOARD], "{action:?}");
        assert_eq!(world.uaa.journal().count(PUT), received, "{action:?}");
    }
}

#[tokio::test]
async fn an_update_whose_client_is_removed_after_the_deploy_fails_and_the_next_one_makes_a_new_one() {
    let world = World::start().await;
    let old = world.provisioned().await;
    let update = world.change(Operation::Update, &old);
    world.ground.put(&update).await;
    while matches!(world.load().await.0.job.step(), Some(Step::UaaClients(_))) {
        world.turn(&NoProbe).await;
    }
    assert!(world.uaa.remove_client(ID));
    let record = world.to_the_end(&NoProbe).await;
    let failed = failure(&record);
    assert!(
        failed.for_operator.contains("UAA client i-1: somebody removed it"),
        "{failed:?}"
    );
    assert_eq!(failed.update_repeatable, Some(true));
    succeeded(&world.run(&world.change(Operation::Update, &record)).await);
    assert_eq!(world.handed()["client_secret"], world.secret().as_str());
}

#[tokio::test]
async fn a_definition_that_is_gone_takes_the_client_with_it_after_the_deploy() {
    let mut world = World::start().await;
    let old = world.provisioned().await;
    world.reconfigure(|yml| {
        yml["cf"]["uaa"].as_object_mut().unwrap().remove("client_definition");
    });
    let update = world.job(Operation::Update, ClientWish::Drop, Some(&old), &context());
    let record = world.run(&update).await;
    succeeded(&record);
    assert_eq!(world.handed(), Value::Null, "the adapter isn't told of it");
    assert!(world.client().is_none());
    assert!(!record.in_force.as_ref().unwrap().uaa_client);
}

/// A UAA keeps some of the blanks and drops others; what is compared is the same all the same.
#[tokio::test]
async fn a_definition_with_blanks_after_commas_is_one_without() {
    let mut world = World::with(|yml| {
        yml["cf"]["uaa"]["client_definition"] = json!({
            "scopes": "openid, kv.ODB_SPACE_GUID.user", "authorities": "kv.ODB_SPACE_GUID.read, uaa.resource",
            "resource_ids": "kv, other", "authorized_grant_types": "authorization_code, client_credentials"});
    })
    .await;
    *world.dashboard.lock().unwrap() = Some("https://a.example.com, https://b.example.com".into());
    let old = world.provisioned().await;
    let client = world.client().unwrap();
    assert_eq!(client.scope, ["openid", "kv.s-1.user"]);
    assert_eq!(client.authorities, ["kv.s-1.read", "uaa.resource"]);
    let grants = ["authorization_code", "client_credentials", "refresh_token"];
    assert_eq!(client.grant_types, grants);
    assert_eq!(client.redirect_uri.len(), 2, "{:?}", client.redirect_uri);
    succeeded(&world.run(&world.change(Operation::Update, &old)).await);
    assert_eq!((world.done(POST), world.done(PUT)), (0, 0), "nothing to change");
    world.reconfigure(|yml| {
        yml["cf"]["uaa"]["client_definition"]["authorities"] = "kv.ODB_SPACE_GUID.read,uaa.resource , kv.more".into();
    });
    succeeded(&world.run(&world.change(Operation::Update, &old)).await);
    assert_eq!((world.done(POST), world.done(PUT)), (0, 1));
    assert_eq!(world.client().unwrap().authorities.len(), 3);
}
