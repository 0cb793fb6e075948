//! Every write to a bucket, in order. The bucket itself keeps only the last one of each key, so the server is told to
//! publish a copy of what it stores.
use super::rule::{Plans, Rule, held_by};
use async_nats::{
    Client,
    jetstream::{self, stream::Republish},
};
use chandler_proto::{
    layout::{Layout, complete_key},
    records::{Phase, Record},
};
use futures::StreamExt as _;
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::watch;

const DEADLINE: Duration = Duration::from_secs(60);

/// One write.
#[derive(Clone, Debug)]
pub(super) struct Written {
    revision: u64,
    key: String,
    /// `None` for what isn't a record: the mark that the bucket is complete, and what is left of what was removed.
    record: Option<Record>,
}

/// What was written so far, seen by a task beside.
pub(super) struct History {
    stream: String,
    client: Client,
    seen: watch::Receiver<Vec<Written>>,
}

impl Written {
    fn of(copy: &async_nats::Message, layout: &Layout) -> Self {
        let headers = copy.headers.as_ref().unwrap();
        let header = |name: &str| headers.get(name).unwrap().as_str();
        let key = layout.key_of(header("Nats-Subject")).unwrap();
        let is_record = *key != *complete_key() && !copy.payload.is_empty();
        Written {
            revision: header("Nats-Sequence").parse().unwrap(),
            key: key.to_owned(),
            record: is_record.then(|| Record::parse(&copy.payload).unwrap()),
        }
    }

    /// The id of who is written undecided by it for the first time.
    pub(super) fn pending(&self) -> Option<&str> {
        let pending = self.record.as_ref().filter(|record| record.phase == Phase::Pending);
        pending.map(|record| record.instance.as_str())
    }
}

impl History {
    /// Of a bucket that nobody has written to.
    pub(super) async fn of(url: &str, prefix: &str) -> Self {
        let layout = Layout::new(prefix).unwrap();
        let client = async_nats::connect(url).await.unwrap();
        let copies = format!("history.{prefix}.>");
        let mut copied = client.subscribe(copies.clone()).await.unwrap();
        client.flush().await.unwrap();

        let (stream, bus) = (layout.records_stream(), jetstream::new(client.clone()));
        let found = bus.get_stream(&stream).await.unwrap();
        let mut config = found.cached_info().config.clone();
        config.republish = Some(Republish {
            source: ">".to_owned(),
            destination: copies,
            headers_only: false,
        });
        bus.update_stream(config).await.unwrap();

        let (sender, seen) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Some(copy) = copied.next().await {
                let written = Written::of(&copy, &layout);
                sender.send_modify(|seen: &mut Vec<Written>| seen.push(written));
            }
        });
        History { stream, client, seen }
    }

    /// Waits for what is to be written.
    pub(super) async fn until(&self, what: &str, holds: impl FnMut(&Vec<Written>) -> bool) {
        let mut seen = self.seen.clone();
        let waited = tokio::time::timeout(DEADLINE, seen.wait_for(holds)).await;
        assert!(waited.is_ok_and(|it| it.is_ok()), "in vain: {what}");
    }

    /// All that was stored before this call, without a gap.
    async fn all(&self) -> watch::Ref<'_, Vec<Written>> {
        let bus = jetstream::new(self.client.clone());
        let stream = bus.get_stream(&self.stream).await.unwrap();
        let last = stream.cached_info().state.last_sequence;
        let there = |seen: &Vec<Written>| seen.last().map_or(0, |it| it.revision) >= last;
        self.until("every write is seen", there).await;
        let seen = self.seen.borrow();
        assert!((1..).zip(&*seen).all(|(revision, it)| it.revision == revision), "a gap");
        seen
    }

    /// Who was written undecided, the first one first.
    pub(super) async fn pending(&self) -> Vec<String> {
        let all = self.all().await;
        all.iter().filter_map(Written::pending).map(str::to_owned).collect()
    }

    /// The record of each instance, as it was written last.
    pub(super) async fn newest(&self) -> BTreeMap<String, Record> {
        let all = self.all().await;
        let newest: BTreeMap<&str, Option<&Record>> = all.iter().map(|it| (&*it.key, it.record.as_ref())).collect();
        let records = newest.into_values().flatten();
        records
            .map(|record| (record.instance.as_str().to_owned(), record.clone()))
            .collect()
    }

    /// Who holds what now.
    pub(super) async fn held(&self) -> Vec<Plans> {
        self.newest().await.values().map(held_by).collect()
    }

    /// Holds the rule against what was there after each write.
    pub(super) async fn check(&self, rule: &Rule) {
        let mut there = BTreeMap::new();
        for written in &*self.all().await {
            there.insert(&*written.key, written.record.as_ref().map(held_by).unwrap_or_default());
            let exceeded = rule.exceeded(there.values());
            assert_eq!(exceeded, Vec::<String>::new(), "at revision {}", written.revision);
        }
    }
}
