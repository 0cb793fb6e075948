//! The configuration of nats-server that we ship.

use crate::nats::{Server, program};
use crate::run::{chandler, config};
use bytes::Bytes;
use chandler_bus::{BootstrapSettings, Bus, Rung, Seen, Settings, Wake};
use chandler_proto::layout::{Lane, Layout, schemas_key};
use chandler_proto::secret::Secret;
use chandler_proto::step::Worker;
use chandler_simulators::tls::Identity;
use std::process::Command;
use std::time::Duration;

const ROLES: &str = include_str!("../../../nats/roles.conf");
const SERVER: &str = include_str!("../../../nats/server.conf");
const ENV: [(&str, &str); 9] = [
    ("CHANDLER_NATS_NAME", "nats-z1"),
    ("CHANDLER_NATS_ZONE_TAG", "az:z1"),
    ("CHANDLER_NATS_GATEWAY_PASSWORD", "pw-gateway"),
    ("CHANDLER_NATS_PROVISIONING_PASSWORD", "pw-provisioning"),
    ("CHANDLER_NATS_BINDING_PASSWORD", "pw-binding"),
    ("CHANDLER_NATS_ERRANDS_PASSWORD", "pw-errands"),
    ("CHANDLER_NATS_UAA_CLIENTS_PASSWORD", "pw-uaa-clients"),
    ("CHANDLER_NATS_OPERATOR_PASSWORD", "pw-operator"),
    ("CHANDLER_NATS_SYSTEM_PASSWORD", "pw-system"),
];

#[test]
fn only_the_operator_may_make_streams() {
    let nats = Server::start(ROLES, &ENV);
    let file = config(nats.dir.path(), "{}", &format!("{{urls: ['{}']}}", nats.url));
    let run = &|user: &str, password: &str| {
        let file = file.to_str().unwrap();
        let env = [("CHANDLER_BUS_USER", user), ("CHANDLER_BUS_PASSWORD", password)];
        chandler(&["bus", "bootstrap", "--wait", "3", "--config", file], &env)
    };
    std::thread::scope(|threads| {
        let others = [
            ("gateway", "pw-gateway"),
            ("provisioning", "pw-provisioning"),
            ("binding", "pw-binding"),
            ("errands", "pw-errands"),
            ("uaa-clients", "pw-uaa-clients"),
        ];
        for (user, password) in others {
            threads.spawn(move || {
                let said = run(user, password);
                assert_eq!(said.code, Some(69), "{user}: {said:?}");
                assert_eq!(said.out, "", "{user}");
                assert!(said.err.contains("Permissions Violation"), "{user}: {said:?}");
            });
        }
    });
    let said = run("operator", "wrong");
    assert_eq!(said.code, Some(69), "{said:?}");
    let said = run("operator", "pw-operator");
    assert_eq!(said.code, Some(65), "no Director was given: {said:?}");
    for worker in Worker::ALL {
        for lane in ["user", "batch"] {
            let line = format!("consumer {}-{lane}: created", worker.name());
            assert!(said.out.lines().any(|it| it == line), "{line}: {said:?}");
        }
    }
    let file = file.to_str().unwrap();
    let said = chandler(&["bus", "bootstrap", "--user", "operator", "--config", file], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    assert!(said.err.contains("CHANDLER_BUS_PASSWORD"), "{said:?}");
}

/// A connection as one of the users.
async fn bus(nats: &Server, user: &str) -> Bus {
    let settings = Settings {
        urls: vec![nats.url.clone()],
        user: Some(user.into()),
        password: Some(Secret::new(format!("pw-{user}"))),
        ca_pem: None,
        layout: Layout::new("chandler").unwrap(),
        name: user.into(),
    };
    let bus = Bus::connect(settings).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), bus.connected())
        .await
        .unwrap();
    bus
}

fn wake(worker: &str, job: &str) -> Wake {
    Wake {
        worker: worker.into(),
        lane: Lane::User,
        job: job.into(),
        leg: 1,
        key: "instance.i".into(),
        revision: 1,
        traceparent: None,
        tracestate: None,
    }
}

/// Every worker of instances may do what a turn does: its next leg is another one's, mostly.
#[tokio::test(flavor = "multi_thread")]
async fn workers_of_instances_may_do_their_work_and_nothing_else() {
    let nats = Server::start(ROLES, &ENV);
    let wanted = BootstrapSettings::new(Worker::ALL.iter().map(|worker| worker.name()));
    let made = bus(&nats, "operator").await.bootstrap(&wanted).await.unwrap();
    assert_eq!(made.len(), 3 + 2 * Worker::ALL.len(), "{made:#?}");
    let instances = [Worker::Provisioning, Worker::Errands, Worker::UaaClients].map(Worker::name);
    for user in instances {
        let bus = bus(&nats, user).await;
        assert_eq!(bus.check(&wanted).await, Ok(()), "{user}");
        bus.clock_skew(|| 0).await.unwrap();
        let key = format!("instance.of-{user}");
        let revision = bus.write(&key, Bytes::from_static(b"1"), 0).await.unwrap();
        bus.write(&key, Bytes::from_static(b"2"), revision).await.unwrap();
        let stored = bus.read(&key).await.unwrap().entry.unwrap();
        assert_eq!(stored.value.as_ref(), b"2", "{user}");
        bus.publish_event("instance.tested", Bytes::from_static(b"{}"))
            .await
            .unwrap();
        for next in instances {
            assert_eq!(bus.wake(&wake(next, user)).await.unwrap(), Rung::New, "{user}: {next}");
        }
        let mut source = bus.wakes(user, Lane::User).await.unwrap();
        bus.wakes(user, Lane::Batch).await.unwrap();
        let wakes = source.fetch(10, Duration::from_secs(1)).await.unwrap();
        let rung = wakes
            .iter()
            .any(|wake| wake.as_ref().is_ok_and(|it| it.wake.job == user));
        assert!(rung, "{user}: {wakes:?}");
        for delivery in wakes {
            delivery.unwrap().ack().await.unwrap();
        }
    }
    // What is refused is never answered: all at once.
    let foreign = async |user: &str| {
        let bus = bus(&nats, user).await;
        for key in ["binding.i.b", "meta.complete"] {
            assert!(
                bus.write(key, Bytes::from_static(b"1"), 0).await.is_err(),
                "{user}: {key}"
            );
            assert!(bus.read(key).await.unwrap().entry.is_none(), "{user}: {key}");
        }
        assert!(bus.wake(&wake("binding", user)).await.is_err(), "{user}");
        let mut source = bus.wakes("provisioning", Lane::User).await.unwrap();
        let taken = source.fetch(10, Duration::from_secs(1)).await.unwrap_or_default();
        assert!(taken.is_empty(), "{user}: {taken:?}");
    };
    tokio::join!(foreign("errands"), foreign("uaa-clients"));
    let provisioning = bus(&nats, "provisioning").await;
    let mut source = provisioning.wakes("provisioning", Lane::User).await.unwrap();
    let waiting = source.fetch(10, Duration::from_secs(1)).await.unwrap();
    assert_eq!(waiting.len(), 2, "there was something to take");
}

/// What the schemas of a plan are is for who runs the adapter to say.
#[tokio::test(flavor = "multi_thread")]
async fn only_provisioning_publishes_schemas_and_the_gateway_hears_of_them() {
    let nats = Server::start(ROLES, &ENV);
    let wanted = BootstrapSettings::new(Worker::ALL.iter().map(|worker| worker.name()));
    bus(&nats, "operator").await.bootstrap(&wanted).await.unwrap();
    let key = schemas_key("a plan");
    let provisioning = bus(&nats, "provisioning").await;
    let revision = provisioning.write(&key, Bytes::from_static(b"1"), 0).await.unwrap();
    let refused = async |user: &str| {
        let bus = bus(&nats, user).await;
        let written = bus.write(&key, Bytes::from_static(b"2"), revision).await;
        assert!(written.is_err(), "{user}");
    };
    tokio::join!(
        refused("gateway"),
        refused("binding"),
        refused("errands"),
        refused("uaa-clients"),
        refused("operator")
    );
    let gateway = bus(&nats, "gateway").await;
    let read = gateway.read(&key).await.unwrap();
    assert_eq!(read.entry.unwrap().value.as_ref(), b"1");
    let mut watch = gateway.watch().await;
    let heard = async {
        loop {
            if let Seen::Change(change) = watch.next().await {
                return change;
            }
        }
    };
    let change = tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap();
    assert_eq!(
        (change.key.as_str(), change.value.as_deref()),
        (key.as_str(), Some(&b"1"[..]))
    );
}

#[test]
fn the_server_of_production_is_one_that_nats_takes() {
    let dir = tempfile::tempdir().unwrap();
    let identity = Identity::generate().unwrap();
    let certificates = dir.path().display().to_string();
    for (file, text) in [
        ("server.crt", identity.cert_pem.as_str()),
        ("server.key", identity.key_pem.as_str()),
        ("ca.crt", identity.ca_pem.as_str()),
        ("roles.conf", ROLES),
        (
            "server.conf",
            &SERVER.replace("/var/vcap/jobs/nats/config", &certificates),
        ),
    ] {
        std::fs::write(dir.path().join(file), text).unwrap();
    }
    let said = Command::new(program())
        .arg("-t")
        .arg("-c")
        .arg(dir.path().join("server.conf"))
        .envs(ENV)
        .output();
    let said = said.unwrap();
    assert!(said.status.success(), "{said:?}");
    assert!(SERVER.lines().any(|line| line.trim() == "sync_interval: always"));
}
