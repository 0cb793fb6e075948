//! Variables of deployments, with and without a CredHub.

use chandler_simulators::bosh::BoshOptions;
use chandler_simulators::credhub::{self, CredHub};
use chandler_simulators::uaa::{self, Uaa};
use serde_json::{Value, json};

use crate::client::{Bench, manifest};

fn with_references(name: &str) -> String {
    let block = "variables:\n- {name: made, type: password}\nproperties:\n  a: ((/odb/s/d/pw))\n  b: x((made))\n  c: ((/odb/s/d/tls.ca))\n";
    format!("{}{block}", manifest(name, 1, 1))
}

fn names(variables: &Value) -> Vec<&str> {
    let rows = variables.as_array().expect("a list").iter();
    rows.map(|row| row["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn references_and_the_block_are_variables() {
    let bench = Bench::new().await;
    let missing = bench.request("GET", "/deployments/d/variables").send().await;
    assert_eq!(missing.expect("an answer").status(), 404);
    bench.deploy(&with_references("d")).await;
    let first = bench.get("/deployments/d/variables").await;
    assert_eq!(names(&first), ["/TestDirector/d/made", "/odb/s/d/pw", "/odb/s/d/tls"]);
    let ids: Vec<_> = first.as_array().expect("a list").iter().map(|row| &row["id"]).collect();
    assert!(
        ids.iter()
            .all(|id| uuid::Uuid::parse_str(id.as_str().expect("text")).is_ok())
    );
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);

    bench.deploy(&with_references("d")).await;
    assert_eq!(
        bench.get("/deployments/d/variables").await,
        first,
        "they keep their ids"
    );
    bench.deploy(&manifest("d", 1, 1)).await;
    assert_eq!(bench.get("/deployments/d/variables").await, json!([]));
}

#[tokio::test]
async fn with_a_credhub_they_are_its_versions() {
    let uaa = Uaa::start(uaa::Options::default()).await.expect("a UAA");
    let credhub = CredHub::start(credhub::Options::bosh(uaa.verifier()))
        .await
        .expect("a CredHub");
    let vault = credhub.world();
    let bench = Bench::start(BoshOptions {
        credhub: Some(vault.clone()),
        ..BoshOptions::default()
    })
    .await;
    let pw = |value: &str| vault.set("/odb/s/d/pw", &json!(value)).expect("a value");
    pw("one");
    let task = bench.deploy(&with_references("d")).await;
    assert_eq!(bench.state(task).await, "error");
    let events = bench.events(task).await;
    let wanted = "- Failed to find variable '/odb/s/d/tls' from config server: HTTP Code '404'";
    assert!(events.contains(wanted), "{events}");
    assert!(!events.contains("/odb/s/d/pw"), "only what is missing: {events}");
    assert_eq!(bench.get("/deployments/d/variables").await, json!([]));

    vault.set("/odb/s/d/tls", &json!({"ca": "c"})).expect("an object");
    let task = bench.deploy(&with_references("d")).await;
    assert_eq!(bench.state(task).await, "done");
    let id = |name: &str| vault.newest_id(name).expect("an id");
    let wanted = |name: &str| json!({"id": id(name), "name": name});
    let all = ["/TestDirector/d/made", "/odb/s/d/pw", "/odb/s/d/tls"].map(wanted);
    assert_eq!(bench.get("/deployments/d/variables").await, json!(all));
    let made = vault.get("/TestDirector/d/made").expect("a password was made");
    assert!(made.as_str().expect("text").len() >= 20);

    let deployed = id("/odb/s/d/pw");
    pw("two");
    assert_ne!(id("/odb/s/d/pw"), deployed);
    assert_eq!(
        bench.get("/deployments/d/variables").await,
        json!(all),
        "until the next deploy"
    );
    bench.deploy(&with_references("d")).await;
    let now = bench.get("/deployments/d/variables").await;
    assert_eq!(now[1]["id"], json!(id("/odb/s/d/pw")));
    assert_eq!(
        vault.get("/TestDirector/d/made"),
        Some(made),
        "what was made once stays"
    );
}
