//! The rows of Cloud Controller's database. Who names another row keeps its guid; times are Unix seconds.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// When a row was made and changed, and which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stamp {
    /// The order in which rows were made, from 1.
    pub serial: u64,
    /// Unix seconds.
    pub created_at: f64,
    /// Unix seconds.
    pub updated_at: f64,
}

/// An organization.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Organization {
    pub(super) guid: String,
    pub(super) name: String,
    pub(super) stamp: Stamp,
}

/// A space.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Space {
    pub(super) guid: String,
    pub(super) name: String,
    pub(super) organization: String,
    pub(super) stamp: Stamp,
}

/// An app; nothing runs, it is there to be bound.
#[derive(Debug, Clone, Serialize)]
pub(super) struct App {
    pub(super) guid: String,
    pub(super) name: String,
    pub(super) space: String,
    pub(super) stamp: Stamp,
}

/// A registered broker.
#[derive(Clone, Serialize)]
pub struct Broker {
    /// Its guid.
    pub guid: String,
    /// The operator's name for it.
    pub name: String,
    /// Its address, without a slash at the end.
    pub url: String,
    /// The user for each call.
    pub username: String,
    /// The user's password.
    #[serde(skip)]
    pub password: String,
    /// The guid of its space, when it is space-scoped.
    pub space: Option<String>,
    /// Where its catalog stands.
    pub state: BrokerState,
    /// What an update that runs will make of it: only when the catalog could be taken from there.
    #[serde(skip)]
    pub(super) pending: Option<BrokerChange>,
    /// Labels and annotations, as v3 shows them.
    pub(super) metadata: Metadata,
    /// When.
    pub stamp: Stamp,
}

/// What an update of a broker changes.
#[derive(Clone, Default)]
pub(super) struct BrokerChange {
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
    pub(super) credentials: Option<(String, String)>,
}

/// Where a broker's catalog stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerState {
    /// It is being read.
    Synchronizing,
    /// It couldn't be read or taken.
    SynchronizationFailed,
    /// It was taken.
    Available,
    /// The broker is being deleted.
    DeleteInProgress,
    /// That failed.
    DeleteFailed,
}

/// Labels and annotations.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Metadata {
    pub(super) labels: Map<String, Value>,
    pub(super) annotations: Map<String, Value>,
}

/// A service offering. It has the members of the catalog's service, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Offering {
    /// Its guid.
    pub guid: String,
    /// The guid of its broker.
    pub broker: String,
    /// The id in the catalog.
    pub catalog_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// False once it has left the catalog.
    pub available: bool,
    /// Whether instances can be bound, where the plan says nothing.
    pub bindable: bool,
    /// Whether the plan of instances can be changed, where the plan says nothing.
    pub plan_updateable: bool,
    /// Whether `GET` of instances is offered.
    pub instances_retrievable: bool,
    /// Whether `GET` of bindings is offered.
    pub bindings_retrievable: bool,
    /// Whether the broker wants to know of a new name.
    pub allow_context_updates: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// Permissions that it asks for.
    pub requires: Vec<String>,
    /// Free members.
    pub metadata: Map<String, Value>,
    /// When.
    pub stamp: Stamp,
}

/// A plan.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Its guid.
    pub guid: String,
    /// The guid of its offering.
    pub offering: String,
    /// The id in the catalog.
    pub catalog_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// False once it has left the catalog.
    pub available: bool,
    /// Whether it costs nothing.
    pub free: bool,
    /// Instead of the offering's.
    pub bindable: Option<bool>,
    /// Instead of the offering's.
    pub plan_updateable: Option<bool>,
    /// Seconds, as the catalog says.
    pub maximum_polling_duration: Option<u64>,
    /// `version` and `description`.
    pub maintenance_info: Option<Map<String, Value>>,
    /// Free members.
    pub metadata: Map<String, Value>,
    /// The three schemas as the catalog has them; an object, or null.
    pub schemas: Value,
    /// Who may use it. A space-scoped broker's plan is its space's, whatever stands here.
    pub visibility: Visibility,
    /// When.
    pub stamp: Stamp,
}

/// Who may use a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Admins alone.
    Admin,
    /// Everybody.
    Public,
    /// Those of these organizations, by guid.
    Organizations(BTreeSet<String>),
}

/// An operation on a row: what it is, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastOperation {
    /// What is done.
    #[serde(rename = "type")]
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
    /// What the broker says.
    pub description: String,
    /// The broker's `operation`, to be sent with each poll.
    #[serde(skip)]
    pub(super) operation: Option<String>,
    /// Unix seconds.
    pub created_at: f64,
    /// Unix seconds.
    pub updated_at: f64,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OperationState {
    /// The broker hasn't answered the first call.
    #[serde(rename = "initial")]
    Initial,
    /// The broker has accepted.
    #[serde(rename = "in progress")]
    InProgress,
    /// It is done.
    #[serde(rename = "succeeded")]
    Succeeded,
    /// It has failed.
    #[serde(rename = "failed")]
    Failed,
}

/// A managed service instance.
#[derive(Debug, Clone, Serialize)]
pub struct Instance {
    /// Its guid, which is the broker's instance id.
    pub guid: String,
    /// The user's name for it.
    pub name: String,
    /// The guid of its space.
    pub space: String,
    /// The guid of its plan.
    pub plan: String,
    /// The user's tags.
    pub tags: Vec<String>,
    /// The version that it has.
    pub maintenance_info: Option<Map<String, Value>>,
    /// Where its dashboard is.
    pub dashboard_url: Option<String>,
    /// Labels and attributes that the broker gave.
    pub broker_metadata: Option<Value>,
    /// Labels and annotations of the user.
    pub(super) metadata: Metadata,
    /// What was last done.
    pub last_operation: LastOperation,
    /// The guid of the job of an operation that runs.
    #[serde(skip)]
    pub(super) job: Option<String>,
    /// When.
    pub stamp: Stamp,
}

/// What a binding is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "type")]
pub enum BindingKind {
    /// A service key.
    Key,
    /// The app with this guid.
    App {
        /// The app's guid.
        app: String,
    },
}

/// A service key, or a binding of an app.
#[derive(Clone, Serialize)]
pub struct Binding {
    /// Its guid, which is the broker's binding id.
    pub guid: String,
    /// The name of a key; a binding may have none.
    pub name: Option<String>,
    /// What it is for.
    pub kind: BindingKind,
    /// The guid of the instance.
    pub instance: String,
    /// What the broker gave; with a runtime CredHub a reference.
    #[serde(skip)]
    pub credentials: Option<Value>,
    /// Where logs are to be sent.
    pub syslog_drain_url: Option<String>,
    /// Volumes.
    pub volume_mounts: Option<Value>,
    /// Labels and annotations of the user.
    pub(super) metadata: Metadata,
    /// What was last done.
    pub last_operation: LastOperation,
    /// When.
    pub stamp: Stamp,
}

/// Asynchronous work that a client can follow.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// Its guid.
    pub guid: String,
    /// Such as `service_instance.create`.
    pub operation: String,
    /// Where it stands.
    pub state: JobState,
    /// When it failed: as v3 errors are written, one at least.
    pub errors: Vec<Value>,
    /// Texts.
    pub warnings: Vec<String>,
    /// The name of its link, such as `service_instances`, and the guid there.
    pub resource: Option<(&'static str, String)>,
    /// When.
    pub stamp: Stamp,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobState {
    /// It waits, or the broker's first answer is awaited.
    Processing,
    /// The broker has accepted and is polled.
    Polling,
    /// It is done.
    Complete,
    /// It has failed.
    Failed,
}

impl Broker {
    /// Its name once an update that runs is done.
    pub(super) fn name_to_be(&self) -> &str {
        let new = self.pending.as_ref().and_then(|it| it.name.as_deref());
        new.unwrap_or(&self.name)
    }

    /// Its address once an update that runs is done.
    pub(super) fn url_to_be(&self) -> &str {
        let new = self.pending.as_ref().and_then(|it| it.url.as_deref());
        new.unwrap_or(&self.url)
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding")
            .field("guid", &self.guid)
            .field("kind", &self.kind)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

impl LastOperation {
    /// One that begins now.
    pub(super) fn begin(kind: OperationKind, now: f64) -> Self {
        Self {
            kind,
            state: OperationState::Initial,
            description: String::new(),
            operation: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it isn't over.
    pub(super) fn runs(&self) -> bool {
        match self.state {
            OperationState::Initial | OperationState::InProgress => true,
            OperationState::Succeeded | OperationState::Failed => false,
        }
    }
}
