//! Looks at what the configuration names.
use super::{
    Check, Line, Verdict, bus,
    look::{bosh_credhub, cloud_controller, director, instances_api, runtime_credhub, uaa},
    rules::Needs,
};
use crate::{access::look, offered::Adapters, plan_schemas};
use chandler_clients::{
    adapter::Adapter, bosh::Director, cloud_controller::CloudController, credhub::CredHub, instances_api::InstancesApi,
    nats_monitor::NatsMonitor, uaa::OauthClients,
};
use chandler_proto::{
    catalog::{Catalog, Plan},
    config::{Config, Findings, ServiceAdapter},
};
use std::{collections::HashSet, future::Future, time::Duration};

/// What a process has credentials for. Nothing is looked at that wasn't given.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    needs: Needs,
    /// Whether instances get clients of their own.
    keeps_clients: bool,
    /// Whether Cloud Foundry may be asked.
    asks_cf: bool,
    /// The bus's servers, as they are monitored.
    monitors: Vec<NatsMonitor>,
    adapters: Vec<ServiceAdapter>,
    /// Plans whose schemas are asked for, with their adapters.
    schemas: Vec<(Plan, Adapter)>,
    director: Option<Director>,
    credhub: Option<CredHub>,
    bosh_credhub: Option<CredHub>,
    uaa: Option<OauthClients>,
    cloud_controller: Option<CloudController>,
    instances_api: Option<InstancesApi>,
}

impl Outside {
    /// Nothing yet, and what plans and switches of `config` ask for.
    pub fn new(config: &Config) -> Self {
        Outside {
            needs: Needs::of(&config.catalog),
            keeps_clients: config.client_definition().is_some(),
            asks_cf: !config.broker.disable_cf_startup_checks,
            ..Outside::default()
        }
    }

    /// With the monitoring of the bus's servers.
    #[must_use]
    pub fn monitors(mut self, monitors: &[NatsMonitor]) -> Self {
        self.monitors = monitors.to_vec();
        self
    }

    /// Whether the bus's servers are asked what they don't tell clients.
    pub fn is_monitored(&self) -> bool {
        !self.monitors.is_empty()
    }

    /// With the service authors' executables.
    #[must_use]
    pub fn adapters(mut self, catalog: &Catalog) -> Self {
        let adapters = catalog.offerings.iter().map(|offering| offering.adapter.clone());
        self.adapters = adapters.collect();
        self
    }

    /// With the schemas of all plans: each look runs the adapter for each of them. Nothing where they aren't asked for.
    #[must_use]
    pub fn plan_schemas(mut self, config: &Config, adapters: &Adapters) -> Self {
        if config.broker.enable_plan_schemas {
            let of = |offering| Some((offering, adapters.of_offering(offering)?));
            let all = config.catalog.offerings.iter().filter_map(of);
            let plans =
                all.flat_map(|(offering, it)| offering.plans.iter().map(move |plan| (plan.clone(), it.clone())));
            self.schemas = plans.collect();
        }
        self
    }

    /// With the Director.
    #[must_use]
    pub fn director(mut self, director: &Director) -> Self {
        self.director = Some(director.clone());
        self
    }

    /// With the platform's CredHub, if there is one.
    #[must_use]
    pub fn credhub(mut self, credhub: Option<&CredHub>) -> Self {
        self.credhub = credhub.cloned();
        self
    }

    /// With BOSH's CredHub, if there is one.
    #[must_use]
    pub fn bosh_credhub(mut self, credhub: Option<&CredHub>) -> Self {
        self.bosh_credhub = credhub.cloned();
        self
    }

    /// With our client at Cloud Foundry's UAA, if there is one. With `disable_cf_startup_checks` it is only looked at if
    /// instances get clients: their jobs wait for it.
    #[must_use]
    pub fn uaa(mut self, uaa: Option<&OauthClients>) -> Self {
        self.uaa = uaa.filter(|_| self.asks_cf || self.keeps_clients).cloned();
        self
    }

    /// With Cloud Controller, if there is one. Nothing is asked of it with `disable_cf_startup_checks`: nothing waits for it.
    #[must_use]
    pub fn cloud_controller(mut self, cloud_controller: Option<&CloudController>) -> Self {
        self.cloud_controller = cloud_controller.filter(|_| self.asks_cf).cloned();
        self
    }

    /// With who lists the platform's instances besides Cloud Controller, if anybody does.
    #[must_use]
    pub fn instances_api(mut self, api: Option<&InstancesApi>) -> Self {
        self.instances_api = api.cloned();
        self
    }

    /// Looks at everything at once; no call takes longer than `limit`. A line for each thing, always in the same order.
    pub async fn look(&self, limit: Duration) -> Vec<Line> {
        let adapters = (!self.adapters.is_empty()).then(|| Check::Adapter.is(executable(&self.adapters)));
        let (sync, schemas, director, credhub, bosh_credhub, uaa, cloud_controller, instances) = tokio::join!(
            bus::sync(&self.monitors, limit),
            plan_schemas(&self.schemas, limit),
            each(&self.director, |it| director(it, &self.needs, limit)),
            each(&self.credhub, |it| runtime_credhub(it, limit)),
            each(&self.bosh_credhub, |it| bosh_credhub(it, limit)),
            each(&self.uaa, |it| uaa(it, self.keeps_clients, limit)),
            each(&self.cloud_controller, |it| cloud_controller(it, limit)),
            each(&self.instances_api, |it| instances_api(it, limit)),
        );
        let mut lines: Vec<_> = [sync, adapters, schemas].into_iter().flatten().collect();
        lines.extend(director.into_iter().flatten());
        lines.extend(
            [credhub, bosh_credhub, uaa, cloud_controller, instances]
                .into_iter()
                .flatten(),
        );
        lines
    }
}

async fn each<'a, T, F: Future>(of: &'a Option<T>, look: impl FnOnce(&'a T) -> F) -> Option<F::Output> {
    match of {
        Some(it) => Some(look(it).await),
        None => None,
    }
}

/// Each file once, also where several offerings name it.
fn executable(adapters: &[ServiceAdapter]) -> Verdict {
    let mut seen = HashSet::new();
    let adapters: Vec<_> = adapters.iter().filter(|it| seen.insert(&it.path)).collect();
    let found = adapters.iter().filter_map(|adapter| adapter.check(look).err());
    let wrong: Vec<_> = found
        .flat_map(|Findings(found)| found)
        .map(|it| format!("{}. Put it where {} says", it.message, it.path))
        .collect();
    if wrong.is_empty() {
        let paths: Vec<_> = adapters.iter().map(|it| it.path.as_str()).collect();
        return Verdict::Fine(format!("{} can be run", paths.join(", ")));
    }
    Verdict::Wrong(wrong.join("; "))
}

/// One plan after another, as a worker does it.
async fn plan_schemas(plans: &[(Plan, Adapter)], limit: Duration) -> Option<Line> {
    let mut known = Vec::with_capacity(plans.len());
    for (plan, adapter) in plans {
        if let Err(why) = adapter.check() {
            let text = format!("the service adapter can't be run from here: {why}");
            return Some(Check::PlanSchemas.is(Verdict::Unknown(text)));
        }
        let asked = plan_schemas::ask(adapter, plan, limit).await;
        known.push(Some(plan_schemas::Known {
            plan: plan.name.clone(),
            outcome: asked.map(|it| it.warnings()).map_err(|it| it.for_operator),
        }));
    }
    let verdict = plan_schemas::verdict(&known).filter(|_| !plans.is_empty());
    verdict.map(|it| Check::PlanSchemas.is(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapters(paths: [&str; 3]) -> Vec<ServiceAdapter> {
        let of = |(index, path): (usize, &str)| ServiceAdapter {
            path: path.into(),
            key: format!("chandler.offerings[{index}].service_adapter.path"),
        };
        paths.into_iter().enumerate().map(of).collect()
    }

    #[test]
    fn an_adapter_of_several_offerings_is_told_once() {
        let fine = executable(&adapters(["/bin/sh", "/bin/cat", "/bin/sh"]));
        assert_eq!(fine, Verdict::Fine("/bin/sh, /bin/cat can be run".into()));
        let wrong = executable(&adapters(["/nowhere/a", "/bin/sh", "/nowhere/a"]));
        let text = wrong.text();
        assert_eq!(text.matches("'/nowhere/a'").count(), 1, "{text}");
        assert!(
            text.contains("Put it where chandler.offerings[0].service_adapter.path says"),
            "{text}"
        );
    }
}
