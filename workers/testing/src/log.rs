//! What was logged.
use std::{
    io,
    sync::{Arc, Mutex, Once},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;

/// What was caught. A test whose tasks all run on its own thread, as those of `tokio::test` do, sees everything.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Everything that this thread logs, at whatever level, until the guard is dropped.
    pub fn catch(&self) -> DefaultGuard {
        // With this one everywhere no other test's thread can have a call site switched off for all, because nobody
        // listens there.
        static EVERYWHERE: Once = Once::new();
        EVERYWHERE.call_once(|| {
            let nobody = tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_writer(io::sink)
                .finish();
            tracing::subscriber::set_global_default(nobody).unwrap();
        });
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
    /// The lines that say this.
    pub fn lines(&self, what: &str) -> Vec<String> {
        let text = self.text();
        text.lines()
            .filter(|line| line.contains(what))
            .map(str::to_owned)
            .collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
