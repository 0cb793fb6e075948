//! The service offerings: `service_catalog` with what belongs to it, at the top and in `chandler.offerings`. What Cloud
//! Controller would refuse at registration is refused here, when the file is loaded.
use super::chandler::Deadlines;
use super::finding::Collector;
use super::plan::{self, Around};
use super::tree::{Node, Value};
use super::{keys, maintenance, metadata, quotas, service, unique};
use crate::catalog::{Catalog, DashboardClient, MaintenanceShown, Offering, Plan};
use std::{collections::HashSet, iter, ptr};

const CATALOG: &str = "service_catalog";
/// Cloud Controller's limit for descriptions, characters.
const DESCRIPTION: usize = 10_000;
/// Cloud Controller's limit for all tags together, characters.
const TAGS: usize = 2_048;
const REQUIRES: [&str; 3] = ["syslog_drain", "route_forwarding", "volume_mount"];

/// What offerings take from around them.
pub(super) struct Common<'a> {
    pub(super) deadlines: Deadlines,
    /// `broker.use_stdin`.
    pub(super) use_stdin: bool,
    pub(super) maintenance_info: MaintenanceShown,
    /// `chandler.plans`.
    pub(super) overrides: &'a Node,
}

/// The offering at the top of the file, and those of `chandler.offerings`, beside it or instead of it.
pub(super) fn catalog(root: &Node, common: &Common<'_>, collector: &mut Collector) -> Catalog {
    let chandler = root.section("chandler");
    let further = chandler.sections("offerings");
    let all: Vec<&Node> = match further.is_empty() || is_at_top(root, collector) {
        true => iter::once(root).chain(further).collect(),
        false => further,
    };
    let offerings: Vec<Offering> = all.iter().map(|around| offering(around, common, collector)).collect();
    overridden(common.overrides, &offerings, collector);
    unique::check(&all, &offerings, collector);
    Catalog { offerings }
}

/// Whether there is one at the top where there are further ones. What would belong to it is an error without it.
fn is_at_top(root: &Node, collector: &mut Collector) -> bool {
    let says = |name: &str| root.get(name).is_some_and(Node::says_something);
    // What isn't a section was told already.
    if says(CATALOG) || collector.is_settled(CATALOG) {
        return true;
    }
    for name in keys::OFFERING.into_iter().filter(|name| says(name)) {
        let text = format!("is for an offering at the top, but there is no {CATALOG}");
        collector.error(root.path_of(name), text);
    }
    false
}

/// The further offerings, to be changed.
pub(super) fn further_mut(root: &mut Node) -> impl Iterator<Item = &mut Node> {
    let chandler = root.get_mut("chandler");
    let list = chandler
        .and_then(|chandler| chandler.get_mut("offerings"))
        .and_then(Node::elements_mut);
    list.into_iter().flatten()
}

/// Each member of `chandler.plans` is for one plan, and each plan has one at most.
fn overridden(overrides: &Node, offerings: &[Offering], collector: &mut Collector) {
    let mut given: Vec<(&Plan, &str)> = Vec::new();
    for (name, over) in overrides.members() {
        let plans = offerings.iter().flat_map(|offering| &offering.plans);
        let mut called: Vec<&Plan> = plans.filter(|plan| plan.id == *name || plan.name == *name).collect();
        // That an id isn't unique is told where the plans stand.
        let mut ids = HashSet::new();
        called.retain(|plan| ids.insert(&plan.id));
        match called[..] {
            [] => collector.error(&over.path, "is neither the id nor the name of a plan"),
            [plan] => match given.iter().find(|(other, _)| ptr::eq(*other, plan)) {
                Some((_, other)) => {
                    let text = format!("the plan is also given as {other}; write both into one");
                    collector.error(&over.path, text);
                }
                None => given.push((plan, &over.path)),
            },
            [..] if ids.contains(name) => {
                collector.error(&over.path, "is the id of one plan and the name of another");
            }
            [..] => collector.error(&over.path, "is the name of more than one plan; use the id"),
        }
    }
}

fn offering(around: &Node, common: &Common<'_>, collector: &mut Collector) -> Offering {
    let node = &around.section(CATALOG);
    let mut wants = |name: &str| wanted(node, name, collector);
    let (id, name, description) = (wants("id"), wants("service_name"), wants("service_description"));
    let (bindable, plan_updatable) = (node.flag("bindable"), node.flag("plan_updatable"));
    for (name, flag) in [("bindable", bindable), ("plan_updatable", plan_updatable)] {
        if flag.is_none() && node.get(name).is_none() {
            collector.error(node.path_of(name), must_specify(name));
        }
    }
    short(node, "service_description", &description, collector);
    let global = node
        .get("global_properties")
        .filter(|node| matches!(node.value, Value::Map(_)));
    let info = node.get("maintenance_info");
    let around_plans = Around {
        global_properties: global,
        maintenance_info: info,
        common,
    };
    let sections = node.sections("plans");
    let plans: Vec<Plan> = sections
        .iter()
        .map(|node| plan::read(node, &around_plans, collector))
        .collect();
    if sections.is_empty() {
        collector.error(node.path_of("plans"), must_specify("plans"));
        // Without a plan the section has had no look at it.
        maintenance::read(info, None, common.maintenance_info, collector);
    }
    Offering {
        id,
        name,
        description,
        bindable: bindable.unwrap_or_default(),
        plan_updatable: plan_updatable.unwrap_or_default(),
        tags: tags(node, collector),
        requires: requires(node, collector),
        metadata: metadata::offering(&node.section("metadata"), collector),
        dashboard_client: dashboard_client(node, collector),
        global_quotas: quotas::read(node.get("global_quotas")),
        plans,
        adapter: service::adapter(around),
        deployment: service::deployment(around, collector),
        key: around.path_of(CATALOG),
    }
}

fn must_specify(name: &str) -> String {
    format!("Invalid service_catalog config - must specify {name}")
}

/// A text that isn't blank.
fn wanted(node: &Node, name: &str, collector: &mut Collector) -> String {
    let text = node.text(name).filter(|text| !text.trim().is_empty());
    text.unwrap_or_else(|| {
        collector.error(node.path_of(name), must_specify(name));
        String::new()
    })
}

/// Descriptions have a limit.
pub(super) fn short(node: &Node, name: &str, text: &str, collector: &mut Collector) {
    if text.chars().count() > DESCRIPTION {
        let message = format!("is longer than {DESCRIPTION} characters; Cloud Controller refuses the catalog");
        collector.error(node.path_of(name), message);
    }
}

fn tags(node: &Node, collector: &mut Collector) -> Vec<String> {
    let tags = node.texts("tags");
    if tags.iter().map(|tag| tag.chars().count()).sum::<usize>() > TAGS {
        let message = format!("are longer than {TAGS} characters together; Cloud Controller refuses the catalog");
        collector.error(node.path_of("tags"), message);
    }
    tags
}

fn requires(node: &Node, collector: &mut Collector) -> Vec<String> {
    let elements = node.get("requires").map(Node::elements).unwrap_or_default();
    for element in elements {
        if element
            .scalar()
            .is_some_and(|s| !s.text.is_empty() && !REQUIRES.contains(&s.text.as_str()))
        {
            collector.error(&element.path, format!("must be one of {}", REQUIRES.join(", ")));
        }
    }
    node.texts("requires")
}

fn dashboard_client(node: &Node, collector: &mut Collector) -> Option<DashboardClient> {
    let client = node.get("dashboard_client")?;
    if client.members().iter().all(|(_, member)| member.is_blank()) {
        return None;
    }
    for name in ["id", "secret", "redirect_uri"] {
        if client.text(name).is_none_or(|text| text.trim().is_empty()) {
            collector.error(
                client.path_of(name),
                "can't be empty; Cloud Controller refuses the catalog",
            );
        }
    }
    Some(DashboardClient {
        id: client.text("id")?,
        secret: client.secret("secret")?,
        redirect_uri: client.text("redirect_uri")?,
    })
}
