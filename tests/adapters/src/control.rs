//! How tests make this adapter misbehave, and see what reached it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::protocol::{self, Failure};

/// Names the control file.
const FILE: &str = "EXAMPLE_ADAPTER_CONTROL";
/// Set in the process that was started once more with SIGTERM ignored.
const IGNORING: &str = "EXAMPLE_ADAPTER_IGNORES_SIGTERM";
/// The variables whose values are recorded; of all others only the names.
const RECORDED: [&str; 2] = ["TRACEPARENT", "TRACESTATE"];

/// The control file.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Control {
    /// The commands that misbehave; all when empty. Runs are recorded in any case.
    commands: Vec<String>,
    sleep_ms: u64,
    exit_code: Option<u8>,
    stdout: String,
    stdout_mb: usize,
    stderr: String,
    stderr_mb: usize,
    ignore_sigterm: bool,
    leave_child_seconds: u64,
    sleep_after_ms: u64,
    exit_after_code: Option<u8>,
    pub(crate) wrong_name: bool,
    /// Not a misbehaviour, so it holds for all commands.
    pub(crate) users_dir: Option<PathBuf>,
    /// What `generate-plan-schemas` says instead of its own.
    pub(crate) schemas_file: Option<PathBuf>,
    record_dir: Option<PathBuf>,
}

/// Reads the control file for this command; without one nothing special happens.
pub(crate) fn read(command: &str) -> Result<Control, Failure> {
    let Some(path) = variable(FILE) else {
        return Ok(Control::default());
    };
    let text = fs::read_to_string(&path).map_err(|error| Failure::for_operator(format!("{FILE}: {path}: {error}")))?;
    let control: Control = protocol::json(FILE, &text)?;
    if control.commands.is_empty() || control.commands.iter().any(|name| name == command) {
        return Ok(control);
    }
    Ok(Control {
        record_dir: control.record_dir,
        users_dir: control.users_dir,
        schemas_file: control.schemas_file,
        ..Control::default()
    })
}

/// Stands still.
#[expect(clippy::disallowed_methods, reason = "to be slow is what was asked for")]
pub(crate) fn sleep(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

#[expect(clippy::disallowed_methods, reason = "an adapter is told by its environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Control {
    /// What must happen before stdin is read: a signal's being ignored is inherited over `exec`,
    /// so a shell does it for us. Returns in the process in which it is so, or when it failed.
    pub(crate) fn before_input(&self) {
        if !self.ignore_sigterm || variable(IGNORING).is_some() {
            return;
        }
        let error = std::env::current_exe().map_or_else(
            |error| error,
            |me| {
                Command::new("/bin/sh")
                    .args(["-c", r#"trap "" TERM; exec "$0" "$@""#])
                    .arg(me)
                    .args(std::env::args().skip(1))
                    .env(IGNORING, "1")
                    .exec()
            },
        );
        crate::log(&format!("can't ignore SIGTERM: {error}"));
    }

    /// Writes what reached this run as `run-<number>.json`, numbered in the order of the runs.
    pub(crate) fn record(&self, args: &[String], stdin: &str) -> Result<(), Failure> {
        let Some(dir) = &self.record_dir else {
            return Ok(());
        };
        let values: Map<String, Value> = RECORDED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), variable(name)?.into())))
            .collect();
        let names: Vec<String> = std::env::vars_os()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        let run = json!({"argv": args, "stdin": stdin, "env": values, "env_names": names});
        write_numbered(dir, &run.to_string()).map_err(|error| Failure::for_operator(format!("record_dir: {error}")))
    }

    /// Everything that does not depend on the command. `Some`: this is how it ends.
    pub(crate) fn misbehave(&self) -> Result<Option<Failure>, Failure> {
        let wrong = |error: io::Error| Failure::for_operator(format!("can't misbehave: {error}"));
        if self.leave_child_seconds > 0 {
            // It holds our stdout and stderr open after we are gone.
            let seconds = self.leave_child_seconds.to_string();
            Command::new("sleep")
                .arg(seconds)
                .stdin(Stdio::null())
                .spawn()
                .map_err(wrong)?;
        }
        if !self.stderr.is_empty() {
            crate::log(&self.stderr);
        }
        fill(&mut io::stderr().lock(), self.stderr_mb).map_err(wrong)?;
        sleep(self.sleep_ms);
        fill(&mut io::stdout().lock(), self.stdout_mb).map_err(wrong)?;
        Ok(self.exit_code.map(|code| self.told_to_end(code)))
    }

    /// What it does when a command for bindings had its effect.
    pub(crate) fn after(&self) -> Result<(), Failure> {
        sleep(self.sleep_after_ms);
        self.exit_after_code.map_or(Ok(()), |code| Err(self.told_to_end(code)))
    }

    fn told_to_end(&self, code: u8) -> Failure {
        Failure {
            code,
            for_user: self.stdout.clone(),
            for_operator: format!("told to end with exit code {code}"),
        }
    }
}

fn fill(to: &mut impl Write, megabytes: usize) -> io::Result<()> {
    let megabyte = vec![b'x'; 1 << 20];
    (0..megabytes).try_for_each(|_| to.write_all(&megabyte))?;
    to.flush()
}

/// A file appears whole or not at all, and two runs never take the same number. It may hold
/// secrets, so it is for the owner only.
fn write_numbered(dir: &std::path::Path, text: &str) -> io::Result<()> {
    let draft = dir.join(format!(".draft-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?
        .write_all(text.as_bytes())?;
    let linked = (1_u32..).find_map(
        |number| match fs::hard_link(&draft, dir.join(format!("run-{number:04}.json"))) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
            outcome => Some(outcome),
        },
    );
    fs::remove_file(&draft)?;
    linked.unwrap_or(Ok(()))
}
