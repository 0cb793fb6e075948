//! What the gateway needs of the catalog, worked out once at the start.
mod maintenance;

pub(crate) use maintenance::Facts;

use crate::{
    answer::{Page, Refusal},
    plans::Places,
    schemas::{Library, Required, Unready},
    telemetry::Counted,
};
use chandler_proto::{
    catalog::{Catalog, MaintenanceInfo, MaintenanceShown, Offering, Plan, Quotas, Showing},
    config::Deadlines,
    records::PlanCopy,
};
use std::{collections::BTreeMap, time::Duration};

/// The catalog, by ids.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    services: BTreeMap<String, BTreeMap<String, Offer>>,
    /// How much there may be of all plans of a service together; only where something is limited.
    global: BTreeMap<String, Quotas>,
    /// Where its plans belong in the configuration.
    pub(crate) places: Places,
    /// What goes for all instances.
    pub(crate) instances: InstanceRules,
    /// What the platform gets where no schemas are asked for.
    page: Page,
    /// What has to have schemas, if anything.
    pub(crate) schemas: Option<Required>,
    /// What goes for all bindings.
    pub(crate) bindings: BindingRules,
    /// What goes for all updates.
    pub(crate) updates: UpdateRules,
    /// What telemetry counts, if it is on.
    pub(crate) counted: Option<Counted>,
}

/// What the configuration says of instances, whatever the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InstanceRules {
    /// Each gets a UAA client of its own.
    pub(crate) clients: bool,
    /// How long an operation on one may take whose plan has left the catalog.
    pub(crate) times: Times,
    /// What the catalog shows of maintenance info.
    pub(crate) maintenance_info: MaintenanceShown,
    /// Some may have a plan that the catalog hasn't.
    pub(crate) allow_missing_plans: bool,
}

/// How long an operation on an instance may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// Without errands.
    pub(crate) instance: Duration,
    /// Each errand adds this.
    pub(crate) errand: Duration,
}

/// What the configuration says of bindings, whatever the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BindingRules {
    /// Their credentials go to CredHub.
    pub(crate) secure: bool,
    /// A backup agent may bind.
    pub(crate) backup_agent: bool,
    /// How long an operation on one may take where its plan says nothing else, or has left the catalog.
    pub(crate) deadline: Duration,
}

/// What the configuration says of updates, whatever the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UpdateRules {
    /// An update begins with a look whether the instance is out of date.
    pub(crate) pending_check: bool,
    /// One that brings nothing but a context only writes it down.
    pub(crate) context: bool,
}

/// A plan, as far as admission needs it.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) plan: PlanCopy,
    /// The version of its maintenance info, if the catalog has one.
    pub(crate) maintenance_version: Option<String>,
    /// The digest of its facts.
    pub(crate) maintenance_digest: String,
    /// Whether there is any maintenance info, shown or not.
    pub(crate) is_maintained: bool,
    /// Those of its facts that the catalog shows.
    pub(crate) facts: Facts,
    /// How long an operation on an instance may take.
    pub(crate) times: Times,
    /// Whether its instances may change to another plan.
    pub(crate) updatable: bool,
    /// Whether its instances can be bound.
    pub(crate) bindable: bool,
    /// How long an operation on a binding may take.
    pub(crate) binding_deadline: Duration,
    /// How many instances of it there may be, and what each takes.
    pub(crate) quotas: Quotas,
}

/// What the catalog shows beside what it consists of.
fn showing(instances: &InstanceRules, updates: UpdateRules) -> Showing<'static> {
    Showing {
        allow_context_updates: updates.context,
        maintenance_info: instances.maintenance_info,
        ..Showing::default()
    }
}

/// Nothing is limited.
static UNLIMITED: Quotas = Quotas {
    service_instance_limit: None,
    resources: BTreeMap::new(),
};

impl Shelf {
    /// From the configuration.
    pub(crate) fn new(catalog: &Catalog, instances: InstanceRules, updates: UpdateRules) -> Self {
        let page = Page::of(&catalog.to_osbapi(&showing(&instances, updates)));
        let offer = |o: &Offering, p: &Plan| (p.id.clone(), Offer::of(o, p, instances.maintenance_info));
        let plans = |o: &Offering| o.plans.iter().map(|p| offer(o, p)).collect();
        let services = catalog.offerings.iter().map(|o| (o.id.clone(), plans(o))).collect();
        let limited = catalog.offerings.iter().filter(|o| !o.global_quotas.is_empty());
        let global = limited.map(|o| (o.id.clone(), o.global_quotas.clone())).collect();
        Shelf {
            services,
            global,
            places: Places::of(catalog),
            instances,
            page,
            schemas: None,
            bindings: BindingRules::default(),
            updates,
            counted: None,
        }
    }

    /// Telemetry counts these.
    pub(crate) fn counting(self, counted: Counted) -> Self {
        let counted = Some(counted);
        Shelf { counted, ..self }
    }

    /// Every plan of the catalog has to have schemas.
    pub(crate) fn requiring_schemas(self, catalog: &Catalog) -> Self {
        let schemas = Some(Required::new(catalog, showing(&self.instances, self.updates)));
        Shelf { schemas, ..self }
    }

    /// What the platform gets.
    ///
    /// # Errors
    /// [`Unready`], when schemas are asked for and aren't known.
    pub(crate) fn page(&self, library: &Library) -> Result<Page, Unready> {
        match &self.schemas {
            None => Ok(self.page.clone()),
            Some(required) => required.page(library),
        }
    }

    /// With what goes for all bindings.
    pub(crate) fn with(self, bindings: BindingRules) -> Self {
        Shelf { bindings, ..self }
    }

    /// With what goes for all instances.
    #[cfg(test)]
    pub(crate) fn with_instances(self, instances: InstanceRules) -> Self {
        Shelf { instances, ..self }
    }

    /// With what goes for all updates.
    #[cfg(test)]
    pub(crate) fn with_updates(self, updates: UpdateRules) -> Self {
        Shelf { updates, ..self }
    }

    /// With what is limited for all plans of a service together.
    #[cfg(test)]
    pub(crate) fn with_global(mut self, service_id: &str, quotas: Quotas) -> Self {
        self.global.insert(service_id.to_owned(), quotas);
        self
    }

    /// With plans of one offering and an empty document.
    #[cfg(test)]
    pub(crate) fn of_plans(offers: impl IntoIterator<Item = Offer>) -> Self {
        let mut services = BTreeMap::<String, BTreeMap<String, Offer>>::new();
        for offer in offers {
            let plans = services.entry(offer.plan.service_id.clone()).or_default();
            plans.insert(offer.plan.plan_id.clone(), offer);
        }
        Shelf {
            services,
            ..Shelf::new(
                &Catalog { offerings: Vec::new() },
                InstanceRules::default(),
                UpdateRules::default(),
            )
        }
    }

    /// Whether the catalog has this service.
    pub(crate) fn offers(&self, service_id: &str) -> bool {
        self.services.contains_key(service_id)
    }

    /// Whether the catalog has this plan of this service.
    pub(crate) fn has(&self, service_id: &str, plan_id: &str) -> bool {
        self.services
            .get(service_id)
            .is_some_and(|plans| plans.contains_key(plan_id))
    }

    /// The plan of a request.
    pub(crate) fn find(&self, service_id: &str, plan_id: &str) -> Result<&Offer, Refusal> {
        let plans = self
            .services
            .get(service_id)
            .ok_or_else(|| Refusal::Malformed("service-id not in the catalog".into()))?;
        plans
            .get(plan_id)
            .ok_or_else(|| Refusal::Malformed("plan-id not in the catalog".into()))
    }

    /// What the catalog has now of a plan that was copied from it.
    pub(crate) fn offer(&self, plan: &PlanCopy) -> Option<&Offer> {
        self.find(&plan.service_id, &plan.plan_id).ok()
    }

    /// How much there may be of all plans of the service together.
    pub(crate) fn global(&self, service_id: &str) -> &Quotas {
        self.global.get(service_id).unwrap_or(&UNLIMITED)
    }

    /// How long an operation on a binding of this plan may take, whether the catalog still has it or not.
    pub(crate) fn binding_deadline(&self, plan: Option<&PlanCopy>) -> Duration {
        let offer = plan.and_then(|plan| self.offer(plan));
        offer.map_or(self.bindings.deadline, |offer| offer.binding_deadline)
    }
}

impl Times {
    /// From the configuration: those of plans that say nothing else.
    pub(crate) fn of(deadlines: Deadlines) -> Self {
        Times {
            instance: Duration::from_secs(deadlines.instance_seconds),
            errand: Duration::from_secs(deadlines.errand_seconds),
        }
    }

    /// With so many errands.
    pub(crate) fn with(self, errands: usize) -> Duration {
        let errands = u32::try_from(errands).unwrap_or(u32::MAX);
        self.instance.saturating_add(self.errand.saturating_mul(errands))
    }
}

impl Offer {
    /// What an instance of the plan takes of a resource.
    pub(crate) fn cost(&self, resource: &str) -> u64 {
        self.quotas.resources.get(resource).map_or(0, |quota| quota.cost)
    }

    fn of(offering: &Offering, plan: &Plan, shown: MaintenanceShown) -> Self {
        let info = plan.maintenance_info.as_ref();
        Offer {
            plan: PlanCopy::of(offering, plan),
            maintenance_version: info.and_then(|info| info.version.clone()),
            maintenance_digest: info.map_or_else(|| MaintenanceInfo::default().digest(), MaintenanceInfo::digest),
            is_maintained: info.is_some_and(|info| info.version.is_some() || info.has_facts()),
            facts: info.map(|info| Facts::of(info, shown)).unwrap_or_default(),
            times: Times::of(plan.deadlines),
            updatable: offering.is_updatable(plan),
            bindable: offering.is_bindable(plan),
            binding_deadline: Duration::from_secs(plan.deadlines.binding_seconds),
            quotas: plan.quotas.clone(),
        }
    }
}
