//! The plan whose instance the tour binds.

use chandler_proto::catalog::Catalog;

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
        let plans = || offering.plans.iter().filter(|plan| offering.is_bindable(plan));
        let with_addresses = plans().find(|plan| !plan.binding_with_dns.is_empty());
        let plan = with_addresses.or_else(|| plans().next())?;
        Some(Bound {
            plan: plan.id.to_string(),
            addresses: plan.binding_with_dns.len(),
        })
    }
}
