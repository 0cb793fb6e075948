//! Every workflow is crashed everywhere, frozen everywhere, and each of its calls is lost before and after it took effect.
//! Afterwards nothing is left that should not be (deployment, user, credential, permission, link, live record), and nothing
//! is missing.
//!
//! `CHANDLER_MATRIX=quick` takes every seventh case.
mod adapter;
mod changing;
mod crashes;
mod frozen;
mod late;
mod losses;
mod racing;
mod seen;
mod shards;
mod stage;
