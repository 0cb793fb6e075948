//! What was started ends with its parent, even if that is killed.

use crate::world::{runs, until};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

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
    until("it became the program", || name() == "sleep\n", name);
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("it ended with its parent", || !runs(child), String::new);
}

#[test]
fn a_child_whose_parent_is_gone_already_does_not_start() {
    let program = env!("CARGO_BIN_EXE_chandler-local");
    let run = |parent: &str| {
        Command::new(program)
            .args(["child", "--parent", parent, "--", "true"])
            .status()
            .unwrap()
    };
    assert_eq!(run("1").code(), Some(127));
    assert_eq!(run(&std::process::id().to_string()).code(), Some(0));
}
