//! The broker's credentials are changed while it serves: the new ones are added, Cloud Controller is told, the old ones are taken away.
use super::{Standstill, is_polled, quick, registered};
use chandler_tests::cloud_foundry::{BROKER, Login};
use serde_json::json;

const NEW: Login = Login {
    username: "second",
    password: "another s3cret, with a comma",
};
const REFUSED: &str =
    "Authentication with the service broker failed. Double-check that the username and password are correct.";

#[tokio::test]
async fn they_are_rotated_in_the_middle_of_an_operation() {
    let (mut world, cf, broker) = registered(quick()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    let with = |login: Login| json!({"authentication": login.member()});
    let username = || cf.controller.registered()[0].username.clone();
    // Nobody knows them yet: Cloud Controller keeps those that work.
    assert_eq!(admin.update_broker(&broker, &with(NEW)).await.failed(), REFUSED);
    assert_eq!(username(), BROKER.username);
    let instance = user.created("store", "small", json!({})).await;

    world
        .reload(|json| {
            json["chandler"]["credentials"] = json!([{"username": NEW.username, "password": NEW.password}]);
        })
        .await;
    Standstill::prepare(&world);
    let body = json!({"parameters": {"task_seconds": 0.2}});
    let path = format!("/v3/service_instances/{instance}");
    let job = user.begin(reqwest::Method::PATCH, &path, Some(&body)).await;
    let deploy = Standstill::reached(&world, user, &job).await;
    // Both are good now.
    admin.update_broker(&broker, &with(BROKER)).await.succeeded();
    admin.update_broker(&broker, &with(NEW)).await.succeeded();
    assert_eq!(username(), NEW.username);
    world
        .reload(|json| {
            json["broker"]["username"] = json!(NEW.username);
            json["broker"]["password"] = json!(NEW.password);
            json["chandler"].as_object_mut().unwrap().remove("credentials");
        })
        .await;
    assert!(is_polled(user, &job).await);
    deploy.ends();
    user.ended(&job, Some(&instance)).await.succeeded();

    // The old ones are nothing any more, and a mistake does no harm.
    assert_eq!(admin.update_broker(&broker, &with(BROKER)).await.failed(), REFUSED);
    assert_eq!(username(), NEW.username);
    let second = admin
        .create_broker("by-old-credentials", &world.platform.url, BROKER)
        .await;
    assert_eq!(second.failed(), REFUSED);
    let (key, _) = user.keyed(&instance, "key").await;
    cf.agrees(&world);
    user.unbind(&key).await.succeeded();
    user.delete_service(&instance).await.succeeded();
    cf.is_clean(&world);
}
