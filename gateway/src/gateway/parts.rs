//! What a configuration comes to that may change while the gateway serves.
use super::found;
use crate::{
    auth::Doorkeeper,
    desk::Limits,
    shelf::{BindingRules, InstanceRules, Shelf, Times, UpdateRules},
    telemetry::Counted,
    tls::{Clients, Https},
};
use chandler_bus::BootstrapSettings;
use chandler_process::{Clock as _, SystemClock};
use chandler_proto::{
    config::{self, Config, Findings},
    ids::Millis,
};
use std::time::Duration;

/// How long a GET looks for the record while the bus doesn't answer.
const READ: Duration = Duration::from_secs(5);
/// After so long a platform whose request waits is answered, whatever has come of it: it gives up after 60 s.
const LATEST_ANSWER: Duration = Duration::from_secs(55);
/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(30);

/// What another configuration changes without a restart.
pub(crate) struct Swappable {
    pub(crate) shelf: Shelf,
    pub(crate) door: Doorkeeper,
    pub(crate) limits: Limits,
    pub(crate) wanted: BootstrapSettings,
    pub(crate) https: Option<Https>,
}

impl Swappable {
    /// Checks and works out all of it.
    pub(super) fn of(config: &Config) -> Result<Self, Findings> {
        let door = config.credentials().and_then(|credentials| {
            Doorkeeper::new(credentials.into_iter().map(|c| (c.username.as_str(), &c.password)))
                .map_err(|error| found("chandler.credentials", &error))
        });
        let (door, (clients, https)) = config::both(door, https(config))?;
        let limits = limits(config);
        Ok(Swappable {
            shelf: shelf(config, limits.bindings),
            door: door.with(clients),
            limits,
            wanted: BootstrapSettings::of(&config.chandler),
            https,
        })
    }
}

/// The certificate is good now, and whose certificates are taken is clear.
fn https(config: &Config) -> Result<(Option<Clients>, Option<Https>), Findings> {
    let now = Millis(SystemClock::new().now_ms());
    let tls = config.broker.tls.as_ref();
    let clients = config.chandler.gateway.clients.as_ref();
    let clients = clients.map(|clients| Clients::of(clients, tls.is_some())).transpose();
    // A certificate is looked at also when its clients' CA is wrong.
    let of = |clients: Option<&Clients>| tls.map(|tls| Https::new(tls, clients, now)).transpose();
    match clients {
        Ok(clients) => of(clients.as_ref()).map(|https| (clients, https)),
        Err(findings) => config::both(Err(findings), of(None)),
    }
}

fn shelf(config: &Config, bindings: BindingRules) -> Shelf {
    let instances = InstanceRules {
        clients: config.client_definition().is_some(),
        times: Times::of(config.chandler.deadlines),
        maintenance_info: config.chandler.maintenance_info,
        allow_missing_plans: config.chandler.allow_missing_plans,
    };
    let updates = UpdateRules {
        pending_check: !config.broker.skip_check_for_pending_changes,
        context: config.chandler.allow_context_updates,
    };
    let shelf = Shelf::new(&config.catalog, instances, updates).with(bindings);
    let shelf = match config.broker.enable_telemetry {
        true => shelf.counting(Counted::of(&config.catalog)),
        false => shelf,
    };
    match config.broker.enable_plan_schemas {
        true => shelf.requiring_schemas(&config.catalog),
        false => shelf,
    }
}

fn limits(config: &Config) -> Limits {
    let gateway = &config.chandler.gateway;
    let request = Duration::from_secs(gateway.request_timeout_seconds);
    Limits {
        request,
        // What comes before and after has to fit in, too.
        accept: Duration::from_secs(gateway.accept_timeout_seconds).min(request / 2),
        read: READ.min(request / 2),
        body: BODY.min(request / 3),
        body_bytes: usize::try_from(gateway.body_limit_bytes).unwrap_or(usize::MAX),
        retry_after: config.chandler.workers.poll_seconds,
        wait: Duration::from_secs(gateway.bind_wait_seconds),
        grace: Duration::from_secs(gateway.binding_grace_seconds),
        // The answer has to be on its way before the request's own end, and before the platform gives up.
        answer: LATEST_ANSWER.min(request.mul_f64(0.92)),
        bindings: BindingRules {
            secure: config.credhub.is_some(),
            backup_agent: config.broker.support_backup_agent_binding,
            deadline: Duration::from_secs(config.chandler.deadlines.binding_seconds),
        },
    }
}
