//! The plans whose instance the tour binds.

use chandler_proto::catalog::{Catalog, Offering, Plan};

/// A plan that can be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Its id.
    pub(crate) plan: String,
    /// How many addresses by BOSH DNS each binding has.
    pub(crate) addresses: usize,
}

impl Bound {
    /// One with addresses, if there is any; else the first one.
    pub(crate) fn of(catalog: &Catalog) -> Option<Bound> {
        let offering = catalog.offerings.first()?;
        let with_addresses = plans(offering).find(|plan| !plan.binding_with_dns.is_empty());
        let plan = with_addresses.or_else(|| plans(offering).next())?;
        Some(Bound::plan(plan))
    }

    /// Another one, whose instances can be changed to this plan.
    pub(crate) fn before(&self, catalog: &Catalog) -> Option<Bound> {
        let offering = catalog.offerings.first()?;
        let mut others = plans(offering).filter(|plan| plan.id.as_str() != self.plan);
        others.find(|plan| offering.is_updatable(plan)).map(Bound::plan)
    }

    fn plan(plan: &Plan) -> Bound {
        Bound {
            plan: plan.id.to_string(),
            addresses: plan.binding_with_dns.len(),
        }
    }
}

fn plans(offering: &Offering) -> impl Iterator<Item = &Plan> {
    offering.plans.iter().filter(|plan| offering.is_bindable(plan))
}
