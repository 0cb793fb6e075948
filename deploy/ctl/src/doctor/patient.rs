//! What these processes talk to.

use crate::cli::Process;
use chandler_common::access::Access;
use chandler_common::checks::Outside;
use chandler_proto::config::{Config, Findings};

/// Clients of it; nothing is sent. Without a name all of them are meant, and the commands, too.
///
/// # Errors
/// What keeps a client from being made. It was told before, by the needs of the processes.
pub(super) fn of(config: &Config, named: &[Process]) -> Result<Outside, Findings> {
    let processes = Process::meant(named);
    let any = |some: &[Process]| processes.iter().any(|it| some.contains(it));
    let mut access = Access::new(config);
    let mut outside = Outside::new(config);
    let mut whole = true;
    // Every worker asks them.
    if any(&[
        Process::Provisioning,
        Process::Binding,
        Process::Errands,
        Process::UaaClients,
    ]) {
        match access.monitors() {
            Some(monitors) => outside = outside.monitors(&monitors),
            None => whole = false,
        }
    }
    if any(&[Process::Provisioning, Process::Binding]) {
        outside = outside.adapters(&config.catalog);
        match (access.credhub(), access.bosh_credhub()) {
            (Some(credhub), Some(bosh)) => {
                // Without secure manifests the binding worker has no use for it.
                let used = any(&[Process::Provisioning]) || config.broker.enable_secure_manifests;
                outside = outside
                    .credhub(credhub.as_ref())
                    .bosh_credhub(bosh.as_ref().filter(|_| used));
            }
            _ => whole = false,
        }
    }
    if any(&[Process::Provisioning]) {
        outside = outside.plan_schemas(config, &access.adapters_unseen());
    }
    if any(&[Process::Provisioning, Process::Binding, Process::Errands]) {
        match access.director() {
            Some(director) => outside = outside.director(&director),
            None => whole = false,
        }
    }
    if any(&[Process::Provisioning, Process::UaaClients]) {
        match access.uaa_clients() {
            Some(uaa) => outside = outside.uaa(uaa.as_ref()),
            None => whole = false,
        }
    }
    if any(&[Process::UaaClients]) {
        match access.cloud_controller_if_asked() {
            Some(cloud_controller) => outside = outside.cloud_controller(cloud_controller.as_ref()),
            None => whole = false,
        }
    }
    if named.is_empty() {
        match access.instances_api() {
            Some(api) => outside = outside.instances_api(api.as_ref()),
            None => whole = false,
        }
    }
    access.finish(whole.then_some(outside))
}
