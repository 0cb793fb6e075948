//! After a deploy: ask the adapter where the instance's dashboard is.
use super::{adapter, previous};
use crate::room::Outside;
use chandler_clients::{
    Fault,
    adapter::{AdapterError, DashboardUrl},
};
use chandler_common::tasks::leg;
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
    operation::Operation,
};
use std::{convert::Infallible, time::Duration};

/// See [`Step`]. Its adapter runs while it observes: nothing outside changes. It doesn't look at the deadline: what was
/// deployed in time is not lost by one more question, and the engine ends the repeats.
pub(super) struct Dashboard<'a>(pub &'a Outside);

/// The dashboard, if there is one, or why nobody knows.
pub(super) type Seen = Result<Option<String>, Stop>;

impl Dashboard<'_> {
    fn stop(&self, scene: &Scene, error: AdapterError) -> Stop {
        let cause = deployed_but(scene, &error.to_string());
        adapter::stop(
            &self.0.tasks.texts,
            scene,
            for_whom(scene, error),
            "dashboard-url",
            &cause,
        )
    }
}

impl Step for Dashboard<'_> {
    type Seen = Seen;
    /// Nothing to do, but a run of the adapter that has to be repeated counts as a slow preparation, which it is.
    type Act = Stop;
    type Ready = Infallible;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        let plan = match adapter::wanted_plan(self.0, scene, |why| deployed_but(scene, why)) {
            Ok((_, plan)) => plan,
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(stop @ Stop::Failure(_)) => return Ok(Err(stop)),
        };
        let name = scene.record.instance.deployment();
        let Some(manifest) = previous::deployed_manifest(self.0, scene).await? else {
            let gone = self.0.tasks.texts.failure(scene, None, &previous::not_found(&name));
            return Ok(Err(Stop::Failure(gone)));
        };
        let input = DashboardUrl {
            instance_id: scene.record.instance.to_string(),
            plan: plan.adapter_json().to_string(),
            manifest,
        };
        let adapter = self.0.adapters.of(&scene.record)?;
        let run = adapter.dashboard_url(input, &scene.call, self.0.adapter_limit());
        Ok(run.await.map_err(|error| self.stop(scene, error)))
    }

    fn decide(_: &Scene, seen: Seen) -> Decision<Stop> {
        match seen {
            Ok(dashboard_url) => Decision::Done(Facts {
                dashboard_url,
                ..Facts::default()
            }),
            Err(Stop::Failure(failure)) => Decision::Fail(failure),
            Err(stop @ Stop::Fault(_)) => leg::start(stop, "asking for the dashboard"),
        }
    }

    async fn prepare(&self, _: &Scene, stop: Stop) -> Result<(Infallible, Learnt), Stop> {
        Err(stop)
    }
    async fn act(&self, _: &Scene, ready: Infallible, _: Duration) -> Result<Learnt, Stop> {
        match ready {}
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0
            .tasks
            .texts
            .failure(scene, None, &deployed_but(scene, &fault.to_string()))
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}

/// The failure must not hide that the deployment is there.
fn deployed_but(scene: &Scene, cause: &str) -> String {
    let name = scene.record.instance.deployment();
    format!("{name} is deployed, but generating dashboard: {cause}")
}

/// As in ODB only the user of a provision reads what the adapter says.
fn for_whom(scene: &Scene, error: AdapterError) -> AdapterError {
    match (scene.job().operation, error) {
        (Operation::Update | Operation::Upgrade, AdapterError::Exited { code, for_operator, .. }) => {
            AdapterError::Exited {
                code,
                for_user: None,
                for_operator,
            }
        }
        (_, error) => error,
    }
}

#[cfg(test)]
#[path = "dashboard/tests.rs"]
mod tests;
