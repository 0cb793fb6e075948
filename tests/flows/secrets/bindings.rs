//! Whatever is secret about bindings and about UAA clients of instances: it was used, and nothing that is kept or sent holds it.
use super::hunt::{Hunt, Tap, files, logs, spans};
use chandler_tests::{
    bindings::{APP, Style},
    otlp::Collector,
    platform::Platform,
    process::Process,
    settings::SMALL,
    systems::UaaClientOf,
    wait,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

const I: &str = "marked";
const NOTE: &str = "M4RK of a note/0815+x=y&z";
const PASSWORD: &str = "M4RK of a password/4711+x=y&z";
const DIRECTOR: &str = "s3cret-of-the-user-at-the-director";
const LIMIT: Duration = Duration::from_secs(60);

async fn start(secure: bool, collector: &Collector) -> World {
    let env = [
        ("CHANDLER_LOG", "trace"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
    ];
    let world = World::start(Plan {
        secure,
        secure_manifests: secure,
        director_by_uaa: secure,
        uaa_clients: true,
        errands: true,
        dns: 1,
        change: |json| {
            json["broker"]["expose_operational_errors"] = json!(true);
            let user = json["bosh"]["authentication"].get_mut("basic");
            user.into_iter().for_each(|user| user["password"] = json!(DIRECTOR));
        },
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..Plan::default()
    })
    .await;
    world.director.set_password(DIRECTOR);
    world
}

/// Instances with clients, one that is changed and one that fails; adds their secrets to the hunt.
async fn with_clients(world: &World, hunt: &mut Hunt) {
    let p = &world.platform;
    p.provision(I, json!({"password": PASSWORD})).await;
    p.changed(I, &Platform::update_body(SMALL, json!({"task_seconds": 0})))
        .await;
    let fails = json!({"fail_at_stage": "Updating instance"});
    let operation = p.accepted(p.put("failing", fails)).await;
    let (answer, _) = p.ended("failing", &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    for instance in [I, "failing"] {
        let client = world.client(instance).unwrap();
        hunt.add(format!("the client secret of {instance}"), &client.secrets[0]);
    }
    assert!(hunt.found(answer.body.to_string().as_bytes()).is_empty(), "{answer:?}");
    let manifest = world.manifest(I)["properties"]["uaa_client"].to_string();
    let secure = world.systems.bosh_credhub.is_some();
    assert_eq!(
        hunt.found(manifest.as_bytes()).is_empty(),
        secure,
        "the deployment knows it"
    );
    p.deprovision("failing").await;
}

/// Binds in every way, well and badly, and adds what the service made to the hunt.
async fn bind_in_every_way(world: &World, hunt: &mut Hunt) {
    let p = &world.platform;
    let waited = p
        .send(p.bind(I, "waited", json!({"note": NOTE}), Style::Synchronous))
        .await;
    assert_eq!(waited.status, 201, "{waited:?}");
    let polled = p.bound(I, "polled", json!({"note": NOTE})).await;
    assert_eq!(world.users(I)["waited"]["note"], NOTE, "the adapter got it");
    assert_eq!(
        world.users(I)["polled"]["authorised_by"],
        PASSWORD,
        "the service knows it"
    );
    for (binding, body) in [("waited", &waited.body), ("polled", &polled)] {
        let password = &world.users(I)[binding]["password"];
        assert_eq!(
            resolved(world, &body["credentials"])["password"],
            *password,
            "the platform got it"
        );
    }
    // Ones that fail when the user is there, or before.
    for (binding, parameters) in [
        ("garbled", json!({"note": NOTE, "malformed_output": true})),
        ("exited", json!({"note": NOTE, "adapter_exit_after_code": 1})),
        ("large", json!({"note": NOTE, "output_kb": 400})),
        ("refused", json!({"note": NOTE, "nonsense": NOTE})),
        ("other", json!(NOTE)),
    ] {
        let operation = p.send(p.bind(I, binding, parameters, Style::Asynchronous)).await;
        let Some(operation) = operation.body["operation"].as_str() else {
            assert_eq!((binding, operation.status.as_u16()), ("other", 400), "{operation:?}");
            continue;
        };
        let (answer, _) = p.binding_ended(I, binding, operation, LIMIT).await;
        assert_eq!(answer.body["state"], "failed", "{binding}: {answer:?}");
        assert!(hunt.found(answer.body.to_string().as_bytes()).is_empty(), "{answer:?}");
    }
    let users = world.users(I);
    assert!(
        users.contains_key("garbled") && users.contains_key("large"),
        "{:?}",
        users.keys()
    );
    for (binding, user) in users {
        hunt.add(format!("the password of {binding}"), user["password"].as_str().unwrap());
    }
}

/// What the bound app gets.
fn resolved(world: &World, credentials: &Value) -> Value {
    if world.systems.credhub.is_none() {
        return credentials.clone();
    }
    let services = json!({"kv": [{"credentials": credentials}]});
    let seen = world
        .credhub()
        .interpolate_as(&format!("mtls-app:{APP}"), &services)
        .unwrap();
    seen["kv"][0]["credentials"].clone()
}

/// The broker's secrets at other systems, each of which has been used.
async fn of_the_broker(world: &World, hunt: &mut Hunt) {
    hunt.add("the platform's password in a header", "YnJva2VyOnNlY3JldA");
    hunt.add("the seal key", &"AQEB".repeat(8));
    let of = UaaClientOf::Instances;
    assert!(world.uaa().tokens_issued(of.id()) >= 2, "by two workers");
    hunt.add(format!("the secret of {of:?}"), of.secret());
    if world.systems.credhub.is_none() {
        assert!(world.director.journal().count("POST /deployments") > 0);
        return hunt.add("the Director's password", DIRECTOR);
    }
    for of in [UaaClientOf::Director, UaaClientOf::CredHub, UaaClientOf::BoshCredHub] {
        assert!(world.uaa().tokens_issued(of.id()) > 0, "{of:?} was used");
        hunt.add(format!("the secret of {of:?}"), of.secret());
    }
    // All tokens begin alike: with the name of the key that they are signed with.
    let ca = reqwest::Certificate::from_pem(world.uaa().ca_pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    let of = UaaClientOf::CredHub;
    let asked = http
        .post(format!("{}/oauth/token", world.uaa().url()))
        .basic_auth(of.id(), Some(of.secret()));
    let asked = asked.header("Content-Type", "application/x-www-form-urlencoded");
    let token: Value = asked
        .body("grant_type=client_credentials")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = token["access_token"].as_str().unwrap();
    hunt.add("a token", token.split('.').next().unwrap());

    let vault = world.bosh_credhub();
    let names = vault.names();
    assert_eq!(names.len(), 3, "{names:?}");
    let value = |end: &str| {
        vault
            .get(names.iter().find(|name| name.ends_with(end)).unwrap())
            .unwrap()
    };
    assert_eq!(value("/password"), PASSWORD);
    for member in ["certificate", "private_key"] {
        hunt.add(
            format!("the {member} in BOSH's CredHub"),
            value("/tls")[member].as_str().unwrap(),
        );
    }
}

async fn ended(process: &mut Process) {
    process.stop();
    wait::until(&format!("{} has stopped", process.name), LIMIT, || {
        let ended = process.ended();
        async move { ended }
    })
    .await;
}

async fn nothing_secret_is_kept_or_sent(secure: bool) {
    let collector = Collector::start().await;
    let runs = tempfile::tempdir().unwrap();
    let mut world = start(secure, &collector).await;
    world.service.control(&json!({"record_dir": runs.path()}));
    let tap = Tap::start(&world).await;
    let mut hunt = Hunt::default();
    hunt.add("a parameter of a binding", NOTE);
    hunt.add("a parameter of an instance", PASSWORD);
    with_clients(&world, &mut hunt).await;
    bind_in_every_way(&world, &mut hunt).await;
    of_the_broker(&world, &mut hunt).await;
    let p = &world.platform;
    assert_eq!(p.send(p.unbind(I, "waited", Style::Synchronous)).await.status, 200);
    p.deprovision(I).await;

    // What they still had to say, they have said then.
    for process in world.processes() {
        ended(process).await;
    }
    let mut places = tap.places().await;
    world.nats.process.kill();
    places.extend(files(&world.nats.store));
    places.extend(logs(&world));
    places.extend(spans(&collector));
    places.extend(arguments(runs.path()));
    check_that_it_looks_everywhere(&places);
    println!(
        "{} secrets, {} places, {} bytes",
        hunt.all(),
        places.len(),
        places.iter().map(|(_, b)| b.len()).sum::<usize>()
    );
    hunt.must_find_nothing(&places);
    let received = files(runs.path())
        .into_iter()
        .any(|(_, run)| hunt.found(&run).contains(&"a parameter of a binding"));
    assert!(received, "the hunt finds it where it is");
}

/// What everybody on the machine sees of the adapter's runs.
fn arguments(runs: &Path) -> Vec<(String, Vec<u8>)> {
    let seen = |(name, run): (String, Vec<u8>)| {
        let run: Value = serde_json::from_slice(&run).unwrap();
        (
            format!("the arguments in {name}"),
            json!([run["argv"], run["env"], run["env_names"]])
                .to_string()
                .into_bytes(),
        )
    };
    files(runs).into_iter().map(seen).collect()
}

fn check_that_it_looks_everywhere(places: &[(String, Vec<u8>)]) {
    let holds = |place: &str, text: &str| {
        let of =
            |(name, bytes): &&(String, Vec<u8>)| name.contains(place) && String::from_utf8_lossy(bytes).contains(text);
        let names = || places.iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert!(
            places.iter().any(|it| of(&it)),
            "no {text:?} in {place}: {:#?}",
            names()
        );
    };
    holds("sent over the bus", "binding.marked.polled");
    holds("messages of the stream KV_chandler-records", "\"waited\"");
    holds("/jetstream/", "binding.marked.polled");
    for process in ["gateway", "provisioning", "binding", "errands", "uaa-clients"] {
        holds(&format!("{process}-0.log"), "\"level\":\"TRACE\"");
        holds(&format!("of chandler-{process}"), "");
    }
    holds("nats-server.log", "Server is ready");
    holds("the arguments in", "create-binding");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_credentials_in_the_answer() {
    nothing_secret_is_kept_or_sent(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_in_credhub() {
    nothing_secret_is_kept_or_sent(true).await;
}
