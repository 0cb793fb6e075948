//! Stdout, for which no request waits: lines go through a queue to one thread. A reader that is slow or gone costs lines, never time.
use chandler_process::{
    Registry,
    metrics::prometheus_client::{
        encoding::EncodeLabelSet,
        metrics::{counter::Counter, family::Family},
    },
};
use std::{
    fmt,
    io::Write,
    sync::{
        Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// Events that wait for the thread. A pipe holds 64 KiB besides.
const QUEUE: usize = 1024;

type Writer = Box<dyn Write + Send>;

/// What became of lines.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Label {
    outcome: &'static str,
}

/// Where telemetry goes. The thread begins with the first line.
pub(crate) struct Outlet {
    /// Until the thread has it.
    writer: Mutex<Option<Writer>>,
    queue: OnceLock<SyncSender<Message>>,
    lines: Family<Label, Counter>,
    state: Mutex<State>,
}

enum Message {
    /// Whole lines.
    Lines(String),
    /// Everything before it was written.
    Reached(oneshot::Sender<()>),
}

#[derive(Default)]
struct State {
    /// The lines that found no place since the last one that did.
    dropped: u64,
    /// Why nothing is counted.
    hindered: Option<&'static str>,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl Outlet {
    /// The process's stdout.
    pub(crate) fn stdout(registry: &Registry) -> Self {
        Outlet::to(Box::new(std::io::stdout()), registry)
    }

    /// Whatever writes.
    pub(super) fn to(writer: Writer, registry: &Registry) -> Self {
        let lines = Family::default();
        let help = "Lines of telemetry, by what became of them: written, or dropped since stdout isn't read";
        registry.register("gateway_telemetry_lines", help, lines.clone());
        Outlet {
            writer: Mutex::new(Some(writer)),
            queue: OnceLock::new(),
            lines,
            state: Mutex::default(),
        }
    }

    /// Queues the lines of one event, or drops them. It never waits.
    pub(super) fn put(&self, lines: String) {
        let number = count(&lines);
        let queued = number == 0 || self.queue().try_send(Message::Lines(lines)).is_ok();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (queued, state.dropped) {
            (true, 0) => {}
            (true, dropped) => {
                state.dropped = 0;
                tracing::warn!(dropped, "stdout is read again: telemetry goes on");
            }
            (false, before) => {
                if before == 0 {
                    tracing::warn!("stdout isn't read: telemetry is dropped");
                }
                state.dropped += number;
                self.counter("dropped").inc_by(number);
            }
        }
    }

    /// Tells why nothing is counted, once, in the Go broker's words.
    pub(super) fn hindered(&self, why: Option<&'static str>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cause) = why.filter(|_| state.hindered != why) {
            tracing::warn!(
                "Failed to query list of instances for telemetry (cause: {cause}). Skipping total instances log."
            );
        }
        state.hindered = why;
    }

    /// Waits until everything that is queued was written, not longer than `limit`.
    pub(crate) async fn drained(&self, limit: Duration) {
        let Some(queue) = self.queue.get() else { return };
        let (reached, all) = oneshot::channel();
        if queue.try_send(Message::Reached(reached)).is_ok() {
            let _ = timeout(limit, all).await;
        }
    }

    fn counter(&self, outcome: &'static str) -> Counter {
        self.lines.get_or_create_owned(&Label { outcome })
    }

    fn queue(&self) -> &SyncSender<Message> {
        self.queue.get_or_init(|| {
            let (sender, receiver) = sync_channel(QUEUE);
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(writer) = writer {
                let written = self.counter("written");
                let work = move || write(writer, &receiver, &written);
                // Without a thread the receiver is gone, and every line is dropped.
                if let Err(error) = std::thread::Builder::new().name("telemetry".into()).spawn(work) {
                    tracing::error!(%error, "no thread for telemetry");
                }
            }
            sender
        })
    }
}

/// Writes until nobody queues any more, or nobody can read any more.
fn write(mut writer: Writer, queue: &Receiver<Message>, written: &Counter) {
    for message in queue {
        match message {
            Message::Lines(lines) => {
                if let Err(error) = writer.write_all(lines.as_bytes()).and_then(|()| writer.flush()) {
                    tracing::warn!(%error, "telemetry can't be written to stdout");
                    return;
                }
                written.inc_by(count(&lines));
            }
            Message::Reached(told) => drop(told.send(())),
        }
    }
}

fn count(lines: &str) -> u64 {
    u64::try_from(lines.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u64::MAX)
}
