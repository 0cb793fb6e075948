//! Discovery, tokens, and what is asked for in vain.

use serde_json::json;

use crate::v3_bench::Bench;

#[tokio::test]
async fn the_root_says_where_everything_is_and_needs_no_token() {
    let bench = Bench::start(|options| options.version = "3.99.0".to_owned()).await;
    let nobody = bench.nobody();
    let root = nobody.get("/").await;
    assert_eq!(root.status, 200);
    let links = &root.json["links"];
    assert_eq!(links["self"]["href"], json!(bench.cc.url()));
    assert_eq!(
        links["cloud_controller_v3"]["href"],
        json!(format!("{}/v3", bench.cc.url()))
    );
    assert_eq!(links["cloud_controller_v3"]["meta"]["version"], "3.99.0");
    assert_eq!(links["login"]["href"], json!(bench.uaa.url()));
    assert_eq!(links["uaa"]["href"], json!(bench.uaa.url()));
    assert_eq!(links["cloud_controller_v2"], json!(null));

    let v3 = nobody.get("/v3").await;
    for list in ["service_brokers", "service_instances", "organizations", "spaces"] {
        assert_eq!(
            v3.json["links"][list]["href"],
            json!(format!("{}/v3/{list}", bench.cc.url()))
        );
    }
    assert_eq!(nobody.get("/v3/info").await.json["osbapi_version"], "2.15");
    let v2 = nobody.get("/v2/info").await;
    assert_eq!((v2.status, v2.json["api_version"].as_str()), (200, Some("")));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_unknown_requests() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let unknown = (404, 10000, "Unknown request");
    assert_eq!(admin.get("/v3/nothing").await.refusal(), unknown);
    assert_eq!(admin.delete("/v3/organizations").await.refusal(), unknown);
    assert_eq!(bench.nobody().get("/v3/nothing").await.refusal(), unknown);
    assert_eq!(admin.get("/v2/services").await.json["error_code"], "CF-NotFound");
    let gone = [
        ("/v3/jobs/x", "Job not found"),
        ("/v3/service_brokers/x", "Service broker not found"),
        ("/v3/service_offerings/x", "Service offering not found"),
        ("/v3/service_plans/x", "Service plan not found"),
        ("/v3/service_plans/x/visibility", "Service plan not found"),
        ("/v3/service_instances/x", "Service instance not found"),
        ("/v3/service_instances/x/parameters", "Service instance not found"),
        (
            "/v3/service_credential_bindings/x",
            "Service credential binding not found",
        ),
        (
            "/v3/service_credential_bindings/x/details",
            "Service credential binding not found",
        ),
        ("/v3/organizations/x", "Organization not found"),
        ("/v3/spaces/x", "Space not found"),
        ("/v3/apps/x", "App not found"),
        ("/v3/feature_flags/x", "Feature flag not found"),
    ];
    for (path, text) in gone {
        assert_eq!(admin.get(path).await.refusal(), (404, 10010, text), "{path}");
    }
}

#[tokio::test]
async fn a_token_is_verified_and_its_scopes_count() {
    let bench = Bench::new().await;
    let none = (401, 10002, "Authentication error");
    let bad = (401, 1000, "Invalid Auth Token");
    let few = (403, 10003, "You are not authorized to perform the requested action");
    let list = "/v3/service_brokers";
    assert_eq!(bench.nobody().get(list).await.refusal(), none);
    assert_eq!(bench.bearer("nonsense").get(list).await.refusal(), bad);
    assert_eq!(bench.bearer("nonsense").get("/v3/service_plans").await.refusal(), bad);
    assert_eq!(bench.person("stranger").await.get(list).await.refusal(), bad);
    for client in ["admin", "reader", "auditor", "developer", "watcher"] {
        assert_eq!(bench.person(client).await.get(list).await.status, 200, "{client}");
    }
    assert_eq!(bench.person("dashboard").await.get(list).await.refusal(), few);
    for client in ["reader", "auditor", "developer", "watcher"] {
        let person = bench.person(client).await;
        assert_eq!(
            person.post(list, bench.registration("b")).await.refusal(),
            few,
            "{client}"
        );
        assert_eq!(
            person.post("/v3/organizations", json!({"name": "o"})).await.refusal(),
            few,
            "{client}"
        );
    }
    let admin = bench.admin().await;
    bench.uaa.expire_tokens();
    assert_eq!(admin.get(list).await.refusal(), bad);
    assert_eq!(bench.cc.registered().len(), 0);
}

#[tokio::test]
async fn the_journal_names_who_asked_and_what() {
    let bench = Bench::new().await;
    bench
        .person("watcher")
        .await
        .get("/v3/service_instances/x/permissions")
        .await;
    let journal = serde_json::to_value(bench.cc.journal()).expect("JSON");
    let call = &journal["calls"][0];
    assert_eq!(call["call"], "GET /v3/service_instances/{}/permissions");
    assert_eq!((&call["actor"], &call["status"]), (&json!("watcher"), &json!(404)));
}

#[tokio::test]
async fn organizations_spaces_and_apps_are_made() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let organization = admin.post("/v3/organizations", json!({"name": "o"})).await;
    assert_eq!(organization.status, 201, "{organization:?}");
    let guid = organization.json["guid"].as_str().expect("a guid");
    let again = admin.post("/v3/organizations", json!({"name": "o"})).await;
    assert_eq!(again.refusal(), (422, 10008, "Organization 'o' already exists."));

    let body = json!({"name": "s", "relationships": {"organization": {"data": {"guid": guid}}}});
    let space = admin.post("/v3/spaces", body.clone()).await;
    assert_eq!(space.status, 201, "{space:?}");
    assert_eq!(space.json["relationships"]["organization"]["data"]["guid"], json!(guid));
    assert_eq!(admin.post("/v3/spaces", body).await.status, 422);
    assert_eq!(admin.post("/v3/spaces", json!({"name": "t"})).await.status, 422);
    let listed = admin
        .get(&format!("/v3/spaces?organization_guids={guid}&include=organization"))
        .await;
    assert_eq!(listed.json["resources"], json!([space.json]));
    assert_eq!(listed.json["included"]["organizations"], json!([organization.json]));

    let body = json!({"name": "a", "relationships": {"space": {"data": {"guid": space.json["guid"]}}}});
    let developer = bench.person("developer").await;
    let app = developer.post("/v3/apps", body.clone()).await;
    assert_eq!(app.status, 201, "{app:?}");
    assert_eq!(developer.post("/v3/apps", body).await.status, 422);
    let names = format!("/v3/apps?names=a&organization_guids={guid}&page=1&per_page=1");
    assert_eq!(developer.names(&names).await, ["a"]);
}
