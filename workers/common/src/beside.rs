//! What a worker does beside its turns, for as long as its settings are in force.
use crate::checks::Told;
use chandler_engine::store::Bus;
use chandler_process::Clock;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinHandle;

/// Work that goes on until it is dropped; also in the middle of something.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What such work stands on.
#[derive(Clone)]
pub struct Ground {
    /// The bus, with the worker's user.
    pub bus: Bus,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where it tells what a check of its own came to.
    pub told: Told,
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ground")
    }
}

/// The work that goes on; it ends with this.
#[derive(Debug, Default)]
pub(crate) struct Beside(Mutex<Option<JoinHandle<()>>>);

impl Beside {
    /// Work in place of what there was. It begins when that has ended: both may want the same thing for themselves.
    pub(crate) fn put(&self, work: Option<Work>) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = running.take();
        if let Some(before) = &before {
            before.abort();
        }
        *running = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            if let Some(work) = work {
                work.await;
            }
        }));
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let running = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running {
            running.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::sync::mpsc;

    /// Says when it begins and when it is dropped.
    fn work(name: &'static str, say: &mpsc::UnboundedSender<(&'static str, bool)>) -> Option<Work> {
        struct Ends(&'static str, mpsc::UnboundedSender<(&'static str, bool)>);
        impl Drop for Ends {
            fn drop(&mut self) {
                let _ = self.1.send((self.0, false));
            }
        }
        let say = say.clone();
        Some(Box::pin(async move {
            say.send((name, true)).unwrap();
            let _ends = Ends(name, say);
            pending::<()>().await;
        }))
    }

    #[tokio::test]
    async fn one_ends_before_the_next_begins_and_all_end_with_it() {
        let (say, mut said) = mpsc::unbounded_channel();
        let beside = Beside::default();
        beside.put(work("one", &say));
        assert_eq!(said.recv().await, Some(("one", true)));
        beside.put(work("two", &say));
        assert_eq!(said.recv().await, Some(("one", false)));
        assert_eq!(said.recv().await, Some(("two", true)));
        beside.put(None);
        assert_eq!(said.recv().await, Some(("two", false)));
        beside.put(work("three", &say));
        assert_eq!(said.recv().await, Some(("three", true)));
        drop(beside);
        assert_eq!(said.recv().await, Some(("three", false)));
    }
}
