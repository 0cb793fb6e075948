//! Links and configs: D13, D14.

use serde_json::{Value, json};

use super::{ask, error, keys, send};
use crate::client::{Bench, manifest};

#[tokio::test]
async fn d13_links_are_made_once_shown_and_deleted() {
    let bench = Bench::new().await;
    let name = "service-instance_Si_1";
    let provides = "provides: {db: {as: si-db, shared: true}, addr: {}}";
    let text = manifest(name, 1, 1).replace("name: svc,", &format!("name: svc, {provides},"));
    bench.deploy(&text).await;

    let rows = bench.get(&format!("/link_providers?deployment={name}")).await;
    let find = |name: &str| {
        let all = rows.as_array().expect("rows").iter();
        all.clone().find(|row| row["name"] == name).expect("a provider")
    };
    let (shared, own) = (find("si-db"), find("addr"));
    let id = shared["id"].as_str().expect("a text");
    let expected = json!({
        "id": id, "name": "si-db", "shared": true, "deployment": name,
        "link_provider_definition": {"type": "db", "name": "db"},
        "owner_object": {"type": "job", "name": "svc", "info": {"instance_group": "node"}},
    });
    assert_eq!((shared, keys(shared)), (&expected, keys(&expected)));
    assert_eq!(own["shared"], false);
    for (path, status, body) in [
        ("/link_providers", 400, error(190_024, "Deployment name is required")),
        (
            "/link_providers?deployment=none",
            404,
            error(70_000, "Deployment 'none' doesn't exist"),
        ),
    ] {
        let seen = ask(&bench, "GET", path).await;
        assert_eq!((seen.status, seen.json()), (status, body), "{path}");
    }

    let wanted = |provider: &Value, consumer: &str| {
        let owner = json!({"name": consumer, "type": "external"});
        json!({"link_provider_id": provider, "link_consumer": {"owner_object": owner}, "network": "default"})
    };
    let made = send(&bench, "POST", "/links", &wanted(&shared["id"], "b1")).await;
    assert_eq!(made.status, 200, "{made:?}");
    let row = made.json();
    assert_eq!(
        keys(&row),
        ["id", "name", "link_consumer_id", "link_provider_id", "created_at"]
    );
    assert_eq!((&row["name"], &row["link_provider_id"]), (&json!("db"), &shared["id"]));
    assert!(
        row["created_at"]
            .as_str()
            .is_some_and(|at| at.len() == 23 && at.ends_with(" UTC"))
    );
    let again = send(&bench, "POST", "/links", &wanted(&shared["id"], "b1")).await;
    assert_eq!((again.status, again.json()), (200, row.clone()), "the same again");
    let other = send(&bench, "POST", "/links", &wanted(&shared["id"], "b2"))
        .await
        .json();
    assert_ne!(other["id"], row["id"]);
    let all = bench.get(&format!("/links?deployment={name}")).await;
    assert_eq!(all, json!([row, other]));
    assert_eq!(bench.world.external_links(name), ["b1", "b2"]);

    let refused = send(&bench, "POST", "/links", &wanted(&own["id"], "b1")).await;
    let expected = error(810_009, "Provider not `shared`");
    assert_eq!((refused.status, refused.json()), (403, expected));
    let mut nowhere = wanted(&shared["id"], "b3");
    nowhere["network"] = json!("nonet");
    let resolve = format!("Can't resolve network: `nonet` in provider id: {id} for `b3`");
    let owner = "Invalid request: `link_consumer.owner_object";
    for (body, code, text) in [
        (
            wanted(&json!("99999"), "b3"),
            810_002,
            "Invalid link_provider_id: 99999",
        ),
        (nowhere, 810_003, &resolve),
        (
            json!({}),
            810_001,
            "Invalid request: `link_provider_id` must be provided",
        ),
        (
            wanted(&json!(3), "b3"),
            810_001,
            "Invalid request: `link_provider_id` must be a String",
        ),
        (
            json!({"link_provider_id": id}),
            810_001,
            "Invalid request: `link_consumer` section must be defined",
        ),
        (
            json!({"link_provider_id": id, "link_consumer": {}}),
            810_001,
            &format!("{owner}` section must be defined"),
        ),
        (
            json!({"link_provider_id": id, "link_consumer": {"owner_object": {"name": "b3"}}}),
            810_001,
            &format!("{owner}.type` should be 'external'"),
        ),
        (
            wanted(&shared["id"], ""),
            810_001,
            &format!("{owner}.name` must not be empty"),
        ),
    ] {
        let seen = send(&bench, "POST", "/links", &body).await;
        assert_eq!((seen.status, seen.json()), (400, error(code, text)), "{body}");
    }

    let link = row["id"].as_str().expect("a text");
    for (more, host) in [
        ("", "q-s0.node"),
        ("&status=healthy", "q-s3.node"),
        ("&azs[]=z1&status=healthy", "q-a1s3.node"),
        ("&azs[]=z1&status=all", "q-a1s4.node"),
    ] {
        let address = bench.get(&format!("/link_address?link_id={link}{more}")).await;
        let expected = format!("{host}.default.service-instance-si-1.bosh");
        assert_eq!(address, json!({"address": expected}), "{more}");
    }

    let path = format!("/links/{link}");
    let no_show = ask(&bench, "GET", &path).await;
    let text = format!("Endpoint '{path}' not found.");
    assert_eq!(no_show.plain(), (404, text.as_str()));
    assert_eq!(ask(&bench, "DELETE", &path).await.plain(), (204, ""));
    let gone = ask(&bench, "DELETE", &path).await;
    let text = format!("Invalid link id: {link}");
    assert_eq!((gone.status, gone.json()), (404, error(810_000, &text)));
    let gone = ask(&bench, "GET", &format!("/link_address?link_id={link}")).await;
    let text = format!("Could not find a link with id {link}");
    assert_eq!((gone.status, gone.json()), (404, error(810_000, &text)));
    let left = bench.get(&format!("/links?deployment={name}")).await;
    assert_eq!(left, json!([other]));
    let anew = send(&bench, "POST", "/links", &wanted(&shared["id"], "b1"))
        .await
        .json();
    assert_ne!(anew["id"], row["id"], "ids don't come back");
}

#[tokio::test]
async fn d14_configs_have_versions_and_are_deleted_once() {
    let bench = Bench::new().await;
    let wanted = |content: &str| json!({"type": "cloud", "name": "svc", "content": content});
    let post = async |body: &Value| send(&bench, "POST", "/configs", body).await;
    let made = post(&wanted("a: 1\n")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let first = made.json();
    let expected = json!({
        "content": "a: 1\n", "id": first["id"], "type": "cloud", "name": "svc", "team": null,
        "created_at": first["created_at"], "current": true,
    });
    assert!(first["id"].is_string());
    assert_eq!((&first, keys(&first)), (&expected, keys(&expected)));
    let same = post(&wanted("a: 1\n")).await;
    assert_eq!((same.status, same.json()), (201, first.clone()), "no new version");
    let versions = async || bench.get("/configs?type=cloud&name=svc&latest=false").await;
    assert_eq!(versions().await.as_array().map(Vec::len), Some(1));

    let second = post(&wanted("a: 2\n")).await.json();
    assert_ne!(second["id"], first["id"]);
    let all = versions().await;
    assert_eq!(
        (&all[0], &all[1]["id"], &all[1]["current"]),
        (&second, &first["id"], &json!(false))
    );
    let newest = bench.get("/configs?type=cloud&name=svc&latest=true").await;
    assert_eq!(newest, json!([second]));

    let mut third = wanted("a: 3\n");
    third["expected_latest_id"] = first["id"].clone();
    let (is, expected) = (second["id"].as_str(), first["id"].as_str());
    let (is, expected) = is.zip(expected).expect("texts");
    let text = format!("Latest Id: '{is}' does not match expected latest id");
    let refused = post(&third).await;
    let body = json!({"latest_id": is, "expected_latest_id": expected, "description": text});
    assert_eq!((refused.status, refused.json()), (412, body));
    assert_eq!(versions().await, all, "nothing was stored");
    third["expected_latest_id"] = second["id"].clone();
    let third = post(&third).await;
    assert_eq!(third.status, 201);
    let mut fresh = json!({"type": "any", "name": "new", "content": "b: 1\n", "expected_latest_id": "0"});
    assert_eq!(post(&fresh).await.status, 201, "0 is none");
    fresh["content"] = json!("b: 2\n");
    assert_eq!(post(&fresh).await.status, 412);

    for (without, text) in [("type", "'type' is required"), ("name", "'name' is required")] {
        let mut body = wanted("a: 1\n");
        body[without] = Value::Null;
        let seen = post(&body).await;
        assert_eq!((seen.status, seen.json()), (400, error(440_010, text)));
    }
    let list = post(&wanted("[1]")).await;
    assert_eq!((list.status, list.json()), (400, error(440_011, "YAML hash expected")));

    let by_id = format!("/configs/{}", third.json()["id"].as_str().expect("a text"));
    assert_eq!(ask(&bench, "GET", &by_id).await.json(), third.json());
    assert_eq!(ask(&bench, "DELETE", &by_id).await.plain(), (204, ""));
    let absent = error(440_012, &format!("Config {} not found", &by_id["/configs/".len()..]));
    for method in ["DELETE", "GET"] {
        let seen = ask(&bench, method, &by_id).await;
        assert_eq!((seen.status, seen.json()), (404, absent.clone()), "{method}");
    }
    let named = "/configs?type=cloud&name=svc";
    assert_eq!(ask(&bench, "DELETE", named).await.plain(), (204, ""));
    let gone = ask(&bench, "DELETE", named).await;
    assert_eq!(gone.plain(), (404, "Endpoint '/configs' not found."));
    assert_eq!(versions().await, json!([]));
    for path in ["/configs?name=svc", "/configs?type=cloud"] {
        assert_eq!(ask(&bench, "DELETE", path).await.status, 400, "{path}");
    }
    assert_eq!(
        bench.get("/configs?type=cloud").await[0]["name"],
        "default",
        "the others stay"
    );
}
