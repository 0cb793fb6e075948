//! Offerings and plans: what they look like, and how they are found.

use serde_json::{Value, json};

use crate::v3_bench::Bench;

const OFFERINGS: &str = "/v3/service_offerings";
const PLANS: &str = "/v3/service_plans";

#[tokio::test]
async fn what_plans_and_offerings_look_like() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let url = bench.cc.url();
    let query = "fields[service_offering.service_broker]=name,guid&include=service_offering&names=small&available=true";
    let page = admin.get(&format!("{PLANS}?{query}")).await.json;
    let plan = &page["resources"][0];
    let guid = plan["guid"].as_str().expect("a guid");
    let offering = plan["relationships"]["service_offering"]["data"]["guid"]
        .as_str()
        .expect("a guid");
    let broker = bench.cc.registered()[0].guid.clone();
    assert_eq!(
        page["included"]["service_brokers"],
        json!([{"name": "b", "guid": broker}])
    );
    let of_plan = &page["included"]["service_offerings"][0];
    assert_eq!(of_plan, &admin.get(&format!("{OFFERINGS}/{offering}")).await.json);
    assert_eq!(plan, &admin.get(&format!("{PLANS}/{guid}")).await.json);
    let expected = json!({
        "name": "small", "visibility_type": "public", "available": true, "free": true, "description": "small",
        "costs": [{"currency": "USD", "amount": 9.5, "unit": "MONTHLY"}],
        "maintenance_info": {"version": "1.0.0", "description": "the first"},
        "schemas": {
            "service_instance": {
                "create": {"parameters": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}},
                "update": {"parameters": {}},
            },
            "service_binding": {"create": {"parameters": {}}},
        },
        "metadata": {"labels": {}, "annotations": {}},
        "links": {
            "self": {"href": format!("{url}{PLANS}/{guid}")},
            "service_offering": {"href": format!("{url}{OFFERINGS}/{offering}")},
            "visibility": {"href": format!("{url}{PLANS}/{guid}/visibility")},
        },
    });
    for (key, value) in expected.as_object().expect("members") {
        assert_eq!(&plan[key], value, "{key}");
    }
    let catalog = &plan["broker_catalog"];
    assert_eq!(
        (&catalog["id"], &catalog["maximum_polling_duration"]),
        (&json!("small-id"), &json!(null))
    );
    assert_eq!(catalog["features"], json!({"plan_updateable": true, "bindable": true}));

    assert_eq!(
        (&of_plan["shareable"], &of_plan["tags"]),
        (&json!(true), &json!(["cache"]))
    );
    assert_eq!(of_plan["documentation_url"], "https://docs.example");
    assert_eq!(
        of_plan["relationships"]["service_broker"]["data"]["guid"],
        json!(broker)
    );
    let features = &of_plan["broker_catalog"]["features"];
    assert_eq!(
        (&features["instances_retrievable"], &features["allow_context_updates"]),
        (&json!(true), &json!(false))
    );
    let bare = admin.get(&format!("{PLANS}?names=bare")).await.json["resources"][0].clone();
    assert_eq!((&bare["maintenance_info"], &bare["costs"]), (&json!({}), &json!([])));
    assert_eq!(
        bare["broker_catalog"]["features"],
        json!({"plan_updateable": false, "bindable": false})
    );
}

#[tokio::test]
async fn filters_of_plans_and_offerings() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "large").await;
    let broker = bench.cc.registered()[0].guid.clone();
    let offering = bench
        .cc
        .offerings()
        .into_iter()
        .find(|it| it.name == "plain")
        .expect("plain")
        .guid;
    let plans = [
        ("broker_catalog_ids=small-id,bare-id", vec!["bare", "small"]),
        ("service_offering_names=redis", vec!["large", "small"]),
        ("service_offering_names=redis&names=small", vec!["small"]),
        (&format!("service_offering_guids={offering}"), vec!["bare"]),
        (&format!("service_instance_guids={instance}"), vec!["large"]),
        (
            &format!("service_broker_guids={broker}"),
            vec!["bare", "large", "small"],
        ),
        ("service_broker_names=c", vec![]),
        ("available=false", vec![]),
        // What is public is there for everybody, whatever is named.
        ("space_guids=x&organization_guids=x", vec!["bare", "large", "small"]),
    ];
    for (query, expected) in plans {
        assert_eq!(
            admin.names(&format!("{PLANS}?order_by=name&{query}")).await,
            expected,
            "{query}"
        );
    }
    let offerings = [
        ("names=redis", vec!["redis"]),
        ("broker_catalog_ids=plain-id", vec!["plain"]),
        ("service_broker_names=b", vec!["plain", "redis"]),
        ("service_broker_guids=x", vec![]),
        ("available=true", vec!["plain", "redis"]),
    ];
    for (query, expected) in offerings {
        assert_eq!(
            admin.names(&format!("{OFFERINGS}?order_by=name&{query}")).await,
            expected,
            "{query}"
        );
    }
    let page = admin
        .get(&format!("{OFFERINGS}?fields[service_broker]=name,guid"))
        .await
        .json;
    assert_eq!(
        page["included"]["service_brokers"],
        json!([{"name": "b", "guid": broker}])
    );
}

#[tokio::test]
async fn a_plan_that_has_left_the_catalog_cant_be_used_any_more() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "large").await;
    let gone = bench.instance("other", "large");
    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["plans"].as_array_mut().expect("plans").pop();
    bench.broker.offers(catalog);
    let broker = bench.cc.registered()[0].guid.clone();
    admin
        .done(
            "PATCH",
            &format!("/v3/service_brokers/{broker}"),
            json!({"url": bench.broker.url}),
        )
        .await;
    assert_eq!(admin.names(&format!("{PLANS}?available=false")).await, ["large"]);
    assert_eq!(
        admin.names(&format!("{PLANS}?available=true&order_by=name")).await,
        ["bare", "small"]
    );
    let text = "Invalid service plan. Ensure that the service plan exists, is available, and you have access to it.";
    assert_eq!(
        admin.post("/v3/service_instances", gone).await.refusal(),
        (422, 10008, text)
    );
    let path = format!("/v3/service_instances/{instance}");
    let refused = admin.patch(&path, json!({"parameters": {}})).await;
    let text = "Cannot update parameters of a service instance that belongs to inaccessible plan";
    assert_eq!(refused.refusal(), (422, 10008, text));
    let key = json!({"type": "key", "name": "k", "relationships": {"service_instance": {"data": {"guid": instance}}}});
    let refused = admin.post("/v3/service_credential_bindings", key).await;
    assert_eq!(refused.refusal(), (422, 10008, "Service plan is not available."));
    assert_eq!(admin.patch(&path, json!({"name": "renamed"})).await.status, 200);
    admin.done("DELETE", &path, Value::Null).await;
}
