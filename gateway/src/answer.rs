//! What a call comes to. How that looks as HTTP is written in `response`, and nowhere else.
mod response;

use bytes::Bytes;
use chandler_proto::{failure::Failure, operation::OperationString, records::Record, secret::Secret};
use http::HeaderValue;
use ring::digest;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Instance,
    Binding,
}

/// What a call comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The catalog.
    Catalog(Page),
    /// The platform has the catalog of this tag already.
    CatalogUnchanged(HeaderValue),
    /// An operation is on its way.
    Accepted(OperationString),
    /// What is there is being changed.
    Changing {
        operation: OperationString,
        /// The instance's dashboard, as it is known.
        dashboard_url: Option<String>,
    },
    /// What an operator asked for is on its way.
    Managed(OperationString),
    /// An upgrade would change nothing.
    UpToDate,
    /// It is all there already.
    Provisioned {
        /// The instance's dashboard.
        dashboard_url: Option<String>,
    },
    /// What is in force.
    Instance(Box<Instance>),
    /// A binding as the platform gets it, a JSON object. It may hold credentials, so it doesn't show itself.
    Binding {
        /// Made by this very request.
        created: bool,
        /// The object.
        json: Secret,
    },
    /// A binding was removed while the platform waited.
    Unbound,
    /// What the platform waited for ended badly.
    Failed(Box<Failure>),
    /// How far an operation is.
    State(LastOperation),
    /// It is no more.
    Gone(Thing),
    /// Nothing happened, because of the request.
    Refused(Refusal),
    /// Nothing is known to have happened, because of us.
    Trouble(Trouble),
    /// Nothing happened: schemas of plans are needed and not known. What to do.
    SchemasMissing(String),
    /// The catalog can't be shown: what is wrong with schemas of plans, in the Go broker's words.
    SchemasWrong(String),
}

/// The catalog as the platform gets it. It may hold the secret of a dashboard client, so it doesn't show itself.
#[derive(Clone, PartialEq)]
pub(crate) struct Page {
    /// The document.
    pub(crate) json: Bytes,
    /// What a platform may send back to learn that nothing changed.
    pub(crate) etag: HeaderValue,
}

impl Page {
    /// The page of a document.
    pub(crate) fn of(document: &Value) -> Self {
        let json = Bytes::from(document.to_string());
        let digest = digest::digest(&digest::SHA256, &json);
        let hex: String = digest.as_ref().iter().take(16).map(|b| format!("{b:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Page { json, etag }
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({:?})", self.etag)
    }
}

/// GET of an instance. No `parameters`: they may hold secrets, and are not kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Instance {
    pub(crate) service_id: String,
    pub(crate) plan_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dashboard_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maintenance_info: Option<MaintenanceInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Metadata>,
}

/// The version in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct MaintenanceInfo {
    pub(crate) version: String,
}

/// Labels of the adapter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Metadata {
    pub(crate) labels: BTreeMap<String, String>,
}

/// An answer to a poll.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LastOperation {
    /// Poll again after so many seconds.
    InProgress {
        /// For people.
        description: String,
        /// Whole seconds.
        retry_after: u64,
    },
    /// Done.
    Succeeded {
        /// For people.
        description: String,
    },
    /// Ended badly.
    Failed {
        /// For people.
        description: String,
        /// Only for a failed update or deprovision.
        instance_usable: Option<bool>,
        /// Only for a failed update.
        update_repeatable: Option<bool>,
    },
}

/// A request that is not carried out; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No credentials, or wrong ones.
    Unauthorized,
    /// The API version is not sent, or can't be read.
    BadVersion(&'static str),
    /// Another major version.
    OtherVersion,
    /// What was sent can't be understood, or a value can't be used.
    Malformed(String),
    /// More than so many bytes.
    TooLarge(usize),
    /// The body didn't come in time.
    TooSlow,
    /// No such path.
    NoSuchPath,
    /// The path has other methods.
    NoSuchMethod(&'static str),
    /// No such instance or binding, or not yet.
    NotFound(&'static str),
    /// It is there, and different.
    Conflict(Thing),
    /// It takes time, and the platform doesn't say that it can wait.
    AsyncRequired,
    /// Something else is going on with the instance or the binding.
    Concurrency(&'static str),
    /// The same, told to an operator.
    Busy(&'static str),
    /// The binding needs to know for whom it is.
    RequiresApp,
    /// The service can't be bound by a backup agent.
    NoBackupAgent,
    /// There is no room for another instance, or it was taken back before anybody could be told of it.
    NotAdmitted(String),
    /// It can't be done with this instance as it is.
    Impossible(String),
    /// An upgrade has to come first.
    Outdated,
    /// The request names another maintenance version than the catalog.
    MaintenanceDiffers,
    /// The request names a maintenance version, the catalog has none.
    MaintenanceUnknown,
}

/// What keeps us from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The bus doesn't answer; nothing was changed.
    BusAway,
    /// A write was sent and nobody knows what became of it.
    Uncertain,
    /// Our job was there, and was replaced before we learnt of it.
    Replaced,
    /// The bucket doesn't know everything that exists.
    Incomplete,
    /// The record can't be read, or the bus refuses it.
    Unusable,
    /// The time for a request is over.
    OutOfTime,
    /// A bind that the platform waited for took too long, and is taken back.
    BindTooSlow,
    /// An unbind that the platform waited for takes too long, and goes on.
    UnbindTooSlow,
    /// A defect of ours.
    Defect,
}

/// What an operator needs to find the request, shown with texts about trouble.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// The platform's request identity.
    pub(crate) request: Option<String>,
    /// The trace.
    pub(crate) trace: Option<String>,
}

impl Thing {
    /// What a record is about.
    pub(crate) fn of(record: &Record) -> Self {
        match record.binding {
            None => Thing::Instance,
            Some(_) => Thing::Binding,
        }
    }
    /// Picks what fits.
    pub(crate) fn pick<T>(self, instance: T, binding: T) -> T {
        match self {
            Thing::Instance => instance,
            Thing::Binding => binding,
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Answer::Refused(refusal)
    }
}
impl From<Trouble> for Answer {
    fn from(trouble: Trouble) -> Self {
        Answer::Trouble(trouble)
    }
}
