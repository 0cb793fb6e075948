//! The schemas of plans (`broker.enable_plan_schemas`): the adapter is asked for each plan, and what it says is published on the bus, from where
//! the gateways take it. It goes on beside the turns.
//!
//! | file | what |
//! |---|---|
//! | `rule` | what lies there, what was found out → write or leave; pure |
//! | `published` | reads and writes what lies on the bus |
//! | `one_plan` | one plan: asks, publishes, looks again |
//! | `publisher` | all of them, one after another |
mod one_plan;
mod published;
mod publisher;
mod rule;

use crate::settings::Settings;
use chandler_common::{
    beside::{Ground, Work},
    checks::Check,
};
use publisher::Publisher;

/// The work of a worker with these settings.
pub fn work(settings: &Settings, ground: &Ground) -> Work {
    let ground = ground.clone();
    if !settings.config.broker.enable_plan_schemas {
        // What was told under other settings is told no more.
        return Box::pin(async move { ground.told.forget(Check::PlanSchemas) });
    }
    let publisher = Publisher::new(&settings.config, &settings.adapters, ground);
    Box::pin(publisher.run())
}
