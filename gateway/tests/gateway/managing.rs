//! The management API, as operators and their errands call it.
use crate::{
    binder::provisioned,
    config::config_of,
    world::{PLAN, World, body, config_text, send},
};
use chandler_proto::{
    layout::Lane,
    operation::Operation,
    step::{ErrandsStep, Step, UaaClientsStep},
};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// Without an API version, as nobody who isn't a platform sends one.
fn managed(world: &World, gateway: usize, id: &str, operation: &str, body: &Value) -> RequestBuilder {
    let addr = world.gateways[gateway].addr;
    let url = format!("http://{addr}/mgmt/service_instances/{id}?operation_type={operation}");
    let http = Client::builder().no_proxy().build().unwrap();
    http.patch(url).basic_auth("broker", Some("p:ss")).json(body)
}
fn plan() -> Value {
    json!({ "plan_id": PLAN, "context": { "space_guid": "s" } })
}
/// What is done to instance `i`.
fn ask(world: &World, gateway: usize, operation: &str) -> RequestBuilder {
    managed(world, gateway, "i", operation, &plan())
}
/// An empty 204.
async fn nothing_to_do(request: RequestBuilder) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 204);
    assert!(response.bytes().await.unwrap().is_empty());
}
/// One more gateway, whose configuration was changed like that.
async fn changed(world: &mut World, change: impl Fn(String) -> String) {
    let text = change(config_text(&world.nats.url()));
    world.gateway_of(&config_of(&text)).await;
}

#[tokio::test]
async fn a_recreate_is_a_job_in_the_batch_lane() {
    let world = provisioned(2).await;
    let mut wakes = world.bus.wakes("provisioning", Lane::Batch).await.unwrap();
    let before = send(world.get(0, "i")).await;
    let got = send(ask(&world, 0, "recreate")).await;
    let operation = got.operation();
    assert!(operation.starts_with("r."), "{operation}");
    assert_eq!(got.body, json!({ "operation": operation, "OperationType": "recreate" }));
    assert_eq!(
        send(ask(&world, 1, "recreate")).await.operation(),
        operation,
        "the same at another gateway"
    );
    let rung = wakes.fetch(9, Duration::from_secs(2)).await.unwrap();
    let rung: Vec<_> = rung.into_iter().map(|wake| wake.unwrap().wake).collect();
    assert_eq!(rung.len(), 1, "{rung:?}");
    assert_eq!((rung[0].key.as_str(), rung[0].lane), ("instance.i", Lane::Batch));

    send(ask(&world, 1, "upgrade")).await.is(409);
    let patch = json!({ "service_id": crate::world::SERVICE, "parameters": { "a": 1 } });
    assert_eq!(
        send(world.patch(1, "i", &patch)).await.is(422).error(),
        "ConcurrencyError"
    );
    assert_eq!(
        send(world.put(1, "i", &body(json!({})))).await.is(422).error(),
        "ConcurrencyError"
    );
    // ODB's errands hand over the whole body of the answer, as they understood it.
    let foreign = r#"{"BoshTaskID":0,"OperationType":"recreate","PostDeployErrand":{},"PreDeleteErrand":{}}"#;
    for operation in [operation.as_str(), foreign] {
        let poll = send(world.poll(1, "i", operation)).await;
        assert_eq!(poll.state(), "in progress");
        let text = poll.body["description"].as_str().unwrap();
        assert!(text.starts_with("Instance recreate in progress"), "{text}");
    }
    world.finish("i").await;
    for operation in [operation.as_str(), foreign] {
        let poll = world.ended(1, "i", operation).await;
        let told = json!({ "state": "succeeded", "description": "Instance recreate completed" });
        assert_eq!(poll.is(200).body, told);
    }
    assert_eq!(send(world.get(1, "i")).await.body, before.body, "nothing else changed");
    assert_ne!(send(ask(&world, 1, "recreate")).await.operation(), operation);

    let deletion = send(world.delete(0, "i")).await.operation();
    assert!(deletion.starts_with("d."));
    send(ask(&world, 1, "recreate")).await.is(409);
    world.finish("i").await;
    for operation in ["recreate", "upgrade"] {
        send(ask(&world, 1, operation)).await.is(410);
    }
}

#[tokio::test]
async fn an_upgrade_brings_the_version_of_the_catalog() {
    let mut world = provisioned(1).await;
    changed(&mut world, |text| text.replace("version: 1.2.3", "version: 2.0.0")).await;
    nothing_to_do(ask(&world, 0, "upgrade")).await;
    let got = send(ask(&world, 1, "upgrade")).await;
    let operation = got.operation();
    assert!(operation.starts_with("g."), "{operation}");
    assert_eq!(got.body, json!({ "operation": operation, "OperationType": "upgrade" }));
    assert_eq!(send(ask(&world, 1, "upgrade")).await.operation(), operation);
    send(ask(&world, 0, "upgrade")).await.is(409);
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(
        (record.job.lane, record.job.operation),
        (Lane::Batch, Operation::Upgrade)
    );
    let (wanted, force) = (record.job.wanted.unwrap(), record.in_force.unwrap());
    assert_eq!(wanted.context, force.context, "sealed as it was");
    assert!(wanted.context.is_some());
    world.finish("i").await;
    assert_eq!(world.ended(1, "i", &operation).await.state(), "succeeded");
    let info = &send(world.get(0, "i")).await.body["maintenance_info"];
    assert_eq!(info, &json!({ "version": "2.0.0" }));
    nothing_to_do(ask(&world, 1, "upgrade")).await;
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let mut world = provisioned(1).await;
    let to = |operation, body: &Value| managed(&world, 0, "i", operation, body);
    let path = "/mgmt/service_instances/i";
    let url = format!("http://{}{path}?operation_type=recreate", world.gateways[0].addr);
    let anonymous = Client::builder().no_proxy().build().unwrap();
    for (status, request, text) in [
        (401, anonymous.patch(&url).json(&plan()), "Not authorized"),
        (
            404,
            managed(&world, 0, "x", "recreate", &plan()),
            "There is no service instance with this id",
        ),
        (
            404,
            managed(&world, 0, "x", "upgrade", &plan()),
            "There is no service instance with this id",
        ),
        (400, to("", &plan()), "operation_type must be recreate or upgrade"),
        (400, to("update", &plan()), "operation_type must be recreate or upgrade"),
        (422, to("upgrade", &json!([])), "Error in request body. Invalid JSON"),
        (
            422,
            to("upgrade", &json!({})),
            "no plan ID provided in upgrade request body",
        ),
        (
            422,
            to("recreate", &json!({})),
            "no plan ID provided in recreate request body",
        ),
        (
            422,
            to("recreate", &json!({ "plan_id": "plan-2" })),
            "plan_id is not that of the service instance",
        ),
        (
            400,
            managed(&world, 0, "a%2Fb", "recreate", &plan()),
            "the service instance id must be",
        ),
        (
            405,
            world.ask(0, Method::GET, path),
            "This path doesn't know the method",
        ),
        (
            404,
            world.ask(0, Method::GET, "/mgmt/elsewhere"),
            "There is nothing at this path",
        ),
    ] {
        let got = send(request).await;
        let told = got.is(status).body["description"].as_str().unwrap();
        assert!(told.starts_with(text), "{told}");
    }
    assert_eq!(world.record("i").await.unwrap().0.job.operation, Operation::Provision);

    send(world.put(0, "new", &body(json!({})))).await.is(202);
    for operation in ["recreate", "upgrade"] {
        let got = send(managed(&world, 0, "new", operation, &plan())).await;
        let text = "An operation is in progress for your service instance. Please try again later.";
        assert_eq!(got.is(409).body["description"], text);
    }
    // The plan leaves the catalog.
    changed(&mut world, |text| {
        let allowed = text.replacen("chandler:\n", "chandler:\n  allow_missing_plans: true\n", 1);
        allowed.replace("plan_id: plan-1", "plan_id: plan-3")
    })
    .await;
    let got = send(ask(&world, 1, "upgrade")).await;
    assert_eq!(got.is(422).body["description"], "plan plan-1 not found");
    assert!(send(ask(&world, 1, "recreate")).await.operation().starts_with("r."));
}

#[tokio::test]
async fn nobody_says_404_of_a_bucket_that_is_not_complete() {
    let world = World::incomplete(1).await;
    send(ask(&world, 0, "recreate")).await.is(503);
}

/// With clients for instances and errands of the first plan.
fn rich(text: String) -> String {
    let errands = "lifecycle_errands: {post_deploy: [{name: smoke, instances: [g/0]}], pre_delete: [{name: backup}]}, ";
    let cf = "cf: {url: 'https://api', uaa: {url: 'https://uaa', authentication: {client_credentials: {client_id: c, secret: s}}, client_definition: {scopes: openid}}}\n";
    let text = text.replace(
        "maintenance_info: {version: 1.2.3}, ",
        &format!("{errands}maintenance_info: {{version: 1.2.3}}, "),
    );
    text.replacen(
        "chandler:\n",
        &format!("{cf}chandler:\n  deadlines: {{instance_seconds: 100, errand_seconds: 10}}\n"),
        1,
    )
}

#[tokio::test]
async fn clients_and_errands_are_legs_of_the_jobs() {
    let mut world = World::new(0).await;
    changed(&mut world, rich).await;
    let seen = async || {
        let job = world.record("i").await.unwrap().0.job;
        let of = |is: fn(&Step) -> bool| job.itinerary.iter().filter(|leg| is(leg)).count();
        let errands = of(|leg| matches!(leg, Step::Errands(_)));
        let clients = of(|leg| matches!(leg, Step::UaaClients(_)));
        (errands, clients, job.deadline.since(job.accepted_at).as_secs())
    };
    send(world.put(0, "i", &body(json!({})))).await.is(202);
    assert_eq!(seen().await, (1, 2, 110));
    world.finish("i").await;
    assert!(world.record("i").await.unwrap().0.in_force.unwrap().uaa_client);
    send(ask(&world, 0, "recreate")).await.is(202);
    assert_eq!(seen().await, (1, 0, 110));
    world.finish("i").await;

    // Another gateway, where neither is configured any more.
    let before = world.gateways.len();
    world.gateway_of(&config_of(&config_text(&world.nats.url()))).await;
    let patch = json!({ "service_id": crate::world::SERVICE, "parameters": { "a": 1 } });
    send(world.patch(before, "i", &patch)).await.is(202);
    let job = world.record("i").await.unwrap().0.job;
    assert!(job.itinerary.contains(&Step::UaaClients(UaaClientsStep::Remove)));
    assert!(!job.itinerary.iter().any(|leg| matches!(leg, Step::Errands(_))));
    world.finish("i").await;
    assert!(!world.record("i").await.unwrap().0.in_force.unwrap().uaa_client);

    send(world.delete(0, "i")).await.is(202);
    let job = world.record("i").await.unwrap().0.job;
    let backup = |leg: &Step| matches!(leg, Step::Errands(ErrandsStep::PreDelete(errand)) if errand.name == "backup");
    assert!(job.itinerary.iter().any(backup), "{:?}", job.itinerary);
    let clients = |leg: &Step| matches!(leg, Step::UaaClients(_));
    assert!(!job.itinerary.iter().any(clients), "none is left: {:?}", job.itinerary);
}
