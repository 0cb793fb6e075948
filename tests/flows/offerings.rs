//! Several service offerings in one broker, each with an adapter of its own.
use chandler_tests::{
    platform::Platform,
    service::Service,
    settings::{SERVICE, SMALL},
    world::{Plan, World},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const QUEUE: &str = "5f1ea7f0-0000-4000-8000-0000000000f0";
const SINGLE: &str = "5f1ea7f0-0000-4000-8000-0000000000f1";

/// The offering of queues, beside that of the sample: of its plans only the ids differ.
fn queues(json: &Value, adapter: &str) -> Value {
    let mut catalog = json["service_catalog"].clone();
    catalog["id"] = json!(QUEUE);
    catalog["service_name"] = json!("example-queue");
    let mut plan = catalog["plans"][0].clone();
    plan["plan_id"] = json!(SINGLE);
    catalog["plans"] = json!([plan]);
    let mut deployment = json["service_deployment"].clone();
    deployment["releases"][0]["name"] = json!("example-queue");
    deployment["releases"][0]["version"] = json!("7.0.0");
    json!({"service_catalog": catalog, "service_deployment": deployment, "service_adapter": {"path": adapter}})
}

/// Says of a queue what the platform's requests say of the sample.
fn of_queues(body: &Value) -> Value {
    let text = body.to_string().replace(SERVICE, QUEUE).replace(SMALL, SINGLE);
    serde_json::from_str(&text).unwrap()
}

struct Queues<'a>(&'a Platform);

impl Queues<'_> {
    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let ids = [
            ("service_id", QUEUE),
            ("plan_id", SINGLE),
            ("accepts_incomplete", "true"),
        ];
        self.0
            .call(method, &format!("/v2/service_instances/{path}"))
            .query(&ids)
    }
    async fn provision(&self, id: &str) {
        let body = of_queues(&Platform::body(json!({})));
        let operation = self.0.accepted(self.call(Method::PUT, id).json(&body)).await;
        let (answer, _) = self.0.ended(id, &operation, LIMIT).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    }
    async fn bind(&self, id: &str, binding: &str) {
        let body = of_queues(&Platform::bind_body(json!({})));
        let call = self.call(Method::PUT, &format!("{id}/service_bindings/{binding}"));
        let operation = self.0.accepted(call.json(&body)).await;
        let (answer, _) = self.0.binding_ended(id, binding, &operation, LIMIT).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    }
    fn unbind(&self, id: &str, binding: &str) -> RequestBuilder {
        self.call(Method::DELETE, &format!("{id}/service_bindings/{binding}"))
    }
}

#[tokio::test]
async fn each_is_served_by_its_own_adapter_from_its_own_releases() {
    let mut world = World::start(Plan::default()).await;
    world.platform.provision("store", json!({})).await;
    // The operator adds an offering to a broker that is in use.
    let service = Service::new();
    let adapter = service.adapter();
    world
        .reconfigure(|json| {
            json["chandler"]["offerings"] = json!([queues(json, adapter.to_str().unwrap())]);
        })
        .await;
    let p = &world.platform;
    let catalog = p.send(p.call(Method::GET, "/v2/catalog")).await.body;
    let names: Vec<_> = (catalog["services"].as_array().unwrap().iter())
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["example-kv", "example-queue"]);

    let queues = Queues(p);
    queues.provision("queue").await;
    let release = |of: &str| world.manifest(of)["releases"][0].clone();
    assert_eq!(release("store"), json!({"name": "example-kv", "version": "1.2.0"}));
    assert_eq!(release("queue"), json!({"name": "example-queue", "version": "7.0.0"}));
    // A plan is one of its own offering.
    let mixed = json!({"service_id": SERVICE, "plan_id": SINGLE, "organization_guid": "o", "space_guid": "s"});
    let call = p.call(Method::PUT, "/v2/service_instances/mixed?accepts_incomplete=true");
    let answer = p.send(call.json(&mixed)).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["description"]),
        (400, &json!("plan-id not in the catalog"))
    );

    queues.bind("queue", "b").await;
    p.bound("store", "b", json!({})).await;
    let users = |of: &Service, id: &str| of.users(id).into_keys().collect::<Vec<_>>();
    assert_eq!(
        (users(&service, "queue"), users(&service, "store")),
        (vec!["b".to_owned()], vec![])
    );
    assert_eq!(
        (users(&world.service, "queue"), users(&world.service, "store")),
        (vec![], vec!["b".to_owned()])
    );

    // What a deletion of the instance takes away is what its own adapter made.
    let operation = p.accepted(queues.call(Method::DELETE, "queue")).await;
    let (answer, _) = p.ended("queue", &operation, LIMIT).await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(users(&service, "queue"), Vec::<String>::new());
    assert_eq!(users(&world.service, "store"), ["b"]);
    p.deprovision("store").await;
    assert!(world.director.deployments().is_empty());
}

#[tokio::test]
async fn a_binding_never_goes_to_the_adapter_of_another_offering() {
    let mut world = World::start(Plan::default()).await;
    let service = Service::new();
    let adapter = service.adapter();
    world
        .reconfigure(|json| {
            json["chandler"]["offerings"] = json!([queues(json, adapter.to_str().unwrap())]);
        })
        .await;
    let queues = Queues(&world.platform);
    queues.provision("queue").await;
    queues.bind("queue", "b").await;
    // The offering leaves while there is an instance, and the operator says that this is meant.
    let whole = std::fs::read_to_string(&world.config).unwrap();
    world
        .reconfigure(|json| {
            json["chandler"]["offerings"] = json!([]);
            json["chandler"]["allow_missing_plans"] = json!(true);
        })
        .await;
    let (p, queues) = (&world.platform, Queues(&world.platform));
    let operation = p.accepted(queues.unbind("queue", "b")).await;
    let (answer, _) = p.binding_ended("queue", "b", &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    assert_eq!(service.users("queue").len(), 1);
    let body = of_queues(&Platform::bind_body(json!({})));
    let bind = queues.call(Method::PUT, "queue/service_bindings/c").json(&body);
    let answer = p.send(bind).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    // Back again, it can be repeated.
    world.redeploy(|_| whole.clone()).await;
    let (p, queues) = (&world.platform, Queues(&world.platform));
    let operation = p.accepted(queues.unbind("queue", "b")).await;
    let (answer, _) = p.binding_ended("queue", "b", &operation, LIMIT).await;
    assert!(
        answer.status == 410 || answer.body["state"] == "succeeded",
        "{answer:?}"
    );
    assert!(service.users("queue").is_empty());
}
