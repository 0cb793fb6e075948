//! The life of an instance, by the calls that a platform makes, or those that `cf` makes of Cloud Controller, with what a person
//! sees meanwhile; and the same from the other side: what CredHub and the service hold, and at the end what the Director was made to do.

mod bindings;
mod cf;
mod clients;
mod compare;
mod direct;
mod director;
mod left;
mod log;
mod notes;
mod osb;
mod platform;
mod show;
mod stories;
mod updates;
mod upkeep;
mod watch;
mod witness;

use crate::config::{Bound, User};
use crate::say::{self, Colour, coloured};
use crate::stack::{Registration, Rollout};
use anyhow::bail;
use cf::Cf;
use chandler_proto::catalog::LifecycleErrands;
use chandler_proto::config::ClientDefinition;
use chandler_proto::secret::Secret;
use direct::Direct;
use osb::Osb;
use platform::Platform;
use reqwest::Client;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;
use witness::Witness;

/// Notes are read every second: a shorter deployment would be over before one has changed.
pub(crate) const LEAST_SECONDS: f64 = 2.0;

/// Where the tour goes.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// The broker's URL.
    pub(crate) broker: String,
    /// Cloud Controller, if it goes through that.
    pub(crate) foundation: Option<Foundation<'a>>,
    /// Who trusts the broker.
    pub(crate) client: Client,
    /// User and password of the platform.
    pub(crate) credential: (String, Secret),
    /// The control API of the simulated Director.
    pub(crate) director: String,
    /// That of the simulated CredHub; none without secure bindings.
    pub(crate) credhub: Option<String>,
    /// That of BOSH's; none without secure manifests.
    pub(crate) bosh_credhub: Option<String>,
    /// That of the simulated UAA, and after which pattern each instance has a client there; none if none has.
    pub(crate) clients: Option<(String, ClientDefinition)>,
    /// The errands of each plan, by its id.
    pub(crate) errands: BTreeMap<String, LifecycleErrands>,
    /// What could be rolled out next, if there is anything.
    pub(crate) next: Option<Rollout<'a>>,
    /// Where the adapter keeps the users of its service, if it is the example, which can be asked to fail, too.
    pub(crate) users: Option<PathBuf>,
    /// The plan that the bound instance has at first, if it can be changed to that below.
    pub(crate) first: Option<Bound>,
    /// The plan whose instance is to be bound; none if no plan can be.
    pub(crate) bound: Option<Bound>,
    /// How long a deployment takes, seconds; at least [`LEAST_SECONDS`].
    pub(crate) task_seconds: f64,
    /// Where to look when something is wrong.
    pub(crate) logs: PathBuf,
}

/// A simulated Cloud Foundry, where the broker is registered.
#[derive(Debug)]
pub(crate) struct Foundation<'a> {
    /// Cloud Controller's URL.
    pub(crate) api: String,
    /// Its control API.
    pub(crate) control: String,
    /// The CAs of it and of the UAA, PEM.
    pub(crate) ca_pems: [String; 2],
    /// Who types `cf`.
    pub(crate) person: User,
    /// The names of the organization and of its space.
    pub(crate) organization: &'static str,
    /// See `organization`.
    pub(crate) space: &'static str,
    /// How often Cloud Controller polls the broker, seconds.
    pub(crate) polling_seconds: f64,
    /// Whether each bind and unbind has to be there without a poll: the adapter is the example, and the grace long enough for it.
    pub(crate) at_once: bool,
    /// As which client Cloud Controller reads service keys in CredHub.
    pub(crate) keys: String,
    /// Who registers the broker.
    pub(crate) registration: &'a Registration,
}

/// What one operation may take where a deployment takes so many seconds: the tasks, and room for a slow machine.
pub(crate) fn limit(task_seconds: f64) -> Duration {
    Duration::from_secs_f64(60.0 + 10.0 * task_seconds)
}

/// Takes the tour.
///
/// # Errors
/// The first thing that isn't as it should be.
pub(crate) async fn take(place: &Place<'_>) -> anyhow::Result<()> {
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

async fn walk(place: &Place<'_>) -> anyhow::Result<()> {
    let limit = limit(place.task_seconds);
    let osb = Osb::new(place, limit);
    let catalog = osb.catalog().await?;
    let Some(plan) = catalog.plans.first() else {
        bail!("the catalog has no plan")
    };
    let platform = match &place.foundation {
        Some(foundation) => Platform::Cf(Cf::begin(&osb, foundation, limit).await?),
        None => Platform::Direct(Direct {
            osb: &osb,
            service: &catalog.service_id,
            limit,
        }),
    };
    let witness = Witness::of(place).await?;
    let tour = stories::Tour {
        platform: &platform,
        catalog: &catalog,
        plan,
        limit,
        first: place.first.as_ref(),
        bound: place.bound.as_ref(),
        definition: place.clients.as_ref().map(|(_, definition)| definition),
        errands: &place.errands,
        next: place.next.as_ref(),
        witness: &witness,
        example: place.users.is_some(),
        task_seconds: place.task_seconds,
    };
    say::head("What is offered, as the platform sees it");
    platform.offers(&catalog, &tour.plans()).await?;
    let mut told = vec![tour.a_whole_life().await?];
    tour.as_it_was().await?;
    if place.users.is_some() {
        told.push(tour.a_failure().await?);
    }
    told.push(tour.a_change_of_mind().await?);
    director::compare(&place.director, &told).await?;
    let more = match &platform {
        Platform::Direct(_) => Vec::new(),
        Platform::Cf(cf) => cf.leave().await?,
    };
    witness.nothing_is_left(more).await
}
