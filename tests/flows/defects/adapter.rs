//! What reaches the adapter.
use super::{deployment, is_unharmed, quick, refusal, updatable};
use chandler_tests::{
    platform::Platform,
    settings::{SERVICE, SMALL},
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// From now on each run of the adapter leaves its input there.
fn recorded(world: &World) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    world.service.control(&json!({"record_dir": dir.path()}));
    dir
}

/// The runs of `generate-manifest` so far, oldest first; all leaves are texts.
fn generated(of: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(of).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let read = |file| -> Value { serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap() };
    let runs = files
        .iter()
        .map(read)
        .filter(|run: &Value| run["argv"][1] == "generate-manifest");
    let input = |run: Value| -> Value { serde_json::from_str(run["stdin"].as_str().unwrap()).unwrap() };
    runs.map(|run| input(run)["generate_manifest"].clone()).collect()
}

#[tokio::test]
async fn d03_keys_that_are_no_texts_reach_the_adapter() {
    let mut world = World::start(Plan {
        change: |json| {
            updatable(json);
            let nested = json!({"@on@": "a switch", "@1@": "one", "list": [{"@1.20@": {"@true@": 1}}]});
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["properties"]["nested"] = nested.clone();
            }
        },
        ..quick()
    })
    .await;
    // In JSON every key is a text; YAML has others.
    world
        .redeploy(|text| {
            let yaml = text.replace("\"@", "").replace("@\":", ": ");
            assert!(
                yaml.contains("1: \"one\"") && yaml.contains("on: \"a switch\""),
                "{yaml}"
            );
            yaml
        })
        .await;
    let (p, i) = (&world.platform, "nested");
    p.provision(i, json!({})).await;
    let as_written = json!({"on": "a switch", "1": "one", "list": [{"1.20": {"true": 1}}]});
    assert_eq!(world.manifest(i)["properties"]["nested"], as_written);
    // The runs with a previous plan, and the others.
    p.changed(i, &Platform::update_body(SMALL, json!({"task_seconds": 0})))
        .await;
    p.bound(i, "b", json!({})).await;
    assert_eq!(world.manifest(i)["properties"]["nested"], as_written);
    is_unharmed(&world);

    // What can't be a key in JSON is refused at the start, with its line.
    let text = fs::read_to_string(&world.config).unwrap();
    for key in ["~", "[1]", "{a: 1}"] {
        let other = text.replace("\"nested\":{", &format!("\"nested\":{{{key}: 1,"));
        assert_ne!(other, text);
        let (code, said) = refusal(&world, "chandler-gateway", &other).await;
        assert!(code == 64 && said.contains("line 1"), "{key}: {said}");
    }
}

#[tokio::test]
async fn d08_an_upgrade_hands_over_the_previous_secrets() {
    let mut world = World::start(Plan {
        secure_manifests: true,
        ..quick()
    })
    .await;
    let ids = ["by-the-platform", "by-the-operator"];
    for i in ids {
        world
            .platform
            .provision(i, json!({"password": format!("chosen-for-{i}")}))
            .await;
    }
    world
        .reconfigure(|json| {
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["maintenance_info"]["version"] = json!("2.0.0");
            }
        })
        .await;
    let (p, dir) = (&world.platform, recorded(&world));
    let platform = p.patch(ids[0], &Platform::upgrade_body("1.0.0", "2.0.0"));
    let operator = p.manage(ids[1], "upgrade", SMALL);
    for (i, call) in ids.into_iter().zip([platform, operator]) {
        let operation = p.accepted(call).await;
        let (answer, _) = p.ended(i, &operation, super::LIMIT).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
        let run = generated(dir.path()).pop().unwrap();
        let previous: Value = serde_json::from_str(run["previous_secrets"].as_str().unwrap()).unwrap();
        let name = format!("((/odb/{SERVICE}/{}/password))", deployment(i));
        assert_eq!(previous[&name], format!("chosen-for-{i}"), "{run}");
    }
}

#[tokio::test]
async fn d11_numbers_reach_the_adapter_digit_by_digit() {
    const NUMBERS: [&str; 5] = [
        "12345678901234567890",
        "123456789012345678901234567890",
        "-9007199254740993",
        "0.1234567890123456789",
        "1.10",
    ];
    let world = World::start(quick()).await;
    let (p, dir) = (&world.platform, recorded(&world));
    let body = Platform::body(json!({"numbers": "@"})).to_string();
    let body = body.replace("\"@\"", &format!("[{}]", NUMBERS.join(",")));
    let body = body.replacen("\"platform\"", &format!("\"size\":{},\"platform\"", NUMBERS[0]), 1);
    let call = p.put("precise", json!({})).body(body);
    let operation = p.accepted(call).await;
    let (answer, _) = p.ended("precise", &operation, super::LIMIT).await;
    // This adapter has no use for it.
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.contains("unsupported parameter(s) for this service plan: numbers"),
        "{text}"
    );
    let runs = generated(dir.path());
    let request = runs[0]["request_parameters"].as_str().unwrap();
    let text: String = request.split_whitespace().collect();
    assert!(text.contains(&format!("\"numbers\":[{}]", NUMBERS.join(","))), "{text}");
    assert!(text.contains(&format!("\"size\":{}", NUMBERS[0])), "{text}");
}
