//! The clients of the outside that a configuration describes.
use chandler_clients::{
    Secret,
    adapter::{Adapter, AdapterSettings},
    bosh::{Auth, Director, DirectorSettings},
    credhub::{CredHub, CredHubSettings},
    http::Trust,
    uaa::{Grant, OauthClients, Tokens, Uaa, UaaSettings},
};
use chandler_engine::store;
use chandler_proto::{
    config::{BoshAuthentication, Config, FileLook, Finding, Findings, UaaClient},
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
        self.taken(section, "bosh", |bosh| {
            Director::new(DirectorSettings {
                url: bosh.url.to_owned(),
                ca_pem: bosh.root_ca_cert.map(str::to_owned),
                auth: auth(bosh.authentication),
                timeout: CALL,
                user_agent: USER_AGENT.into(),
            })
        })
    }

    /// The platform's CredHub, where credentials of bindings are; inner `None` when secure bindings are off.
    pub fn credhub(&mut self) -> Option<Option<CredHub>> {
        let section = self.config.require_credhub();
        self.taken(section, "credhub", |access| {
            let made = access.map(|it| {
                let cas = it.ca_cert.into_iter().chain(it.internal_uaa_ca_cert);
                credhub(it.api_url, cas, it.client)
            });
            made.transpose()
        })
    }

    /// BOSH's CredHub, where secrets of manifests are; inner `None` without secure manifests, unless it is there all the same.
    pub fn bosh_credhub(&mut self) -> Option<Option<CredHub>> {
        let section = self.config.require_bosh_credhub();
        self.taken(section, "bosh_credhub", |access| {
            let made = access.map(|it| credhub(it.url, it.ca_certs, it.client));
            made.transpose()
        })
    }

    /// The clients at Cloud Foundry's UAA; inner `None` when we have no client credentials there.
    pub fn uaa_clients(&mut self) -> Option<Option<OauthClients>> {
        let section = self.config.require_uaa_clients();
        self.taken(section, "cf.uaa", |access| {
            let Some(it) = access else { return Ok(None) };
            let uaa = Uaa::new(UaaSettings {
                url: it.url.to_owned(),
                trust: match (it.disable_ssl_cert_verification, it.root_ca_cert) {
                    (true, _) => Trust::Anyone,
                    (false, Some(pem)) => Trust::SystemPlus(pem.to_owned()),
                    (false, None) => Trust::System,
                },
                timeout: CALL,
                user_agent: USER_AGENT.into(),
            })?;
            let grant = Grant::ClientCredentials {
                client_id: it.client.client_id.clone(),
                client_secret: Secret::new(it.client.client_secret.expose()),
            };
            Ok(Some(OauthClients::new(uaa.clone(), Tokens::new(uaa, grant)?)))
        })
    }

    /// Whether the service author's executable can be run, as far as a look at its file tells.
    pub fn executable(&mut self) {
        if let Err(findings) = self.config.service_adapter.check(look) {
            self.wrong.extend(findings.0);
        }
    }

    /// The service author's executable, with the guard beside this program that every run of it goes through.
    pub fn adapter(&mut self) -> Option<Adapter> {
        let config = self.config;
        self.executable();
        let adapter = Adapter::new(AdapterSettings {
            path: config.service_adapter.path.clone().into(),
            use_stdin: config.broker.use_stdin,
            limit: Duration::from_secs(config.chandler.workers.adapter_seconds),
            max_output: ADAPTER_OUTPUT,
            guard: None,
        });
        let checked = adapter.check();
        self.taken(Ok(()), "service_adapter", |()| checked.map(|()| adapter))
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

/// A client of a CredHub. The UAA that it names is trusted as it is itself.
fn credhub<'a>(url: &str, cas: impl IntoIterator<Item = &'a str>, client: &UaaClient) -> Result<CredHub, String> {
    let trust = trust(cas);
    CredHub::new(CredHubSettings {
        url: url.to_owned(),
        uaa_trust: trust.clone(),
        trust,
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    })
}

/// The given CAs instead of the system's.
fn trust<'a>(cas: impl IntoIterator<Item = &'a str>) -> Trust {
    let pem = cas.into_iter().collect::<Vec<_>>().join("\n");
    if pem.is_empty() {
        Trust::System
    } else {
        Trust::Only(pem)
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
mod tests {
    use super::*;

    #[test]
    fn the_cas_that_are_given_replace_those_of_the_system() {
        assert_eq!(trust([]), Trust::System);
        assert_eq!(trust(["a", "b"]), Trust::Only("a\nb".into()));
    }
}
