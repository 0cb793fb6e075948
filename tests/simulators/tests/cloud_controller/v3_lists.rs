//! Lists: pages, order, filters, and queries that are refused.

use serde_json::{Value, json};

use crate::v3_bench::{Bench, Person};

async fn with_organizations<'a>(bench: &'a Bench, names: &[&str]) -> Person<'a> {
    let admin = bench.admin().await;
    for name in names {
        let answer = admin.post("/v3/organizations", json!({"name": name})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    admin
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let bench = Bench::start(|options| options.organizations.clear()).await;
    let admin = with_organizations(&bench, &["c", "a", "b", "e", "d"]).await;
    let mut path = "/v3/organizations?per_page=2&order_by=-name&names=a,b,c,d".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = admin.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let pagination = &page.json["pagination"];
        assert_eq!(
            (&pagination["total_results"], &pagination["total_pages"]),
            (&json!(4), &json!(2))
        );
        let rows = page.json["resources"].as_array().expect("rows");
        pages.push(rows.iter().map(|it| it["name"].clone()).collect::<Vec<Value>>());
        assert_eq!(pagination["previous"].is_null(), pages.len() == 1);
        match pagination["next"]["href"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
        assert!(
            path.starts_with(&format!("{}/v3/organizations?", bench.cc.url())),
            "{path}"
        );
    }
    assert_eq!(json!(pages), json!([["d", "c"], ["b", "a"]]));
    let beyond = admin.get("/v3/organizations?page=9&per_page=2").await;
    assert_eq!((beyond.status, &beyond.json["resources"]), (200, &json!([])));
    let one = admin.get("/v3/organizations?names=a").await;
    let pagination = &one.json["pagination"];
    assert_eq!(
        (&pagination["next"], &pagination["total_pages"]),
        (&json!(null), &json!(1))
    );
    assert!(one.json.get("included").is_none(), "nobody asked: {}", one.json);
}

#[tokio::test]
async fn without_an_order_rows_come_as_they_were_made() {
    let bench = Bench::start(|options| options.organizations.clear()).await;
    let admin = with_organizations(&bench, &["c", "a", "b"]).await;
    for (order, expected) in [
        ("", ["c", "a", "b"]),
        ("?order_by=name", ["a", "b", "c"]),
        ("?order_by=-name", ["c", "b", "a"]),
        ("?order_by=%2Bname", ["a", "b", "c"]),
        ("?order_by=created_at", ["c", "a", "b"]),
        ("?order_by=-created_at", ["b", "a", "c"]),
    ] {
        assert_eq!(
            admin.names(&format!("/v3/organizations{order}")).await,
            expected,
            "{order}"
        );
    }
}

#[tokio::test]
async fn a_name_with_odd_letters_finds_just_itself() {
    let bench = Bench::start(|options| options.organizations.clear()).await;
    let odd = [
        "a,b",
        "a",
        "b",
        "a&b",
        "a+b",
        "a b",
        "50%",
        "50%25",
        "ä",
        "a%2Cb",
        "'x'",
        "a=b#c?d/e",
    ];
    let admin = with_organizations(&bench, &odd).await;
    for name in odd {
        let path = format!("/v3/organizations?names={}", twice(name));
        assert_eq!(admin.names(&path).await, [name], "{path}");
        // Nothing is lost on the way to the next page.
        let pair = format!("/v3/organizations?per_page=1&names={},{}", twice(name), twice("a"));
        let page = admin.get(&pair).await;
        let mut found: Vec<Value> = page.json["resources"].as_array().expect("rows").clone();
        if let Some(next) = page.json["pagination"]["next"]["href"].as_str() {
            found.extend(
                admin.get(next).await.json["resources"]
                    .as_array()
                    .expect("rows")
                    .clone(),
            );
        }
        let names: Vec<&str> = found.iter().filter_map(|it| it["name"].as_str()).collect();
        assert!(names.contains(&name) && names.contains(&"a"), "{pair}: {names:?}");
    }
    // A comma that is encoded once only is cut at, as one that isn't encoded.
    assert_eq!(admin.names("/v3/organizations?names=a%2Cb").await, ["a", "b"]);
    assert_eq!(admin.names("/v3/organizations?names=a,%20b").await, ["a", "b"]);
    assert!(admin.names("/v3/organizations?names=").await.is_empty());
}

/// For a value in a list of values: encoded for the list, then for the query.
fn twice(text: &str) -> String {
    once(&once(text))
}

fn once(text: &str) -> String {
    let letter = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

#[tokio::test]
async fn what_isnt_known_is_refused() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let plans = "'page', 'per_page', 'order_by', 'guids', 'names', 'service_broker_guids', 'service_broker_names', \
                 'space_guids', 'organization_guids', 'broker_catalog_ids', 'available'";
    let cases = [
        (
            "/v3/service_offerings?name=x",
            format!("Unknown query parameter(s): 'name'. Valid parameters are: {plans}"),
        ),
        ("/v3/service_plans?include=app", {
            let known = "'space.organization', 'service_offering'";
            format!("Invalid included resource: 'app'. Valid included resources are: {known}")
        }),
        (
            "/v3/service_plans?available=yes",
            "Available only accepts values 'true' or 'false'".to_owned(),
        ),
        (
            "/v3/service_instances?type=x",
            "Type must be one of 'managed', 'user-provided'".to_owned(),
        ),
        (
            "/v3/service_instances?fields[space]=size",
            "Fields valid keys for 'space' are: 'guid', 'name', 'relationships.organization'".to_owned(),
        ),
        (
            "/v3/service_offerings?fields[plan]=name",
            "Fields [plan] valid resources are: 'service_broker'".to_owned(),
        ),
        ("/v3/spaces?page=0", "Page must be a positive integer".to_owned()),
        (
            "/v3/spaces?per_page=x",
            "Per page must be a positive integer".to_owned(),
        ),
        (
            "/v3/spaces?per_page=5001",
            "Per page must be between 1 and 5000".to_owned(),
        ),
        (
            "/v3/spaces?order_by=size",
            "Order by can only be: 'created_at', 'updated_at', 'name'".to_owned(),
        ),
        (
            "/v3/spaces?label_selector=a",
            "'label_selector' is not simulated".to_owned(),
        ),
    ];
    for (path, text) in cases {
        let text = format!("The query parameter is invalid: {text}");
        assert_eq!(admin.get(path).await.refusal(), (400, 10005, text.as_str()), "{path}");
    }
    assert_eq!(admin.get("/v3/spaces?per_page=5000").await.status, 200);
    let route = admin.get("/v3/service_route_bindings?service_instance_guids=x").await;
    assert_eq!((route.status, &route.json["resources"]), (200, &json!([])));
}

#[tokio::test]
async fn a_body_that_cant_be_read_is_refused() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let answer = admin.post("/v3/organizations", json!(["x"])).await;
    let text = "Request invalid due to parse error: invalid request body";
    assert_eq!(answer.refusal(), (400, 1001, text));
    let answer = admin.post("/v3/organizations", json!({"name": 5, "size": 1})).await;
    let text = "Unknown field(s): 'size', Name must be a string";
    assert_eq!(answer.refusal(), (422, 10008, text));
}
