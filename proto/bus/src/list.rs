//! Which bindings an instance has, by the stream's leader.

use crate::connect::Bus;
use crate::errors::BusError;
use chandler_proto::layout::{Key, bindings_filter};
use serde::Deserialize;
use std::collections::HashMap;

/// Keys, and as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The keys in order, those of delete markers included: whoever reads one finds nothing.
    pub keys: Vec<Key>,
    /// Every write up to this revision of the bucket is in it; a later one may be.
    pub as_of: u64,
}

#[derive(Deserialize)]
struct Info {
    state: State,
    #[serde(default)]
    total: usize,
}

#[derive(Deserialize)]
struct State {
    last_seq: u64,
    #[serde(default)]
    subjects: Option<HashMap<String, u64>>,
}

impl Bus {
    /// Lists the keys of an instance's bindings through the stream's leader. A leader that has just lost its place may
    /// answer with an older state: the caller compares [`Listed::as_of`] with what has to be in it.
    ///
    /// # Errors
    /// [`BusError`]; transient while there is no leader.
    pub async fn bindings(&self, instance: &str) -> Result<Listed, BusError> {
        let stream = self.layout().records_stream();
        let filter = self.layout().record_subject(&bindings_filter(instance));
        let mut listed = Listed {
            keys: Vec::new(),
            as_of: u64::MAX,
        };
        // The server answers at most 100,000 subjects at once.
        let mut offset = 0;
        loop {
            let wanted = serde_json::json!({ "subjects_filter": filter, "offset": offset });
            let answer = self
                .api::<Info>(&stream, &format!("STREAM.INFO.{stream}"), &wanted)
                .await?;
            let info = answer.map_err(|error| BusError::from_server(&stream, &error))?;
            let page = info.state.subjects.unwrap_or_default();
            listed.as_of = listed.as_of.min(info.state.last_seq);
            offset += page.len();
            for subject in page.keys() {
                let key = self.layout().key_of(subject).and_then(|key| Key::parse(key).ok());
                listed.keys.extend(key);
            }
            if page.is_empty() || offset >= info.total {
                break;
            }
        }
        listed.keys.sort();
        listed.keys.dedup();
        Ok(listed)
    }
}
