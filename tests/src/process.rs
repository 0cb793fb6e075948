//! A child process that can be killed, frozen and thawed. Its output goes to a file.
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

pub struct Process {
    pub name: String,
    pub log: PathBuf,
    child: Child,
    command: Vec<String>,
    env: Vec<(String, String)>,
}

impl Process {
    /// Starts a program. `command[0]` is its path.
    pub fn start(name: &str, dir: &Path, command: Vec<String>, env: Vec<(String, String)>) -> Self {
        let log = dir.join(format!("{name}.log"));
        let child = spawn(&log, &command, &env);
        Process {
            name: name.into(),
            log,
            child,
            command,
            env,
        }
    }
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        let _ = kill_process(pid, signal);
    }
    /// `kill -9`
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
    /// SIGTERM
    pub fn stop(&self) {
        self.signal(Signal::TERM);
    }
    /// SIGHUP: it reads its configuration again.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }
    /// SIGSTOP: it stands still until thawed.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }
    /// SIGCONT
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }
    /// The exit code, once it has ended.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|s| s.code().unwrap_or(-1))
    }
    /// Starts it again after a kill, with the same command.
    pub fn restart(&mut self) {
        self.child = spawn(&self.log, &self.command, &self.env);
    }
    /// What it has written so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
    /// How many bytes it has written so far.
    pub fn written(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |m| m.len())
    }
    /// What it has written since it had written so many bytes.
    pub fn output_since(&self, written: u64) -> String {
        let mut text = vec![];
        if let Ok(mut file) = File::open(&self.log) {
            file.seek(SeekFrom::Start(written)).unwrap();
            file.read_to_end(&mut text).unwrap();
        }
        String::from_utf8_lossy(&text).into_owned()
    }
    /// Waits until its output holds `text`.
    pub async fn says(&self, text: &str, limit: Duration) {
        let say = format!("{} says {text:?}; it said:\n{}", self.name, self.output());
        crate::wait::until(&say, limit, || async { self.output().contains(text).then_some(()) }).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(log: &Path, command: &[String], env: &[(String, String)]) -> Child {
    let file: File = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let err = file.try_clone().unwrap();
    Command::new(&command[0])
        .args(&command[1..])
        .envs(env.iter().cloned())
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(err)
        .spawn()
        .unwrap_or_else(|why| panic!("{}: {why}", command[0]))
}

/// A binary of this workspace, next to the test's own.
pub fn binary(name: &str) -> String {
    let here = std::env::current_exe().unwrap();
    let dir = here.ancestors().find(|d| d.join(name).is_file());
    let dir = dir
        .unwrap_or_else(|| panic!("{name} isn't built: run `cargo build --workspace --bins` first (tests/run does)"));
    dir.join(name).to_str().unwrap().into()
}
