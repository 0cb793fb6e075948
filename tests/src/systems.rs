//! The outside systems of a world, as servers that can be told to misbehave.
use chandler_simulators::{
    bosh::{BoshOptions, BoshSimulator},
    credhub::{self, CredHub},
    uaa::{self, Client, Uaa},
};

/// Which systems there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// A runtime CredHub: credentials of bindings are stored there.
    pub secure: bool,
    /// BOSH's CredHub: manifests refer to secrets there.
    pub secure_manifests: bool,
    /// The Director wants tokens of the UAA, not a password.
    pub director_by_uaa: bool,
    /// A UAA of Cloud Foundry, where instances have clients of their own.
    pub uaa_clients: bool,
}

/// The broker's clients at the UAA.
#[derive(Clone, Copy, Debug)]
pub enum UaaClientOf {
    /// For the Director.
    Director,
    /// For the runtime CredHub, where `/c/*` is its own.
    CredHub,
    /// For BOSH's CredHub.
    BoshCredHub,
    /// For the clients of instances, which it makes and removes.
    Instances,
}

/// The running systems.
pub struct Systems {
    pub bosh: BoshSimulator,
    /// There when any of the others needs it.
    pub uaa: Option<Uaa>,
    pub credhub: Option<CredHub>,
    pub bosh_credhub: Option<CredHub>,
    pub director_by_uaa: bool,
    pub uaa_clients: bool,
}

impl UaaClientOf {
    /// Its id.
    pub fn id(self) -> &'static str {
        match self {
            UaaClientOf::Director => "broker-at-the-director",
            UaaClientOf::CredHub => "broker-at-credhub",
            UaaClientOf::BoshCredHub => "broker-at-bosh-credhub",
            UaaClientOf::Instances => "broker-at-cloud-foundry",
        }
    }
    /// Its secret.
    pub fn secret(self) -> &'static str {
        match self {
            UaaClientOf::Director => "s3cret-of-the-director",
            UaaClientOf::CredHub => "s3cret-of-credhub",
            UaaClientOf::BoshCredHub => "s3cret-of-bosh-credhub",
            UaaClientOf::Instances => "s3cret-of-cloud-foundry",
        }
    }
    fn client(self) -> Client {
        let authorities: &[&str] = match self {
            UaaClientOf::Director => &["bosh.admin"],
            UaaClientOf::CredHub | UaaClientOf::BoshCredHub => &["credhub.read", "credhub.write"],
            UaaClientOf::Instances => &["clients.read", "clients.write"],
        };
        Client::new(self.id(), self.secret(), authorities)
    }
}

impl Systems {
    /// Starts what is wanted.
    pub async fn start(wanted: Wanted, bosh: BoshOptions) -> Systems {
        let clients = [
            UaaClientOf::Director,
            UaaClientOf::CredHub,
            UaaClientOf::BoshCredHub,
            UaaClientOf::Instances,
        ];
        let of_credhubs = wanted.secure || wanted.secure_manifests;
        let uaa = if of_credhubs || wanted.director_by_uaa || wanted.uaa_clients {
            let clients = clients.map(UaaClientOf::client).to_vec();
            let options = uaa::Options {
                clients,
                ..uaa::Options::default()
            };
            Some(Uaa::start(options).await.unwrap())
        } else {
            None
        };
        let verifier = || uaa.as_ref().unwrap().verifier();
        let credhub = if wanted.secure {
            let options = credhub::Options::runtime(verifier()).granting("/c/*", UaaClientOf::CredHub.id());
            Some(CredHub::start(options).await.unwrap())
        } else {
            None
        };
        let bosh_credhub = if wanted.secure_manifests {
            Some(CredHub::start(credhub::Options::bosh(verifier())).await.unwrap())
        } else {
            None
        };
        let bosh = BoshOptions {
            uaa: wanted.director_by_uaa.then(verifier),
            credhub: bosh_credhub.as_ref().map(CredHub::world),
            ..bosh
        };
        Systems {
            bosh: BoshSimulator::start(bosh).await.unwrap(),
            uaa,
            credhub,
            bosh_credhub,
            director_by_uaa: wanted.director_by_uaa,
            uaa_clients: wanted.uaa_clients,
        }
    }
    /// The CAs of the Director and of its UAA, PEM.
    pub fn director_cas(&self) -> String {
        let uaa = self.uaa.as_ref().map(Uaa::ca_pem).unwrap_or_default();
        format!("{}\n{uaa}", self.bosh.ca_pem())
    }
}
