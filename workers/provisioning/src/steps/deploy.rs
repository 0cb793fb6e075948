//! Generate the manifest and have the Director deploy it.
use super::director::{self, View};
use crate::{room::Outside, table::Leg};
use chandler_clients::{
    Fault, FaultKind,
    adapter::{AdapterError, GenerateManifest, Generated},
};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{failure::Failure, job::Facts, secret::Secret};
use std::time::Duration;

/// After so many time-outs in a row the adapter is given up.
const ADAPTER_TRIES: u32 = 3;
/// Labels are kept in the record; as JSON they may have so many bytes.
const LONGEST_LABELS: usize = 16 * 1024;

/// See [`Step`].
pub(super) struct Deploy<'a>(pub &'a Outside);

/// What a deploy leg writes.
pub(super) enum Act {
    /// `DELETE /task/:id`
    Cancel(u64),
    /// `POST /deployments`
    Deploy,
}

/// The same with its manifest, which may hold secrets: never stored, never shown.
pub(super) enum Ready {
    /// See [`Act`].
    Cancel(u64),
    /// See [`Act`].
    Deploy(Secret),
}

impl Step for Deploy<'_> {
    type Seen = View;
    type Act = Act;
    type Ready = Ready;

    async fn observe(&self, scene: &Scene) -> Result<View, Fault> {
        director::observe(self.0, scene, false).await
    }

    fn decide(scene: &Scene, view: View) -> Decision<Act> {
        director::decision(scene, &view, Leg::Deploy, Act::Cancel, |_| {
            (Act::Deploy, "handing the deployment to BOSH".into())
        })
    }

    async fn prepare(&self, scene: &Scene, act: Act) -> Result<(Ready, Facts), Stop> {
        match act {
            Act::Cancel(task) => Ok((Ready::Cancel(task), Facts::default())),
            Act::Deploy => {
                let Generated {
                    manifest,
                    secrets,
                    configs,
                    labels,
                } = self.generate(scene).await?;
                let texts = &self.0.texts;
                if configs.is_some_and(|c| !c.is_empty()) {
                    let cause = "adapter returned bosh configs, which this release does not deploy yet";
                    return Err(Stop::Failure(texts.failure(scene, None, cause)));
                }
                if secrets.is_some_and(|s| !s.is_empty()) {
                    let cause = "adapter returned secrets, and secure manifests are not built yet";
                    return Err(Stop::Failure(texts.failure(scene, None, cause)));
                }
                if labels
                    .as_ref()
                    .is_some_and(|l| serde_json::json!(l).to_string().len() > LONGEST_LABELS)
                {
                    let cause = format!("adapter returned labels of more than {LONGEST_LABELS} bytes");
                    return Err(Stop::Failure(texts.failure(scene, None, &cause)));
                }
                let labels = labels.map(|l| l.into_iter().map(|(name, value)| (name, text(value))).collect());
                Ok((
                    Ready::Deploy(Secret::new(manifest)),
                    Facts {
                        labels,
                        ..Facts::default()
                    },
                ))
            }
        }
    }

    async fn act(&self, scene: &Scene, ready: Ready, limit: Duration) -> Result<Facts, Fault> {
        let outside = &self.0.director;
        match ready {
            Ready::Cancel(task) => outside
                .cancel_task(task, &scene.call, limit)
                .await
                .map(|()| Facts::default()),
            Ready::Deploy(manifest) => {
                let context = scene.job().context_id();
                let task = outside.deploy(manifest.expose(), &context, &scene.call, limit).await?;
                Ok(Facts {
                    bosh_task: Some(task),
                    ..Facts::default()
                })
            }
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0
            .texts
            .failure(scene, scene.job().facts.bosh_task, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        director::whom(fault)
    }
}

/// A label as text; the adapter may give numbers.
fn text(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

impl Deploy<'_> {
    async fn generate(&self, scene: &Scene) -> Result<Generated, Stop> {
        let Outside { texts, adapter, .. } = self.0;
        let defect = |cause: &str| Stop::Failure(texts.failure(scene, None, cause));
        let name = scene.record.instance.deployment();
        let wanted = scene
            .job()
            .wanted
            .as_ref()
            .ok_or_else(|| defect("the job has no plan to deploy"))?;
        let plan = self
            .0
            .config
            .catalog
            .plan(&wanted.plan.service_id, &wanted.plan.plan_id)
            .ok_or_else(|| {
                defect(&format!(
                    "plan {} ({}) is not in the catalog any more",
                    wanted.plan.plan_name, wanted.plan.plan_id
                ))
            })?;
        let sealed = scene
            .job()
            .sealed
            .get("request")
            .ok_or_else(|| defect("the job has no request parameters"))?;
        let request = self
            .0
            .sealer
            .open(&scene.record.key(), sealed)
            .map_err(|e| defect(&e.to_string()))?;
        let input = GenerateManifest {
            service_deployment: self.0.config.service_deployment.adapter_json(&name).to_string(),
            plan: plan.adapter_json().to_string(),
            request_parameters: request.expose().to_owned(),
            previous_plan: "null".into(),
            previous_manifest: String::new(),
            previous_secrets: "null".into(),
            previous_configs: "null".into(),
            uaa_client: "null".into(),
        };
        let run = adapter.generate_manifest(input, &name, &scene.call, self.0.adapter_limit());
        run.await.map_err(|error| self.stop(scene, error))
    }

    /// ODB's rules for exit codes: stdout is for the user; everything else is for the operator.
    fn stop(&self, scene: &Scene, error: AdapterError) -> Stop {
        let (texts, cause) = (&self.0.texts, error.to_string());
        match error {
            AdapterError::Exited { for_user, .. } => Stop::Failure(texts.from_adapter(scene, for_user, &cause)),
            AdapterError::TooLarge { .. } | AdapterError::InvalidOutput { .. } => {
                Stop::Failure(texts.failure(scene, None, &cause))
            }
            AdapterError::TimedOut { .. } if scene.job().prepare_faults + 1 >= ADAPTER_TRIES => {
                Stop::Failure(texts.failure(scene, None, &cause))
            }
            // Another machine may have it, or have it back.
            AdapterError::TimedOut { .. } | AdapterError::NotStarted { .. } => Stop::Fault(Fault::new(
                FaultKind::NotSent,
                "generate-manifest of the service adapter",
                cause,
            )),
        }
    }
}
