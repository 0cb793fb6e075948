//! The promise of the guard: what was started ends with its parent, even if that is killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether a process runs; one that is dead and not yet reaped doesn't.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X"))
}

#[test]
fn a_child_ends_with_its_parent() {
    let program = env!("CARGO_BIN_EXE_chandler-local");
    // The shell is the parent; it tells the child's pid and waits.
    let script = format!("{program} child --parent $$ -- sleep 600 & echo $!; wait");
    let mut parent = Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(parent.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let child: u32 = line.trim().parse().unwrap();
    let name = || std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
    until("it became the program", || name() == "sleep\n");
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("it ended with its parent", || !runs(child));
}

#[test]
fn a_child_whose_parent_is_gone_already_does_not_start() {
    let program = env!("CARGO_BIN_EXE_chandler-local");
    let status = Command::new(program)
        .args(["child", "--parent", "1", "--", "true"])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(127));
    let own = std::process::id().to_string();
    let status = Command::new(program)
        .args(["child", "--parent", &own, "--", "true"])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

fn until(what: &str, met: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !met() {
        assert!(Instant::now() < end, "{what}: not within 20 s");
        std::thread::yield_now();
    }
}
