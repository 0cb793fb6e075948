//! Before an update: would the deployment change without it? Then an operator's change is pending, which an upgrade has
//! to bring first.
use super::{
    adapter, client,
    previous::{self, Previous},
};
use crate::room::Outside;
use chandler_clients::{
    Fault,
    pending::{PendingChanges, pending_changes},
};
use chandler_common::tasks::{
    leg::{self, View},
    table::{Leg, Row},
};
use chandler_engine::{
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    catalog::{Offering, Plan},
    failure::Failure,
    job::{Facts, Learnt},
    records::PlanCopy,
};
use std::time::Duration;

/// ODB's text.
const OUT_OF_DATE: &str =
    "The service broker has been updated, and this service instance is out of date. Please contact your operator.";

/// See [`Step`]. Its adapter runs while it observes: nothing outside changes.
pub(super) struct PendingCheck<'a>(pub &'a Outside);

/// What is in the way, or what the comparison came to.
pub(super) struct Seen {
    view: View,
    /// `None` while something is in the way: what is deployed may be about to change.
    compared: Option<Result<PendingChanges, Stop>>,
}

/// What this leg does besides looking.
#[derive(Debug)]
pub(super) enum Act {
    /// `DELETE /task/:id`, for the task of a job that was replaced.
    Cancel(u64),
    /// Nothing: the adapter could not be asked. It counts as a fault of a slow preparation, which it is.
    Stop(Stop),
}

impl PendingCheck<'_> {
    /// With the plan in force and, if that isn't it, with those that failed updates may have left: an adapter may well
    /// refuse to make the old plan of what is deployed then.
    async fn compare(&self, scene: &Scene, previous: Previous, client: &str) -> Result<PendingChanges, Stop> {
        let offered = previous::plan_in_force(self.0, scene)?;
        let first = self.compare_with(scene, offered, previous.clone(), client).await;
        let maybe = scene.record.in_force.iter().flat_map(|force| &force.maybe);
        let catalog = &self.0.config.catalog;
        let offered = |copy: &PlanCopy| {
            let offering = catalog.service(&copy.service_id)?;
            Some((offering, offering.plan(&copy.plan_id)?))
        };
        for offered in maybe.filter_map(offered) {
            match &first {
                Ok(changes) if !changes.any() => break,
                Err(Stop::Fault(_)) => break,
                Ok(_) | Err(Stop::Failure(_)) => {}
            }
            match self.compare_with(scene, offered, previous.clone(), client).await {
                Ok(left) if !left.any() => return Ok(left),
                Err(fault @ Stop::Fault(_)) => return Err(fault),
                Ok(_) | Err(Stop::Failure(_)) => {}
            }
        }
        first
    }

    /// With the UAA client that the instance has, as an update hands it over; and if that would change something, or the
    /// adapter refuses it, without one, as ODB does: an adapter may take what it doesn't get from the manifest that is
    /// deployed.
    async fn compare_with(
        &self,
        scene: &Scene,
        offered: (&Offering, &Plan),
        mut previous: Previous,
        client: &str,
    ) -> Result<PendingChanges, Stop> {
        previous.plan = offered.1.adapter_json().to_string();
        let with = self.changes(scene, offered, previous.clone(), client).await;
        match &with {
            _ if client == client::NONE => return with,
            Ok(changes) if !changes.any() => return with,
            Err(Stop::Fault(_)) => return with,
            Ok(_) | Err(Stop::Failure(_)) => {}
        }
        match self.changes(scene, offered, previous, client::NONE).await {
            Ok(without) if !without.any() => Ok(without),
            Err(fault @ Stop::Fault(_)) => Err(fault),
            Ok(_) | Err(Stop::Failure(_)) => with,
        }
    }

    async fn changes(
        &self,
        scene: &Scene,
        offered: (&Offering, &Plan),
        previous: Previous,
        client: &str,
    ) -> Result<PendingChanges, Stop> {
        let deployed = previous.manifest.clone();
        let made = adapter::generate(self.0, scene, offered, "{}".into(), previous, client.to_owned()).await?;
        pending_changes(&deployed, &made.manifest)
            .map_err(|why| Stop::Failure(self.0.tasks.texts.failure(scene, None, &why.to_string())))
    }
}

impl Step for PendingCheck<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = u64;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        let view = leg::observe(&self.0.tasks, scene, Leg::Deploy).await?;
        let compared = match leg::row(scene, &view, Leg::Deploy) {
            Row::Start { .. } => Some(match Previous::read(self.0, scene).await {
                Ok(previous) => {
                    let client = client::in_force(self.0, scene).await?;
                    self.compare(scene, previous, &client).await
                }
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(failure @ Stop::Failure(_)) => Err(failure),
            }),
            Row::Cancel(_)
            | Row::WaitForTask(_)
            | Row::WaitForLock(_)
            | Row::BackOff(_)
            | Row::Done
            | Row::Failed(_)
            | Row::TimedOut => None,
        };
        Ok(Seen { view, compared })
    }

    fn decide(scene: &Scene, Seen { view, compared }: Seen) -> Decision<Act> {
        let (texts, poll) = (view.texts, view.poll);
        leg::decision(scene, &view, Leg::Deploy, Act::Cancel, |_| match compared {
            None => Decision::Wait {
                after: poll,
                note: None,
                facts: Facts::default(),
            },
            Some(Ok(changes)) if !changes.any() => Decision::Done(Facts::default()),
            Some(Ok(changes)) => Decision::Fail(out_of_date(texts, scene, &changes)),
            Some(Err(Stop::Failure(failure))) => Decision::Fail(failure),
            Some(Err(stop @ Stop::Fault(_))) => leg::start(Act::Stop(stop), "looking for pending changes"),
        })
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(u64, Learnt), Stop> {
        match act {
            Act::Cancel(task) => Ok((task, Learnt::default())),
            Act::Stop(stop) => Err(stop),
        }
    }

    async fn act(&self, scene: &Scene, task: u64, limit: Duration) -> Result<Learnt, Stop> {
        Ok(self.0.tasks.cancel(task, scene, limit).await?)
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}

/// The same update fails again until the instance was upgraded.
fn out_of_date(texts: Texts, scene: &Scene, changes: &PendingChanges) -> Failure {
    let cause = format!("the manifest would change without the update, too: {changes}");
    Failure {
        update_repeatable: Some(false),
        ..texts.told(scene, OUT_OF_DATE, &cause)
    }
}

#[cfg(test)]
#[path = "pending_check/tests.rs"]
mod tests;
