//! One run of the adapter's `generate-manifest`.
use super::Deploy;
use crate::room::Outside;
use chandler_clients::{
    Fault, FaultKind,
    adapter::{AdapterError, GenerateManifest, Generated},
};
use chandler_engine::step::{Scene, Stop};
use chandler_proto::job::sealed;

/// After so many time-outs in a row the adapter is given up.
const ADAPTER_TRIES: u32 = 3;

impl Deploy<'_> {
    pub(super) async fn generate(&self, scene: &Scene) -> Result<Generated, Stop> {
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
        let kept = scene
            .job()
            .sealed
            .get(sealed::REQUEST)
            .ok_or_else(|| defect("the job has no request parameters"))?;
        let request = self
            .0
            .sealer
            .open(&scene.record.key(), kept)
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
