//! The life of one program: started, watched, started again, stopped.

use super::tail::{last_lines, length};
use super::{Anew, Board, DRAIN, Program};
use crate::guard;
use crate::say;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Before a program that died is started again.
const PAUSE: Duration = Duration::from_millis(300);
/// How many lines of a log are shown.
const LINES: usize = 12;
/// A program that lived for less than this came up in vain,
const SHORT: Duration = Duration::from_secs(2);
/// and after so many times in a row nothing will change.
const IN_VAIN: u32 = 5;
/// A program that says so won't come up with the same configuration.
const CONFIG: i32 = chandler_process::EXIT_CONFIG as i32;

/// Keeps one program running.
pub(super) struct Keep {
    pub(super) program: Program,
    pub(super) board: Board,
    pub(super) stop: CancellationToken,
    pub(super) kill: CancellationToken,
    /// Whoever wants it started anew.
    pub(super) renewals: UnboundedReceiver<Anew>,
    pub(super) report: UnboundedSender<String>,
}

impl Keep {
    /// Until it is told to stop, or starting again is of no use.
    pub(super) async fn run(mut self) {
        let name = &self.program.name;
        let (mut again, mut in_vain) = (false, 0);
        let mut wanted: Option<Anew> = None;
        while !self.stop.is_cancelled() && !self.kill.is_cancelled() {
            let (began, from) = (Instant::now(), length(&self.program.log));
            let (mut child, pid) = match spawn(&self.program) {
                Ok(started) => started,
                Err(error) => return self.give_up(format!("{name} can't be started: {error}")),
            };
            self.board.began(name, pid, &self.program.log);
            if std::mem::take(&mut again) {
                say::step(format_args!("{name} was started again, pid {pid}"));
            }
            if let Some(wanted) = wanted.take() {
                let _ = wanted.send(());
            }
            let ended = tokio::select! {
                biased;
                () = self.kill.cancelled() => {
                    self.killed(&mut child).await;
                    break;
                }
                () = self.stop.cancelled() => {
                    self.drained(&mut child, pid).await;
                    break;
                }
                Some(anew) = self.renewals.recv() => {
                    if tokio::time::timeout(DRAIN, self.drained(&mut child, pid)).await.is_err() {
                        say::trouble(format_args!("{name} didn't drain in time and is killed"));
                        self.killed(&mut child).await;
                    }
                    self.board.ended(name);
                    wanted = Some(anew);
                    continue;
                }
                ended = child.wait() => ended,
            };
            self.board.ended(name);
            let how = ended.map_or_else(|error| error.to_string(), described);
            let lines = last_lines(&self.program.log, from, LINES);
            in_vain = if began.elapsed() < SHORT { in_vain + 1 } else { 0 };
            let hopeless = how == described_code(CONFIG) || in_vain == IN_VAIN;
            if hopeless || !self.program.survives_restart {
                return self.give_up(format!("{name} ended ({how}); its last lines:\n{lines}"));
            }
            say::trouble(format_args!("{name} (pid {pid}) died: {how}; its last lines:\n{lines}"));
            again = true;
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.stop.cancelled() => {}
                () = self.kill.cancelled() => {}
            }
        }
        self.board.ended(name);
    }

    async fn killed(&self, child: &mut Child) {
        let _ = child.start_kill();
        let _ = child.wait().await;
    }

    async fn drained(&self, child: &mut Child, pid: u32) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        tokio::select! {
            biased;
            _ = child.wait() => {}
            () = self.kill.cancelled() => {
                say::trouble(format_args!("{} didn't drain in time and is killed", self.program.name));
                self.killed(child).await;
            }
        }
    }

    fn give_up(&self, why: String) {
        // Nobody listens any more when everything is being stopped.
        let _ = self.report.send(why);
    }
}

/// Starts a program, guarded, in a process group of its own: a Ctrl-C at the terminal is ours alone.
fn spawn(program: &Program) -> anyhow::Result<(Child, u32)> {
    let log = OpenOptions::new().create(true).append(true).open(&program.log)?;
    let mut command = guard::command(&program.program)?;
    command.args(&program.arguments);
    command.envs(program.env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let child = command.spawn()?;
    let pid = child.id().ok_or_else(|| anyhow::anyhow!("it ended at once"))?;
    Ok((child, pid))
}

fn described(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => described_code(code),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

fn described_code(code: i32) -> String {
    format!("exit code {code}")
}
