//! The configuration of nats-server that we ship.

use crate::nats::{Server, program};
use crate::run::{chandler, config};
use chandler_simulators::tls::Identity;
use std::process::Command;

const ROLES: &str = include_str!("../../../nats/roles.conf");
const SERVER: &str = include_str!("../../../nats/server.conf");
const ENV: [(&str, &str); 7] = [
    ("CHANDLER_NATS_NAME", "nats-z1"),
    ("CHANDLER_NATS_ZONE_TAG", "az:z1"),
    ("CHANDLER_NATS_GATEWAY_PASSWORD", "pw-gateway"),
    ("CHANDLER_NATS_PROVISIONING_PASSWORD", "pw-provisioning"),
    ("CHANDLER_NATS_BINDING_PASSWORD", "pw-binding"),
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
    assert!(said.out.contains("consumer provisioning-batch: created"), "{said:?}");
    let file = file.to_str().unwrap();
    let said = chandler(&["bus", "bootstrap", "--user", "operator", "--config", file], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    assert!(said.err.contains("CHANDLER_BUS_PASSWORD"), "{said:?}");
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
