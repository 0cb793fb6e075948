//! The configuration files of this run: the operator's text, checked, filled in, one file per role.

mod bound;
mod cf;
mod check;
mod fill;
mod newer;
mod outside;
mod read;
mod roles;
#[cfg(test)]
mod tests;
mod yaml;

pub(crate) use bound::Bound;
pub(crate) use cf::User;
pub(crate) use check::{Refused, check};
pub(crate) use fill::{Fill, Filled, fill};
pub(crate) use newer::in_force;
pub(crate) use outside::{ADMIN, DirectorUser, Known, Urls};
