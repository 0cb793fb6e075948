//! What the binding worker takes from the configuration.
use chandler_clients::{
    Secret,
    adapter::{Adapter, AdapterSettings},
    bosh::{Auth, Director, DirectorSettings},
    credhub::{CredHub, CredHubSettings},
    http::Trust,
};
use chandler_proto::{
    config::{BoshAuthentication, Config, FileLook, Finding, Findings, UaaClient},
    seal::Sealer,
};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

/// How long one call may take when nothing narrower limits it.
const CALL: Duration = Duration::from_secs(30);
/// What the slow reads before an act may take in all: deployment, VMs, variables, their values, CredHub.
const READS: Duration = Duration::from_secs(4 * 30 + 60);
/// So many acts, each with its reads, may be in one turn.
const ACTS: u32 = 4;
/// What an act may take besides the adapter.
const BESIDES: Duration = Duration::from_secs(20);
/// How much the adapter may write.
const ADAPTER_OUTPUT: usize = 16 * 1024 * 1024;
const USER_AGENT: &str = concat!("chandler/", env!("CARGO_PKG_VERSION"));

/// Clients and switches, made once at start.
pub struct Settings {
    /// The whole configuration.
    pub config: Config,
    /// Opens what the gateway sealed, and seals answers.
    pub sealer: Arc<Sealer>,
    /// The Director.
    pub director: Director,
    /// The service author's executable.
    pub adapter: Adapter,
    /// The platform's CredHub; `None` when secure bindings are off.
    pub credhub: Option<CredHub>,
    /// BOSH's CredHub; `None` when secure manifests are off.
    pub bosh_credhub: Option<CredHub>,
}

impl Settings {
    /// Makes the clients.
    ///
    /// # Errors
    /// All [`Findings`] that keep this worker from starting, at once.
    pub fn of(config: &Config) -> Result<Self, Findings> {
        let mut wrong = vec![];
        let sealer = taken(&mut wrong, config.require_seal(), "chandler.seal", |seal| {
            Sealer::of(seal).map_err(|why| why.to_string())
        });
        let director = taken(&mut wrong, config.require_bosh(), "bosh", |bosh| {
            Director::new(DirectorSettings {
                url: bosh.url.to_owned(),
                ca_pem: bosh.root_ca_cert.map(str::to_owned),
                auth: auth(bosh.authentication),
                timeout: CALL,
                user_agent: USER_AGENT.into(),
            })
        });
        let credhub = taken(&mut wrong, config.require_credhub(), "credhub", |access| {
            let made = access.map(|it| {
                client(
                    it.api_url,
                    trust(it.ca_cert.into_iter().chain(it.internal_uaa_ca_cert)),
                    it.client,
                )
            });
            made.transpose()
        });
        let resolves = config.broker.enable_secure_manifests;
        let bosh_credhub = taken(&mut wrong, config.require_bosh_credhub(), "bosh_credhub", |access| {
            access
                .filter(|_| resolves)
                .map(|it| client(it.url, trust(it.ca_certs), it.client))
                .transpose()
        });
        if let Err(why) = chandler_engine::store::check(&config.chandler) {
            wrong.push(finding("chandler.bus", &why));
        }
        if let Err(findings) = config.service_adapter.check(look) {
            wrong.extend(findings.0);
        }
        let adapter = Adapter::new(AdapterSettings {
            path: config.service_adapter.path.clone().into(),
            use_stdin: config.broker.use_stdin,
            limit: Duration::from_secs(config.chandler.workers.adapter_seconds),
            max_output: ADAPTER_OUTPUT,
            guard: None,
        });
        if let Err(why) = adapter.check() {
            wrong.push(finding("service_adapter", &why));
        }
        match (sealer, director, credhub, bosh_credhub, wrong.is_empty()) {
            (Some(sealer), Some(director), Some(credhub), Some(bosh_credhub), true) => Ok(Settings {
                config: config.clone(),
                sealer: Arc::new(sealer),
                director,
                adapter,
                credhub,
                bosh_credhub,
            }),
            _ => Err(Findings(wrong)),
        }
    }

    /// The longest turn: as many runs of the adapter as a turn may have, each with what is read before it.
    pub fn turn_limit(&self) -> Duration {
        let adapter = Duration::from_secs(self.config.chandler.workers.adapter_seconds);
        (adapter + BESIDES + READS) * ACTS
    }
}

/// Makes `what` of a section, or notes why that can't be done.
fn taken<S, T>(
    wrong: &mut Vec<Finding>,
    section: Result<S, Findings>,
    path: &str,
    make: impl FnOnce(S) -> Result<T, String>,
) -> Option<T> {
    match section.map(make) {
        Ok(Ok(made)) => Some(made),
        Ok(Err(why)) => {
            wrong.push(finding(path, &why));
            None
        }
        Err(findings) => {
            wrong.extend(findings.0);
            None
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

/// Only what is given, or the system's.
fn trust<'a>(pems: impl IntoIterator<Item = &'a str>) -> Trust {
    let pems: Vec<&str> = pems.into_iter().collect();
    match pems.is_empty() {
        true => Trust::System,
        false => Trust::Only(pems.join("\n")),
    }
}

/// A client of a CredHub. The UAA that it names is trusted as it is itself.
fn client(url: &str, trust: Trust, client: &UaaClient) -> Result<CredHub, String> {
    CredHub::new(CredHubSettings {
        url: url.to_owned(),
        trust: trust.clone(),
        uaa_trust: trust,
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    })
}

/// Whether the adapter can be run, as far as a look at the file tells.
fn look(path: &str) -> FileLook {
    match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => FileLook::Directory,
        Ok(file) => FileLook::File(file.permissions().mode()),
        Err(error) => FileLook::Error(format!("'{path}': {error}")),
    }
}

fn finding(path: &str, message: &str) -> Finding {
    Finding {
        path: path.into(),
        message: message.into(),
    }
}
