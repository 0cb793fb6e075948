//! Names of things, parsed once at the edge.
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The longest instance or binding id that is served, in bytes.
pub const LONGEST_ID: usize = 200;

/// An id that can't be served. The text may be shown to the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} id must be 1 to {LONGEST_ID} characters out of A-Z a-z 0-9 . _ - and neither '.' nor '..'")]
pub struct BadId {
    /// `service instance` or `service binding`.
    pub what: &'static str,
}

fn served(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id != "."
        && id != ".."
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The platform's id of a service instance, `[A-Za-z0-9_.-]{1,200}`.
///
/// It becomes part of a deployment name, so nothing else is served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId(String);

impl InstanceId {
    /// Parses a decoded id.
    ///
    /// # Errors
    /// [`BadId`] for anything but `[A-Za-z0-9_.-]{1,200}`, and for `.` and `..`.
    pub fn parse(id: &str) -> Result<Self, BadId> {
        if served(id) {
            Ok(InstanceId(id.into()))
        } else {
            Err(BadId {
                what: "service instance",
            })
        }
    }
    /// The id as the platform writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The name of its deployment: `service-instance_<id>`.
    pub fn deployment(&self) -> String {
        format!("{DEPLOYMENT_PREFIX}{}", self.0)
    }
}

/// What the names of all our deployments begin with.
pub const DEPLOYMENT_PREFIX: &str = "service-instance_";

impl TryFrom<String> for InstanceId {
    type Error = BadId;
    fn try_from(id: String) -> Result<Self, BadId> {
        InstanceId::parse(&id)
    }
}
impl From<InstanceId> for String {
    fn from(id: InstanceId) -> String {
        id.0
    }
}
impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The platform's id of a service binding, `[A-Za-z0-9_.-]{1,200}`.
///
/// It becomes part of a CredHub path, so nothing else is served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BindingId(String);

impl BindingId {
    /// Parses a decoded id.
    ///
    /// # Errors
    /// [`BadId`] for anything but `[A-Za-z0-9_.-]{1,200}`, and for `.` and `..`.
    pub fn parse(id: &str) -> Result<Self, BadId> {
        if served(id) {
            Ok(BindingId(id.into()))
        } else {
            Err(BadId {
                what: "service binding",
            })
        }
    }
    /// The id as the platform writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BindingId {
    type Error = BadId;
    fn try_from(id: String) -> Result<Self, BadId> {
        BindingId::parse(&id)
    }
}
impl From<BindingId> for String {
    fn from(id: BindingId) -> String {
        id.0
    }
}
impl fmt::Display for BindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job's id: a UUIDv7, so that ids sort by the time of their accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One turn of one worker; no two turns share it, so that a record shows who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TurnId(pub Uuid);

/// A point in time: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// This point plus a span.
    #[must_use]
    pub fn plus(self, span: std::time::Duration) -> Self {
        Millis(
            self.0
                .saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }
    /// The span from `earlier` to here; zero when it lies ahead.
    pub fn since(self, earlier: Millis) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_become_names_are_parsed_once() {
        for good in ["a", "A-1_b.c", &"x".repeat(200), "..."] {
            assert!(InstanceId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a%2F", "a\n", &"x".repeat(201)] {
            assert!(InstanceId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(
            serde_json::from_str::<InstanceId>("\"a/b\"").is_err(),
            "a record can't smuggle one in"
        );
    }
}
