//! What is done soon is answered at once: as Cloud Controller, which polls once directly and then after a minute, sees it.
use chandler_tests::{
    cloud_foundry::CloudFoundry,
    world::{Plan, World},
};
use serde_json::{Value, json};

/// The configuration says nothing of it.
fn by_default(json: &mut Value) {
    let chandler = json["chandler"].as_object_mut().unwrap();
    chandler.remove("gateway").unwrap();
}

/// What Cloud Controller has called the broker for about bindings, and what it was answered.
fn calls(cf: &CloudFoundry) -> Vec<(&'static str, String)> {
    let calls = cf.controller.outgoing();
    let about = calls.iter().filter(|it| it.path.contains("/service_bindings/"));
    about.map(|it| (it.purpose, format!("{:?}", it.fate))).collect()
}

#[tokio::test]
async fn at_cloud_controller_nobody_waits_for_a_poll_and_what_is_bound_is_deleted_at_once() {
    let world = World::start(Plan {
        task_seconds: 0.1,
        secure: true,
        change: by_default,
        ..Plan::default()
    })
    .await;
    let cf = CloudFoundry::beside(&world).await;
    cf.register(&world).await;
    let user = &cf.developer;
    let instance = user.created("store", "small", json!({})).await;
    let answered = |purpose, status: u16| (purpose, format!("Answered({status})"));

    let (key, shown) = user.keyed(&instance, "key").await;
    assert_eq!(world.users(&instance)[&key]["password"], shown["password"]);
    let app = user.create_app("app").await;
    user.bind_app(&instance, &app).await.succeeded();
    assert_eq!(calls(&cf), [answered("bind", 201), answered("bind", 201)]);

    // A failure is told by the poll that follows directly; nothing is taken for an orphan.
    cf.controller.clear_outgoing();
    let failed = user
        .create_key(&instance, "ill", json!({"adapter_exit_code": 1}))
        .await
        .failed();
    assert!(!failed.is_empty());
    assert_eq!(calls(&cf), [answered("bind", 202), answered("poll", 200)]);
    let ill = user.key(&instance, "ill").await;

    cf.controller.clear_outgoing();
    user.unbind(&ill).await.succeeded();
    user.delete_service(&instance).await.succeeded();
    let unbound = calls(&cf);
    assert_eq!(unbound.len(), 3, "{unbound:?}");
    for call in unbound {
        assert!(
            [answered("unbind", 200), answered("unbind", 410)].contains(&call),
            "{call:?}"
        );
    }
    cf.is_idle().await;
    cf.is_clean(&world);
    assert!(world.users(&instance).is_empty() && world.credhub().names().is_empty());
}
