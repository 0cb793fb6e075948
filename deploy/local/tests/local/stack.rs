//! A whole stack: what dies comes back, what is stopped is gone.

use crate::world::{Local, runs, signal, until};
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn what_dies_comes_back_and_the_end_leaves_nothing() {
    let mut local = Local::start(&["--no-tour", "--replicas", "2"]);
    local.says("The broker is up");
    let names: Vec<String> = local.processes().into_iter().map(|(name, _)| name).collect();
    let all = [
        "nats",
        "director",
        "uaa",
        "credhub",
        "cloud-controller",
        "provisioning-1",
        "provisioning-2",
        "binding-1",
        "binding-2",
        "errands-1",
        "errands-2",
        "uaa-clients-1",
        "uaa-clients-2",
        "gateway-1",
        "gateway-2",
    ];
    assert_eq!(names, all);
    for name in [
        "provisioning-1",
        "binding-2",
        "errands-1",
        "uaa-clients-2",
        "gateway-2",
        "nats",
    ] {
        let before = local.pid(name);
        signal(before, Signal::KILL);
        let back = || !matches!(local.pid(name), 0) && local.pid(name) != before;
        until(&format!("{name} is back"), back, || local.said());
        local.says(&format!("{name} was started again, pid {}", local.pid(name)));
        assert!(
            local.said().contains(&format!("{name} (pid {before}) died: signal 9")),
            "{}",
            local.said()
        );
    }
    // Files that hold secrets are ours alone.
    for role in [
        "gateway",
        "provisioning",
        "binding",
        "errands",
        "uaa-clients",
        "operator",
        "registrar",
    ] {
        let told = local.current();
        let file = told["config"][role].as_str().unwrap();
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{file}"
        );
    }
    for name in ["uaa-clients.json", "cf-password"] {
        let file = local.dir.path().join("target/local/1").join(name);
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
    }
    let pids = local.processes();
    // What runs was told no secret where everybody can read it.
    let told = local.current();
    let worker = std::fs::read_to_string(told["config"]["provisioning"].as_str().unwrap()).unwrap();
    let worker: serde_json::Value = serde_json::from_str(&plain(&worker)).unwrap();
    let dir = local.dir.path().join("target/local/1");
    let known = std::fs::read_to_string(dir.join("uaa-clients.json")).unwrap();
    let known: serde_json::Value = serde_json::from_str(&known).unwrap();
    let keys = known["clients"].as_array().unwrap().iter();
    let keys = keys
        .clone()
        .find(|it| it["client_id"] == "cc_service_key_client")
        .unwrap();
    let secrets = [
        &known["users"][0]["password"],
        &keys["client_secret"],
        &worker["credhub"]["client_secret"],
        &worker["cf"]["uaa"]["authentication"]["client_credentials"]["client_secret"],
        &worker["bosh"]["authentication"]["basic"]["password"],
        &worker["chandler"]["bus"]["password"],
    ];
    for (name, pid) in &pids {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
        for secret in secrets {
            assert!(!line.contains(secret.as_str().unwrap()), "{name}");
        }
    }
    signal(local.child.id(), Signal::TERM);
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", local.said());
    assert!(pids.iter().all(|(_, pid)| !runs(*pid)), "{pids:?}");
    assert!(!local.dir.path().join("target/local/current.json").exists());
}

/// A generated file is JSON but for its plain scalars: `yes` is quoted here.
fn plain(file: &str) -> String {
    file.replace(": yes", ": true")
}

#[test]
fn nothing_outlives_a_supervisor_that_is_killed() {
    let mut local = Local::start(&["--no-tour"]);
    local.says("The broker is up");
    let pids = local.processes();
    assert_eq!(pids.len(), 10);
    local.child.kill().unwrap();
    local.child.wait().unwrap();
    until(
        "all ended",
        || pids.iter().all(|(_, pid)| !runs(*pid)),
        || format!("{pids:?}"),
    );
}

/// Nor does a command that is run for a moment, and hangs.
#[test]
fn no_command_outlives_a_supervisor_that_is_killed() {
    let mut local = Local::start(&["--no-tour"]);
    local.says("simulated Cloud Controller: https://");
    let stopped = local.pid("cloud-controller");
    signal(stopped, Signal::STOP);
    let command = || child_of(local.child.id(), "chandler");
    until("it registers", || command_is(command(), "register"), || local.said());
    let registering = command().unwrap();
    local.child.kill().unwrap();
    local.child.wait().unwrap();
    until(
        "both ended",
        || !runs(registering) && !runs(stopped),
        || format!("{registering}, {stopped}"),
    );
}

/// A process that this one started, and that became the program of this name.
fn child_of(parent: u32, program: &str) -> Option<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut pids = pids.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat
            .split_once('(')
            .and_then(|(_, rest)| rest.rsplit_once(')'))
            .map(|(name, rest)| (name.to_owned(), rest.split_whitespace().nth(1).map(str::to_owned)));
        fields.is_some_and(|(name, of)| name == program && of == Some(parent.to_string()))
    })
}

fn command_is(pid: Option<u32>, word: &str) -> bool {
    let line = pid.and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok());
    line.is_some_and(|line| line.split('\0').nth(1) == Some(word))
}

#[test]
fn without_its_director_there_is_no_going_on() {
    let mut local = Local::start(&["--no-tour"]);
    local.says("The broker is up");
    signal(local.pid("director"), Signal::KILL);
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{}", local.said());
    assert!(
        local.said().contains("error: director ended (signal 9)"),
        "{}",
        local.said()
    );
}
