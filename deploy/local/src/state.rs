//! The directory of one run: `target/local/<n>`, and `target/local/current.json` that tells about it.

use anyhow::Context as _;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// How many runs that have ended are kept.
const KEPT: usize = 4;

/// What a run tells of itself, in its directory.
pub(crate) const TOLD: &str = "stack.json";

/// The directory of this run, ours as long as this lives.
#[derive(Debug)]
pub(crate) struct State {
    /// `target/local/<n>`.
    pub(crate) dir: PathBuf,
    number: u64,
    current: PathBuf,
    /// Locked while the run lives; the kernel drops the lock with the process.
    _lock: File,
}

impl State {
    /// Makes a fresh directory and removes those of old runs that have ended.
    pub(crate) fn fresh(root: &Path) -> anyhow::Result<State> {
        let home = root.join("target/local");
        fs::create_dir_all(&home).with_context(|| format!("can't make {}", home.display()))?;
        let runs = runs(&home)?;
        for (_, old) in runs.iter().rev().skip(KEPT) {
            if lock(old).is_ok() {
                fs::remove_dir_all(old).with_context(|| format!("can't remove {}", old.display()))?;
            }
        }
        let mut number = runs.last().map_or(1, |(number, _)| number + 1);
        let dir = loop {
            let dir = home.join(number.to_string());
            match fs::DirBuilder::new().mode(0o700).create(&dir) {
                Ok(()) => break dir,
                // Another run began at the same moment.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error).with_context(|| format!("can't make {}", dir.display())),
            }
        };
        let lock = lock(&dir)?;
        fs::create_dir(dir.join("log"))?;
        Ok(State {
            dir,
            number,
            current: home.join("current.json"),
            _lock: lock,
        })
    }

    /// Writes a file that only we may read, and says where.
    pub(crate) fn secret(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.dir.join(name);
        write(&path, text)?;
        Ok(path)
    }

    /// Where a program's output goes.
    pub(crate) fn log(&self, program: &str) -> PathBuf {
        self.dir.join("log").join(format!("{program}.log"))
    }

    /// The CA that a simulator writes, PEM.
    pub(crate) fn ca(&self, simulator: &str) -> PathBuf {
        self.dir.join(format!("{simulator}-ca.pem"))
    }

    /// Tells about this run, in its directory, and as the current one unless a later one lives. Never half written.
    pub(crate) fn tell(&self, about: &Value) -> anyhow::Result<()> {
        let text = format!("{about:#}\n");
        replace(&self.dir.join(TOLD), &text)?;
        match self.others().next_back() {
            Some((number, _)) if number > self.number => Ok(()),
            Some(_) | None => replace(&self.current, &text),
        }
    }

    /// Nothing runs any more; the directory stays. The current run is then the last of those that still live.
    pub(crate) fn ended(&self) {
        let _ = fs::remove_file(self.dir.join(TOLD));
        let others: Vec<_> = self.others().collect();
        match others.last() {
            Some((number, _)) if *number > self.number => {}
            Some((_, dir)) => {
                let told = fs::read_to_string(dir.join(TOLD)).map_err(anyhow::Error::from);
                let _ = told.and_then(|text| replace(&self.current, &text));
            }
            None => {
                let _ = fs::remove_file(&self.current);
            }
        }
    }

    /// The other runs that live and have told of themselves, oldest first.
    fn others(&self) -> impl DoubleEndedIterator<Item = (u64, PathBuf)> {
        let home = self.dir.parent().map(runs).and_then(Result::ok);
        let others = home.into_iter().flatten().filter(|(number, _)| *number != self.number);
        // Who has told of itself has its lock: looking at it can't be in its way.
        others.filter(|(_, dir)| dir.join(TOLD).exists() && lock(dir).is_err())
    }
}

fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    write(&fresh, text)?;
    fs::rename(&fresh, path).with_context(|| format!("can't write {}", path.display()))
}

fn runs(home: &Path) -> anyhow::Result<Vec<(u64, PathBuf)>> {
    let mut runs = Vec::new();
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse().ok());
        if let Some(number) = number {
            runs.push((number, path));
        }
    }
    runs.sort();
    Ok(runs)
}

fn lock(dir: &Path) -> anyhow::Result<File> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)?;
    file.try_lock()
        .with_context(|| format!("{} belongs to a run that lives", dir.display()))?;
    Ok(file)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("can't write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_run_has_its_own_and_only_ended_ones_go() {
        let root = tempfile::tempdir().unwrap();
        let first = State::fresh(root.path()).unwrap();
        for _ in 0..8 {
            State::fresh(root.path()).unwrap();
        }
        let last = State::fresh(root.path()).unwrap();
        assert!(first.dir.exists(), "it lives");
        let numbers: Vec<u64> = runs(&root.path().join("target/local"))
            .unwrap()
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(numbers, [1, 6, 7, 8, 9, 10]);
        first.tell(&json!({ "n": 1 })).unwrap();
        last.tell(&json!({ "n": 10 })).unwrap();
        first.ended();
        let current = root.path().join("target/local/current.json");
        assert!(
            fs::read_to_string(&current).unwrap().contains("10"),
            "the newer run's stays"
        );
        last.ended();
        assert!(!current.exists());
    }

    #[test]
    fn who_ends_leaves_the_others_known() {
        let root = tempfile::tempdir().unwrap();
        let current = || fs::read_to_string(root.path().join("target/local/current.json")).unwrap_or_default();
        let [first, second, third] = [1, 2, 3].map(|n| {
            let state = State::fresh(root.path()).unwrap();
            state.tell(&json!({ "run": n })).unwrap();
            state
        });
        first.tell(&json!({ "run": "1 again" })).unwrap();
        assert!(
            current().contains('3'),
            "a run that was there before isn't the current one"
        );
        second.ended();
        drop(second);
        assert!(current().contains('3'));
        third.ended();
        drop(third);
        assert!(current().contains("1 again"), "{}", current());
        first.ended();
        assert_eq!(current(), "");
    }
}
