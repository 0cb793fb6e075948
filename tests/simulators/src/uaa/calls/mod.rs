//! A file per group of calls.

pub(super) mod check;
pub(super) mod clients;
pub(super) mod discovery;
pub(super) mod keys;
pub(super) mod revoke;
pub(super) mod secret;
pub(super) mod token;
pub(super) mod wanted;
