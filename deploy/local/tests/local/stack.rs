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
        "provisioning-1",
        "provisioning-2",
        "gateway-1",
        "gateway-2",
    ];
    assert_eq!(names, all);
    for name in ["provisioning-1", "gateway-2", "nats"] {
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
    for role in ["gateway", "provisioning", "operator"] {
        let told = local.current();
        let file = told["config"][role].as_str().unwrap();
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{file}"
        );
    }
    let pids = local.processes();
    signal(local.child.id(), Signal::TERM);
    let status = local.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", local.said());
    assert!(pids.iter().all(|(_, pid)| !runs(*pid)), "{pids:?}");
    assert!(!local.dir.path().join("target/local/current.json").exists());
}

#[test]
fn nothing_outlives_a_supervisor_that_is_killed() {
    let mut local = Local::start(&["--no-tour"]);
    local.says("The broker is up");
    let pids = local.processes();
    assert_eq!(pids.len(), 4);
    local.child.kill().unwrap();
    local.child.wait().unwrap();
    until(
        "all ended",
        || pids.iter().all(|(_, pid)| !runs(*pid)),
        || format!("{pids:?}"),
    );
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
