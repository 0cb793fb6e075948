//! A binding that takes the place of another one.
use crate::{
    binder::{POLLS, key, provisioned, wish},
    world::{World, sealer, send},
};
use chandler_proto::{ids::BindingId, job::sealed};
use serde_json::{Value, json};

async fn request_of(world: &World, binding: &str) -> Value {
    let record = world.binding(binding).await.unwrap();
    let request = sealer().open(&key(binding), &record.job.sealed[sealed::REQUEST]);
    serde_json::from_str(request.unwrap().expose()).unwrap()
}

#[tokio::test]
async fn a_rotation_is_made_of_what_its_predecessor_was() {
    let world = provisioned(2).await;
    let asked = wish(&json!({ "role": "reader", "n": 1.5 }));
    send(world.bind(0, "old", POLLS, &asked)).await.is(202);
    let first = request_of(&world, "old").await;
    let short = json!({ "predecessor_binding_id": "old" });
    let early = send(world.bind(1, "new", POLLS, &short)).await;
    assert!(
        early.is(400).body["description"]
            .as_str()
            .unwrap()
            .contains("predecessor_binding_id")
    );
    world.create("old", &json!({ "credentials": { "n": 1 } })).await;

    let operation = send(world.bind(1, "new", POLLS, &short)).await.operation();
    assert_eq!(request_of(&world, "new").await, first);
    let made = world.binding("new").await.unwrap().job.wanted.unwrap().binding.unwrap();
    assert_eq!(made.predecessor.as_ref().map(BindingId::as_str), Some("old"));
    let mut long = json!({ "predecessor_binding_id": "old" });
    (long["service_id"], long["plan_id"]) = (asked["service_id"].clone(), asked["plan_id"].clone());
    let same = send(world.bind(0, "new", POLLS, &long)).await.operation();
    assert_eq!(same, operation, "both forms of the body");
    world.create("new", &json!({ "credentials": { "n": 2 } })).await;
    for (binding, n) in [("old", 1), ("new", 2)] {
        let got = send(world.fetch(0, binding)).await;
        assert_eq!(got.is(200).body["credentials"]["n"], n, "side by side");
    }

    send(world.unbind(0, "old", POLLS)).await.is(202);
    let again = send(world.bind(0, "new", POLLS, &short)).await;
    assert_eq!(
        again.is(200).body["credentials"]["n"],
        2,
        "what was carried out stays so"
    );
    send(world.bind(0, "newer", POLLS, &short)).await.is(400);
    let third = json!({ "predecessor_binding_id": "new", "parameters": { "role": "writer" } });
    send(world.bind(0, "newer", POLLS, &third)).await.is(202);
    let request = request_of(&world, "newer").await;
    assert_eq!(
        (&request["parameters"], &request["app_guid"]),
        (&json!({ "role": "writer" }), &json!("app"))
    );
}
