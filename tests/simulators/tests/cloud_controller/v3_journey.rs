//! The whole journey of a broker with `cf`, call by call.

use serde_json::{Value, json};

use crate::v3_bench::Bench;
use crate::v3_cf::{Cf, Wait, guid, text};

const BROKERS: &str = "/v3/service_brokers";
const BINDINGS: &str = "/v3/service_credential_bindings";

#[tokio::test]
async fn from_registration_to_deregistration() {
    let bench = Bench::new().await;
    let cf = Cf::target(&bench).await;
    register(&bench, &cf).await;
    access(&cf).await;
    create(&bench, &cf).await;
    keys(&cf).await;
    apps(&cf).await;
    update(&bench, &cf).await;
    purge(&cf).await;
    // delete-service-broker
    let broker = guid(&cf.one(&format!("{BROKERS}?names=b2")).await);
    cf.job("DELETE", &format!("{BROKERS}/{broker}"), Value::Null, Wait::Done)
        .await;
    assert!(cf.list(BROKERS).await.is_empty());
    space_scoped(&bench, &cf).await;
}

/// create-service-broker, service-brokers, rename-service-broker, update-service-broker
async fn register(bench: &Bench, cf: &Cf<'_>) {
    cf.job("POST", BROKERS, bench.registration("b"), Wait::Done).await;
    let all = cf.list(BROKERS).await;
    assert_eq!(text(&all[0]["name"]), "b");
    assert_eq!(text(&all[0]["url"]), bench.broker.url);
    let path = format!("{BROKERS}/{}", guid(&cf.one(&format!("{BROKERS}?names=b")).await));
    cf.job("PATCH", &path, json!({"name": "b2"}), Wait::Done).await;
    cf.one(&format!("{BROKERS}?names=b2")).await;
    let body = bench.registration("b2");
    let body = json!({"url": body["url"], "authentication": body["authentication"]});
    cf.job("PATCH", &path, body, Wait::Done).await;
}

/// enable-service-access, service-access, disable-service-access, marketplace
async fn access(cf: &Cf<'_>) {
    assert!(cf.marketplace("").await.is_empty());
    let fields = "fields[service_broker]=name,guid";
    let offerings = cf
        .get(&format!("/v3/service_offerings?{fields}&names=redis&per_page=2&page=1"))
        .await;
    assert_eq!(text(&offerings["included"]["service_brokers"][0]["name"]), "b2");
    let offering = guid(&offerings["resources"][0]);
    let small = cf
        .one(&format!(
            "/v3/service_plans?names=small&service_offering_guids={offering}"
        ))
        .await;
    let path = |plan: &Value| format!("/v3/service_plans/{}/visibility", guid(plan));

    // -p small -o demo
    let organization = guid(&cf.one("/v3/organizations?names=demo").await);
    let restricted = json!({"type": "organization", "organizations": [{"guid": organization}]});
    cf.now("POST", &path(&small), restricted, 200).await;
    let plans = cf.list("/v3/service_plans?include=space.organization").await;
    cf.list(&format!("/v3/service_offerings?{fields}")).await;
    let seen: Vec<&Value> = plans
        .iter()
        .filter(|it| it["visibility_type"] == "organization")
        .collect();
    assert_eq!(seen.len(), 1);
    assert_eq!(text(&cf.get(&path(seen[0])).await["organizations"][0]["name"]), "demo");
    let row = |plan: &str| ["redis", plan, "b2"].map(str::to_owned);
    assert_eq!(cf.marketplace("").await, [row("small")]);
    cf.now("DELETE", &format!("{}/{organization}", path(&small)), Value::Null, 204)
        .await;
    assert!(cf.marketplace("").await.is_empty());

    // Every plan of it, for everybody, and one for nobody again.
    let query = format!("service_offering_guids={offering}");
    for plan in cf.list(&format!("/v3/service_plans?{query}")).await {
        assert_eq!(plan["visibility_type"], "admin");
        cf.now("POST", &path(&plan), json!({"type": "public"}), 200).await;
    }
    let mut rows = cf.marketplace("&service_offering_names=redis").await;
    rows.sort();
    assert_eq!(rows, [row("large"), row("small")]);
    cf.now("PATCH", &path(&small), json!({"type": "admin"}), 200).await;
    assert_eq!(cf.marketplace("").await, [row("large")]);
    cf.now("PATCH", &path(&small), json!({"type": "public"}), 200).await;
}

/// create-service with and without --wait, services, service
async fn create(bench: &Bench, cf: &Cf<'_>) {
    let wanted = async |name: &str, plan: &str| {
        let query = format!("names={plan}&service_offering_names=redis&space_guids={}", cf.space);
        let plan = cf.one(&format!("/v3/service_plans?{query}")).await;
        json!({
            "type": "managed",
            "name": name,
            "parameters": {"size": 3},
            "relationships": {
                "space": {"data": {"guid": cf.space}},
                "service_plan": {"data": {"guid": guid(&plan)}},
            },
        })
    };
    let body = wanted("cache", "small").await;
    let gate = bench
        .broker
        .holds("GET", "/last_operation", 200, json!({"state": "succeeded"}));
    bench.broker.answers("PUT", "*/service_instances/", 202, json!({}));
    cf.job("POST", "/v3/service_instances", body.clone(), Wait::Accepted)
        .await;
    assert_eq!(cf.service("cache").await["last_operation"]["state"], "in progress");
    let taken = cf.ask("POST", "/v3/service_instances", body).await;
    assert_eq!(taken.status, 422);
    assert!(
        taken.refusal().2.contains("The service instance name is taken"),
        "{taken:?}"
    );
    let busy = cf
        .ask("PATCH", &cf.path_of("cache").await, json!({"parameters": {}}))
        .await;
    assert_eq!(
        busy.json["errors"][0]["title"],
        "CF-AsyncServiceInstanceOperationInProgress"
    );
    gate.open();
    bench.broker.behaves();
    cf.job(
        "POST",
        "/v3/service_instances",
        wanted("second", "large").await,
        Wait::Done,
    )
    .await;
    assert_eq!(cf.service("second").await["last_operation"]["state"], "succeeded");
    cf.settled("cache").await;

    let fields = "fields[service_plan]=guid,name,relationships.service_offering\
                  &fields[service_plan.service_offering]=guid,name,relationships.service_broker\
                  &fields[service_plan.service_offering.service_broker]=guid,name";
    let space = &cf.space;
    let page = cf
        .get(&format!(
            "/v3/service_instances?{fields}&order_by=name&per_page=5000&space_guids={space}"
        ))
        .await;
    let names: Vec<String> = page["resources"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|it| text(&it["name"]))
        .collect();
    assert_eq!(names, ["cache", "second"]);
    let included = &page["included"];
    assert_eq!(included["service_plans"].as_array().expect("plans").len(), 2);
    let to = |row: &Value, kind: &str| row["relationships"][kind]["data"]["guid"].clone();
    let (plan, offering) = (&included["service_plans"][0], &included["service_offerings"][0]);
    assert_eq!(to(plan, "service_offering"), offering["guid"]);
    assert_eq!(to(offering, "service_broker"), included["service_brokers"][0]["guid"]);
    let parameters = cf.get(&format!("{}/parameters", cf.path_of("cache").await)).await;
    assert_eq!(parameters, json!({"size": 3}));
}

/// create-service-key, service-keys, service-key, delete-service-key
async fn keys(cf: &Cf<'_>) {
    let instance = guid(&cf.instance("cache").await);
    let body = json!({
        "type": "key",
        "name": "k1",
        "relationships": {"service_instance": {"data": {"guid": instance}}},
    });
    cf.job("POST", BINDINGS, body.clone(), Wait::Done).await;
    let again = cf.ask("POST", BINDINGS, body).await;
    assert!(
        again.refusal().2.contains("Key binding names must be unique"),
        "{again:?}"
    );
    let query = format!("service_instance_guids={instance}&type=key");
    let all = cf.list(&format!("{BINDINGS}?{query}")).await;
    assert_eq!(
        (text(&all[0]["name"]), text(&all[0]["last_operation"]["state"])),
        ("k1".into(), "succeeded".into())
    );
    let path = format!(
        "{BINDINGS}/{}",
        guid(&cf.one(&format!("{BINDINGS}?{query}&names=k1")).await)
    );
    assert!(cf.get(&format!("{path}/details")).await["credentials"].is_object());
    cf.job("DELETE", &path, Value::Null, Wait::Done).await;
    assert!(cf.list(&format!("{BINDINGS}?{query}")).await.is_empty());
}

/// bind-service, unbind-service
async fn apps(cf: &Cf<'_>) {
    let to = |guid: &str| json!({"data": {"guid": guid}});
    cf.now(
        "POST",
        "/v3/apps",
        json!({"name": "web", "relationships": {"space": to(&cf.space)}}),
        201,
    )
    .await;
    let instance = guid(&cf.instance("cache").await);
    let app = guid(&cf.one(&format!("/v3/apps?names=web&space_guids={}", cf.space)).await);
    let body = json!({"type": "app", "relationships": {"service_instance": to(&instance), "app": to(&app)}});
    cf.job("POST", BINDINGS, body, Wait::Done).await;
    let page = cf
        .get(&format!("{BINDINGS}?include=app&service_instance_guids={instance}"))
        .await;
    assert_eq!(text(&page["included"]["apps"][0]["name"]), "web");
    let bound = cf
        .list(&format!(
            "{BINDINGS}?type=app&app_guids={app}&service_instance_guids={instance}"
        ))
        .await;
    cf.job(
        "DELETE",
        &format!("{BINDINGS}/{}", guid(&bound[0])),
        Value::Null,
        Wait::Done,
    )
    .await;
}

/// update-service -c, -t and -p, upgrade-service, rename-service, delete-service
async fn update(bench: &Bench, cf: &Cf<'_>) {
    let path = cf.path_of("cache").await;
    cf.job("PATCH", &path, json!({"parameters": {"size": 5}}), Wait::Done)
        .await;
    let changed = cf.now("PATCH", &path, json!({"tags": ["a", "b"]}), 200).await;
    assert_eq!(changed["tags"], json!(["a", "b"]));

    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["plans"][0]["maintenance_info"]["version"] = json!("1.1.0");
    bench.broker.offers(catalog);
    let broker = guid(&cf.one(&format!("{BROKERS}?names=b2")).await);
    let body = json!({"url": bench.broker.url});
    cf.job("PATCH", &format!("{BROKERS}/{broker}"), body, Wait::Done).await;
    let instance = cf.service("cache").await;
    assert_eq!(instance["upgrade_available"], true);
    let plan = guid(&instance["relationships"]["service_plan"]["data"]);
    let version = text(&cf.get(&format!("/v3/service_plans/{plan}")).await["maintenance_info"]["version"]);
    cf.job(
        "PATCH",
        &path,
        json!({"maintenance_info": {"version": version}}),
        Wait::Done,
    )
    .await;
    assert_eq!(cf.service("cache").await["upgrade_available"], false);

    let offering = cf.one("/v3/service_offerings?names=redis").await;
    let query = format!("names=large&service_offering_guids={}", guid(&offering));
    let large = guid(&cf.one(&format!("/v3/service_plans?{query}")).await);
    let body = json!({"relationships": {"service_plan": {"data": {"guid": large}}}});
    cf.job("PATCH", &path, body, Wait::Done).await;
    let instance = cf.service("cache").await;
    assert_eq!(text(&instance["relationships"]["service_plan"]["data"]["guid"]), large);
    cf.now("PATCH", &path, json!({"name": "renamed"}), 200).await;
    cf.job("DELETE", &cf.path_of("renamed").await, Value::Null, Wait::Done)
        .await;
    let query = format!("names=renamed&space_guids={}", cf.space);
    assert!(cf.list(&format!("/v3/service_instances?{query}")).await.is_empty());
}

/// purge-service-instance, purge-service-offering
async fn purge(cf: &Cf<'_>) {
    let broker = guid(&cf.one(&format!("{BROKERS}?names=b2")).await);
    let refused = cf.ask("DELETE", &format!("{BROKERS}/{broker}"), Value::Null).await;
    assert_eq!(refused.status, 422, "it has an instance: {refused:?}");
    cf.now(
        "DELETE",
        &format!("{}?purge=true", cf.path_of("second").await),
        Value::Null,
        204,
    )
    .await;
    let query = "names=plain&fields[service_broker]=name,guid";
    let plain = guid(&cf.one(&format!("/v3/service_offerings?{query}")).await);
    cf.now(
        "DELETE",
        &format!("/v3/service_offerings/{plain}?purge=true"),
        Value::Null,
        204,
    )
    .await;
    assert!(cf.list("/v3/service_offerings?names=plain").await.is_empty());
}

/// create-service-broker --space-scoped
async fn space_scoped(bench: &Bench, cf: &Cf<'_>) {
    let mut body = bench.registration("mine");
    body["relationships"] = json!({"space": {"data": {"guid": cf.space}}});
    cf.job("POST", BROKERS, body, Wait::Done).await;
    let rows = cf.marketplace("&service_broker_names=mine").await;
    assert_eq!(rows.len(), 3, "no access has to be given: {rows:?}");
}
