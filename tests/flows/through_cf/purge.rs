//! Cloud Controller is told to forget instances. The broker isn't asked, so it keeps what it made: this says exactly what, and how an operator gets rid of
//! it. `tests/README.md` has the table.
use super::{Standstill, quick, registered};
use chandler_tests::{
    cloud_foundry::{CloudFoundry, Difference, NAME, Names},
    wait,
    world::{Plan, World},
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

/// What an instance leaves behind everywhere.
fn full() -> Plan {
    Plan {
        secure: true,
        uaa_clients: true,
        ..quick()
    }
}

fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> Names {
    all.into_iter().map(str::to_owned).collect()
}

/// What is left of these instances and bindings (`<instance>/<binding>`), and nothing else; told to people.
fn leaves(world: &World, cf: &CloudFoundry, what: &str, instances: &[&str], bindings: &[&str]) {
    let found = cf.compare(world);
    println!(
        "{what} leaves behind: {} deployments, {} users of the service, {} credentials in CredHub, {} UAA clients",
        found.deployments.len(),
        found.users.len(),
        found.credentials.len(),
        found.clients.len()
    );
    let wanted = Difference {
        deployments: names(instances.iter().copied()),
        users: names(bindings.iter().copied()),
        credentials: names(bindings.iter().copied()),
        clients: names(instances.iter().copied()),
        missing: Names::new(),
    };
    assert_eq!(found, wanted, "{what}");
}

/// The broker still has it: it answers, it counts, and it can be deleted there by its guid.
async fn is_deleted_at_the_broker(world: &World, instance: &str) {
    let p = &world.platform;
    assert_eq!(p.send(p.get(instance)).await.status, StatusCode::OK);
    p.deprovision(instance).await;
    assert_eq!(p.send(p.get(instance)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_purged_instance_stays_at_the_broker_until_it_is_deleted_there() {
    let (world, cf, _) = registered(Plan {
        change: |json| {
            json["service_catalog"]["plan_updatable"] = json!(true);
            json["service_catalog"]["plans"][0]["quotas"] = json!({"service_instance_limit": 2});
        },
        ..full()
    })
    .await;
    let (admin, user) = (&cf.admin, &cf.developer);
    let (one, other) = tokio::join!(
        user.created("purged", "small", json!({})),
        user.created("kept", "small", json!({}))
    );
    let (key, _) = user.keyed(&one, "key").await;
    let (kept, credentials) = user.keyed(&other, "key").await;
    // A developer may not.
    let path = format!("/v3/service_instances/{one}?purge=true");
    let refused = user.ask(Method::DELETE, &path, None).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let before = cf.controller.outgoing().len();
    admin.purge_service(&one).await;
    assert_eq!(cf.controller.outgoing().len(), before, "the broker isn't told");
    leaves(
        &world,
        &cf,
        "cf purge-service-instance",
        &[&one],
        &[&format!("{one}/{key}")],
    );

    // The other one is as it was. The one that is forgotten counts: the broker knows of no purge.
    assert_eq!(user.credentials(&kept).await, credentials);
    let plan = user.plan("small").await;
    let (again, job) = user.create_service("purged", &plan, json!({})).await;
    let full = user.ended(&job, Some(&again)).await.failed();
    assert!(full.contains("plan instance limit exceeded for service ID"), "{full}");
    is_deleted_at_the_broker(&world, &one).await;
    let again = user.created("purged", "small", json!({})).await;
    assert_ne!(again, one);
    cf.agrees(&world);
    // The other way round: what the operator deletes at the broker is missing, and Cloud Controller's delete is content with that.
    is_deleted_at_the_broker(&world, &again).await;
    let missing = ["deployment", "client"].map(|what| format!("{what} {again}"));
    let wanted = Difference {
        missing: names(missing.iter().map(String::as_str)),
        ..Difference::default()
    };
    assert_eq!(cf.compare(&world), wanted);
    user.unbind(&kept).await.succeeded();
    for instance in [&other, &again] {
        user.delete_service(instance).await.succeeded();
    }
    cf.is_idle().await;
    cf.is_clean(&world);
}

#[tokio::test]
async fn what_is_purged_while_it_is_made_is_made_all_the_same() {
    let (world, cf, _) = registered(full()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    Standstill::prepare(&world);
    let plan = user.plan("small").await;
    let (instance, job) = user.create_service("purged", &plan, json!({})).await;
    let deploy = Standstill::reached(&world, user, &job).await;
    admin.purge_service(&instance).await;
    let text = user.ended(&job, None).await.failed();
    assert_eq!(text, format!("The service instance could not be found: {instance}."));
    cf.is_idle().await;
    // Nobody polls any more; the broker goes on to the end.
    deploy.ends();
    wait::until("it is made", Duration::from_secs(30), || async {
        let answer = world.platform.send(world.platform.get(&instance)).await;
        (answer.status == StatusCode::OK).then_some(())
    })
    .await;
    leaves(
        &world,
        &cf,
        "cf purge-service-instance of one that is being made",
        &[&instance],
        &[],
    );
    is_deleted_at_the_broker(&world, &instance).await;
    cf.is_clean(&world);
}

#[tokio::test]
async fn a_purged_offering_leaves_all_its_instances_and_comes_back_with_the_next_look() {
    let (world, cf, broker) = registered(full()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    let (one, other) = tokio::join!(
        user.created("one", "small", json!({})),
        user.created("other", "large", json!({}))
    );
    let (key, _) = user.keyed(&one, "key").await;
    let app = user.create_app("app").await;
    user.bind_app(&other, &app).await.succeeded();
    let binding = user.app_binding(&other, &app).await;
    let offering = cf.controller.offerings()[0].guid.clone();
    admin.purge_offering(&offering).await;
    assert!(cf.controller.instances().is_empty() && cf.controller.bindings().is_empty());
    assert!(cf.controller.offerings().is_empty() && cf.controller.plans().is_empty());
    let bindings = [format!("{one}/{key}"), format!("{other}/{binding}")];
    let bindings: Vec<_> = bindings.iter().map(String::as_str).collect();
    leaves(&world, &cf, "cf purge-service-offering", &[&one, &other], &bindings);

    // The broker itself is still registered, and offers again what it has; who may see it was forgotten.
    assert_eq!(admin.broker(NAME).await, broker);
    admin.refresh_broker(&broker, &world.platform.url).await.succeeded();
    assert!(
        user.list("/v3/service_plans", &[("service_broker_names", NAME)])
            .await
            .is_empty()
    );
    assert_ne!(cf.controller.offerings()[0].guid, offering);
    admin.enable_access(NAME).await;
    let new = user.created("one", "small", json!({})).await;
    user.delete_service(&new).await.succeeded();
    leaves(&world, &cf, "the same, later,", &[&one, &other], &bindings);
    // Nothing keeps the broker from being deleted.
    admin.broker_deleted(&broker).await;
    tokio::join!(
        is_deleted_at_the_broker(&world, &one),
        is_deleted_at_the_broker(&world, &other)
    );
    cf.is_clean(&world);
}
