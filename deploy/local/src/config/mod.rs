//! The configuration files of this run: the operator's text, filled in, one file per role.

mod fill;
mod read;
mod yaml;

pub(crate) use fill::{Fill, Filled, fill};
