//! What the provisioning worker takes from the configuration.
use crate::credhubs;
use chandler_clients::{
    Secret,
    adapter::{Adapter, AdapterSettings},
    bosh::{Auth, Director, DirectorSettings},
    credhub::CredHub,
    manifest_secrets,
};
use chandler_proto::{
    config::{BoshAuthentication, Config, FileLook, Finding, Findings},
    records::MOST_MAYBE,
    seal::Sealer,
};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

/// How long one call to the Director may take when nothing narrower limits it.
const CALL: Duration = Duration::from_secs(30);
/// How much the adapter may write.
const ADAPTER_OUTPUT: usize = 16 * 1024 * 1024;

/// Clients and switches, made once at start.
pub struct Settings {
    /// The whole configuration, for plans.
    pub config: Config,
    /// Opens what the gateway sealed.
    pub sealer: Arc<Sealer>,
    /// The Director.
    pub director: Director,
    /// The platform's CredHub; `None` without secure bindings.
    pub credhub: Option<CredHub>,
    /// BOSH's CredHub; `None` without secure manifests.
    pub bosh_credhub: Option<CredHub>,
    /// The service author's executable.
    pub adapter: Adapter,
    /// How often running tasks are listed.
    pub poll: Duration,
    /// How often one task's event log is read.
    pub notes: Duration,
}

impl Settings {
    /// Makes the clients.
    ///
    /// # Errors
    /// All [`Findings`] that keep this worker from starting, at once.
    pub fn of(config: &Config) -> Result<Self, Findings> {
        let mut wrong = vec![];
        let sealer = match config.require_seal() {
            Ok(seal) => Sealer::of(seal)
                .map_err(|e| wrong.push(finding("chandler.seal", &e.to_string())))
                .ok(),
            Err(findings) => {
                wrong.extend(findings.0);
                None
            }
        };
        let director = match config.require_bosh() {
            Ok(bosh) => Director::new(DirectorSettings {
                url: bosh.url.to_owned(),
                ca_pem: bosh.root_ca_cert.map(str::to_owned),
                auth: auth(bosh.authentication),
                timeout: CALL,
                user_agent: concat!("chandler/", env!("CARGO_PKG_VERSION")).into(),
            })
            .map_err(|why| wrong.push(finding("bosh", &why)))
            .ok(),
            Err(findings) => {
                wrong.extend(findings.0);
                None
            }
        };
        let mut made = |credhub: Result<Option<CredHub>, Findings>| {
            credhub.map_err(|findings| wrong.extend(findings.0)).ok().flatten()
        };
        let (credhub, bosh_credhub) = (
            made(credhubs::runtime(config, CALL)),
            made(credhubs::bosh(config, CALL)),
        );
        if let Err(why) = chandler_engine::store::check(&config.chandler) {
            wrong.push(finding("chandler.bus", &why));
        }
        if let Err(findings) = config.service_adapter.check(look) {
            wrong.extend(findings.0);
        }
        let workers = config.chandler.workers;
        let adapter = Adapter::new(AdapterSettings {
            path: config.service_adapter.path.clone().into(),
            use_stdin: config.broker.use_stdin,
            limit: Duration::from_secs(workers.adapter_seconds),
            max_output: ADAPTER_OUTPUT,
            guard: None,
        });
        if let Err(why) = adapter.check() {
            wrong.push(finding("service_adapter", &why));
        }
        let (Some(sealer), Some(director), true) = (sealer, director, wrong.is_empty()) else {
            return Err(Findings(wrong));
        };
        let (poll, notes) = (
            Duration::from_secs(workers.poll_seconds),
            Duration::from_secs(workers.note_seconds),
        );
        Ok(Settings {
            sealer: Arc::new(sealer),
            director,
            credhub,
            bosh_credhub,
            adapter,
            poll,
            notes,
            config: config.clone(),
        })
    }

    /// The longest turn: the runs of the adapter that a check for pending changes may need, the secrets of a manifest and
    /// some calls.
    pub fn turn_limit(&self) -> Duration {
        let runs = u32::try_from(1 + MOST_MAYBE).unwrap_or(u32::MAX);
        Duration::from_secs(self.config.chandler.workers.adapter_seconds) * runs + manifest_secrets::LIMIT + CALL * 6
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
