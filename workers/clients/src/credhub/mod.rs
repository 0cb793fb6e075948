//! CredHub, the runtime's and BOSH's. A file per call.
//!
//! It tells nobody whether a name exists that he may not read: 404 means "missing, or not for us". A write without permission gets 403.

mod add_permission;
mod answer;
mod client;
mod credential;
mod delete;
mod delete_permission;
mod find;
mod find_permission;
mod generate;
mod get;
mod get_by_id;
mod permission;
mod set;
mod standing;

pub use client::{CredHub, CredHubSettings};
pub use credential::{Credential, CredentialKind};
pub use generate::Generate;
pub use permission::{NewPermission, Operation, Permission};
pub use set::{NewValue, Stored};
pub use standing::Standing;
