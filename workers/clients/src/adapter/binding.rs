//! `create-binding` and `delete-binding`: what they get, and how they are run.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use super::command::Command;
use super::{Adapter, AdapterError, Binding, MAX_BINDING_OUTPUT, input, secrets};
use crate::CallContext;

/// The inputs of `create-binding`, each already the text that the adapter reads. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct CreateBinding {
    /// The binding's id.
    pub binding_id: String,
    /// JSON: addresses by instance group, `{"<group>":["<ip>"]}`; see [`crate::bosh::bosh_vms`].
    pub bosh_vms: String,
    /// YAML: the deployed manifest.
    pub manifest: String,
    /// JSON: the platform's request.
    pub request_parameters: String,
    /// JSON: secrets of the deployed manifest by reference, parentheses included; `null` when there are none.
    pub secrets: String,
    /// JSON: addresses by the names of the plan's `binding_with_dns`; `{}` when there are none.
    pub dns_addresses: String,
}

/// The inputs of `delete-binding`, of the same form. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct DeleteBinding {
    /// The binding's id.
    pub binding_id: String,
    /// JSON: addresses by instance group, `{"<group>":["<ip>"]}`; see [`crate::bosh::bosh_vms`].
    pub bosh_vms: String,
    /// YAML: the deployed manifest.
    pub manifest: String,
    /// JSON: the platform's request.
    pub request_parameters: String,
    /// JSON: secrets of the deployed manifest by reference, parentheses included; `null` when there are none.
    pub secrets: String,
    /// JSON: addresses by the names of the plan's `binding_with_dns`; `{}` when there are none.
    pub dns_addresses: String,
}

impl fmt::Debug for CreateBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateBinding").finish_non_exhaustive()
    }
}

impl fmt::Debug for DeleteBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteBinding").finish_non_exhaustive()
    }
}

impl From<DeleteBinding> for CreateBinding {
    fn from(of: DeleteBinding) -> Self {
        Self {
            binding_id: of.binding_id,
            bosh_vms: of.bosh_vms,
            manifest: of.manifest,
            request_parameters: of.request_parameters,
            secrets: of.secrets,
            dns_addresses: of.dns_addresses,
        }
    }
}

impl CreateBinding {
    fn stdin(&self, member: &str) -> Zeroizing<Vec<u8>> {
        input::document(
            member,
            json!({
                "binding_id": self.binding_id,
                "bosh_vms": self.bosh_vms,
                "manifest": self.manifest,
                "request_parameters": self.request_parameters,
                "secrets": self.secrets,
                "dns_addresses": self.dns_addresses,
            }),
        )
    }

    fn arguments(&self) -> Vec<OsString> {
        [
            &self.binding_id,
            &self.bosh_vms,
            &self.manifest,
            &self.request_parameters,
        ]
        .map(OsString::from)
        .to_vec()
    }

    fn command(&self, name: &'static str, member: &str, max_output: usize, output_is_secret: bool) -> Command {
        let stdin = self.stdin(member);
        Command {
            name,
            secrets: secrets::of_binding(self, &stdin),
            stdin,
            arguments: self.arguments(),
            max_output,
            output_is_secret,
            may_be_missing: false,
        }
    }
}

impl Adapter {
    /// Has the adapter create a binding. `limit` is the time that is left; the settings' limit holds, too. When it is over, the future
    /// is dropped or this process dies, the adapter's process group is killed.
    ///
    /// # Errors
    /// An [`AdapterError`]; [`AdapterError::meaning`] tells a binding that is there already and its like. After all of them but
    /// [`AdapterError::NotStarted`] the adapter may have created something.
    pub async fn create_binding(
        &self,
        input: CreateBinding,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Binding, AdapterError> {
        let max = MAX_BINDING_OUTPUT.min(self.settings.max_output);
        let command = input.command("create-binding", "create_binding", max, true);
        let (heard, report) = self.execute(command, call, limit).await?;
        Binding::read(&heard.stdout).map_err(|wrong| {
            let path = self.settings.path.display();
            report.invalid(&format!(
                "external service adapter returned invalid JSON at {path}: {wrong}."
            ))
        })
    }

    /// Has the adapter delete a binding; what it says is ignored. `limit` as for [`Adapter::create_binding`].
    ///
    /// # Errors
    /// An [`AdapterError`]; [`AdapterError::meaning`] tells a binding that isn't there.
    pub async fn delete_binding(
        &self,
        input: DeleteBinding,
        call: &CallContext,
        limit: Duration,
    ) -> Result<(), AdapterError> {
        let input = CreateBinding::from(input);
        let command = input.command("delete-binding", "delete_binding", self.settings.max_output, false);
        self.execute(command, call, limit).await.map(|_| ())
    }
}
