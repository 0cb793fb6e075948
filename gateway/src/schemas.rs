//! The schemas of plans (`broker.enable_plan_schemas`): the provisioning worker publishes on the bus what the service
//! adapter says of them, and nothing here asks anybody else.
//!
//! | file | what |
//! |---|---|
//! | `book` | what is published for one plan, read and made ready; pure |
//! | `library` | what is known of all plans; fed by the view's watch, shared by all configurations |
//! | `required` | the plans of a configuration that asks for schemas, and its catalog with them |
//! | `fit` | whether the parameters of a request fit |
//! | `notice` | what operators should know of it; pure |
mod book;
mod fit;
mod library;
mod notice;
mod required;
#[cfg(test)]
mod testing;

pub(crate) use fit::{Unfit, fit};
pub(crate) use library::{Library, News};
pub(crate) use notice::notice;
pub(crate) use required::{Required, Unready};
