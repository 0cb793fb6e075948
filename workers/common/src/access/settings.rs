//! What each client is told of the configuration: where, as whom, and whom it trusts.
use super::{CALL, USER_AGENT};
use chandler_clients::{
    Secret,
    adapter::{Adapter, AdapterSettings},
    bosh::{Auth, DirectorSettings},
    cloud_controller::{CloudController, CloudControllerSettings},
    credhub::CredHubSettings,
    http::Trust,
    instances_api::InstancesApiSettings,
    nats_monitor::NatsMonitorSettings,
    uaa::{Grant, Tokens, Uaa, UaaSettings},
};
use chandler_proto::{
    catalog::Offering,
    config::{
        self, BoshAuthentication, BoshCredHubAccess, CfAccess, CfAuthentication, Config, CredHubAccess,
        InstancesApiAccess, UaaAccess, UaaClient,
    },
};
use std::time::Duration;

/// How much the adapter may write.
const ADAPTER_OUTPUT: usize = 16 * 1024 * 1024;

pub(super) fn adapter(config: &Config, offering: &Offering) -> Adapter {
    Adapter::new(AdapterSettings {
        path: offering.adapter.path.clone().into(),
        use_stdin: config.broker.use_stdin,
        limit: Duration::from_secs(config.chandler.workers.adapter_seconds),
        max_output: ADAPTER_OUTPUT,
        guard: None,
    })
}

pub(super) fn auth(authentication: &BoshAuthentication) -> Auth {
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
pub(super) fn director(it: config::Director<'_>) -> DirectorSettings {
    DirectorSettings {
        url: it.url.to_owned(),
        ca_pem: it.root_ca_cert.map(str::to_owned),
        auth: auth(it.authentication),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// Its CA and that of its UAA, for both.
pub(super) fn runtime(it: CredHubAccess<'_>) -> CredHubSettings {
    let cas = it.ca_cert.into_iter().chain(it.internal_uaa_ca_cert);
    credhub(it.api_url, only(cas), it.client)
}

/// Its CA and that of the Director, for it and its UAA.
pub(super) fn of_bosh(it: BoshCredHubAccess<'_>) -> CredHubSettings {
    credhub(it.url, only(it.ca_certs), it.client)
}

/// The UAA that a CredHub names is trusted as it is itself.
pub(super) fn credhub(url: &str, trust: Trust, client: &UaaClient) -> CredHubSettings {
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

pub(super) fn uaa(it: UaaAccess<'_>) -> UaaSettings {
    UaaSettings {
        url: it.url.to_owned(),
        trust: added(it.root_ca_cert, it.disable_ssl_cert_verification),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// It and its UAA are trusted alike.
pub(super) fn cloud_controller(it: CfAccess<'_>) -> Result<CloudController, String> {
    let trust = added(it.root_ca_cert, it.disable_ssl_cert_verification);
    let uaa = Uaa::new(UaaSettings {
        url: it.uaa_url.to_owned(),
        trust: trust.clone(),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    })?;
    let grant = match it.authentication {
        CfAuthentication::Client(client) => as_client(client),
        CfAuthentication::User(user) => Grant::Password {
            username: user.username.clone(),
            password: Secret::new(user.password.expose()),
        },
    };
    let settings = CloudControllerSettings {
        url: it.url.to_owned(),
        trust,
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    };
    CloudController::new(settings, Tokens::new(uaa, grant)?)
}

pub(super) fn as_client(client: &UaaClient) -> Grant {
    Grant::ClientCredentials {
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
    }
}

pub(super) fn instances_api(it: InstancesApiAccess<'_>) -> InstancesApiSettings {
    InstancesApiSettings {
        url: it.url.to_owned(),
        trust: added(it.root_ca_cert, it.disable_ssl_cert_verification),
        username: it.credential.username.clone(),
        password: Secret::new(it.credential.password.expose()),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// Its certificate is that of the same server for clients, or of the same authority.
pub(super) fn monitor(url: &str, ca: Option<&str>) -> NatsMonitorSettings {
    NatsMonitorSettings {
        url: url.to_owned(),
        trust: only(ca),
        timeout: CALL,
        user_agent: USER_AGENT.into(),
    }
}

/// The given CAs instead of the system's.
pub(super) fn only<'a>(cas: impl IntoIterator<Item = &'a str>) -> Trust {
    let pem = cas.into_iter().collect::<Vec<_>>().join("\n");
    if pem.is_empty() {
        Trust::System
    } else {
        Trust::Only(pem)
    }
}

/// The given CA besides the system's, unless nothing is looked at.
pub(super) fn added(ca: Option<&str>, unchecked: bool) -> Trust {
    match (unchecked, ca) {
        (true, _) => Trust::Anyone,
        (false, Some(pem)) => Trust::SystemPlus(pem.to_owned()),
        (false, None) => Trust::System,
    }
}
