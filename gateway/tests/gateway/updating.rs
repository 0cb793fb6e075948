//! Updates and upgrades, as a platform sees them.
use crate::{
    binder::{POLLS, provisioned, wish},
    config::config_of,
    proxy::Proxy,
    world::{Got, PLAN, SERVICE, World, body, config_text, sealer, send, until},
};
use chandler_process::SystemClock;
use chandler_proto::{
    failure::Failure,
    job::{Event, Facts, sealed},
    layout::{Lane, instance_key},
    operation::Operation,
    seal::Sealed,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// As Cloud Controller sends it.
fn change(parameters: Value) -> Value {
    json!({
        "service_id": SERVICE, "plan_id": PLAN, "parameters": parameters,
        "context": { "platform": "cloudfoundry", "instance_name": "renamed" },
        "previous_values": {
            "plan_id": PLAN, "service_id": SERVICE, "organization_id": "o", "space_id": "s",
            "maintenance_info": { "version": "1.2.3" },
        },
    })
}
fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}
fn without(mut body: Value, members: &[&str]) -> Value {
    for member in members {
        body.as_object_mut().unwrap().remove(*member);
    }
    body
}
fn opened(kept: &Sealed) -> String {
    sealer().open(&instance_key("i"), kept).unwrap().expose().to_owned()
}
/// One more gateway, of a broker that was brought up to date and is configured with this.
async fn newer(world: &mut World, chandler: &str) {
    let text = config_text(&world.nats.url()).replace("version: 1.2.3", "version: 2.0.0");
    let text = text.replacen("chandler:\n", &format!("chandler:\n{chandler}"), 1);
    world.gateway_of(&config_of(&text)).await;
}
async fn told_url(world: &World) {
    while !world.record("i").await.unwrap().0.job.finished() {
        let facts = Facts {
            dashboard_url: Some("https://dash".into()),
            ..Facts::default()
        };
        world.turn("i", Event::LegDone { facts }).await;
    }
}
fn code(got: &Got, status: u16, error: &str, text: &str) {
    assert_eq!(got.is(status).error(), error, "{got:?}");
    let description = got.body["description"].as_str().unwrap();
    assert!(description.contains(text), "{description}");
}

#[tokio::test]
async fn an_update_is_a_job_that_any_gateway_tells_of() {
    let world = provisioned(2).await;
    let mut wakes = world.bus.wakes("provisioning", Lane::User).await.unwrap();
    let asked = change(json!({ "size": 1.50, "secret": "s3cr3t" }));
    let got = send(world.patch(0, "i", &asked)).await;
    let operation = got.operation();
    assert!(operation.starts_with("u.") && got.body.get("dashboard_url").is_none());
    assert_eq!(send(world.patch(1, "i", &asked)).await.operation(), operation);
    let rung = wakes.fetch(9, Duration::from_secs(2)).await.unwrap();
    let (record, _) = world.record("i").await.unwrap();
    assert!(
        rung.iter().flatten().any(|it| it.wake.job == record.job.id.to_string()),
        "its worker was rung"
    );
    assert!(!String::from_utf8(record.bytes()).unwrap().contains("s3cr3t"));
    assert_eq!(record.job.itinerary.len(), 3, "with the pending check");
    let request: Value = serde_json::from_str(&opened(&record.job.sealed[sealed::REQUEST])).unwrap();
    assert_eq!(
        (
            &request["parameters"]["secret"],
            &request["previous_values"]["organization_id"]
        ),
        (&json!("s3cr3t"), &json!("o"))
    );

    let other = send(world.patch(0, "i", &change(json!({ "size": 2 })))).await;
    assert_eq!(other.is(422).error(), "ConcurrencyError");
    assert_eq!(
        send(world.put(1, "i", &body(json!({})))).await.is(422).error(),
        "ConcurrencyError"
    );
    let bind = send(world.bind(0, "b", POLLS, &wish(&json!({})))).await;
    assert_eq!(bind.is(422).error(), "ConcurrencyError");
    assert_eq!(send(world.get(1, "i")).await.is(200).body["plan_id"], PLAN);
    let poll = send(world.poll(1, "i", &operation)).await;
    assert!(
        poll.body["description"]
            .as_str()
            .unwrap()
            .starts_with("Instance update in progress")
    );

    told_url(&world).await;
    assert_eq!(world.ended(1, "i", &operation).await.state(), "succeeded");
    assert_eq!(
        send(world.get(0, "i")).await.is(200).body["dashboard_url"],
        "https://dash"
    );
    let (record, _) = world.record("i").await.unwrap();
    let force = record.in_force.unwrap();
    assert!(opened(force.context.as_ref().unwrap()).contains("renamed"));
    assert!(record.job.sealed.is_empty());

    let again = send(world.patch(1, "i", &asked)).await;
    assert_ne!(
        again.operation(),
        operation,
        "what changes nothing deploys all the same"
    );
    assert_eq!(again.body["dashboard_url"], "https://dash");
    assert_eq!(
        world.ended(0, "i", &operation).await.state(),
        "succeeded",
        "the job before"
    );
}

#[tokio::test]
async fn a_plan_changes_where_it_may() {
    let world = provisioned(1).await;
    let to_large = with(change(json!({})), "plan_id", json!("plan-2"));
    send(world.patch(0, "i", &to_large)).await.is(202);
    assert_eq!(
        send(world.get(0, "i")).await.body["plan_id"],
        PLAN,
        "until it is carried out"
    );
    world.finish("i").await;
    let got = send(world.get(0, "i")).await;
    assert_eq!(got.body, json!({ "service_id": SERVICE, "plan_id": "plan-2" }));
    code(
        &send(world.patch(0, "i", &change(json!({})))).await,
        422,
        "",
        "can't be changed",
    );
    let stays = without(change(json!({ "a": 1 })), &["plan_id", "previous_values"]);
    send(world.patch(0, "i", &stays)).await.is(202);
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.job.wanted.unwrap().plan.plan_id, "plan-2");
    let request: Value = serde_json::from_str(&opened(&record.job.sealed[sealed::REQUEST])).unwrap();
    assert_eq!(request["previous_values"]["plan_id"], "plan-2");
}

#[tokio::test]
async fn an_outdated_instance_is_upgraded_first() {
    let mut world = provisioned(1).await;
    newer(&mut world, "").await;
    let outdated = "needs to be upgraded before updating";
    code(
        &send(world.patch(1, "i", &change(json!({ "a": 1 })))).await,
        422,
        "",
        outdated,
    );
    let asked = |version: &str| with(change(json!({})), "maintenance_info", json!({ "version": version }));
    let conflict = send(world.patch(1, "i", &asked("1.2.3"))).await;
    code(&conflict, 422, "MaintenanceInfoConflict", "does not match");
    let unknown = with(asked("2.0.0"), "plan_id", json!("plan-2"));
    code(
        &send(world.patch(1, "i", &unknown)).await,
        422,
        "MaintenanceInfoConflict",
        "contains no",
    );

    let operation = send(world.patch(1, "i", &asked("2.0.0"))).await.operation();
    assert!(operation.starts_with("g."));
    assert_eq!(send(world.patch(1, "i", &asked("2.0.0"))).await.operation(), operation);
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.job.operation, Operation::Upgrade);
    assert!(record.job.sealed.is_empty(), "no parameters");
    let context = record.job.wanted.unwrap().context.unwrap();
    assert!(opened(&context).contains("renamed"));
    world.finish("i").await;
    let poll = world.ended(1, "i", &operation).await;
    assert_eq!(poll.body["description"], "Instance upgrade completed");
    assert_eq!(
        send(world.get(0, "i")).await.body["maintenance_info"]["version"],
        "2.0.0"
    );
    send(world.put(1, "i", &body(json!({})))).await.is(200);
    let told = json!({ "plan_id": PLAN, "maintenance_info": { "version": "2.0.0" } });
    let update = with(change(json!({ "a": 1 })), "previous_values", told);
    assert!(send(world.patch(1, "i", &update)).await.operation().starts_with("u."));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let world = provisioned(1).await;
    let (before, revision) = world.record("i").await.unwrap();
    for (asked, status, text) in [
        (json!([]), 400, "must be a JSON object"),
        (without(change(json!({})), &["service_id"]), 400, "service_id missing"),
        (change(json!("x")), 400, "parameters must be an object"),
        (with(change(json!({})), "plan_id", json!("nope")), 400, "plan-id"),
        (
            with(change(json!({})), "service_id", json!("nope")),
            400,
            "service_id is not",
        ),
        (
            with(change(json!({})), "previous_values", json!(5)),
            400,
            "previous_values",
        ),
    ] {
        code(&send(world.patch(0, "i", &asked)).await, status, "", text);
    }
    for query in ["", "?accepts_incomplete=false", "?accepts_incomplete=1"] {
        let request = world.ask(0, Method::PATCH, &format!("/v2/service_instances/i{query}"));
        let got = send(request.json(&change(json!({})))).await;
        assert_eq!(got.is(422).error(), "AsyncRequired", "{query}");
    }
    assert_eq!(world.record("i").await.unwrap(), (before, revision));
    send(world.patch(0, "nobody", &change(json!({})))).await.is(404);
    assert!(world.record("nobody").await.is_none());

    send(world.put(0, "new", &body(json!({})))).await.is(202);
    let busy = send(world.patch(0, "new", &change(json!({})))).await;
    assert_eq!(busy.is(422).error(), "ConcurrencyError");
    world.turn("new", Event::Failed(Failure::new("u", "o"))).await;
    code(
        &send(world.patch(0, "new", &change(json!({})))).await,
        422,
        "",
        "not provisioned",
    );
    send(world.delete(0, "i")).await.is(202);
    let deleting = send(world.patch(0, "i", &change(json!({})))).await;
    assert_eq!(deleting.is(422).error(), "ConcurrencyError");
    world.finish("i").await;
    send(world.patch(0, "i", &change(json!({})))).await.is(404);
}

#[tokio::test]
async fn a_failed_update_says_what_is_left_and_may_be_asked_for_again() {
    let world = provisioned(1).await;
    let asked = with(change(json!({ "a": 1 })), "plan_id", json!("plan-2"));
    let operation = send(world.patch(0, "i", &asked)).await.operation();
    let failure = Failure {
        instance_usable: Some(true),
        update_repeatable: Some(false),
        ..Failure::new("this service instance is out of date", "pending changes")
    };
    world.turn("i", Event::Failed(failure)).await;
    let poll = world.ended(0, "i", &operation).await;
    assert_eq!(
        poll.is(200).body,
        json!({
            "state": "failed", "description": "this service instance is out of date",
            "instance_usable": true, "update_repeatable": false,
        })
    );
    assert_eq!(send(world.get(0, "i")).await.is(200).body["plan_id"], PLAN, "as it was");
    send(world.put(0, "i", &body(json!({})))).await.is(200);
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    let again = send(world.patch(0, "i", &asked)).await.operation();
    assert_ne!(again, operation);
    assert_eq!(
        send(world.poll(0, "i", &operation)).await.state(),
        "failed",
        "the job before"
    );
    assert_eq!(send(world.poll(0, "i", &again)).await.state(), "in progress");
}

#[tokio::test]
async fn a_delete_cancels_an_update() {
    let world = provisioned(1).await;
    let update = send(world.patch(0, "i", &change(json!({ "a": 1 })))).await.operation();
    let deletion = send(world.delete(0, "i")).await.operation();
    let poll = world.ended(0, "i", &update).await;
    assert_eq!(poll.state(), "failed");
    assert!(
        poll.body["description"].as_str().unwrap().contains("cancelled"),
        "{poll:?}"
    );
    send(world.get(0, "i")).await.is(200);
    world.finish("i").await;
    world.ended(0, "i", &deletion).await.is(410);
}

#[tokio::test]
async fn a_context_alone_is_written_down_where_that_is_offered() {
    let mut world = provisioned(1).await;
    newer(&mut world, "  allow_context_updates: true\n").await;
    let offered = |got: Got| got.body["services"][0]["allow_context_updates"].clone();
    let catalog = |gateway| send(world.ask(gateway, Method::GET, "/v2/catalog"));
    assert_eq!(
        (offered(catalog(0).await), offered(catalog(1).await)),
        (Value::Null, json!(true))
    );

    let alone = json!({ "service_id": SERVICE, "context": { "organization_name": "renamed" } });
    let sync = |gateway| {
        world
            .ask(gateway, Method::PATCH, "/v2/service_instances/i")
            .json(&alone)
    };
    assert_eq!(
        send(sync(0)).await.is(422).error(),
        "AsyncRequired",
        "it isn't offered there"
    );
    assert_eq!(send(sync(1)).await.is(200).body, json!({}));
    assert_eq!(send(world.patch(1, "i", &alone)).await.is(200).body, json!({}));
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.job.operation, Operation::Provision, "no job");
    let context = record.in_force.unwrap().context.unwrap();
    assert_eq!(opened(&context), r#"{"organization_name":"renamed"}"#);
    assert!(send(world.patch(0, "i", &alone)).await.operation().starts_with("u."));
    assert_eq!(send(sync(1)).await.is(422).error(), "ConcurrencyError");
}

#[tokio::test]
async fn an_update_that_nobody_was_told_of_leaves_the_instance_as_it_was() {
    let mut world = World::new(0).await;
    let proxy = Proxy::to(&world.nats.url()).await;
    let url = format!("nats://{}", proxy.addr);
    world.gateway_at(Arc::new(SystemClock::new()), &url).await;
    world.gateway(Arc::new(SystemClock::new())).await;
    proxy.mute_from("PUB $KV.chandler-records.instance.i ");
    send(world.put(1, "i", &body(json!({})))).await.is(202);
    world.finish("i").await;
    let (before, _) = world.record("i").await.unwrap();
    send(world.patch(0, "i", &change(json!({ "a": 1 })))).await.is(503);
    assert!(
        world.record("i").await.unwrap().0.job.operation.changes(),
        "it was stored"
    );
    proxy.open();
    until("it is taken back", || async {
        world.record("i").await.unwrap().0 == before
    })
    .await;
    assert!(
        send(world.patch(0, "i", &change(json!({ "a": 1 }))))
            .await
            .operation()
            .starts_with("u.")
    );
}

#[tokio::test]
async fn labels_are_told_by_get_of_the_instance_alone_and_only_if_there_are_any() {
    let world = World::new(2).await;
    let ends = async |labels: Option<Value>| {
        while !world.record("i").await.unwrap().0.job.finished() {
            let labels = labels.clone().map(|it| serde_json::from_value(it).unwrap());
            let facts = Facts {
                labels,
                ..Facts::default()
            };
            world.turn("i", Event::LegDone { facts }).await;
        }
    };
    let two = json!({ "release-version": "1.10", "tier": "" });
    let put = send(world.put(0, "i", &body(json!({})))).await.is(202).body.clone();
    ends(Some(two.clone())).await;
    let got = send(world.get(1, "i")).await;
    assert_eq!(got.is(200).body["metadata"], json!({ "labels": two }), "no attributes");
    let again = send(world.put(0, "i", &body(json!({})))).await;
    for answer in [&put, &again.is(200).body] {
        assert!(answer.get("metadata").is_none(), "{answer}");
    }

    // A job that runs or failed changes nothing.
    let text = |labels: &Value| labels.to_string();
    for (said, shown) in [
        (None, Some(&two)),
        (Some(json!({ "b": "c" })), Some(&json!({ "b": "c" }))),
        (Some(json!({})), None),
    ] {
        send(world.patch(0, "i", &change(json!({ "size": text(&json!(said)) }))))
            .await
            .is(202);
        ends(said).await;
        let got = send(world.get(1, "i")).await;
        let told = got.is(200).body.get("metadata").map(|it| &it["labels"]);
        assert_eq!(told, shown, "{got:?}");
        let nothing_is_null = got.body.as_object().unwrap().values().all(|it| !it.is_null());
        assert!(nothing_is_null, "{got:?}");
    }
}
