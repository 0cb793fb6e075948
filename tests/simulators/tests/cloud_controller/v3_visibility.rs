//! Plans: who sees them, who may use them.

use serde_json::{Value, json};

use crate::v3_bench::{Bench, Person};

const OFFERINGS: &str = "/v3/service_offerings";
const PLANS: &str = "/v3/service_plans";

async fn visibility(person: &Person<'_>, plan: &str) -> Value {
    let answer = person.get(&format!("{PLANS}/{plan}/visibility")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json
}

/// Registered, and nobody may use anything yet.
async fn unseen(bench: &Bench) -> Person<'_> {
    let admin = bench.admin().await;
    admin.done("POST", "/v3/service_brokers", bench.registration("b")).await;
    admin
}

#[tokio::test]
async fn a_new_plan_is_for_admins_until_somebody_says_otherwise() {
    let bench = Bench::new().await;
    let admin = unseen(&bench).await;
    let (developer, nobody) = (bench.person("developer").await, bench.nobody());
    let plan = bench.plan("small");
    assert_eq!(visibility(&admin, &plan).await, json!({"type": "admin"}));
    for person in [&developer, &nobody] {
        assert!(person.names(PLANS).await.is_empty());
        assert!(person.names(OFFERINGS).await.is_empty());
        assert_eq!(person.get(&format!("{PLANS}/{plan}")).await.status, 404);
    }
    assert_eq!(bench.person("auditor").await.names(OFFERINGS).await.len(), 2);
    let path = format!("{PLANS}/{plan}/visibility");
    let few = (403, 10003, "You are not authorized to perform the requested action");
    assert_eq!(developer.post(&path, json!({"type": "public"})).await.status, 404);
    let public = admin.post(&path, json!({"type": "public"})).await;
    assert_eq!((public.status, public.json), (200, json!({"type": "public"})));
    assert_eq!(developer.patch(&path, json!({"type": "admin"})).await.refusal(), few);
    for person in [&developer, &nobody] {
        assert_eq!(person.names(PLANS).await, ["small"]);
        assert_eq!(person.names(OFFERINGS).await, ["redis"]);
    }
}

#[tokio::test]
async fn organizations_are_added_replaced_and_taken_away() {
    let bench = Bench::start(|options| options.organizations.push(("other".to_owned(), vec!["s".to_owned()]))).await;
    let admin = unseen(&bench).await;
    let organizations = admin.get("/v3/organizations?order_by=name").await.json["resources"].clone();
    let guids = [0, 1].map(|at| organizations[at]["guid"].as_str().expect("a guid").to_owned());
    let [demo, other] = [0, 1].map(|at| json!({"guid": guids[at], "name": organizations[at]["name"]}));
    let plan = bench.plan("small");
    let path = format!("{PLANS}/{plan}/visibility");
    let body = |guids: &[&String]| {
        let all: Vec<Value> = guids.iter().map(|guid| json!({"guid": guid})).collect();
        json!({"type": "organization", "organizations": all})
    };
    let answer = admin.post(&path, body(&[&guids[0]])).await;
    assert_eq!((answer.status, answer.json), (200, json!({"type": "organization"})));
    admin.post(&path, body(&[&guids[1]])).await;
    let mut both = visibility(&admin, &plan).await["organizations"]
        .as_array()
        .expect("two")
        .clone();
    both.sort_by_key(|it| it["name"].to_string());
    assert_eq!(json!(both), json!([demo, other]));
    let answer = admin.patch(&path, body(&[&guids[1]])).await;
    assert_eq!(answer.json, json!({"type": "organization", "organizations": [other]}));

    let developer = bench.person("developer").await;
    assert_eq!(developer.names(PLANS).await, ["small"]);
    assert!(bench.nobody().names(PLANS).await.is_empty());
    let (dev, s) = (bench.space(), bench.cc.space("other", "s").expect("other/s"));
    for list in [PLANS, OFFERINGS] {
        assert!(
            admin.names(&format!("{list}?space_guids={dev}")).await.is_empty(),
            "{list}"
        );
        assert_eq!(
            admin.names(&format!("{list}?space_guids={dev},{s}")).await.len(),
            1,
            "{list}"
        );
        assert_eq!(
            developer
                .names(&format!("{list}?organization_guids={}", guids[1]))
                .await
                .len(),
            1
        );
        assert!(
            developer
                .names(&format!("{list}?organization_guids={}", guids[0]))
                .await
                .is_empty()
        );
    }
    let refused = developer
        .post("/v3/service_instances", bench.instance("cache", "small"))
        .await;
    let text = "Invalid service plan. Ensure that the service plan is visible in your current space.";
    assert_eq!(refused.refusal(), (422, 10008, text));

    assert_eq!(
        admin.delete(&format!("{path}/{}", guids[0])).await.refusal().2,
        "Service plan visibility not found"
    );
    assert_eq!(
        admin.delete(&format!("{path}/x")).await.refusal().2,
        "Organization not found"
    );
    assert_eq!(admin.delete(&format!("{path}/{}", guids[1])).await.status, 204);
    assert_eq!(visibility(&admin, &plan).await, json!({"type": "admin"}));
    let text = "Cannot delete visibilities from non-org-restricted plans";
    assert_eq!(
        admin.delete(&format!("{path}/{}", guids[1])).await.refusal(),
        (422, 10008, text)
    );
    let unknown = admin
        .post(&path, json!({"type": "organization", "organizations": [{"guid": "x"}]}))
        .await;
    assert_eq!(
        unknown.refusal(),
        (422, 10008, "Could not find Organization with guid: x")
    );
    let unknown = admin.post(&path, json!({"type": "space"})).await;
    let text = "Bad request: Type must be one of 'public', 'admin', 'organization'";
    assert_eq!(unknown.refusal(), (400, 1004, text));
    assert_eq!(visibility(&admin, &plan).await, json!({"type": "admin"}));
}

#[tokio::test]
async fn plans_of_a_space_scoped_broker_are_of_its_space() {
    let bench = Bench::start(|options| options.organizations[0].1.push("prod".to_owned())).await;
    let developer = bench.person("developer").await;
    let mut body = bench.registration("mine");
    body["relationships"] = json!({"space": {"data": {"guid": bench.space()}}});
    developer.done("POST", "/v3/service_brokers", body).await;
    let plan = bench.plan("small");
    let space = json!({"guid": bench.space(), "name": "dev"});
    assert_eq!(
        visibility(&developer, &plan).await,
        json!({"type": "space", "space": space})
    );
    let path = format!("{PLANS}/{plan}/visibility");
    let text = "cannot update plans with visibility type 'space'";
    assert_eq!(
        developer.patch(&path, json!({"type": "public"})).await.refusal(),
        (422, 10008, text)
    );
    assert_eq!(
        bench
            .admin()
            .await
            .patch(&path, json!({"type": "public"}))
            .await
            .refusal()
            .2,
        text
    );

    let page = developer
        .get(&format!("{PLANS}?names=small&include=space.organization"))
        .await
        .json;
    assert_eq!(page["included"]["spaces"][0]["name"], "dev");
    assert_eq!(page["included"]["organizations"][0]["name"], "demo");
    assert_eq!(
        page["resources"][0]["relationships"]["space"]["data"]["guid"],
        json!(bench.space())
    );
    let prod = bench.cc.space("demo", "prod").expect("demo/prod");
    assert!(developer.names(&format!("{PLANS}?space_guids={prod}")).await.is_empty());
    let mut body = bench.instance("cache", "small");
    body["relationships"]["space"]["data"]["guid"] = json!(prod);
    assert_eq!(developer.post("/v3/service_instances", body).await.status, 422);
    developer.with_instance("cache", "small").await;
    // It is the developer's broker: he may purge.
    let offering = bench
        .cc
        .offerings()
        .into_iter()
        .find(|it| it.name == "redis")
        .expect("redis");
    let path = format!("{OFFERINGS}/{}", offering.guid);
    assert_eq!(developer.delete(&path).await.status, 422);
    assert_eq!(developer.delete(&format!("{path}?purge=true")).await.status, 204);
    assert_eq!((bench.cc.instances().len(), bench.cc.plans().len()), (0, 1));
    assert!(bench.broker.asked("DELETE", "/").is_empty());
}
