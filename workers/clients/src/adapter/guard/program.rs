//! The guard's own process. Threads only turn what they wait for into events; one loop decides.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use zeroize::Zeroizing;

use super::{DRAIN, REAP, Word, monotonic};
use crate::adapter::group::Group;

const WRONG_COMMAND_LINE: u8 = 64;
const NOTHING_STARTED: u8 = 125;
const START_FAILED: u8 = 126;
const BY_SIGNAL: i32 = 128;
const SIGKILL: i32 = 9;

struct Task {
    /// Monotonic.
    until: Duration,
    grace: Duration,
    feed: bool,
    command: Vec<OsString>,
}

enum Event {
    /// The whole block.
    Block(Zeroizing<Vec<u8>>),
    /// The adapter is to be asked to end.
    Please,
    /// The life line was closed.
    Closed,
    /// The adapter has ended, and is still to be collected.
    Ended(Word),
}

/// The program `adapter-guard`.
pub fn main() -> ExitCode {
    let Some(task) = Task::read(std::env::args_os().skip(1)) else {
        let _ = writeln!(
            io::stderr(),
            "adapter-guard is run by Chandler's workers: adapter-guard <until> <grace> feed|null <path> <arguments>"
        );
        return ExitCode::from(WRONG_COMMAND_LINE);
    };
    match io::stdin().as_fd().try_clone_to_owned() {
        Ok(line) => ExitCode::from(task.run(&mut Line(line.into()))),
        Err(_) => ExitCode::from(NOTHING_STARTED),
    }
}

/// The life line.
struct Line(std::fs::File);

impl Line {
    /// A worker that doesn't listen any more is no reason to stop.
    fn say(&mut self, word: &Word) {
        let _ = self.0.write_all(format!("{word}\n").as_bytes());
    }
}

/// A group that is killed when the guard fails, too: when it gets no thread, for example.
struct Doomed(Group);

impl Drop for Doomed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.kill();
        }
    }
}

impl Task {
    fn read(mut given: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut millis = || given.next()?.to_str()?.parse().ok().map(Duration::from_millis);
        let (until, grace) = (millis()?, millis()?);
        let feed = match given.next()?.to_str()? {
            "feed" => true,
            "null" => false,
            _ => return None,
        };
        let command: Vec<_> = given.collect();
        (!command.is_empty()).then_some(Self {
            until,
            grace,
            feed,
            command,
        })
    }

    fn left(&self) -> Duration {
        self.until.saturating_sub(monotonic())
    }

    fn run(&self, line: &mut Line) -> u8 {
        let (tell, events) = channel();
        let Ok(reader) = line.0.try_clone() else {
            return NOTHING_STARTED;
        };
        let listener = tell.clone();
        std::thread::spawn(move || listen(reader, &listener));
        let block = match events.recv_timeout(self.left()) {
            Ok(Event::Block(block)) => block,
            Ok(Event::Please | Event::Closed | Event::Ended(_)) | Err(RecvTimeoutError::Disconnected) => {
                return NOTHING_STARTED;
            }
            Err(RecvTimeoutError::Timeout) => {
                line.say(&Word::Late);
                return NOTHING_STARTED;
            }
        };
        if self.left().is_zero() {
            line.say(&Word::Late);
            return NOTHING_STARTED;
        }
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => {
                line.say(&Word::Failed(error.to_string()));
                return START_FAILED;
            }
        };
        let pid = Pid::from_child(&child);
        let group = Doomed(Group::led_by(pid));
        line.say(&Word::Started(pid.as_raw_nonzero().get()));
        // Its outputs end with those who write to them, and the guard doesn't.
        let _ = leave_outputs();
        if let Some(mut stdin) = child.stdin.take() {
            // An adapter may end, or close its input, without reading it: what counts is how it ends.
            std::thread::spawn(move || stdin.write_all(&block));
        }
        std::thread::spawn(move || watch(pid, &tell));
        let ended = self.guard(&group.0, &events, line);
        // Only now: as long as it isn't collected, its number is that of no other group.
        if ended.is_some() {
            let _ = child.wait();
        }
        match ended {
            Some(Word::Exited(code)) => u8::try_from(code).unwrap_or(u8::MAX),
            Some(Word::Signaled(signal)) => u8::try_from(BY_SIGNAL + signal).unwrap_or(u8::MAX),
            Some(Word::Started(_) | Word::Late | Word::Failed(_) | Word::Polite) | None => (BY_SIGNAL + SIGKILL) as u8,
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let (path, arguments) = self.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        Command::new(path)
            .args(arguments)
            .stdin(if self.feed { Stdio::piped() } else { Stdio::null() })
            .process_group(0)
            .spawn()
    }

    /// Until the life line is closed, the limit is over, or what an ended adapter left had its time; then the group is killed.
    fn guard(&self, group: &Group, events: &Receiver<Event>, line: &mut Line) -> Option<Word> {
        let mut polite = Some(self.until.saturating_sub(self.grace));
        let mut end = self.until;
        let mut ended = None;
        loop {
            let next = polite.unwrap_or(end).min(end);
            match events.recv_timeout(next.saturating_sub(monotonic())) {
                Ok(Event::Please) => group.terminate(),
                Ok(Event::Ended(word)) => {
                    line.say(&word);
                    ended = Some(word);
                    end = end.min(monotonic() + DRAIN);
                }
                Ok(Event::Block(_)) => {}
                Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let now = monotonic();
                    if polite.is_some_and(|at| now >= at) {
                        polite = None;
                        line.say(&Word::Polite);
                        group.terminate();
                    }
                    if now >= end {
                        break;
                    }
                }
            }
        }
        group.kill();
        let reaped = monotonic() + REAP;
        while ended.is_none() {
            match events.recv_timeout(reaped.saturating_sub(monotonic())) {
                Ok(Event::Ended(word)) => ended = Some(word),
                Ok(Event::Block(_) | Event::Please | Event::Closed) => {}
                Err(_) => break,
            }
        }
        ended
    }
}

/// Puts nothing in the place of stdout and stderr.
fn leave_outputs() -> io::Result<()> {
    let nothing: OwnedFd = std::fs::OpenOptions::new().write(true).open("/dev/null")?.into();
    rustix::stdio::dup2_stdout(&nothing)?;
    rustix::stdio::dup2_stderr(&nothing)?;
    Ok(())
}

fn listen(mut line: std::fs::File, tell: &Sender<Event>) {
    let _ = block(&mut line).map(|block| tell.send(Event::Block(block)));
    let mut byte = [0];
    while let Ok(1) = line.read(&mut byte) {
        let _ = tell.send(Event::Please);
    }
    let _ = tell.send(Event::Closed);
}

fn block(line: &mut std::fs::File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut length = [0; 8];
    line.read_exact(&mut length)?;
    let length = usize::try_from(u64::from_be_bytes(length)).map_err(io::Error::other)?;
    let mut block = Zeroizing::new(Vec::new());
    block.try_reserve_exact(length).map_err(io::Error::other)?;
    block.resize(length, 0);
    line.read_exact(&mut block)?;
    Ok(block)
}

/// Waits for the adapter's end without collecting it.
fn watch(pid: Pid, tell: &Sender<Event>) {
    let word = loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => break Word::Exited(code),
                (None, Some(signal)) => break Word::Signaled(signal),
                (None, None) => {}
            },
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            // It can't be waited for: the life line and the limit still hold.
            Err(_) => return,
        }
    };
    let _ = tell.send(Event::Ended(word));
}
