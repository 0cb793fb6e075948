//! The worker's end of a guard.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use super::{REAP, Word};
use crate::adapter::group::Group;

/// What a guard is to run.
pub(in crate::adapter) struct Order<'a> {
    pub(in crate::adapter) guard: &'a Path,
    /// Monotonic.
    pub(in crate::adapter) until: Duration,
    pub(in crate::adapter) grace: Duration,
    /// Whether the adapter gets the block on its stdin; else it has none.
    pub(in crate::adapter) feed: bool,
    pub(in crate::adapter) path: &'a Path,
    pub(in crate::adapter) command: &'a str,
    pub(in crate::adapter) arguments: &'a [OsString],
    /// Variables that are set, or taken away.
    pub(in crate::adapter) environment: Vec<(OsString, Option<String>)>,
}

/// A guard that was started. To drop it closes the life line, and the guard ends the run at once.
pub(in crate::adapter) struct Guarded {
    child: Child,
    /// The life line; nothing any more when it is closed.
    line: Option<(Lines<BufReader<OwnedReadHalf>>, OwnedWriteHalf)>,
    adapter: Option<Group>,
}

impl Guarded {
    /// Starts a guard, which waits for [`Guarded::feed`].
    ///
    /// # Errors
    /// When it can't be started: there is none, or the arguments are too many.
    pub(in crate::adapter) fn start(order: &Order<'_>) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (read, write) = UnixStream::from_std(ours)?.into_split();
        let mut command = Command::new(order.guard);
        command
            .arg(order.until.as_millis().to_string())
            .arg(order.grace.as_millis().to_string())
            .arg(if order.feed { "feed" } else { "null" })
            .arg(order.path)
            .arg(order.command)
            .args(order.arguments)
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Out of reach of what is sent to the worker's group. It must outlive the worker, so nothing kills it on drop.
            .process_group(0);
        for (name, value) in &order.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(Self {
            child: command.spawn()?,
            line: Some((BufReader::new(read).lines(), write)),
            adapter: None,
        })
    }

    /// The adapter's outputs.
    pub(in crate::adapter) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Sends the block; then the guard starts the adapter. A guard that has gone is told by [`Guarded::next`].
    pub(in crate::adapter) async fn feed(&mut self, input: &[u8]) {
        if let Some((_, line)) = &mut self.line {
            let length = u64::try_from(input.len()).unwrap_or(u64::MAX).to_be_bytes();
            if line.write_all(&length).await.is_ok() {
                let _ = line.write_all(input).await;
            }
        }
    }

    /// The guard's next word; nothing when it has ended. May be dropped and called again.
    pub(in crate::adapter) async fn next(&mut self) -> Option<Word> {
        let (lines, _) = self.line.as_mut()?;
        loop {
            let word = Word::read(&lines.next_line().await.ok()??);
            if let Some(Word::Started(id)) = &word {
                self.adapter = Pid::from_raw(*id).map(Group::led_by);
            }
            if word.is_some() {
                return word;
            }
        }
    }

    /// Has the adapter asked to end.
    pub(in crate::adapter) async fn please(&mut self) {
        if let Some((_, line)) = &mut self.line {
            let _ = line.write_all(b"t").await;
        }
    }

    /// Closes the life line and waits for the guard's end: then nothing of the adapter's group is left. When the guard can't do its
    /// duty, because it stands still or was killed, this does it.
    pub(in crate::adapter) async fn end(&mut self) {
        self.line = None;
        if let Ok(Ok(status)) = timeout(REAP * 2, self.child.wait()).await
            && status.code().is_some()
        {
            return;
        }
        if let Some(adapter) = &self.adapter {
            adapter.kill();
        }
        let _ = self.child.start_kill();
        let _ = timeout(REAP, self.child.wait()).await;
    }
}
