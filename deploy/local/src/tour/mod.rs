//! The life of an instance, by the calls that a platform makes, with what a person sees meanwhile;
//! and at the end the same from the other side: what the Director was made to do.

mod compare;
mod director;
mod log;
mod platform;
mod show;
mod stories;
mod watch;

use crate::say::{self, Colour, coloured};
use anyhow::bail;
use platform::Platform;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// Notes are read every second: a shorter deployment would be over before one has changed.
pub(crate) const LEAST_SECONDS: f64 = 2.0;

/// Where the tour goes.
#[derive(Debug)]
pub(crate) struct Place {
    /// The broker's URL.
    pub(crate) broker: String,
    /// User and password of the platform.
    pub(crate) credential: (String, String),
    /// The control API of the simulated Director.
    pub(crate) control: String,
    /// Whether the adapter is the example, which can be asked to fail.
    pub(crate) example: bool,
    /// How long a deployment takes, seconds; at least [`LEAST_SECONDS`].
    pub(crate) task_seconds: f64,
    /// Where to look when something is wrong.
    pub(crate) logs: PathBuf,
}

/// Takes the tour.
///
/// # Errors
/// The first thing that isn't as it should be.
pub(crate) async fn take(place: &Place) -> anyhow::Result<()> {
    let began = Instant::now();
    match walk(place).await {
        Ok(()) => {
            let seconds = began.elapsed().as_secs_f64();
            let text = format!("The tour is over after {seconds:.0} s; all went well.");
            say::line(format_args!("\n{}", coloured(Colour::Green, text)));
            Ok(())
        }
        Err(error) => Err(error.context(format!("the tour failed; logs: {}", place.logs.display()))),
    }
}

async fn walk(place: &Place) -> anyhow::Result<()> {
    // What one operation may take: the task, and room for a slow machine.
    let limit = Duration::from_secs_f64(60.0 + 10.0 * place.task_seconds);
    let platform = Platform::new(place, limit)?;
    say::head("The catalog, as the platform sees it");
    let catalog = platform.catalog().await?;
    for plan in &catalog.plans {
        say::line(format_args!(
            "  {} · {} · {}",
            catalog.service_name, plan.name, plan.description
        ));
    }
    let Some(plan) = catalog.plans.first() else {
        bail!("the catalog has no plan")
    };
    let tour = stories::Tour {
        platform: &platform,
        catalog: &catalog,
        plan,
        limit,
        control: &place.control,
        example: place.example,
        task_seconds: place.task_seconds,
    };
    let mut told = vec![tour.a_whole_life().await?];
    if place.example {
        told.push(tour.a_failure().await?);
    }
    told.push(tour.a_change_of_mind().await?);
    director::compare(&place.control, &told).await
}
