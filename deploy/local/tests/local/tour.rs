//! The tour, where a configuration asks for everything that there is.

use crate::world::{Local, command, one_of, programs, sample, until};
use chandler_simulators::tls::Identity;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Through Cloud Controller: the job's properties, HTTPS, a Director that takes tokens, and both CredHubs.
#[test]
fn a_tour_with_everything() {
    let dir = tempfile::tempdir().unwrap();
    let own = Identity::generate().unwrap();
    let given = std::fs::read_to_string(one_of("redis-properties")).unwrap();
    let basic = "    basic: {username: redis-broker, password: director-secret}";
    assert!(given.contains(basic));
    let tokens = given.replace(basic, "    uaa: {client_id: director, client_secret: director-secret}");
    // With its authority behind it Cloud Controller can check it.
    let chain = format!("{}{}", own.cert_pem, own.ca_pem);
    let more = json!({"certificate": chain, "private_key": own.key_pem});
    let file = dir.path().join("properties.yml");
    std::fs::write(&file, format!("{tokens}\nenable_secure_manifests: true\ntls: {more}\n")).unwrap();
    let output = command(dir.path(), 0, &file)
        .args(["--once", "--task-seconds", "2"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    for told in [
        "simulated BOSH's UAA: https://",
        "simulated BOSH's CredHub: https://",
        "simulated CredHub: https://",
        "plan example-redis/cache-large: for ",
        "broker chandler-local: registered at https://",
        "cf enable-service-access example-redis -p replicated -o demo",
        "cf create-service example-redis cache-small first --wait",
        "    credhub-ref  /c/",
        "another app sees nothing: CredHub refuses",
        "Instance provisioning in progress: creating UAA client",
        "Instance provisioning in progress: updating UAA client",
        "    redirected to  https://dashboard.",
        "Instance update in progress: running errand health-check",
        "the catalog offers 1.2.1",
        "the marketplace has 1.2.1, too",
        "cf upgrade-service first --wait",
        "Instance upgrade in progress: running errand health-check",
        "stemcell 1.651 before, 1.652 now",
        "204: it is up to date",
        "3 VM(s), each of them new",
        "Instance recreate in progress: running errand smoke-tests",
        "Instance deletion in progress: running errand cleanup-data",
        "Instance deletion in progress: removing UAA client",
        "3 succeeded, 0 errored, 0 canceled",
        "clients at the UAA: 0",
        "credentials in BOSH's CredHub: 0",
        "create managed could not be completed: Instance provisioning failed: ",
        "broker chandler-local: deleted",
        "instances at Cloud Controller: 0",
        "orphans that it cleaned up: 0",
        "bindings that it had to poll: 0",
        "all went well.",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
    assert!(
        !out.contains("director-secret") && !out.contains("PRIVATE KEY"),
        "{out}"
    );
    let run = dir.path().join("target/local/1");
    assert!(run.join("gateway-ca.pem").exists(), "it was checked");
    let known = std::fs::read_to_string(run.join("uaa-clients.json")).unwrap();
    let known: Value = serde_json::from_str(&known).unwrap();
    let clients = known["clients"].as_array().unwrap().iter();
    let secrets = clients.map(|it| text(&it["client_secret"]));
    for secret in secrets.chain([text(&known["users"][0]["password"])]) {
        assert!(!out.contains(secret) && !err.contains(secret), "{out}");
    }
}

/// `text` without what stands from the first line that begins with `from` up to the next one that begins with `to`.
fn without(text: &str, from: &str, to: &str) -> String {
    let (before, rest) = text.split_once(&format!("\n{from}")).unwrap();
    let (_, after) = rest.split_once(&format!("\n{to}")).unwrap();
    format!("{before}\n{to}{after}")
}

/// Neither clients nor errands nor maintenance info: the workers have nothing to do, and everything else goes on. Nor is Cloud
/// Controller asked, which a sample has all the same.
#[test]
fn a_tour_with_little() {
    let dir = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(sample()).unwrap();
    let text = without(&text, "cf:", "service_adapter:");
    let text = without(&text, "  maintenance_info:", "  global_properties:");
    let text = without(&text, "    lifecycle_errands:", "  - <<: *small");
    let file = dir.path().join("broker.yml");
    std::fs::write(&file, text).unwrap();
    let output = command(dir.path(), 0, &file)
        .args(["--once", "--direct", "--task-seconds", "2"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    for told in [
        "errands: ready",
        "uaa-clients: ready",
        "broker chandler-local: registered",
        "201 Created",
        "Binding creation completed",
        "Instance recreate completed",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
    for never in [
        "UAA client",
        "errand ",
        "newer configuration",
        "Instance upgrade",
        "· cf ",
        "the UAA: ",
    ] {
        assert!(!out.contains(never), "{never}: {out}");
    }
}

/// An adapter of somebody's that needs longer for bindings than the gateway waits: Cloud Controller polls them, and the bound instance is
/// deleted by two commands.
#[test]
fn a_tour_with_a_slow_adapter() {
    let dir = tempfile::tempdir().unwrap();
    let adapter = dir.path().join("slow-adapter");
    let script = format!(
        "#!/bin/sh\ncase $1 in create-binding | delete-binding) sleep 3 ;; esac\nexec {} \"$@\"\n",
        programs().join("example-adapter").display()
    );
    std::fs::write(&adapter, script).unwrap();
    std::fs::set_permissions(&adapter, std::fs::Permissions::from_mode(0o755)).unwrap();
    let text = std::fs::read_to_string(sample()).unwrap();
    let text = without(&text, "  maintenance_info:", "  global_properties:");
    let text = without(&text, "    lifecycle_errands:", "  - <<: *small");
    let given = "/var/vcap/packages/example-kv-adapter/bin/service-adapter";
    assert!(text.contains(given) && text.contains("\nchandler:\n"));
    let text = text.replace(given, &adapter.display().to_string());
    let text = text.replace("\nchandler:\n", "\nchandler:\n  gateway: {binding_grace_seconds: 1}\n");
    let file = dir.path().join("broker.yml");
    std::fs::write(&file, text).unwrap();
    let output = command(dir.path(), 0, &file)
        .args(["--once", "--task-seconds", "2"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    let refused =
        "An operation for the service binding between app demo-app and service instance first is in progress.";
    let last = out.split_once(refused).unwrap_or_else(|| panic!("{refused}: {out}")).1;
    assert!(last.contains("cf delete-service first -f --wait"), "{out}");
    for told in [
        "the broker takes its time to unbind",
        "bindings that it had to poll, as the adapter may take longer than the grace: 3",
        "orphans that it cleaned up: 0",
        "all went well.",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
}

/// Whatever is too much outside, the tour sees it.
#[test]
fn a_tour_sees_what_does_not_belong_there() {
    let mut local = Local::start(&["--once", "--task-seconds", "2"]);
    let control = || local.current()["credhub"]["control"].as_str().map(str::to_owned);
    until("CredHub is told of", || control().is_some(), || local.said());
    let stray = json!({"path": "/c/stray", "actor": "mtls-app:nobody", "operations": ["read"]});
    let headers = ["-X", "PUT", "-H", "Content-Type: application/json", "-d"];
    curl(
        &[
            &headers[..],
            &[
                &stray.to_string(),
                &format!("{}/control/permissions", control().unwrap()),
            ],
        ]
        .concat(),
    );
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{}", local.said());
    let told = "CredHub's permissions: mtls-app:nobody may read /c/stray is too much";
    assert!(local.said().contains(told), "{}", local.said());
}

/// The same for a client at the UAA that comes while the tour is under way.
#[test]
fn a_tour_sees_a_client_that_is_no_instances() {
    let mut local = Local::start(&["--once", "--task-seconds", "2"]);
    local.says("An instance is created: ");
    let dir = local.dir.path().join("target/local/1");
    let ca = dir.join("uaa-ca.pem").display().to_string();
    let known = std::fs::read_to_string(dir.join("uaa-clients.json")).unwrap();
    let known: Value = serde_json::from_str(&known).unwrap();
    let keeps = |it: &&Value| it["authorities"].as_array().unwrap().contains(&json!("clients.write"));
    let ours = known["clients"].as_array().unwrap().iter().find(keeps).unwrap();
    let user = format!("{}:{}", text(&ours["client_id"]), text(&ours["client_secret"]));
    let uaa = text(&local.current()["uaa"]["url"]).to_owned();
    let grant = ["--cacert", &ca, "-u", &user, "-d", "grant_type=client_credentials"];
    let token: Value = serde_json::from_str(&curl(&[&grant[..], &[&format!("{uaa}/oauth/token")]].concat())).unwrap();
    let bearer = format!("Authorization: Bearer {}", text(&token["access_token"]));
    let stray = json!({"client_id": "stray", "client_secret": "s", "authorized_grant_types": ["client_credentials"]});
    let headers = [
        "--cacert",
        &ca,
        "-H",
        &bearer,
        "-H",
        "Content-Type: application/json",
        "-d",
    ];
    curl(&[&headers[..], &[&stray.to_string(), &format!("{uaa}/oauth/clients")]].concat());
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{}", local.said());
    let told = "the UAA's clients: stray is too much";
    assert!(local.said().contains(told), "{}", local.said());
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// What it answers; anything but a 2xx is a failure.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sS", "--fail"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
