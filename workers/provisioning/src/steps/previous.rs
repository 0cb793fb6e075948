//! What is there before an update or an upgrade, as the adapter gets it.
use crate::room::Outside;
use chandler_clients::{Fault, bosh::Config, manifest_secrets};
use chandler_common::offered;
use chandler_engine::step::{Scene, Stop};
use chandler_proto::{
    catalog::{Offering, Plan},
    failure::Failure,
};
use serde_json::{Map, Value};

/// Each member is the text that `generate-manifest` reads. It may hold secrets, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Previous {
    /// JSON.
    pub(super) plan: String,
    /// YAML, byte for byte as the Director has it.
    pub(super) manifest: String,
    /// JSON: the values behind the manifest's references.
    pub(super) secrets: String,
    /// JSON: the BOSH configs with the deployment's name, by type.
    pub(super) configs: String,
}

impl Previous {
    /// Before a provision there is nothing.
    pub(super) fn none() -> Self {
        Previous {
            plan: "null".into(),
            manifest: String::new(),
            secrets: "null".into(),
            configs: "null".into(),
        }
    }

    /// Reads it. An upgrade hands the secrets over, too: an adapter that needs them for an update needs them then.
    ///
    /// # Errors
    /// A failure when there is nothing that could be changed; a [`Fault`] when the Director or BOSH's CredHub doesn't
    /// answer.
    pub(super) async fn read(outside: &Outside, scene: &Scene) -> Result<Self, Stop> {
        let (name, director) = (scene.record.instance.deployment(), &outside.tasks.director);
        let (_, plan) = plan_in_force(outside, scene)?;
        let plan = plan.adapter_json().to_string();
        let manifest = deployed_manifest(outside, scene).await?;
        let manifest = manifest.ok_or_else(|| Stop::Failure(refused(outside, scene, &not_found(&name))))?;
        let secure = outside.config.broker.enable_secure_manifests;
        let secrets = match outside.bosh_credhub.as_ref().filter(|_| secure) {
            None => "null".into(),
            Some(credhub) => manifest_secrets::of_deployment(director, credhub, &name, &manifest, &scene.call).await?,
        };
        let configs = match outside.config.broker.disable_bosh_configs {
            true => "null".into(),
            false => configs(director.configs(&name, &scene.call).await?),
        };
        Ok(Previous {
            plan,
            manifest,
            secrets,
            configs,
        })
    }
}

/// The manifest that is deployed; `None` without a deployment, and for one that never got as far as a manifest.
///
/// # Errors
/// The Director's [`Fault`].
pub(super) async fn deployed_manifest(outside: &Outside, scene: &Scene) -> Result<Option<String>, Fault> {
    let name = scene.record.instance.deployment();
    let deployment = outside.tasks.director.deployment(&name, &scene.call).await?;
    Ok(deployment.and_then(|it| it.manifest))
}

/// ODB's text.
pub(super) fn not_found(deployment: &str) -> String {
    format!("bosh deployment '{deployment}' not found")
}

/// The plan that the instance has, with its offering, as they are in the catalog now.
///
/// # Errors
/// [`Stop`], as [`offered::plan`] says.
pub(super) fn plan_in_force<'a>(outside: &'a Outside, scene: &Scene) -> Result<(&'a Offering, &'a Plan), Stop> {
    let in_force = scene.record.in_force.as_ref();
    let copy = in_force.map(|it| &it.plan).ok_or_else(|| {
        let cause = "the instance has no plan in force";
        Stop::Failure(outside.tasks.texts.failure(scene, None, cause))
    })?;
    offered::plan(&outside.config, copy, || {
        refused(outside, scene, &format!("plan {} does not exist", copy.plan_id))
    })
}

/// A failure whose cause the user may know, in ODB's words, and that only an operator can mend.
fn refused(outside: &Outside, scene: &Scene, why: &str) -> Failure {
    let for_user = format!("{why}. Please contact your operations team.");
    outside.tasks.texts.told(scene, &for_user, why)
}

/// By type.
fn configs(configs: Vec<Config>) -> String {
    let by_type = configs.into_iter().map(|it| (it.kind, Value::String(it.content)));
    Value::Object(by_type.collect::<Map<_, _>>()).to_string()
}
