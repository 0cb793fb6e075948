//! What an adapter gets to know, in both forms.

use std::ffi::OsString;
use std::fmt;

use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The inputs of `generate-manifest`, each already the text that the adapter reads: JSON, or YAML for the
/// manifest. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct GenerateManifest {
    /// JSON: deployment name, releases, stemcells.
    pub service_deployment: String,
    /// JSON: the plan's properties, instance groups, update block, lifecycle errands.
    pub plan: String,
    /// JSON: the plan until now; `null` when there is none.
    pub previous_plan: String,
    /// YAML: the deployed manifest; empty when there is none.
    pub previous_manifest: String,
    /// JSON: the platform's request.
    pub request_parameters: String,
    /// JSON: secrets of the deployed manifest by reference; `null` when there are none.
    pub previous_secrets: String,
    /// JSON: BOSH configs by type; `null` when there are none.
    pub previous_configs: String,
    /// JSON: the instance's UAA client; `null` when there is none.
    pub uaa_client: String,
}

impl fmt::Debug for GenerateManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenerateManifest").finish_non_exhaustive()
    }
}

impl GenerateManifest {
    /// The object for standard input.
    pub(super) fn stdin(&self) -> Zeroizing<Vec<u8>> {
        document(
            "generate_manifest",
            json!({
                "service_deployment": self.service_deployment,
                "plan": self.plan,
                "previous_plan": self.previous_plan,
                "previous_manifest": self.previous_manifest,
                "request_parameters": self.request_parameters,
                "previous_secrets": self.previous_secrets,
                "previous_configs": self.previous_configs,
                "uaa_client": self.uaa_client,
            }),
        )
    }

    /// The arguments after the command.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        [
            &self.service_deployment,
            &self.plan,
            &self.request_parameters,
            &self.previous_manifest,
            &self.previous_plan,
        ]
        .map(OsString::from)
        .to_vec()
    }
}

/// The object for standard input, with a line end. All five members are there, all leaves are strings; those of other commands
/// than the one that is filled in are empty.
pub(super) fn document(command: &str, given: Value) -> Zeroizing<Vec<u8>> {
    let mut document = json!({
        "generate_manifest": {
            "service_deployment": "", "plan": "", "previous_plan": "", "previous_manifest": "",
            "request_parameters": "", "previous_secrets": "", "previous_configs": "", "uaa_client": "",
        },
        "dashboard_url": {"instance_id": "", "plan": "", "manifest": ""},
        "create_binding": binding(),
        "delete_binding": binding(),
        "generate_plan_schemas": {"plan": ""},
    });
    document[command] = given;
    let mut bytes = Zeroizing::new(document.to_string().into_bytes());
    bytes.push(b'\n');
    bytes
}

fn binding() -> Value {
    json!({
        "binding_id": "", "bosh_vms": "", "manifest": "",
        "request_parameters": "", "secrets": "", "dns_addresses": "",
    })
}
