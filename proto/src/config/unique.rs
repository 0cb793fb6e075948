//! What has to be unique in the catalog. Cloud Controller refuses it otherwise, and we find a plan by its id alone.
use super::finding::Collector;
use super::tree::Node;
use crate::catalog::Offering;
use std::collections::HashMap;

/// Ids of offerings, plans and dashboard clients and names of offerings are unique in the catalog, names of plans in
/// their offering. `around` are the nodes that the offerings were read from.
pub(super) fn check(around: &[&Node], offerings: &[Offering], collector: &mut Collector) {
    let (mut ids, mut names, mut clients) = (Seen::default(), Seen::default(), Seen::default());
    let mut plan_ids = Seen::default();
    for (around, offering) in around.iter().zip(offerings) {
        let node = around.section("service_catalog");
        ids.is_new(&offering.id, node.path_of("id"), &node.path, collector);
        names.is_new(&offering.name, node.path_of("service_name"), &node.path, collector);
        if let Some(client) = &offering.dashboard_client {
            let section = node.section("dashboard_client");
            clients.is_new(&client.id, section.path_of("id"), &section.path, collector);
        }
        let mut plan_names = Seen::default();
        for (node, plan) in node.sections("plans").into_iter().zip(&offering.plans) {
            plan_ids.is_new(&plan.id, node.path_of("plan_id"), &node.path, collector);
            plan_names.is_new(&plan.name, node.path_of("name"), &node.path, collector);
        }
    }
}

/// Texts that were seen, and whose they were.
#[derive(Default)]
struct Seen(HashMap<String, String>);

impl Seen {
    /// A text at `key`, of what stands at `owner`. What isn't there was told already.
    fn is_new(&mut self, text: &str, key: String, owner: &str, collector: &mut Collector) {
        if text.is_empty() {
            return;
        }
        match self.0.get(text) {
            Some(other) => collector.error(key, format!("is also that of {other}; it must be unique")),
            None => drop(self.0.insert(text.to_owned(), owner.to_owned())),
        }
    }
}
