//! Through Cloud Controller, as people work with a broker: `cf` on one side (by API v3, and the real command line where there is one), the broker's
//! processes on the other. What is special about brokers there, case by case; what Cloud Controller does at its worst isn't here.
//!
//! | file | what |
//! |---|---|
//! | `journey` | a developer's way from the marketplace to nothing left |
//! | `brokers` | space-scoped, renamed, at another address, known twice, not to be deleted |
//! | `credentials` | the broker's credentials are changed while it serves |
//! | `catalog` | catalogs that are refused; plans that come, change and go |
//! | `purge` | Cloud Controller is told to forget; what stays |
//! | `cf_cli` | the journey by `cf` version 8 or newer, if it is on the PATH |
mod brokers;
mod catalog;
mod cf_cli;
mod credentials;
mod journey;
mod purge;

use chandler_simulators::bosh::{BoshWorld, Ending, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::{
    cloud_foundry::{CloudFoundry, User},
    wait,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::time::Duration;

/// A world whose Director needs next to no time.
fn quick() -> Plan {
    Plan {
        task_seconds: 0.1,
        change: updatable,
        ..Plan::default()
    }
}

/// Every plan may be changed into every other.
fn updatable(json: &mut Value) {
    json["service_catalog"]["plan_updatable"] = json!(true);
}

/// A world, Cloud Foundry beside it, and the broker registered there; the broker's guid.
async fn registered(plan: Plan) -> (World, CloudFoundry, String) {
    let world = World::start(plan).await;
    let cf = CloudFoundry::beside(&world).await;
    let broker = cf.register(&world).await;
    (world, cf, broker)
}

/// The Director's next deploy, which stands still as long as the test likes.
struct Standstill {
    director: BoshWorld,
    task: u64,
}

impl Standstill {
    /// The next deploy will stand still.
    fn prepare(world: &World) {
        let fault = TaskFault::once(TaskKind::Deploy, TaskEffect::Hang);
        world.director.set_fault(fault);
    }

    /// Waits until it does, and Cloud Controller polls for the end of this job.
    async fn reached(world: &World, user: &User, job: &str) -> Standstill {
        let task = wait::until("a deploy stands still", Duration::from_secs(30), || async {
            let tasks = world.director.tasks();
            let last = tasks.iter().rfind(|it| it.kind == TaskKind::Deploy)?;
            let stands = last.state == TaskState::Processing && is_polled(user, job).await;
            stands.then_some(last.id)
        })
        .await;
        Standstill {
            director: world.director.clone(),
            task,
        }
    }

    /// Lets it go on to its end.
    fn ends(self) {
        assert!(self.director.finish_task(self.task, Ending::Done), "it hasn't ended");
    }
}

/// Whether Cloud Controller waits for the broker to end what this job is about.
async fn is_polled(user: &User, job: &str) -> bool {
    user.job(job).await["state"] == "POLLING"
}
