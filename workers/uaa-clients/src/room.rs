//! What the steps of this worker need, and the way in for the engine.
use crate::{definition, settings::Settings, steps};
use chandler_clients::{
    Fault, FaultKind,
    uaa::{OauthClient, OauthClients},
};
use chandler_engine::{
    probe::{Crashed, Probe},
    run::Room,
    step::Scene,
    texts::Texts,
    turn::{Answer, Turn},
};
use chandler_proto::{config::ClientDefinition, seal::Sealer, step::Worker};
use std::sync::Arc;

/// The outside world and the configuration, as the steps see them.
pub struct Outside {
    /// After which pattern each instance gets a client, without blanks around the items of lists; `None`: none gets one.
    pub definition: Option<ClientDefinition>,
    /// Opens what the gateway sealed, and seals secrets of clients.
    pub sealer: Arc<Sealer>,
    /// The clients at Cloud Foundry's UAA; `None` without credentials for it.
    pub clients: Option<OauthClients>,
    /// The texts of failures.
    pub texts: Texts,
}

impl Outside {
    /// Puts it together.
    pub fn new(settings: Settings) -> Self {
        let Settings {
            config,
            sealer,
            clients,
            cloud_controller: _,
            monitors: _,
        } = settings;
        Outside {
            definition: config.client_definition().map(definition::trimmed),
            sealer,
            clients,
            texts: Texts {
                expose: config.broker.expose_operational_errors,
            },
        }
    }

    /// The clients at the UAA. What the job needs and our file lacks is waited for: it was there when the job was accepted.
    pub(crate) fn clients(&self) -> Result<&OauthClients, Fault> {
        let missing = || lacks("cf.uaa.authentication.client_credentials (with cf.uaa.url)");
        self.clients.as_ref().ok_or_else(missing)
    }

    /// The pattern; see [`Outside::clients`].
    pub(crate) fn definition(&self) -> Result<&ClientDefinition, Fault> {
        self.definition
            .as_ref()
            .ok_or_else(|| lacks("cf.uaa.client_definition"))
    }

    /// The instance's client as the UAA shows it, without its secret.
    pub(crate) async fn look(&self, scene: &Scene) -> Result<Option<OauthClient>, Fault> {
        self.clients()?.get(scene.record.instance.as_str(), &scene.call).await
    }
}

/// A fault of a call that can't be made. Its end says whom the job waits for.
fn lacks(key: &str) -> Fault {
    let detail = format!("the configuration of this worker has no {key}, and the job needs it");
    Fault::new(FaultKind::NotSent, "GET /oauth/clients of the UAA", detail)
}

impl Room for Outside {
    const WORKER: Worker = Worker::UaaClients;

    async fn take<P: Probe>(&self, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
        steps::take(self, turn).await
    }
}
