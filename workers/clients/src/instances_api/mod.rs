//! The service instances API: who else than Cloud Controller lists the platform's instances.
//!
//! | file | what |
//! |---|---|
//! | `client` | where it is, who we are there |
//! | `list` | `GET` of its address |

mod client;
mod list;

pub use client::{InstancesApi, InstancesApiSettings};
pub use list::ListedInstance;
