//! The tour, where a configuration asks for everything that there is.

use crate::world::{Local, command, sample, until};
use chandler_simulators::tls::Identity;
use serde_json::json;
use std::process::Command;

/// The job's properties, HTTPS, a Director that takes tokens, and both CredHubs.
#[test]
fn a_tour_with_everything() {
    let dir = tempfile::tempdir().unwrap();
    let own = Identity::generate().unwrap();
    let properties = sample().with_file_name("sample-properties.yml");
    let text = std::fs::read_to_string(properties).unwrap();
    let basic = "    basic: {username: director, password: director-secret}";
    assert!(text.contains(basic));
    let tokens = text.replace(basic, "    uaa: {client_id: director, client_secret: director-secret}");
    let more = json!({"certificate": own.cert_pem, "private_key": own.key_pem});
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
        "    credhub-ref  /c/",
        "another app sees nothing: CredHub refuses",
        "all went well.",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
    assert!(
        !out.contains("director-secret") && !out.contains("PRIVATE KEY"),
        "{out}"
    );
}

/// Whatever is too much outside, the tour sees it.
#[test]
fn a_tour_sees_what_does_not_belong_there() {
    let mut local = Local::start(&["--once", "--task-seconds", "2"]);
    let control = || local.current()["credhub"]["control"].as_str().map(str::to_owned);
    until("CredHub is told of", || control().is_some(), || local.said());
    let stray = json!({"path": "/c/stray", "actor": "mtls-app:nobody", "operations": ["read"]});
    let put = Command::new("curl")
        .args([
            "-sS",
            "--fail",
            "-X",
            "PUT",
            "-H",
            "Content-Type: application/json",
            "-d",
        ])
        .args([stray.to_string(), format!("{}/control/permissions", control().unwrap())])
        .output()
        .unwrap();
    assert!(put.status.success(), "{put:?}");
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{}", local.said());
    let told = "CredHub's permissions: mtls-app:nobody may read /c/stray is too much";
    assert!(local.said().contains(told), "{}", local.said());
}
