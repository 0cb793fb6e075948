//! Remove what the instance left behind at the Director besides its deployment: configs with its name.
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{failure::Failure, job::Facts};
use std::time::Duration;

/// See [`Step`].
pub(super) struct Tidy<'a>(pub &'a Outside);

impl Step for Tidy<'_> {
    /// The types of the configs that are there.
    type Seen = Vec<String>;
    /// The type of the config to delete.
    type Act = String;
    type Ready = String;

    async fn observe(&self, scene: &Scene) -> Result<Vec<String>, Fault> {
        if self.0.config.broker.disable_bosh_configs {
            return Ok(vec![]);
        }
        self.0
            .director
            .config_types(&scene.record.instance.deployment(), &scene.call)
            .await
    }

    fn decide(_: &Scene, mut types: Vec<String>) -> Decision<String> {
        match types.pop() {
            None => Decision::Done(Facts::default()),
            Some(act) => Decision::Act {
                act,
                facts: Facts::default(),
                note: Some("removing BOSH configs".into()),
            },
        }
    }

    async fn prepare(&self, _: &Scene, act: String) -> Result<(String, Facts), Stop> {
        Ok((act, Facts::default()))
    }

    async fn act(&self, scene: &Scene, kind: String, limit: Duration) -> Result<Facts, Fault> {
        let name = scene.record.instance.deployment();
        self.0.director.delete_config(&kind, &name, &scene.call, limit).await?;
        Ok(Facts::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self) -> &'static str {
        "the BOSH Director"
    }
}
