//! `chandler config check` of a file with a mistake of every kind.

use crate::run::chandler;

/// A mistake in a file: the line that has it, the key that is told, and how the remark begins.
const MISTAKES: [(&str, &str, &str); 15] = [
    // A key given twice.
    ("  port: 8081", "broker.port", "is given twice"),
    // The wrong shape.
    ("  use_stdin: perhaps", "broker.use_stdin", "must be true or false"),
    // Half of a pair.
    (
        "  tls: {cert_file: /etc/broker.crt}",
        "broker.tls.key_file",
        "Invalid TLS config - missing broker.tls.key_file",
    ),
    // Two where one is wanted.
    (
        "  authentication: {basic: {username: a, password: b}, uaa: {client_credentials: {client_id: c, client_secret: d}}}",
        "bosh.authentication",
        "BOSH configuration error: cannot specify both",
    ),
    // A version that moves.
    (
        "  - {name: kv, version: 3112.latest, jobs: [kv-server]}",
        "service_deployment.releases[0].version",
        "You must configure the exact release and stemcell versions",
    ),
    // A key that is missing.
    (
        "  service_description:",
        "service_catalog.service_description",
        "Invalid service_catalog config - must specify service_description",
    ),
    // What the platform would refuse.
    ("  requires: [root]", "service_catalog.requires[0]", "must be one of"),
    (
        "  maintenance_info: {version: one}",
        "service_catalog.maintenance_info.version",
        "maintenance_info.version must respect semver",
    ),
    // The id of another one.
    (
        "  - plan_id: p1 # again",
        "service_catalog.plans[1].plan_id",
        "is also that of service_catalog.plans[0]",
    ),
    (
        "    instance_groups: [{name: kv, vm_type: small, instances: 1, azs: [z1]}] # nowhere",
        "service_catalog.plans[1].instance_groups[0].networks",
        "Invalid instance group config - must specify networks",
    ),
    (
        "    update: {max_in_flight: half}",
        "service_catalog.plans[1].update.max_in_flight",
        "MaxInFlight must be either an integer or a percentage. Got half",
    ),
    (
        "    quotas: {service_instance_limit: -1}",
        "service_catalog.plans[1].quotas.service_instance_limit",
        "must be from 0 to",
    ),
    (
        "      post_deploy: [{name: check, instances: [kv/0/1]}]",
        "service_catalog.plans[1].lifecycle_errands.post_deploy[0].instances[0]",
        "Must specify pool or instance 'kv/0/1'",
    ),
    (
        "    binding_with_dns: [{name: a, link_provider: kv, instance_group: kv, properties: {status: well}}]",
        "service_catalog.plans[1].binding_with_dns[0].properties.status",
        "Invalid binding with dns config - status must be one of",
    ),
    // Out of range.
    ("  lanes: {user: 0}", "chandler.lanes.user", "must be from 1 to 100000"),
];

const MISTAKEN: &str = "
broker:
  port: 8080
  port: 8081
  username: broker
  password: p4ssw0rd
  use_stdin: perhaps
  tls: {cert_file: /etc/broker.crt}
  disable_cf_startup_checks: true
bosh:
  url: https://bosh
  authentication: {basic: {username: a, password: b}, uaa: {client_credentials: {client_id: c, client_secret: d}}}
service_adapter: {path: ADAPTER}
service_deployment:
  releases:
  - {name: kv, version: 3112.latest, jobs: [kv-server]}
  stemcells: [{os: ubuntu-jammy, version: 1.651}]
service_catalog:
  id: s1
  service_name: kv
  service_description:
  bindable: true
  plan_updatable: true
  requires: [root]
  maintenance_info: {version: one}
  plans:
  - plan_id: p1
    name: small
    description: Small
    instance_groups: [{name: kv, vm_type: small, instances: 1, networks: [n], azs: [z1]}]
  - plan_id: p1 # again
    name: large
    description: Large
    instance_groups: [{name: kv, vm_type: small, instances: 1, azs: [z1]}] # nowhere
    update: {max_in_flight: half}
    quotas: {service_instance_limit: -1}
    lifecycle_errands:
      post_deploy: [{name: check, instances: [kv/0/1]}]
    binding_with_dns: [{name: a, link_provider: kv, instance_group: kv, properties: {status: well}}]
chandler:
  seal: {fingerprint_key: KEY, keys: [{id: k1, key: KEY}]}
  lanes: {user: 0}
";

#[test]
fn fifteen_mistakes_are_fifteen_findings_of_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    let text = MISTAKEN
        .replace("ADAPTER", env!("CARGO_BIN_EXE_chandler"))
        .replace("KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    std::fs::write(&file, &text).unwrap();
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{said:?}");
    let (errors, last) = said.err.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(last, format!("{}: 15 errors, no warnings", file.display()));
    let told: Vec<_> = errors.lines().collect();
    assert_eq!(told.len(), MISTAKES.len(), "{errors}");
    for (line, path, begins) in MISTAKES {
        let number = 1 + text
            .lines()
            .position(|it| it == line)
            .unwrap_or_else(|| panic!("{line}"));
        let (begins, ends) = (format!("error: {path}: {begins}"), format!(" (line {number})"));
        let told = told.iter().filter(|it| it.starts_with(&begins) && it.ends_with(&ends));
        assert_eq!(told.count(), 1, "{begins} …{ends}\n{errors}");
    }
    assert!(!said.err.contains("p4ssw0rd"), "{said:?}");
}
