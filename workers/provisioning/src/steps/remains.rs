//! What an instance left behind besides its deployment: tidy removes it, the last look looks whether it is there again.
use crate::room::Outside;
use chandler_clients::{Fault, credhub::CredHub};
use chandler_engine::step::Scene;
use chandler_proto::{
    config::Config,
    records::{Record, bindings_path, secrets_path},
};

/// What is there, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remains {
    /// BOSH configs with the deployment's name, by type.
    pub(super) configs: Vec<String>,
    /// Secrets of the manifest, in BOSH's CredHub.
    pub(super) secrets: Vec<String>,
    /// Credentials of bindings, in the platform's CredHub. Permissions can only be found by their actor, which nobody
    /// knows any more; without a credential they permit nothing.
    pub(super) credentials: Vec<String>,
}

impl Remains {
    /// How many things that are.
    pub(super) fn count(&self) -> usize {
        self.configs.len() + self.secrets.len() + self.credentials.len()
    }

    /// Looks, where this broker may have written.
    ///
    /// # Errors
    /// The [`Fault`] of the Director or of a CredHub.
    pub(super) async fn look(outside: &Outside, scene: &Scene) -> Result<Self, Fault> {
        let (instance, call) = (&scene.record.instance, &scene.call);
        let deployment = instance.deployment();
        let configs = if outside.config.broker.disable_bosh_configs {
            vec![]
        } else {
            outside.tasks.director.config_types(&deployment, call).await?
        };
        let services = services(&outside.config, &scene.record);
        let secrets = services.iter().map(|service| secrets_path(service, &deployment));
        let credentials = services.iter().map(|service| bindings_path(service, instance.as_str()));
        Ok(Remains {
            configs,
            secrets: below(outside.bosh_credhub.as_ref(), secrets, scene).await?,
            credentials: below(outside.credhub.as_ref(), credentials, scene).await?,
        })
    }
}

/// Everything below the paths: they end with the instance's id as a whole word, so no other's is among it.
async fn below(
    credhub: Option<&CredHub>,
    paths: impl Iterator<Item = String>,
    scene: &Scene,
) -> Result<Vec<String>, Fault> {
    let mut names = vec![];
    if let Some(credhub) = credhub {
        for path in paths {
            names.extend(credhub.find(&path, &scene.call).await?);
        }
    }
    Ok(names)
}

/// Of which service offering the instance is, or may have been: a record that is gone doesn't say.
fn services<'a>(config: &'a Config, record: &'a Record) -> Vec<&'a str> {
    match record.plan() {
        Some(plan) => vec![&plan.service_id],
        None => config
            .catalog
            .offerings
            .iter()
            .map(|offering| offering.id.as_str())
            .collect(),
    }
}
