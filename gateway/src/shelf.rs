//! What the gateway needs of the catalog, worked out once at the start.
use crate::answer::{Page, Refusal};
use bytes::Bytes;
use chandler_proto::{
    catalog::{Catalog, Offering, Plan},
    records::PlanCopy,
};
use http::HeaderValue;
use ring::digest;
use std::{collections::BTreeMap, time::Duration};

/// The catalog, by ids.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    services: BTreeMap<String, BTreeMap<String, Offer>>,
    /// For instances whose plan has left the catalog.
    instance_deadline: Duration,
    /// What the platform gets.
    pub(crate) page: Page,
    /// What goes for all bindings.
    pub(crate) bindings: BindingRules,
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

/// A plan, as far as admission needs it.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) plan: PlanCopy,
    /// The version of its maintenance info, if the catalog has one.
    pub(crate) maintenance_version: Option<String>,
    /// How long an operation on an instance may take.
    pub(crate) instance_deadline: Duration,
    /// Whether its instances can be bound.
    pub(crate) bindable: bool,
    /// How long an operation on a binding may take.
    pub(crate) binding_deadline: Duration,
}

impl Shelf {
    /// From the configuration; `instance_deadline` is the one of plans that say nothing else.
    pub(crate) fn new(catalog: &Catalog, instance_deadline: Duration) -> Self {
        let json = Bytes::from(catalog.to_osbapi().to_string());
        let digest = digest::digest(&digest::SHA256, &json);
        let hex: String = digest.as_ref().iter().take(16).map(|b| format!("{b:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        let plans = |o: &Offering| o.plans.iter().map(|p| (p.id.clone(), Offer::of(o, p))).collect();
        let services = catalog.offerings.iter().map(|o| (o.id.clone(), plans(o))).collect();
        Shelf {
            services,
            instance_deadline,
            page: Page { json, etag },
            bindings: BindingRules::default(),
        }
    }

    /// With what goes for all bindings.
    pub(crate) fn with(self, bindings: BindingRules) -> Self {
        Shelf { bindings, ..self }
    }

    /// With one plan and an empty document.
    #[cfg(test)]
    pub(crate) fn of_one(offer: Offer) -> Self {
        let services = BTreeMap::from([(
            offer.plan.service_id.clone(),
            BTreeMap::from([(offer.plan.plan_id.clone(), offer)]),
        )]);
        Shelf {
            services,
            ..Shelf::new(&Catalog { offerings: Vec::new() }, Duration::ZERO)
        }
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

    /// How long an operation on an instance of this plan may take, whether the catalog still has it or not.
    pub(crate) fn instance_deadline(&self, plan: Option<&PlanCopy>) -> Duration {
        let offer = plan.and_then(|plan| self.find(&plan.service_id, &plan.plan_id).ok());
        offer.map_or(self.instance_deadline, |offer| offer.instance_deadline)
    }

    /// The same for an operation on a binding.
    pub(crate) fn binding_deadline(&self, plan: Option<&PlanCopy>) -> Duration {
        let offer = plan.and_then(|plan| self.find(&plan.service_id, &plan.plan_id).ok());
        offer.map_or(self.bindings.deadline, |offer| offer.binding_deadline)
    }
}

impl Offer {
    fn of(offering: &Offering, plan: &Plan) -> Self {
        Offer {
            plan: PlanCopy::of(offering, plan),
            maintenance_version: plan.maintenance_info.as_ref().map(|info| info.version.clone()),
            instance_deadline: Duration::from_secs(plan.deadlines.instance_seconds),
            bindable: offering.is_bindable(plan),
            binding_deadline: Duration::from_secs(plan.deadlines.binding_seconds),
        }
    }
}
