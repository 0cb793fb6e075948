//! What is known of the schemas of all plans.
use super::book::{Book, Says};
use bytes::Bytes;
use chandler_process::Shutdown;
use std::{
    collections::BTreeMap,
    fmt,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// What the watch tells, in its order.
#[derive(Debug)]
pub(crate) enum News {
    /// What lies there for the plan with this id; `None` when it was removed.
    Changed(String, Option<Bytes>),
    /// The bucket was made anew: what lay there says nothing about what lies there now.
    Replaced,
    /// All that lies there was told.
    Loaded,
}

/// What is published, as far as this gateway can use it. It forgets nothing that hasn't been replaced: platforms go on to
/// be served when the bus has lost it.
pub(crate) struct Library {
    known: RwLock<Known>,
    loaded: watch::Sender<bool>,
    news: mpsc::UnboundedSender<News>,
    heard: Mutex<Option<mpsc::UnboundedReceiver<News>>>,
    /// Who may check parameters at the same time: not more than there are processors, however many requests there are.
    turns: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Known {
    plans: BTreeMap<String, Entry>,
    /// Counts what a catalog could show.
    edition: u64,
}

/// What is known of one plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// What was published last that can be used.
    pub(super) book: Option<Arc<Book>>,
    /// Why what was published since can't be used.
    pub(super) unusable: Option<String>,
    /// It isn't on the bus any more.
    pub(super) lost: bool,
}

impl Default for Library {
    fn default() -> Self {
        let (news, heard) = mpsc::unbounded_channel();
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Library {
            turns: Arc::new(Semaphore::new(processors)),
            known: RwLock::default(),
            loaded: watch::Sender::new(false),
            news,
            heard: Mutex::new(Some(heard)),
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Library")
    }
}

impl Library {
    /// Takes what the watch tells; it is read later.
    pub(crate) fn hears(&self, news: News) {
        // Nobody reads any more when the process stops.
        let _ = self.news.send(news);
    }

    /// Reads what was heard, one after another, until the stop. Only one may do that.
    pub(crate) async fn run(&self, shutdown: &Shutdown) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut heard) = heard else { return };
        let stop = shutdown.cancelled();
        tokio::pin!(stop);
        loop {
            let news = tokio::select! {
                () = &mut stop => return,
                news = heard.recv() => news,
            };
            match news {
                Some(news) => self.learn(news).await,
                None => return,
            }
        }
    }

    /// Waits until what lay on the bus at the first load was read.
    pub(crate) async fn loaded(&self) {
        // The sender lives as long as we do.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    /// Whether it was.
    pub(crate) fn is_loaded(&self) -> bool {
        *self.loaded.borrow()
    }

    /// Waits for a turn to check parameters; it ends when the permit is dropped.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        self.turns.clone().acquire_owned().await.ok()
    }

    /// What is known of a plan.
    pub(super) fn of(&self, plan_id: &str) -> Entry {
        self.read().plans.get(plan_id).cloned().unwrap_or_default()
    }

    /// What is known of these plans at one moment, and a number that another moment with other books doesn't have.
    pub(super) fn all_of<'a>(&self, plan_ids: impl Iterator<Item = &'a str>) -> (u64, Vec<Entry>) {
        let known = self.read();
        let of = |id: &str| known.plans.get(id).cloned().unwrap_or_default();
        (known.edition, plan_ids.map(of).collect())
    }

    /// The number alone.
    pub(super) fn edition(&self) -> u64 {
        self.read().edition
    }

    async fn learn(&self, news: News) {
        match news {
            News::Changed(plan, Some(value)) => {
                let id = plan.clone();
                let reading = tokio::task::spawn_blocking(move || Book::read(&id, &value));
                let panicked = |_| Err("a defect: reading it ended by a panic".to_owned());
                let read = reading.await.unwrap_or_else(panicked);
                self.take(plan, read);
            }
            News::Changed(plan, None) => {
                tracing::warn!(
                    plan,
                    "the schemas of a plan were removed from the bus; those known before stay in use"
                );
                self.write().plans.entry(plan).or_default().lost = true;
            }
            News::Replaced => self.write().plans.values_mut().for_each(|entry| entry.lost = true),
            News::Loaded => drop(self.loaded.send_replace(true)),
        }
    }

    pub(super) fn take(&self, plan: String, read: Result<Book, String>) {
        match &read {
            Ok(book) => match &book.says {
                Says::Good(schemas) => {
                    tracing::info!(plan, digest = book.plan_digest, "the schemas of a plan were published");
                    for warning in schemas.warnings() {
                        tracing::warn!(plan, "{warning}");
                    }
                }
                // The adapter's words are in the texts.
                Says::Wrong(_) => tracing::error!(
                    plan,
                    "the schemas of a plan can't be used: the catalog tells why, and so does the worker's /readyz"
                ),
            },
            Err(why) => tracing::error!(
                plan,
                why,
                "what was published of a plan's schemas can't be used; what was known before stays in use"
            ),
        }
        let mut known = self.write();
        let entry = known.plans.entry(plan).or_default();
        entry.lost = false;
        match read {
            Ok(book) => {
                (entry.book, entry.unusable) = (Some(Arc::new(book)), None);
                known.edition += 1;
            }
            Err(why) => entry.unusable = Some(why),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        // Nothing in these locks can panic half-way.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::testing::{document, published};
    use serde_json::Value;

    fn changed(value: &Value) -> News {
        News::Changed("p".into(), Some(value.to_string().into()))
    }
    fn shown(library: &Library) -> Option<Value> {
        Some(library.of("p").book?.good()?.to_osbapi())
    }

    #[tokio::test]
    async fn what_cannot_be_used_leaves_what_was_known() {
        let library = Library::default();
        library.learn(changed(&published("p", Ok(document("one"))))).await;
        assert_eq!((shown(&library), library.edition()), (Some(document("one")), 1));

        let mut later = published("p", Ok(document("two")));
        later["schema"] = 2.into();
        library.learn(changed(&later)).await;
        assert_eq!((shown(&library), library.edition()), (Some(document("one")), 1));
        assert!(library.of("p").unusable.unwrap().contains("later release"));

        library.learn(changed(&published("p", Ok(document("two"))))).await;
        assert_eq!((shown(&library), library.edition()), (Some(document("two")), 2));
        assert_eq!(library.of("p").unusable, None);
        library.learn(changed(&published("p", Err(vec!["bad"])))).await;
        assert_eq!((shown(&library), library.edition()), (None, 3), "it is the last word");
    }

    #[tokio::test]
    async fn what_the_bus_has_lost_is_kept_until_something_else_is_there() {
        let library = Library::default();
        for lost in [News::Changed("p".into(), None), News::Replaced] {
            library.learn(changed(&published("p", Ok(document("one"))))).await;
            assert!(!library.of("p").lost);
            let edition = library.edition();
            library.learn(lost).await;
            assert!(library.of("p").lost);
            assert_eq!((shown(&library), library.edition()), (Some(document("one")), edition));
        }
        library.learn(changed(&published("p", Ok(document("two"))))).await;
        assert_eq!((shown(&library), library.of("p").lost), (Some(document("two")), false));
    }

    #[tokio::test]
    async fn it_is_loaded_when_all_before_was_read() {
        let library = Arc::new(Library::default());
        library.hears(changed(&published("p", Ok(document("one")))));
        library.hears(News::Loaded);
        let (reader, shutdown) = (library.clone(), Shutdown::manual());
        assert!(!library.is_loaded());
        let stop = shutdown.clone();
        let running = tokio::spawn(async move { reader.run(&stop).await });
        library.loaded().await;
        assert!(library.is_loaded() && shown(&library).is_some());
        shutdown.cancel();
        running.await.unwrap();
    }
}
