//! No child outlives the supervisor, not even when that is killed with SIGKILL.
//!
//! Each child is started as `chandler-local child --parent PID -- PROGRAM …`. That process asks the
//! kernel for a SIGKILL at the death of its parent, makes sure that the parent didn't die before it
//! asked, and becomes the program: the request outlives the `exec`, and the pid stays the same.
//!
//! The kernel means the parent's *thread*. The supervisor starts everything from its only thread.

use crate::cli::Child;
use crate::say;
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The program can't be run.
const NOT_RUN: u8 = 127;

/// How a program is started that ends with this process; its arguments are to follow.
pub(crate) fn command(program: impl AsRef<OsStr>) -> io::Result<tokio::process::Command> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.args(["child", "--parent", &std::process::id().to_string(), "--"]);
    command.arg(program).process_group(0).kill_on_drop(true);
    Ok(command)
}

/// Becomes the program; returns only if it can't.
pub(crate) fn become_program(child: &Child) -> ExitCode {
    let Some((program, arguments)) = child.program.split_first() else {
        return ExitCode::from(NOT_RUN);
    };
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        say::trouble(format_args!("can't be bound to the supervisor's life: {error}"));
        return ExitCode::from(NOT_RUN);
    }
    let parent = getppid().and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok());
    if parent != Some(child.parent) {
        return ExitCode::from(NOT_RUN);
    }
    let error = Command::new(program).args(arguments).exec();
    say::trouble(format_args!("can't run {}: {error}", program.display()));
    ExitCode::from(NOT_RUN)
}
