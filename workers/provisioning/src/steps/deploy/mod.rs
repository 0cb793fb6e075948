//! Generate the manifest, store the secrets and configs that come with it, and have the Director deploy it.
mod configs;
mod generate;
mod labels;
mod secrets;

use crate::room::Outside;
use chandler_clients::{
    Fault, Secret,
    credhub::{CredHub, NewValue},
};
use chandler_common::tasks::{
    leg::{self, View},
    table::Leg,
};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
    records::secrets_path,
};
use std::time::Duration;
use tokio::time::Instant;

/// How long the request to the Director may take, how much longer each write before it, and all together.
const REQUEST: Duration = Duration::from_secs(20);
const EACH: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

/// See [`Step`].
pub(super) struct Deploy<'a>(pub &'a Outside);

/// What a deploy leg writes.
pub(super) enum Act {
    /// `DELETE /task/:id`
    Cancel(u64),
    /// `POST /deployments`, and before it what the manifest refers to.
    Deploy,
}

/// The same with everything that it needs.
pub(super) enum Ready {
    /// See [`Act`].
    Cancel(u64),
    /// See [`Act`].
    Deploy(Box<Deployable>),
}

/// What the adapter made, which may hold secrets: never in a record, never shown.
pub(super) struct Deployable {
    manifest: Secret,
    /// Where they go, and with which name: that of the job's instance, so that a repeat writes over them.
    secrets: Vec<(CredHub, String, NewValue)>,
    /// Type and content.
    configs: Vec<(String, Secret)>,
}

impl Step for Deploy<'_> {
    type Seen = View;
    type Act = Act;
    type Ready = Ready;

    /// All of it is one act: nothing of it is written after the window, and the deploy, which ends it, can be found.
    fn act_limit(&self, _: &Scene, ready: &Ready) -> Duration {
        let before = match ready {
            Ready::Cancel(_) => 0,
            Ready::Deploy(it) => it.secrets.len() + it.configs.len(),
        };
        let before = EACH.saturating_mul(u32::try_from(before).unwrap_or(u32::MAX));
        REQUEST.saturating_add(before).min(LONGEST)
    }

    async fn observe(&self, scene: &Scene) -> Result<View, Fault> {
        leg::observe(&self.0.tasks, scene, Leg::Deploy).await
    }

    fn decide(scene: &Scene, view: View) -> Decision<Act> {
        leg::decision(scene, &view, Leg::Deploy, Act::Cancel, |_| {
            leg::start(Act::Deploy, "handing the deployment to BOSH")
        })
    }

    async fn prepare(&self, scene: &Scene, act: Act) -> Result<(Ready, Learnt), Stop> {
        let made = match act {
            Act::Cancel(task) => return Ok((Ready::Cancel(task), Learnt::default())),
            Act::Deploy => self.generate(scene).await?,
        };
        let fails = |cause: String| Stop::Failure(self.0.tasks.texts.failure(scene, None, &cause));
        let labels = labels::labels(&made).map_err(fails)?;
        let configs = configs::wanted(made.configs, self.0.config.broker.disable_bosh_configs).map_err(fails)?;
        let managed = self.0.config.broker.enable_secure_manifests;
        let (manifest, secrets) = match self.0.bosh_credhub.as_ref().filter(|_| managed) {
            None => (made.manifest, vec![]),
            Some(credhub) => {
                let service = scene.job().wanted.as_ref().map(|wanted| &wanted.plan.service_id);
                let service = service.ok_or_else(|| fails("the job has no plan to deploy".into()))?;
                let path = secrets_path(service, &scene.record.instance.deployment());
                let placed = secrets::place(made.manifest, made.secrets.unwrap_or_default(), &path).map_err(fails)?;
                let at = |(name, value)| (credhub.clone(), name, value);
                (placed.manifest, placed.values.into_iter().map(at).collect())
            }
        };
        let deployable = Deployable {
            manifest: Secret::new(manifest),
            secrets,
            configs,
        };
        let facts = Facts {
            labels,
            ..Facts::default()
        };
        Ok((Ready::Deploy(Box::new(deployable)), Learnt::from(facts)))
    }

    async fn act(&self, scene: &Scene, ready: Ready, limit: Duration) -> Result<Learnt, Stop> {
        let (until, call) = (Instant::now() + limit, &scene.call);
        let left = || until.saturating_duration_since(Instant::now());
        let director = &self.0.tasks.director;
        match ready {
            Ready::Cancel(task) => Ok(self.0.tasks.cancel(task, scene, limit).await?),
            Ready::Deploy(it) => {
                let name = scene.record.instance.deployment();
                for (credhub, name, value) in &it.secrets {
                    credhub.set(name, value, call, left()).await?;
                }
                for (kind, content) in &it.configs {
                    director
                        .update_config(kind, &name, content.expose(), call, left())
                        .await?;
                }
                let context = scene.job().context_id();
                let deploy = director.deploy(it.manifest.expose(), &context, call, left());
                Ok(leg::started(Some(deploy.await?)))
            }
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.failure(scene, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}
