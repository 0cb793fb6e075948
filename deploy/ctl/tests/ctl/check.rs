//! `chandler config check`.

use crate::run::{chandler, config};

pub(crate) const BOSH: &str = "{url: https://bosh, authentication: {basic: {username: a, password: b}}}";

#[test]
fn a_configuration_that_suffices_is_fine() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.out, format!("{}: fine, no warnings\n", file.display()));
    assert_eq!(said.err, "");
}

#[test]
fn everything_wrong_is_told_at_once_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{urls: ['http://x'], replicas: 2, prefx: a}");
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    for line in [
        "error: chandler.bus.urls[0]: must begin with nats:// or tls:// (line 20)",
        "error: chandler.bus.replicas: must be 1, 3 or 5 (line 20)",
        "warning: chandler.bus.prefx: is not a known key and is ignored; did you mean `prefix`? (line 20)",
    ] {
        assert!(said.err.lines().any(|it| it == line), "{line}: {said:?}");
    }
    assert!(!said.err.contains("p4ssw0rd") && !said.err.contains("AAAA"), "{said:?}");
}

#[test]
fn the_file_and_the_needs_of_the_processes_are_told_in_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), "{}", "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let (nowhere, ca) = (dir.path().join("nowhere"), "'no certificate'");
    let text = text
        .replace("port: 8080", "port: many, usernme: x, tls: {cert_file: /c}")
        .replace(env!("CARGO_BIN_EXE_chandler"), nowhere.to_str().unwrap())
        .replace("bus: {}", &format!("bus: {{ca_cert: {ca}}}"))
        .replace("  seal: ", "  unsealed: ");
    std::fs::write(&file, text).unwrap();
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    for (path, line) in [
        ("error: broker.port: must be a whole number, not a text", 2),
        (
            "error: broker.tls.key_file: Invalid TLS config - missing broker.tls.key_file",
            2,
        ),
        ("error: bosh.url: BOSH configuration error: must specify bosh url", 3),
        (
            "error: bosh.authentication: BOSH configuration error: must specify an authentication type",
            3,
        ),
        (
            "error: service_adapter.path: checking for executable service adapter file: ",
            4,
        ),
        ("error: chandler.bus: ", 20),
        ("error: chandler.seal: must hold keys and fingerprint_key: ", 20),
        (
            "warning: broker.usernme: is not a known key and is ignored; did you mean `username`?",
            2,
        ),
        (
            "warning: chandler.unsealed: is not a known key and is ignored; did you mean `seal`?",
            21,
        ),
    ] {
        let end = format!("(line {line})");
        let told = |it: &str| it.starts_with(path) && it.ends_with(&end);
        assert!(said.err.lines().any(told), "{path} {end}: {}", said.err);
    }
    assert!(said.err.ends_with(": 7 errors, 2 warnings\n"), "{}", said.err);
    assert!(!said.err.contains("p4ssw0rd") && !said.err.contains("AAAA"), "{said:?}");
}

#[test]
fn workers_want_the_credhubs_that_are_switched_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(
        "disable_cf_startup_checks: true",
        "disable_cf_startup_checks: true, enable_secure_manifests: true",
    );
    std::fs::write(
        &file,
        format!("{text}credhub: {{client_id: c, client_secret: s3cr3t}}\n"),
    )
    .unwrap();
    let check = |process: &str| chandler(&["config", "check", "--process", process, file.to_str().unwrap()], &[]);
    assert_eq!(check("gateway").code, Some(0));
    for process in ["provisioning", "binding"] {
        let said = check(process);
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.contains("error: credhub.api_url: can't be empty"), "{said:?}");
        assert!(
            said.err.contains("bosh_credhub_api error: not configured\n"),
            "{said:?}"
        );
        assert!(
            said.err.ends_with("2 errors, no warnings\n") && !said.err.contains("s3cr3t"),
            "{said:?}"
        );
    }
}

#[test]
fn addresses_and_certificates_of_the_credhubs_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let section = "{client_id: c, client_secret: s, api_url: 'https://', ca_cert: none}";
    std::fs::write(&file, format!("{text}credhub: {section}\n")).unwrap();
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    assert!(
        said.err.starts_with("error: credhub: ") && said.err.ends_with("1 error, no warnings\n"),
        "{said:?}"
    );
}

#[test]
fn what_is_odd_is_a_warning_and_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{prefx: a}");
    let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let line = "warning: chandler.bus.prefx: is not a known key and is ignored; did you mean `prefix`? (line 20)\n";
    assert_eq!(said.err, line);
    assert!(said.out.ends_with("fine, 1 warning\n"), "{said:?}");
}

#[test]
fn each_process_has_needs_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), "{}", "{}");
    let file = file.to_str().unwrap();
    let all = chandler(&["config", "check", file], &[]);
    assert_eq!(all.code, Some(64), "{all:?}");
    assert!(
        all.err
            .contains("error: bosh.url: BOSH configuration error: must specify bosh url"),
        "{all:?}"
    );
    assert!(all.err.ends_with("2 errors, no warnings\n"), "{all:?}");
    let gateway = chandler(&["config", "check", "--process", "gateway", file], &[]);
    assert_eq!(gateway.code, Some(0), "{gateway:?}");
    let worker = chandler(&["config", "check", "--process", "provisioning", file], &[]);
    assert_eq!(worker.code, Some(64), "{worker:?}");
}

/// Each worker lacks what it needs of an otherwise empty file, and nothing else.
#[test]
fn each_worker_is_told_of_what_it_uses() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), "{}", "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let adapter = dir.path().join("absent");
    let text = text
        .replace(env!("CARGO_BIN_EXE_chandler"), adapter.to_str().unwrap())
        .replace("username: broker, password: p4ssw0rd, ", "")
        .replace("  seal: ", "  unsealed: ");
    let cf = "cf: {uaa: {client_definition: {scopes: openid}}}\n";
    std::fs::write(&file, format!("{text}{cf}")).unwrap();
    let platform = ["broker.username", "broker.password"];
    let director = ["bosh.url", "bosh.authentication"];
    let uaa = ["cf.uaa.client_definition", "cf.uaa.url"];
    for (process, wanted) in [
        ("gateway", [&platform[..], &["chandler.seal"]].concat()),
        (
            "provisioning",
            [&director[..], &uaa, &["service_adapter.path", "chandler.seal"]].concat(),
        ),
        (
            "binding",
            [&director[..], &["service_adapter.path", "chandler.seal"]].concat(),
        ),
        ("errands", director.to_vec()),
        ("uaa-clients", [&uaa[..], &["chandler.seal"]].concat()),
    ] {
        let said = chandler(&["config", "check", "--process", process, file.to_str().unwrap()], &[]);
        assert_eq!(said.code, Some(64), "{said:?}");
        let lines = said.err.lines().filter_map(|line| line.strip_prefix("error: "));
        let mut told: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(path, _)| path)
            .collect();
        let mut wanted = wanted;
        told.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{process}: {said:?}");
    }
}

#[test]
fn the_uaa_of_instances_clients_is_looked_at_by_who_keeps_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let check = |cf: &str, process: &str| {
        std::fs::write(&file, format!("{text}cf: {cf}\n")).unwrap();
        chandler(&["config", "check", "--process", process, file.to_str().unwrap()], &[])
    };
    let uaa = "authentication: {client_credentials: {client_id: c, client_secret: s3cr3t}}, client_definition: {scopes: openid}";
    let whole = format!("{{uaa: {{url: 'https://uaa', {uaa}}}}}");
    let odd_url = format!("{{uaa: {{url: 'https://', {uaa}}}}}");
    let odd_ca = format!("{{root_ca_cert: none, uaa: {{url: 'https://uaa', {uaa}}}}}");
    for process in ["provisioning", "uaa-clients"] {
        assert_eq!(check(&whole, process).code, Some(0));
        for odd in [&odd_url, &odd_ca] {
            let said = check(odd, process);
            assert_eq!(said.code, Some(64), "{said:?}");
            assert!(
                said.err.starts_with("error: cf.uaa: ") && said.err.ends_with("1 error, no warnings\n"),
                "{said:?}"
            );
            assert!(!said.err.contains("s3cr3t"), "{said:?}");
        }
    }
    for process in ["gateway", "binding", "errands"] {
        assert_eq!(check(&odd_url, process).code, Some(0), "{process}");
    }
}

#[test]
fn the_adapter_must_be_an_executable_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let there = env!("CARGO_BIN_EXE_chandler");
    let plain = dir.path().join("plain");
    std::fs::write(&plain, "x").unwrap();
    for (adapter, told) in [
        (dir.path().join("absent"), "No such file"),
        (dir.path().to_owned(), "is a directory"),
        (plain, "is not executable"),
    ] {
        std::fs::write(&file, text.replace(there, adapter.to_str().unwrap())).unwrap();
        let said = chandler(&["config", "check", file.to_str().unwrap()], &[]);
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.starts_with("error: service_adapter.path: "), "{said:?}");
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_and_a_command_that_is_none() {
    let said = chandler(&["config", "check", "/nowhere/broker.yml"], &[]);
    assert_eq!(said.code, Some(64), "{said:?}");
    assert!(said.err.contains("/nowhere/broker.yml"), "{said:?}");
    assert_eq!(chandler(&["config", "polish"], &[]).code, Some(2));
}
