//! What the adapter gets to know for a binding: slow to read, without effect.
use crate::room::Outside;
use chandler_clients::{
    Fault,
    adapter::{CreateBinding, DeleteBinding},
    bosh, manifest_secrets,
};
use chandler_engine::step::Scene;
use chandler_proto::secret::Secret;
use serde_json::{Map, json};

/// What is deployed. It may hold secrets, so it has no `Debug`.
pub(crate) struct Deployed {
    bosh_vms: String,
    manifest: String,
    secrets: String,
}

/// Reads it; `None` when there is no deployment, or none that ever got as far as a manifest.
///
/// # Errors
/// The [`Fault`] of the Director, or of a BOSH CredHub that doesn't answer: see [`manifest_secrets::of_deployment`].
pub(crate) async fn deployed(outside: &Outside, scene: &Scene) -> Result<Option<Deployed>, Fault> {
    let name = scene.record.instance.deployment();
    let director = &outside.director;
    let deployment = director.deployment(&name, &scene.call).await?;
    let Some(manifest) = deployment.and_then(|it| it.manifest) else {
        return Ok(None);
    };
    let Some(vms) = director.vms(&name, &scene.call).await? else {
        return Ok(None);
    };
    let secrets = match &outside.bosh_credhub {
        None => "null".to_owned(),
        Some(credhub) => manifest_secrets::of_deployment(director, credhub, &name, &manifest, &scene.call).await?,
    };
    Ok(Some(Deployed {
        bosh_vms: bosh::bosh_vms(&vms),
        manifest,
        secrets,
    }))
}

impl Deployed {
    /// For `create-binding`, with the platform's request.
    pub(crate) fn for_create(self, scene: &Scene, request: &Secret) -> CreateBinding {
        CreateBinding {
            binding_id: binding_id(scene),
            bosh_vms: self.bosh_vms,
            manifest: self.manifest,
            request_parameters: request.expose().to_owned(),
            secrets: self.secrets,
            dns_addresses: addresses(scene),
        }
    }

    /// For `delete-binding`, with the request that an unbind is.
    pub(crate) fn for_delete(self, scene: &Scene) -> DeleteBinding {
        let plan = scene.record.plan();
        let request = json!({
            "plan_id": plan.map_or("", |plan| plan.plan_id.as_str()),
            "service_id": plan.map_or("", |plan| plan.service_id.as_str()),
        });
        DeleteBinding {
            binding_id: binding_id(scene),
            bosh_vms: self.bosh_vms,
            manifest: self.manifest,
            request_parameters: request.to_string(),
            secrets: self.secrets,
            dns_addresses: addresses(scene),
        }
    }
}

fn binding_id(scene: &Scene) -> String {
    scene
        .record
        .binding
        .as_ref()
        .map_or_else(String::new, ToString::to_string)
}

/// The addresses by BOSH DNS that the job has got.
fn addresses(scene: &Scene) -> String {
    let known = scene.job().facts.addresses.iter();
    let known = known.filter_map(|(name, it)| Some((name.clone(), it.address.clone()?.into())));
    serde_json::Value::Object(known.collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes;
    use chandler_proto::{job::Address, operation::Operation};

    #[test]
    fn the_adapter_gets_what_the_platform_asked_for_and_what_is_deployed() {
        let deployed = || Deployed {
            bosh_vms: "{}".into(),
            manifest: "name: x".into(),
            secrets: "null".into(),
        };
        let mut scene = scenes::scene(Operation::Bind);
        let got = Address {
            address: Some("q-s0.kv.bosh".into()),
            ..Address::default()
        };
        let given_up = Address {
            dropped: true,
            ..Address::default()
        };
        let addresses = [("master".to_owned(), got), ("other".to_owned(), given_up)];
        scene.record.job.facts.addresses.extend(addresses);
        let create = deployed().for_create(&scene, &Secret::new(r#"{"app_guid":"a"}"#));
        assert_eq!(create.request_parameters, r#"{"app_guid":"a"}"#);
        assert_eq!(create.dns_addresses, r#"{"master":"q-s0.kv.bosh"}"#);
        assert_eq!((create.binding_id.as_str(), create.secrets.as_str()), ("b-1", "null"));
        let delete = deployed().for_delete(&scene);
        assert_eq!(delete.request_parameters, r#"{"plan_id":"p","service_id":"s"}"#);
        assert_eq!(delete.dns_addresses, create.dns_addresses);
    }
}
