//! No run outlives its worker or its limit, whatever becomes of the worker.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chandler_clients::adapter::guard::Word;
use chandler_clients::adapter::{Adapter, AdapterError};

use crate::script::{Script, is_alive, until};
use crate::server::context;

const GUARD: &str = env!("CARGO_BIN_EXE_adapter-guard");
const SCRIPT: &str = "GUARD_TEST_SCRIPT";
const LIMIT: &str = "GUARD_TEST_SECONDS";

/// Ignores SIGTERM, and so does its child; all write down who they are, the guard too.
const STUBBORN: &str = r#"trap '' TERM
sh -c 'trap "" TERM; echo $$ > "$0/child"; while :; do sleep 1; done' "$DIR" &
echo $PPID > "$DIR/guard"
echo $$ > "$DIR/pid"
while :; do sleep 1; done"#;

/// Not a test but a worker for the tests below: it runs one adapter and says how that ended.
#[tokio::test]
#[ignore = "a process of other tests"]
async fn a_worker() {
    let path = PathBuf::from(std::env::var_os(SCRIPT).expect("run by another test"));
    let seconds = std::env::var_os(LIMIT).unwrap().into_string().unwrap();
    let mut script = Script::new("exit 0");
    script.settings.path = path.clone();
    let end = script.run(Duration::from_secs(seconds.parse().unwrap())).await;
    let said = match end.unwrap_err() {
        AdapterError::TimedOut { .. } => "timed out\n",
        AdapterError::NotStarted { .. } => "not started\n",
        AdapterError::Exited { .. } | AdapterError::TooLarge { .. } | AdapterError::InvalidOutput { .. } => "other\n",
    };
    std::fs::write(path.with_file_name("end"), said).unwrap();
}

/// Dies with the test.
struct Worker(Child);

impl Worker {
    fn start(script: &Script, seconds: u64) -> Self {
        // Ourselves, also when a build has put another file there meanwhile.
        let child = Command::new("/proc/self/exe")
            .args(["--exact", "adapter_guard::a_worker", "--ignored"])
            .env(SCRIPT, &script.settings.path)
            .env(LIMIT, seconds.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn signal(&self, signal: &str) {
        send(signal, &self.0.id().to_string());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn send(signal: &str, pid: &str) {
    let sent = Command::new("kill").args([signal, pid.trim()]).status().unwrap();
    assert!(sent.success());
}

async fn all(script: &Script) -> [String; 3] {
    [
        script.left("pid").await,
        script.left("child").await,
        script.left("guard").await,
    ]
}

async fn gone(pids: &[String; 3]) -> Duration {
    let begun = Instant::now();
    until("the end of adapter, child and guard", || {
        !pids.iter().any(|pid| is_alive(pid))
    })
    .await;
    begun.elapsed()
}

#[tokio::test]
async fn a_killed_worker_takes_the_adapter_with_it() {
    let script = Script::new(STUBBORN);
    let worker = Worker::start(&script, 60);
    let pids = all(&script).await;
    assert!(pids.iter().all(|pid| is_alive(pid)));
    worker.signal("-KILL");
    let took = gone(&pids).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_worker_that_stands_still_does_not_prolong_a_run() {
    let script = Script::new(STUBBORN);
    let begun = Instant::now();
    let worker = Worker::start(&script, 3);
    let pids = all(&script).await;
    worker.signal("-STOP");
    gone(&pids).await;
    let took = begun.elapsed();
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(8)).contains(&took),
        "{took:?}"
    );
    worker.signal("-CONT");
    assert_eq!(script.left("end").await, "timed out\n");
}

#[tokio::test]
async fn a_guard_ends_with_its_run_and_has_no_inputs_on_its_command_line() {
    let script = Script::new(
        r#"tr '\0' '\n' < /proc/$PPID/cmdline > "$DIR/argv"; echo $PPID > "$DIR/guard"; cat > "$DIR/in"
echo '{"manifest":"name: service-instance_1"}'"#,
    );
    script.run_long().await.unwrap();
    assert!(!is_alive(&script.left("guard").await));
    let argv = script.left("argv").await;
    let rest = format!("\nfeed\n{}\ngenerate-manifest\n", script.settings.path.display());
    assert!(argv.starts_with(GUARD) && argv.ends_with(&rest), "{argv}");
    assert!(script.left("in").await.contains("parameter-secret"));
}

#[tokio::test]
async fn a_killed_guard_ends_the_run_and_a_frozen_one_does_not_prolong_it() {
    for (signal, limit) in [("-KILL", 60), ("-STOP", 2)] {
        let script = Script::new(STUBBORN);
        let adapter = script.adapter();
        let run = tokio::spawn(async move {
            let limit = Duration::from_secs(limit);
            adapter
                .generate_manifest(crate::script::input(), "d", &context(), limit)
                .await
        });
        let pids = all(&script).await;
        send(signal, &pids[2]);
        match (signal, run.await.unwrap().unwrap_err()) {
            ("-KILL", AdapterError::Exited { code: None, .. }) | ("-STOP", AdapterError::TimedOut { .. }) => {}
            (_, other) => panic!("{signal}: {other}"),
        }
        gone(&pids).await;
    }
}

#[tokio::test]
async fn without_a_guard_nothing_is_run_and_the_start_says_so() {
    let mut script = Script::new(r#"echo ran > "$DIR/ran""#);
    assert_eq!(script.adapter().check(), Ok(()));
    script.settings.guard = Some(script.file("no-guard"));
    let why = Adapter::new(script.settings.clone()).check().unwrap_err();
    assert!(why.contains("no-guard, is no executable file"), "{why}");
    let error = script.run_long().await.unwrap_err();
    assert!(
        matches!(&error, AdapterError::NotStarted { for_operator } if for_operator.contains(&why)),
        "{error}"
    );
    // Something else that is executable doesn't pass for one.
    script.settings.guard = Some("/bin/true".into());
    let error = script.run_long().await.unwrap_err();
    assert!(matches!(error, AdapterError::Exited { code: None, .. }), "{error}");
    assert!(!script.file("ran").exists());
}

/// A guard by hand.
fn guard(until_ms: &str, path: &Path) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = Command::new(GUARD)
        .args([until_ms, "1000", "feed"])
        .arg(path)
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    ours.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    (child, ours)
}

fn block(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_be_bytes()[..], text].concat()
}

/// A time of the guard's clock that is never reached.
const NEVER: &str = "9000000000000";

#[tokio::test]
async fn nothing_starts_late_or_with_half_of_its_input() {
    let script = Script::new(r#"echo ran > "$DIR/ran""#);
    // The worker stood still before it had started the guard: the limit doesn't move with it.
    let (mut child, mut line) = guard("1", &script.settings.path);
    // It may be gone before it has read this.
    let _ = line.write_all(&block(b"input"));
    let mut said = String::new();
    BufReader::new(line).read_line(&mut said).unwrap();
    assert_eq!(Word::read(&said), Some(Word::Late), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(125));

    let (mut child, mut line) = guard(NEVER, &script.settings.path);
    let whole = block(b"input");
    line.write_all(&whole[..whole.len() - 1]).unwrap();
    drop(line);
    assert_eq!(child.wait().unwrap().code(), Some(125));
    assert!(!script.file("ran").exists());
}

#[tokio::test]
async fn a_guard_says_how_the_adapter_ended_in_words_and_by_its_code() {
    let cases = [
        ("exit 49", Word::Exited(49), 49),
        ("kill -KILL $$", Word::Signaled(9), 137),
        ("cat > /dev/null; exit 0", Word::Exited(0), 0),
    ];
    for (body, word, code) in cases {
        let script = Script::new(body);
        let (mut child, mut line) = guard(NEVER, &script.settings.path);
        line.write_all(&block(b"input")).unwrap();
        // It leaves by itself, even when nobody closes the life line.
        let status = child.wait().unwrap();
        let mut said = String::new();
        line.read_to_string(&mut said).unwrap();
        let words: Vec<Word> = said.lines().filter_map(Word::read).collect();
        assert!(
            matches!(&words[..], [Word::Started(_), end] if *end == word),
            "{body}: {said}"
        );
        assert_eq!(status.code(), Some(code), "{body}");
    }
    let (mut child, mut line) = guard(NEVER, Path::new("/no/such/adapter"));
    line.write_all(&block(b"")).unwrap();
    let mut said = String::new();
    line.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("failed No such file"), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(126));
    let wrong = Command::new(GUARD).arg("--help").output().unwrap();
    assert_eq!(wrong.status.code(), Some(64));
}
