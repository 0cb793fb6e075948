//! The clients of the outside that a configuration describes.
use crate::offered::Adapters;
use chandler_clients::{
    Secret,
    adapter::{Adapter, AdapterSettings},
    bosh::{Auth, Director, DirectorSettings},
    credhub::{CredHub, CredHubSettings},
    http::Trust,
    instances_api::{InstancesApi, InstancesApiSettings},
    uaa::{Grant, OauthClients, Tokens, Uaa, UaaSettings},
};
use chandler_engine::store;
use chandler_proto::{
    catalog::Offering,
    config::{
        self, BoshAuthentication, BoshCredHubAccess, Config, CredHubAccess, FileLook, Finding, Findings,
        InstancesApiAccess, UaaAccess, UaaClient,
    },
    seal::Sealer,
};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

/// How long one call may take when nothing narrower limits it.
pub const CALL: Duration = Duration::from_secs(30);
/// How much the adapter may write.
const ADAPTER_OUTPUT: usize = 16 * 1024 * 1024;
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
            let grant = Grant::ClientCredentials {
                client_id: it.client.client_id.clone(),
                client_secret: Secret::new(it.client.client_secret.expose()),
            };
            Ok(Some(OauthClients::new(uaa.clone(), Tokens::new(uaa, grant)?)))
        })
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

fn adapter(config: &Config, offering: &Offering) -> Adapter {
    Adapter::new(AdapterSettings {
        path: offering.adapter.path.clone().into(),
        use_stdin: config.broker.use_stdin,
        limit: Duration::from_secs(config.chandler.workers.adapter_seconds),
        max_output: ADAPTER_OUTPUT,
        guard: None,
    })
}

fn auth(authentication: &BoshAuthentication) -> Auth {
    match authentication {
        BoshAuthentication::Basic(user) => Auth::Basic {
            username: user.username.clone(),
            password: user.password.expose().to_owned(),
        },
        BoshAuthentication::Uaa(client) => Auth::Uaa {
            client_id: client.client_id.clone(),
            client_secret: Secret::new(client.client_secret.expose()),
        },
    }
}

/// The Director's CA, for it and its UAA, instead of the system's.
fn director(it: config::Director<'_>) -> DirectorSettings {
    DirectorSettings {
        url: it.url.to_owned(),
        ca_pem: it.root_ca_cert.map(str::to_owned),
        auth: auth(it.authentication),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// Its CA and that of its UAA, for both.
fn runtime(it: CredHubAccess<'_>) -> CredHubSettings {
    let cas = it.ca_cert.into_iter().chain(it.internal_uaa_ca_cert);
    credhub(it.api_url, only(cas), it.client)
}

/// Its CA and that of the Director, for it and its UAA.
fn of_bosh(it: BoshCredHubAccess<'_>) -> CredHubSettings {
    credhub(it.url, only(it.ca_certs), it.client)
}

/// The UAA that a CredHub names is trusted as it is itself.
fn credhub(url: &str, trust: Trust, client: &UaaClient) -> CredHubSettings {
    CredHubSettings {
        url: url.to_owned(),
        uaa_trust: trust.clone(),
        trust,
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

fn uaa(it: UaaAccess<'_>) -> UaaSettings {
    UaaSettings {
        url: it.url.to_owned(),
        trust: added(it.root_ca_cert, it.disable_ssl_cert_verification),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

fn instances_api(it: InstancesApiAccess<'_>) -> InstancesApiSettings {
    InstancesApiSettings {
        url: it.url.to_owned(),
        trust: added(it.root_ca_cert, it.disable_ssl_cert_verification),
        username: it.credential.username.clone(),
        password: Secret::new(it.credential.password.expose()),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// The given CAs instead of the system's.
fn only<'a>(cas: impl IntoIterator<Item = &'a str>) -> Trust {
    let pem = cas.into_iter().collect::<Vec<_>>().join("\n");
    if pem.is_empty() {
        Trust::System
    } else {
        Trust::Only(pem)
    }
}

/// The given CA besides the system's, unless nothing is looked at.
fn added(ca: Option<&str>, unchecked: bool) -> Trust {
    match (unchecked, ca) {
        (true, _) => Trust::Anyone,
        (false, Some(pem)) => Trust::SystemPlus(pem.to_owned()),
        (false, None) => Trust::System,
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
