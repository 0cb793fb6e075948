//! The file, read and checked as at the start.
use crate::program::Settings;
use chandler_proto::config::{self, Finding, Findings, Loaded, Refused};
use std::{path::PathBuf, thread};
use tokio::sync::oneshot;

/// Reads it on a thread of its own: a file may be slow, and so may the CAs of the system. Nobody who drops this waits for the thread, not even the
/// process at its end.
///
/// # Errors
/// What is wrong with it, all of it.
pub(super) async fn file<S: Settings>(file: PathBuf) -> Result<(Loaded, S), Refused> {
    let (done, read) = oneshot::channel();
    let reader = thread::Builder::new().name("reload".into());
    let started = reader.spawn(move || {
        let _ = done.send(of(&file)); // nobody waits any more when the process stops
    });
    match (started, read.await) {
        (Err(why), _) => Err(refused(format!("it can't be read now: {why}"))),
        (Ok(_), Ok(read)) => read,
        (Ok(_), Err(_)) => Err(refused("a defect: reading it ended by a panic".into())),
    }
}

fn of<S: Settings>(file: &PathBuf) -> Result<(Loaded, S), Refused> {
    match std::fs::read_to_string(file) {
        Ok(text) => config::load(&text, S::of),
        Err(why) => Err(refused(format!("{}: {why}", file.display()))),
    }
}

fn refused(message: String) -> Refused {
    let path = String::new();
    Refused {
        errors: Findings(vec![Finding { path, message }]),
        warnings: Vec::new(),
    }
}
