//! Every workflow is crashed everywhere, frozen everywhere, and each of its calls is lost before and after it took effect.
//! Afterwards nothing is left that should not be (deployment, user, credential, permission, link, UAA client, live record), and
//! nothing is missing; no errand ran twice.
//!
//! `CHANDLER_MATRIX=quick` takes every seventh case.
mod adapter;
mod cancel;
mod changing;
mod crashes;
mod errands;
mod failing;
mod frozen;
mod late;
mod losses;
mod racing;
mod seen;
mod shards;
mod stage;
