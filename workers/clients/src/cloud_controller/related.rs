//! How a resource names another one: `{"data":{"guid":"…"}}`.

use serde::Deserialize;

/// A relationship that is always there.
#[derive(Deserialize)]
pub(super) struct One {
    data: Guid,
}

/// A relationship that may be empty.
#[derive(Deserialize)]
pub(super) struct Perhaps {
    data: Option<Guid>,
}

/// A guid in an object.
#[derive(Deserialize)]
pub(super) struct Guid {
    pub(super) guid: String,
}

impl One {
    pub(super) fn guid(self) -> String {
        self.data.guid
    }
}

impl Perhaps {
    pub(super) fn guid(relation: Option<Self>) -> Option<String> {
        relation.and_then(|it| it.data).map(|data| data.guid)
    }
}
