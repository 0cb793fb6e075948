//! Cloud Controller and its UAA are told names and passwords as they are, whatever they are made of.
use super::quick;
use chandler_simulators::{cloud_controller::Visibility, uaa};
use chandler_tests::{
    cloud_foundry::{ADMIN_GROUPS, BROKER, CloudFoundry, SPACE, User},
    process::binary,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

/// Everything that means something in JSON, in a query, in a form, or in a list.
const ODD: &str = r#""quo\ted" & %41%2C = a+b, ä"#;
fn odd(what: &str) -> String {
    format!("{what} {ODD} {what}")
}

/// What a name could be taken for by who doesn't encode it, or reads it in another way.
fn like(name: &str) -> Vec<String> {
    let (before, after) = name.split_once(',').unwrap();
    let (cut, _) = name.split_once('&').unwrap();
    let read = name.replace("%41%2C", "A,");
    let all = [
        before,
        after,
        after.trim(),
        cut,
        cut.trim(),
        &read,
        &name.replace('+', " "),
    ];
    all.map(str::to_owned).to_vec()
}

/// A user whom the broker knows beside the usual one, and a plan for one organization.
fn with_odd_names(json: &mut Value) {
    json["chandler"]["credentials"] = json!([{"username": odd("caller"), "password": odd("s3cret")}]);
    let plan = &mut json["service_catalog"]["plans"][0];
    plan["cf_service_access"] = json!("org-restricted");
    plan["service_access_org"] = json!(odd("org"));
}

/// Runs `chandler`; what it said on stdout. It has to succeed, and to tell no secret.
async fn chandler(arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    // In a thread of its own: the simulators must be able to answer.
    let run = move || Command::new(binary("chandler")).args(arguments).env_clear().output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{out}{err}");
    for secret in ["s3cret", "p4ssw0rd"] {
        assert!(!out.contains(secret) && !err.contains(secret), "{out}{err}");
    }
    out
}

#[tokio::test]
async fn d18_odd_names_and_passwords_reach_cloud_controller_whole() {
    let world = World::start(Plan {
        change: with_odd_names,
        ..quick()
    })
    .await;
    let (organization, space, name) = (odd("org"), odd("space"), odd("broker"));
    let cf = CloudFoundry::with(&world, |options| {
        let spaces = [&like(&space)[..], &[space.clone(), SPACE.to_owned()]].concat();
        let all = [&like(&organization)[..], std::slice::from_ref(&organization)].concat();
        let all = all.into_iter().map(|it| (it, spaces.clone()));
        options.organizations.extend(all);
    })
    .await;
    let others = like(&name);
    for other in &others {
        cf.admin
            .create_broker(other, &world.platform.url, BROKER)
            .await
            .succeeded();
    }
    let (user, password) = (odd("user"), odd("p4ssw0rd"));
    cf.uaa.add_user(uaa::User::new(&user, &password, &ADMIN_GROUPS));
    let config = cf.config(&world, |json| {
        let user = json!({"username": user, "password": password});
        json["cf"]["uaa"]["authentication"] = json!({"user_credentials": user});
    });
    let config = config.to_str().unwrap();
    let home = cf.controller.space(&organization, &space).unwrap();
    let person = User::log_in(cf.controller.url(), &cf.uaa_url, &cf.cas, &user, &password)
        .await
        .targeting(&home);

    // The second time it has to find what it made, and nobody else's.
    let (url, caller) = (world.platform.url.clone(), odd("caller"));
    let register = [
        "register",
        config,
        "--name",
        &name,
        "--url",
        &url,
        "--username",
        &caller,
    ];
    for done in ["registered", "updated"] {
        let said = chandler(&register).await;
        assert!(said.starts_with(&format!("broker {name}: {done} at {url}\n")), "{said}");
        assert!(
            said.contains(&format!("plan example-kv/small: for the organization {organization}")),
            "{said}"
        );
    }
    assert_eq!(cf.controller.registered().len(), others.len() + 1);
    let broker = by_name(&cf, &name).unwrap();
    assert_eq!((broker.username, broker.password), (odd("caller"), odd("s3cret")));
    assert_eq!(
        who_sees_small(&cf, &broker.guid),
        Visibility::Organizations(only(&cf, &person, &organization).await)
    );
    // Cloud Controller knew us by our own name.
    let calls = cf.controller.journal().calls;
    assert!(calls.iter().any(|it| it.actor.as_deref() == Some(user.as_str())));

    is_used(&world, &cf, &person, &name).await;
    in_a_space(&cf, &register, &format!("{organization}/{space}"), &home).await;
    let said = chandler(&["deregister", config, "--name", &name]).await;
    assert_eq!(said, format!("broker {name}: deleted\n"));
    assert_eq!(cf.controller.registered().len(), others.len(), "and nobody else's");
}

fn by_name(cf: &CloudFoundry, name: &str) -> Option<chandler_simulators::cloud_controller::Broker> {
    cf.controller.registered().into_iter().find(|it| it.name == name)
}

fn who_sees_small(cf: &CloudFoundry, broker: &str) -> Visibility {
    let offering = cf
        .controller
        .offerings()
        .into_iter()
        .find(|it| it.broker == broker)
        .unwrap();
    let plans = cf.controller.plans().into_iter();
    let mut small = plans.filter(|it| it.offering == offering.guid && it.name == "small");
    small.next().unwrap().visibility
}

/// The guid of the organization of this name, as a set.
async fn only(cf: &CloudFoundry, person: &User, name: &str) -> BTreeSet<String> {
    let found = person.get(&format!("/v3/spaces/{}", person.space)).await;
    let guid = found["relationships"]["organization"]["data"]["guid"]
        .as_str()
        .unwrap()
        .to_owned();
    let row = cf.admin.get(&format!("/v3/organizations/{guid}")).await;
    assert_eq!(row["name"], json!(name));
    BTreeSet::from([guid])
}

/// The broker takes the password, and its users may be called anything.
async fn is_used(world: &World, cf: &CloudFoundry, person: &User, broker: &str) {
    let broker = by_name(cf, broker).unwrap().guid;
    let query = [("names", "small"), ("service_broker_guids", broker.as_str())];
    let plan = person.one("/v3/service_plans", &query).await;
    let plan = plan["guid"].as_str().unwrap();
    let (instance, job) = person.create_service("odd", plan, json!({})).await;
    person.ended(&job, Some(&instance)).await.succeeded();
    let (key, credentials) = person.keyed(&instance, "key").await;
    assert!(!credentials["password"].is_null() && credentials["password"] == world.users(&instance)[&key]["password"]);
    person.unbind(&key).await.succeeded();
    person.delete_service(&instance).await.succeeded();
    cf.is_clean(world);
}

async fn in_a_space(cf: &CloudFoundry, register: &[&str], space: &str, guid: &str) {
    let mut register = register.to_vec();
    let name = odd("scoped");
    let at = register.iter().position(|it| *it == "--name").unwrap();
    register[at + 1] = &name;
    chandler(&[&register[..], &["--space", space]].concat()).await;
    let broker = by_name(cf, &name).unwrap();
    assert_eq!(broker.space.as_deref(), Some(guid));
    let config = register[1];
    chandler(&["deregister", config, "--name", &name]).await;
    assert!(by_name(cf, &name).is_none());
}
