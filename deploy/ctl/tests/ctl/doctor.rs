//! `chandler doctor`.

use crate::nats::Server;
use crate::run::{Said, chandler, config};
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_proto::config::parse;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use chandler_simulators::{cloud_controller, credhub, instances_api, uaa};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SECRET: &str = "client-s3cr3t";

/// Everything that a file may name, and the file.
struct Bench {
    nats: Server,
    bosh: BoshSimulator,
    uaa: uaa::Uaa,
    _credhub: credhub::CredHub,
    cloud_controller: cloud_controller::CloudController,
    file: PathBuf,
}

impl Bench {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (nats, bosh) = (
            Server::start("", &[]),
            BoshSimulator::start(BoshOptions::default()).await.unwrap(),
        );
        let client = |id: &str, authorities: &[&str]| uaa::Client::new(id, SECRET, authorities);
        let uaa = uaa::Uaa::start(uaa::Options {
            clients: vec![
                client("runtime", &["credhub.read", "credhub.write"]),
                client("clients", &["clients.read", "clients.write", "cloud_controller.admin"]),
            ],
            ..uaa::Options::default()
        })
        .await
        .unwrap();
        let credhub = credhub::CredHub::start(credhub::Options::runtime(uaa.verifier()))
            .await
            .unwrap();
        let cloud_controller = cloud_controller::Options::new(uaa.verifier());
        let cloud_controller = cloud_controller::CloudController::start(cloud_controller)
            .await
            .unwrap();
        let section = json!({"url": bosh.url(), "root_ca_cert": bosh.ca_pem(),
            "authentication": {"basic": {"username": "admin", "password": "admin"}}});
        let bus = format!("{{urls: ['{}']}}", nats.url);
        let file = config(nats.dir.path(), &section.to_string(), &bus);
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("disable_cf_startup_checks: true", "disable_cf_startup_checks: false");
        let runtime = json!({"api_url": credhub.url(), "ca_cert": credhub.ca_pem(), "internal_uaa_ca_cert": uaa.ca_pem(),
            "client_id": "runtime", "client_secret": SECRET});
        let clients = json!({"client_id": "clients", "client_secret": SECRET});
        let cas = format!("{}\n{}", cloud_controller.ca_pem(), uaa.ca_pem());
        let cf = json!({"url": cloud_controller.url(), "root_ca_cert": cas, "uaa": {"url": uaa.url(),
            "authentication": {"client_credentials": clients}, "client_definition": {"scopes": "openid"}}});
        std::fs::write(&file, format!("{text}credhub: {runtime}\ncf: {cf}\n")).unwrap();
        let bench = Bench {
            nats,
            bosh,
            uaa,
            _credhub: credhub,
            cloud_controller,
            file,
        };
        bench.bootstrap().await;
        bench
    }

    async fn bootstrap(&self) {
        let loaded = parse(&std::fs::read_to_string(&self.file).unwrap()).unwrap();
        let section = &loaded.config.chandler;
        let bus = Bus::connect(Settings::of(section, "test").unwrap()).await.unwrap();
        bus.connected().await;
        bus.bootstrap(&BootstrapSettings::of(section)).await.unwrap();
    }

    async fn doctor(&self, more: &'static [&'static str]) -> Said {
        doctor(&self.file, more).await
    }
}

/// In a thread of its own: the simulators must be able to answer.
async fn doctor(file: &Path, more: &'static [&'static str]) -> Said {
    let file = file.to_str().unwrap().to_owned();
    let run = move || chandler(&[&["doctor", &file][..], more].concat(), &[]);
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The checks of a run with `--json`, as (name, status).
fn checks(said: &Said) -> Vec<(String, String)> {
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = told["checks"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["check"]), text(&row["status"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well() {
    let bench = Bench::start().await;
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines: Vec<_> = said.out.lines().collect();
    let names = [
        "configuration",
        "bus",
        "bus copies",
        "clock",
        "adapter",
        "director",
        "director version",
        "director credentials",
        "credhub",
        "uaa",
        "cloud controller",
    ];
    assert_eq!(lines.len(), names.len() + 1, "{said:?}");
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with(&format!("ok       {name}: ")), "{name}: {line}");
    }
    assert!(lines[names.len()].ends_with(": all is well"), "{said:?}");
    assert!(!said.err.contains("waiting"), "nothing to wait for: {said:?}");
    assert!(!said.out.contains(SECRET), "{said:?}");
    assert!(
        bench.bosh.world().tasks().is_empty() && bench.uaa.clients().len() == 5,
        "it only looks"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_what_to_do_and_ends_with_1() {
    let bench = Bench::start().await;
    bench.bosh.world().set_version(Some("256.1.0".into()));
    bench.bosh.world().set_password("another");
    bench.uaa.put_client(uaa::Client::new(
        "clients",
        SECRET,
        &["clients.read", "cloud_controller.write"],
    ));
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    for part in [
        "problem  director version: BOSH Director error: API version is insufficient, ODB requires BOSH v257+. Upgrade the Director",
        "problem  director credentials: BOSH Director error: not authenticated. Put credentials",
        "problem  uaa: the client of cf.uaa.authentication lacks clients.write: give it",
        "problem  cloud controller: CF API error: GET /v3/service_brokers of Cloud Controller was refused",
        "ok       credhub: ",
    ] {
        assert!(said.out.lines().any(|line| line.starts_with(part)), "{part}: {said:?}");
    }
    assert!(said.out.ends_with(": 4 of 10 checks are not well\n"), "{said:?}");

    let said = bench.doctor(&["--json"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let all = checks(&said);
    let wrong: Vec<_> = all
        .iter()
        .filter(|it| it.1 == "wrong")
        .map(|it| it.0.as_str())
        .collect();
    assert_eq!(
        wrong,
        ["director version", "director credentials", "uaa", "cloud controller"]
    );
    assert!(!said.out.contains(SECRET), "{said:?}");

    // Of what a process doesn't talk to nothing is asked.
    let said = bench.doctor(&["--json", "--process", "gateway"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let names: Vec<_> = checks(&said).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["bus", "bus copies", "clock"]);
    let said = bench.doctor(&["--json", "--process", "uaa-clients"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let names: Vec<_> = checks(&said).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["bus", "bus copies", "clock", "uaa", "cloud controller"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_is_waited_for_so_long_and_with_a_word() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string(&bench.file).unwrap();
    std::fs::write(&bench.file, text.replace(&bench.nats.url, "nats://127.0.0.1:1")).unwrap();
    bench.bosh.world().set_latency(Duration::from_secs(3600));
    let said = bench.doctor(&["--json", "--wait", "4"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err.contains("waiting for answers for 3 s; each may take 4 s\n"),
        "{said:?}"
    );
    let all = checks(&said);
    for (name, status) in [
        ("bus", "wrong"),
        ("bus copies", "unknown"),
        ("clock", "unknown"),
        ("director", "wrong"),
        ("director version", "unknown"),
        ("credhub", "fine"),
    ] {
        assert!(all.contains(&(name.into(), status.into())), "{name}: {all:?}");
    }
    assert!(said.out.contains("no connection within 4 s") && said.out.contains("no answer within 4 s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_was_never_set_up() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string(&bench.file).unwrap();
    let bus = format!("urls: ['{}']", bench.nats.url);
    std::fs::write(&bench.file, text.replace(&bus, &format!("{bus}, prefix: other"))).unwrap();
    let said = bench.doctor(&["--process", "errands"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let line = said
        .out
        .lines()
        .find(|line| line.starts_with("problem  bus: "))
        .unwrap();
    assert!(line.contains("chandler bus bootstrap"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_refused_ends_with_64_and_asks_nobody() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string(&bench.file).unwrap();
    std::fs::write(&bench.file, text.replace("port: 8080", "port: many")).unwrap();
    bench.bosh.world().clear_journal();
    let said = bench.doctor(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{said:?}");
    assert!(said.err.starts_with("error: broker.port: "), "{said:?}");
    let said = bench.doctor(&["--json"]).await;
    assert_eq!(said.code, Some(64), "{said:?}");
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["ok"], false);
    assert_eq!(told["configuration"]["errors"][0]["path"], "broker.port");
    assert_eq!(told["checks"], json!([]));
    assert!(bench.bosh.world().journal().counts.is_empty());

    let said = doctor(Path::new("/nowhere/broker.yml"), &["--json"]).await;
    assert_eq!(said.code, Some(64), "{said:?}");
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert!(
        told["configuration"]["errors"][0]["message"].as_str().is_some(),
        "{told}"
    );
}

/// As the provisioning worker does it: by the adapter, for each plan.
#[tokio::test(flavor = "multi_thread")]
async fn the_schemas_of_plans_are_asked_of_the_adapter() {
    let bench = Bench::start().await;
    let dir = bench.nats.dir.path();
    let adapter = dir.join("adapter");
    let does = |script: &str| {
        std::fs::write(dir.join("draft"), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(dir.join("draft"), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(dir.join("draft"), &adapter).unwrap();
    };
    let text = std::fs::read_to_string(&bench.file).unwrap();
    let text = text.replace(env!("CARGO_BIN_EXE_chandler"), adapter.to_str().unwrap());
    does("exit 10");
    std::fs::write(&bench.file, &text).unwrap();
    let said = bench.doctor(&["--json"]).await;
    assert!(
        said.code == Some(0) && !said.out.contains("plan schemas"),
        "off: {said:?}"
    );

    let on = text.replace("broker: {", "broker: {enable_plan_schemas: true, use_stdin: true, ");
    std::fs::write(&bench.file, on).unwrap();
    let problem = async |begin: &str| {
        let said = bench.doctor(&[]).await;
        assert_eq!(said.code, Some(1), "{said:?}");
        let begin = format!("problem  plan schemas: {begin}");
        assert!(
            said.out.lines().any(|line| line.starts_with(&begin)),
            "{begin}: {said:?}"
        );
        said
    };
    problem(
        "enable_plan_schemas is set to true, but the service adapter does not implement generate-plan-schemas (of ",
    )
    .await;
    does("echo s3cr3t; exit 3");
    let said = problem("external service adapter exited with 3 at ").await;
    assert!(!said.out.contains("s3cr3t"), "{said:?}");
    does("echo '{}'");
    problem("Invalid JSON Schema for plan small: Error validating plan schemas for instance create - failed validating schema - no JSON Schema provided (of small); ").await;

    let schema = json!({"parameters": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}});
    let schemas =
        json!({"service_instance": {"create": schema, "update": schema}, "service_binding": {"create": schema}});
    does(&format!("cat > {}/input; echo '{schemas}'", dir.display()));
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out
            .contains("\nok       plan schemas: those of small can be used\n"),
        "{said:?}"
    );
    let input: Value = serde_json::from_slice(&std::fs::read(dir.join("input")).unwrap()).unwrap();
    assert!(
        input["generate_plan_schemas"]["plan"]
            .as_str()
            .unwrap()
            .contains("instance_groups")
    );
    let said = bench.doctor(&["--json", "--process", "binding"]).await;
    assert!(
        checks(&said).iter().all(|it| it.0 != "plan schemas"),
        "only one worker publishes them: {said:?}"
    );
}

/// Nothing but the commands asks it, so it is asked when no process is named.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_instances_api_is_asked_for_its_list() {
    let bench = Bench::start().await;
    let instances = ["i1", "i2"].map(|id| instances_api::Instance::new(id, "p"));
    let api = instances_api::InstancesApi::start(instances_api::Options {
        instances: instances.into(),
        password: SECRET.into(),
        ..Default::default()
    });
    let api = api.await.unwrap();
    let before = std::fs::read_to_string(&bench.file).unwrap();
    let write = |section: &Value| {
        std::fs::write(&bench.file, format!("{before}service_instances_api: {section}\n")).unwrap();
    };
    let basic = json!({"basic": {"username": "lister", "password": SECRET}});
    write(&json!({"url": api.url(), "root_ca_cert": api.ca_pem(), "authentication": basic}));
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out.contains("\nok       instances api: it lists 2 instances\n"),
        "{said:?}"
    );

    let named = bench
        .doctor(&["--json", "--process", "provisioning", "--process", "gateway"])
        .await;
    assert_eq!(named.code, Some(0), "{named:?}");
    assert!(checks(&named).iter().all(|it| it.0 != "instances api"), "{named:?}");

    api.set_password("another");
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let wrong = said
        .out
        .lines()
        .find(|line| line.starts_with("problem  instances api: "))
        .unwrap();
    assert!(wrong.contains(
        "error querying instances: GET /service_instances of the service instances API was refused: wrong credentials"
    ));
    assert!(
        wrong.contains("authentication.basic") && !said.out.contains(SECRET),
        "{said:?}"
    );

    // With the check of its certificate off, and with a CA that is none.
    api.set_password(SECRET);
    write(&json!({"url": api.url(), "disable_ssl_cert_verification": true, "authentication": basic}));
    let said = bench.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err.contains("warning: service_instances_api.disable_ssl_cert_verification: the certificate of the service instances API is not checked"),
        "{said:?}"
    );
    write(&json!({"url": api.url(), "root_ca_cert": "none", "authentication": basic}));
    let said = bench.doctor(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{said:?}");
    assert!(
        said.err.starts_with("error: service_instances_api: the CA certificate"),
        "{said:?}"
    );
}

#[test]
fn it_says_what_it_does() {
    let said = chandler(&["doctor", "--help"], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for part in ["Exit code 0", "--process", "--wait", "--json", "uaa-clients"] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    assert_eq!(chandler(&["doctor"], &[]).code, Some(2));
    assert_eq!(chandler(&["doctor", "--wait", "0", "x"], &[]).code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_monitoring_of_the_bus_tells() {
    let bench = Bench::start().await;
    let (always, sometimes) = (Server::monitored("always"), Server::monitored("\"10s\""));
    let [always_url, sometimes_url] = [&always, &sometimes].map(|it| it.monitor.clone().unwrap());
    let text = std::fs::read_to_string(&bench.file).unwrap();
    let bus = format!("urls: ['{}']", bench.nats.url);
    let with = |monitors: &[&String]| {
        let monitors = format!("{bus}, monitor_urls: {monitors:?}");
        std::fs::write(&bench.file, text.replace(&bus, &monitors)).unwrap();
    };
    let line = |said: &Said, name: &str| {
        let part = format!("  {name}: ");
        said.out
            .lines()
            .find(|line| line.contains(&part))
            .unwrap_or_default()
            .to_owned()
    };
    let said = bench.doctor(&["--process", "errands"]).await;
    assert!(
        line(&said, "bus copies").ends_with("it is asked where chandler.bus.monitor_urls leads"),
        "{said:?}"
    );
    assert_eq!(line(&said, "bus sync"), "", "nobody is asked");

    with(&[&always_url]);
    let said = bench.doctor(&["--process", "errands"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(line(&said, "bus sync").starts_with("ok       bus sync: "), "{said:?}");
    assert!(!line(&said, "bus copies").contains("monitor_urls"), "{said:?}");

    with(&[&always_url, &sometimes_url]);
    let said = bench.doctor(&["--process", "errands"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let wanted = format!("problem  bus sync: the nats-server at {sometimes_url} brings writes to its disk every 10s");
    assert!(line(&said, "bus sync").starts_with(&wanted), "{said:?}");

    drop(sometimes);
    let said = bench.doctor(&["--process", "errands"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(line(&said, "bus sync").starts_with("problem  bus sync: "), "{said:?}");
    let said = bench.doctor(&["--process", "gateway"]).await;
    assert_eq!(
        (said.code, line(&said, "bus sync")),
        (Some(0), String::new()),
        "workers ask: {said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_controller_is_asked_unless_its_checks_are_off() {
    let bench = Bench::start().await;
    bench
        .cloud_controller
        .set_outage(Some(chandler_simulators::common::Outage::Connections));
    let said = bench.doctor(&["--process", "uaa-clients"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out
            .contains("\nproblem  cloud controller: CF API error: GET / of Cloud Controller"),
        "{said:?}"
    );
    let text = std::fs::read_to_string(&bench.file).unwrap();
    let text = text.replace("disable_cf_startup_checks: false", "disable_cf_startup_checks: true");
    std::fs::write(&bench.file, text).unwrap();
    let said = bench.doctor(&["--process", "uaa-clients"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.out.contains("cloud controller"), "{said:?}");
}
