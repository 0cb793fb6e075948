//! Updates and upgrades: what the adapter gets, and what is in force afterwards.
use crate::{
    records::{LARGE, SMALL, UPDATE, provision, update, upgrade},
    site::Site,
};
use chandler_proto::{
    itinerary::{Wishes, itinerary},
    operation::Operation,
    records::Record,
};
use chandler_simulators::bosh::{Ending, TaskEffect, TaskFault, TaskKind};
use chandler_testing::records::{done, succeeded};
use serde_json::{Value, json};

pub(crate) const I: &str = "instance.i";
pub(crate) const D: &str = "service-instance_i";
pub(crate) const PATH: &str = "/odb/a-service/service-instance_i";
const CLOUD: &str = "vm_extensions: []\n";

pub(crate) fn manifest(password: &str, clients: u32) -> String {
    format!(
        "name: service-instance_i\nreleases: []\nstemcells: []\ninstance_groups: []\n\
         properties: {{pw: '{password}', maxclients: {clients}}}\n"
    )
}

/// What is deployed by [`made`].
pub(crate) fn first() -> String {
    manifest(&format!("(({PATH}/pw))"), 1)
}

/// What the update deploys.
pub(crate) fn second() -> String {
    manifest(&format!("(({PATH}/pw))"), 7)
}

pub(crate) fn deployed(site: &Site) -> Option<String> {
    site.servers.bosh.world().deployment(D)?.manifest
}

/// An instance that is there; the next `generate-manifest` changes what an update asks for and nothing else.
pub(crate) async fn made(change: impl FnOnce(&mut Value)) -> (Site, Record) {
    let site = Site::start(change).await;
    let said = json!({"manifest": manifest("((odb_secret:pw))", 1), "secrets": {"pw": "a-password"}, "configs": {"cloud": CLOUD}});
    site.adapter_says(&said);
    site.adapter_does("dashboard-url", r#"echo '{"dashboard_url": "https://kv.example/i"}'"#);
    site.ground.write(&provision(&site, "i"), 0).await;
    let record = site.drive(I, done).await;
    succeeded(&record);
    assert_eq!(deployed(&site), Some(first()));
    std::fs::remove_file(site.dir.path().join("runs")).unwrap();
    site.adapter_does("dashboard-url", "exit 10");
    site.adapter_repeats(&json!({ "manifest": first() }));
    site.adapter_says(&json!({ "manifest": second() }));
    (site, record)
}

/// Runs the job that takes the place of what is there.
pub(crate) async fn run(site: &Site, record: &Record) -> Record {
    let (_, over) = site.ground.read(I).await;
    site.ground.write(record, over).await;
    site.drive(I, done).await
}

fn json_of(given: &Value, member: &str) -> Value {
    given[member].as_str().unwrap().parse().unwrap()
}

fn vm_type(given: &Value, member: &str) -> Value {
    json_of(given, member)["instance_groups"][0]["vm_type"].clone()
}

pub(crate) fn commands(site: &Site) -> Vec<String> {
    site.runs().into_iter().map(|(command, _)| command).collect()
}

fn check_previous(given: &Value) {
    assert_eq!(vm_type(given, "previous_plan"), "small");
    assert_eq!(given["previous_manifest"], first());
    let reference = format!("(({PATH}/pw))");
    assert_eq!(json_of(given, "previous_secrets"), json!({ reference: "a-password" }));
    assert_eq!(json_of(given, "previous_configs"), json!({ "cloud": CLOUD }));
    assert_eq!(given["uaa_client"], "null");
}

#[tokio::test]
async fn an_update_hands_over_what_is_there_and_brings_the_new_plan() {
    let (site, old) = made(|_| ()).await;
    let record = run(&site, &update(&site, &old)).await;
    succeeded(&record);
    assert_eq!(deployed(&site), Some(second()));
    let runs = site.runs();
    assert_eq!(
        commands(&site),
        ["generate-manifest", "generate-manifest", "dashboard-url"]
    );
    let [(_, check), (_, deploy), (_, dashboard)] = &runs[..] else {
        panic!()
    };
    for (given, plan, request) in [(check, "small", "{}"), (deploy, "large", UPDATE)] {
        check_previous(given);
        assert_eq!(vm_type(given, "plan"), plan);
        assert_eq!(given["request_parameters"], request);
    }
    assert_eq!(
        (&dashboard["instance_id"], &dashboard["manifest"]),
        (&json!("i"), &json!(second()))
    );
    assert_eq!(vm_type(dashboard, "plan"), "large");

    let in_force = record.in_force.as_ref().unwrap();
    assert_eq!(
        (in_force.plan.plan_id.as_str(), in_force.fingerprint.as_str()),
        (LARGE, "g")
    );
    assert_eq!(
        in_force.dashboard_url.as_deref(),
        Some("https://kv.example/i"),
        "the adapter says nothing new"
    );
    let text = String::from_utf8(record.bytes()).unwrap();
    for secret in ["a-password", "maxclients", PATH, "vm_extensions"] {
        assert!(!text.contains(secret), "{secret} is in the record");
    }
}

#[tokio::test]
async fn without_the_leg_nothing_is_compared() {
    let (site, old) = made(|_| ()).await;
    site.adapter_repeats(&json!({ "manifest": manifest("other", 1) }));
    let mut record = update(&site, &old);
    record.job.itinerary = itinerary(Operation::Update, Wishes::default());
    succeeded(&run(&site, &record).await);
    assert_eq!(commands(&site), ["generate-manifest", "dashboard-url"]);
    assert_eq!(deployed(&site), Some(second()));
}

#[tokio::test]
async fn what_is_switched_off_is_not_handed_over() {
    let site = Site::start(|file| {
        file["broker"]["enable_secure_manifests"] = json!(false);
        file["broker"]["disable_bosh_configs"] = json!(true);
    })
    .await;
    site.adapter_says(&json!({ "manifest": manifest("plain", 1) }));
    site.adapter_repeats(&json!({ "manifest": manifest("plain", 1) }));
    site.ground.write(&provision(&site, "i"), 0).await;
    let old = site.drive(I, done).await;
    succeeded(&run(&site, &update(&site, &old)).await);
    let generated: Vec<_> = site
        .runs()
        .into_iter()
        .filter(|(command, _)| command == "generate-manifest")
        .collect();
    assert_eq!(generated.len(), 3);
    for (_, given) in &generated {
        assert_eq!(
            (&given["previous_secrets"], &given["previous_configs"]),
            (&json!("null"), &json!("null"))
        );
    }
    assert_eq!(
        (&generated[0].1["previous_plan"], &generated[0].1["previous_manifest"]),
        (&json!("null"), &json!("")),
        "a provision has nothing before it"
    );
    assert_eq!(site.servers.secrets.writes().len(), 0);
}

#[tokio::test]
async fn an_upgrade_gets_the_context_alone_and_the_secrets_too() {
    for (context, request) in [
        (Some(r#"{"platform":"cf"}"#), json!({"context": {"platform": "cf"}})),
        (None, json!({ "context": null })),
    ] {
        let (site, old) = made(|_| ()).await;
        let record = run(&site, &upgrade(&site, &old, context)).await;
        succeeded(&record);
        assert_eq!(commands(&site), ["generate-manifest", "dashboard-url"]);
        let given = &site.runs()[0].1;
        check_previous(given);
        assert_eq!(vm_type(given, "plan"), "small");
        assert_eq!(json_of(given, "request_parameters"), request);
        assert_eq!(record.in_force.unwrap().plan.plan_id, SMALL);
        assert_eq!(deployed(&site), Some(second()), "it brings what is pending");
    }
}

#[tokio::test]
async fn the_check_waits_for_a_task_of_the_deployment() {
    let (site, old) = made(|_| ()).await;
    let world = site.servers.bosh.world();
    world.set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::Hang));
    let call = chandler_clients::CallContext::default();
    let limit = std::time::Duration::from_secs(10);
    let others = site
        .outside
        .tasks
        .director
        .deploy(&second(), "an-operator", &call, limit)
        .await
        .unwrap();
    let (_, over) = site.ground.read(I).await;
    site.ground.write(&update(&site, &old), over).await;
    let waits = |record: &Record| {
        record
            .job
            .note
            .as_deref()
            .is_some_and(|note| note.contains("of the same deployment"))
    };
    site.drive(I, waits).await;
    assert_eq!(site.runs().len(), 0);
    assert!(world.finish_task(others, Ending::Done));
    site.adapter_repeats(&json!({ "manifest": second() }));
    succeeded(&site.drive(I, done).await);
    assert_eq!(
        site.runs()[0].1["previous_manifest"],
        second(),
        "what the operator deployed"
    );
}
