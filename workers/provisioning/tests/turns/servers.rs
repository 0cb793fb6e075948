//! What the worker talks to.
use chandler_simulators::{
    bosh::{BoshOptions, BoshSimulator},
    credhub, uaa,
};

/// A Director, one UAA for everything, the platform's CredHub and BOSH's.
pub(crate) struct Outside {
    pub(crate) bosh: BoshSimulator,
    pub(crate) uaa: uaa::Uaa,
    pub(crate) runtime: credhub::CredHub,
    pub(crate) secrets: credhub::CredHub,
}

impl Outside {
    pub(crate) async fn start() -> Self {
        let scopes = ["credhub.read", "credhub.write"];
        let mut clients = ["runtime", "secrets"]
            .map(|id| uaa::Client::new(id, "client-secret", &scopes))
            .to_vec();
        clients.push(uaa::Client::new("clients", "client-secret", &["clients.read"]));
        let options = uaa::Options {
            clients,
            ..uaa::Options::default()
        };
        let uaa = uaa::Uaa::start(options).await.unwrap();
        let verifier = || uaa.verifier();
        let runtime = credhub::Options::runtime(verifier()).granting("/c/*", "runtime");
        let secrets = credhub::Options::bosh(verifier());
        let secrets = credhub::CredHub::start(secrets).await.unwrap();
        let bosh = BoshOptions {
            credhub: Some(secrets.world()),
            ..BoshOptions::default()
        };
        Outside {
            bosh: BoshSimulator::start(bosh).await.unwrap(),
            runtime: credhub::CredHub::start(runtime).await.unwrap(),
            secrets,
            uaa,
        }
    }
}
