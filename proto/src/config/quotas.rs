//! Quotas, of a plan and of the offering.
use super::tree::Node;
use crate::catalog::{Quotas, ResourceQuota};
use std::collections::BTreeMap;

/// The section `quotas` or `global_quotas`; its older names are rewritten before, in `legacy`.
pub(super) fn read(node: Option<&Node>) -> Quotas {
    let Some(node) = node else {
        return Quotas::default();
    };
    let resources: BTreeMap<_, _> = node
        .section("resources")
        .members()
        .iter()
        .filter(|(_, resource)| resource.is_given())
        .map(|(name, resource)| (name.clone(), quota(resource)))
        .collect();
    Quotas {
        service_instance_limit: node.int("service_instance_limit"),
        resources,
    }
}

fn quota(node: &Node) -> ResourceQuota {
    ResourceQuota {
        limit: node.int("limit"),
        cost: node.int("cost").unwrap_or_default(),
    }
}
