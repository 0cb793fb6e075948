//! Programs that are kept running, and stopped in order.

mod board;
mod keep;
mod tail;

pub(crate) use board::Board;

use anyhow::{Context as _, anyhow};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a program may drain after SIGTERM before it is killed.
const DRAIN: Duration = Duration::from_secs(20);

/// Starts a program anew; whoever asks is told when that has happened.
type Anew = oneshot::Sender<()>;

/// How a program that runs is started anew.
#[derive(Debug, Clone)]
pub(crate) struct Renew(mpsc::UnboundedSender<Anew>);

impl Renew {
    /// Has it drain and end, and starts it again: it reads its configuration anew.
    ///
    /// # Errors
    /// When it isn't kept running any more.
    pub(crate) async fn again(&self) -> anyhow::Result<()> {
        let (tell, told) = oneshot::channel();
        let asked = self.0.send(tell);
        asked.ok().context("it isn't kept running")?;
        told.await.context("it isn't kept running")
    }
}

/// When a program is stopped: the broker first, the bus last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// Gateways and workers.
    Broker,
    /// The outside.
    Simulators,
    /// The nats-servers.
    Bus,
}

/// How a program is started.
#[derive(Clone)]
pub(crate) struct Program {
    /// The name that people see.
    pub(crate) name: String,
    /// When it is stopped.
    pub(crate) tier: Tier,
    /// The executable.
    pub(crate) program: PathBuf,
    /// Its arguments; no secrets.
    pub(crate) arguments: Vec<OsString>,
    /// What is added to the environment.
    pub(crate) env: Vec<(String, String)>,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// Whether starting it again makes everything as before. If not, its death is the end.
    pub(crate) survives_restart: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The programs that run.
#[derive(Debug)]
pub(crate) struct Supervisor {
    board: Board,
    kept: Vec<Kept>,
    report: mpsc::UnboundedSender<String>,
}

/// What starting a program again doesn't mend.
#[derive(Debug)]
pub(crate) struct Trouble {
    reports: mpsc::UnboundedReceiver<String>,
}

impl Trouble {
    /// Waits for some.
    pub(crate) async fn comes(&mut self) -> anyhow::Error {
        match self.reports.recv().await {
            Some(text) => anyhow!(text),
            None => std::future::pending().await,
        }
    }
}

#[derive(Debug)]
struct Kept {
    tier: Tier,
    stop: CancellationToken,
    kill: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Nothing runs yet; `board` is told what does.
    pub(crate) fn new(board: Board) -> (Supervisor, Trouble) {
        let (report, reports) = mpsc::unbounded_channel();
        (
            Supervisor {
                board,
                kept: Vec::new(),
                report,
            },
            Trouble { reports },
        )
    }

    /// Starts a program and keeps it running.
    pub(crate) fn start(&mut self, program: Program) -> Renew {
        let (stop, kill) = (CancellationToken::new(), CancellationToken::new());
        let (renew, renewals) = mpsc::unbounded_channel();
        let tier = program.tier;
        let task = keep::Keep {
            program,
            board: self.board.clone(),
            stop: stop.clone(),
            kill: kill.clone(),
            renewals,
            report: self.report.clone(),
        };
        self.kept.push(Kept {
            tier,
            stop,
            kill,
            task: tokio::spawn(task.run()),
        });
        Renew(renew)
    }

    /// Stops everything, a tier after the other; each program may drain.
    pub(crate) async fn stop(&mut self) {
        for tier in [Tier::Broker, Tier::Simulators, Tier::Bus] {
            self.kept
                .iter()
                .filter(|kept| kept.tier == tier)
                .for_each(|kept| kept.stop.cancel());
            for kept in self.kept.iter_mut().filter(|kept| kept.tier == tier) {
                let _ = tokio::time::timeout(DRAIN, &mut kept.task).await;
            }
        }
    }

    /// Kills what still runs.
    pub(crate) async fn kill(&mut self) {
        self.kept.iter().for_each(|kept| kept.kill.cancel());
        for kept in self.kept.drain(..) {
            if !kept.task.is_finished() {
                let _ = kept.task.await;
            }
        }
    }
}
