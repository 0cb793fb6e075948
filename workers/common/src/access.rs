//! The clients of the outside that a configuration describes.
mod settings;

use crate::offered::Adapters;
use chandler_clients::{
    bosh::Director,
    cloud_controller::CloudController,
    credhub::CredHub,
    instances_api::InstancesApi,
    nats_monitor::NatsMonitor,
    uaa::{OauthClients, Tokens, Uaa},
};
use chandler_engine::store;
use chandler_proto::{
    config::{Config, FileLook, Finding, Findings},
    seal::Sealer,
};
use settings::{adapter, as_client, cloud_controller, director, instances_api, monitor, of_bosh, runtime, uaa};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

/// How long one call may take when nothing narrower limits it.
pub const CALL: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("chandler/", env!("CARGO_PKG_VERSION"));

/// Makes clients, and notes what is in the way of those that it can't make.
pub struct Access<'a> {
    config: &'a Config,
    wrong: Vec<Finding>,
}

impl<'a> Access<'a> {
    /// Begins with the bus, which every worker needs.
    pub fn new(config: &'a Config) -> Self {
        let mut access = Access { config, wrong: vec![] };
        if let Err(why) = store::check(&config.chandler) {
            access.wrong.push(finding("chandler.bus", why));
        }
        access
    }

    /// The bus's servers, as they are monitored; none where the configuration doesn't say.
    pub fn monitors(&mut self) -> Option<Vec<NatsMonitor>> {
        let bus = &self.config.chandler.bus;
        self.taken(Ok(()), "chandler.bus.monitor_urls", |()| {
            let all = bus.monitor_urls.iter();
            all.map(|url| NatsMonitor::new(monitor(url, bus.ca_cert.as_deref())))
                .collect()
        })
    }

    /// What opens and seals what may be secret.
    pub fn sealer(&mut self) -> Option<Arc<Sealer>> {
        let section = self.config.require_seal();
        self.taken(section, "chandler.seal", |seal| {
            Sealer::of(seal).map(Arc::new).map_err(|why| why.to_string())
        })
    }

    /// The Director.
    pub fn director(&mut self) -> Option<Director> {
        let section = self.config.require_bosh();
        self.taken(section, "bosh", |bosh| Director::new(director(bosh)))
    }

    /// The platform's CredHub, where credentials of bindings are; inner `None` when secure bindings are off.
    pub fn credhub(&mut self) -> Option<Option<CredHub>> {
        let section = self.config.require_credhub();
        self.taken(section, "credhub", |access| {
            access.map(|it| CredHub::new(runtime(it))).transpose()
        })
    }

    /// BOSH's CredHub, where secrets of manifests are; inner `None` without secure manifests, unless it is there all the same.
    pub fn bosh_credhub(&mut self) -> Option<Option<CredHub>> {
        let section = self.config.require_bosh_credhub();
        self.taken(section, "bosh_credhub", |access| {
            access.map(|it| CredHub::new(of_bosh(it))).transpose()
        })
    }

    /// The clients at Cloud Foundry's UAA; inner `None` when we have no client credentials there.
    pub fn uaa_clients(&mut self) -> Option<Option<OauthClients>> {
        let section = self.config.require_uaa_clients();
        self.taken(section, "cf.uaa", |access| {
            let Some(it) = access else { return Ok(None) };
            let uaa = Uaa::new(uaa(it))?;
            let grant = as_client(it.client);
            Ok(Some(OauthClients::new(uaa.clone(), Tokens::new(uaa, grant)?)))
        })
    }

    /// Cloud Controller, as the client or the user that we are at its UAA; inner `None` when the configuration has no section `cf`, or nothing in
    /// it that says where and who.
    pub fn cloud_controller(&mut self) -> Option<Option<CloudController>> {
        let section = self.config.require_cloud_controller();
        self.taken(section, "cf", |access| access.map(cloud_controller).transpose())
    }

    /// The same for who only looks whether it is there: with `disable_cf_startup_checks` nobody asks, and nothing need be there.
    pub fn cloud_controller_if_asked(&mut self) -> Option<Option<CloudController>> {
        match self.config.broker.disable_cf_startup_checks {
            true => Some(None),
            false => self.cloud_controller(),
        }
    }

    /// Who lists the platform's instances besides Cloud Controller; inner `None` when nobody does.
    pub fn instances_api(&mut self) -> Option<Option<InstancesApi>> {
        let section = self.config.require_instances_api();
        self.taken(section, "service_instances_api", |access| {
            access.map(|it| InstancesApi::new(instances_api(it))).transpose()
        })
    }

    /// Whether the service authors' executables can be run, as far as a look at their files tells.
    pub fn executables(&mut self) {
        for offering in &self.config.catalog.offerings {
            if let Err(findings) = offering.adapter.check(look) {
                self.wrong.extend(findings.0);
            }
        }
    }

    /// The service authors' executables, with the guard beside this program that every run of one goes through.
    pub fn adapters(&mut self) -> Option<Adapters> {
        let config = self.config;
        self.executables();
        let mut all = vec![];
        for offering in &config.catalog.offerings {
            let adapter = adapter(config, offering);
            let checked = adapter.check();
            let section = offering.adapter.key.trim_end_matches(".path");
            let adapter = self.taken(Ok(()), section, |()| checked.map(|()| adapter))?;
            all.push((offering.id.clone(), adapter));
        }
        Some(Adapters::new(config, all))
    }

    /// The same for who can do without them: nothing is looked at.
    pub fn adapters_unseen(&self) -> Adapters {
        let all = self.config.catalog.offerings.iter();
        Adapters::new(self.config, all.map(|it| (it.id.clone(), adapter(self.config, it))))
    }

    /// What was made of it all.
    ///
    /// # Errors
    /// All [`Findings`]; `None` for something that could not be made comes with one.
    pub fn finish<T>(self, made: Option<T>) -> Result<T, Findings> {
        match made {
            Some(made) if self.wrong.is_empty() => Ok(made),
            Some(_) | None => Err(Findings(self.wrong)),
        }
    }

    /// Makes `what` of a section, or notes why that can't be done.
    fn taken<S, T>(
        &mut self,
        section: Result<S, Findings>,
        path: &str,
        make: impl FnOnce(S) -> Result<T, String>,
    ) -> Option<T> {
        match section.map(make) {
            Ok(Ok(made)) => Some(made),
            Ok(Err(why)) => {
                self.wrong.push(finding(path, why));
                None
            }
            Err(findings) => {
                self.wrong.extend(findings.0);
                None
            }
        }
    }
}

/// Whether the adapter can be run, as far as a look at the file tells.
pub(crate) fn look(path: &str) -> FileLook {
    match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => FileLook::Directory,
        Ok(file) => FileLook::File(file.permissions().mode()),
        Err(error) => FileLook::Error(format!("'{path}': {error}")),
    }
}

fn finding(path: &str, message: String) -> Finding {
    let path = path.into();
    Finding { path, message }
}

#[cfg(test)]
mod tests;
