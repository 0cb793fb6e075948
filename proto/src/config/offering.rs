//! The section `service_catalog`: one service offering. What Cloud Controller would refuse at
//! registration is refused here, when the file is loaded.
use super::chandler::Deadlines;
use super::finding::Collector;
use super::plan::{self, Around};
use super::tree::{Node, Value};
use super::{maintenance, metadata, quotas};
use crate::catalog::{Catalog, DashboardClient, Offering, Plan};

/// Cloud Controller's limit for descriptions, characters.
const DESCRIPTION: usize = 10_000;
/// Cloud Controller's limit for all tags together, characters.
const TAGS: usize = 2_048;
const REQUIRES: [&str; 3] = ["syslog_drain", "route_forwarding", "volume_mount"];

pub(super) fn catalog(root: &Node, deadlines: Deadlines, use_stdin: bool, collector: &mut Collector) -> Catalog {
    let node = root.section("service_catalog");
    let overrides = root.section("chandler").section("plans");
    let offering = offering(&node, (deadlines, use_stdin), &overrides, collector);
    for (name, over) in overrides.members() {
        match offering.plans.iter().filter(|plan| is_called(plan, name)).count() {
            0 => collector.error(&over.path, "is neither the id nor the name of a plan"),
            1 => {}
            _ => collector.error(&over.path, "is the id of one plan and the name of another"),
        }
    }
    Catalog {
        offerings: vec![offering],
    }
}

fn is_called(plan: &Plan, name: &str) -> bool {
    plan.id == name || plan.name == name
}

fn offering(
    node: &Node,
    (deadlines, use_stdin): (Deadlines, bool),
    overrides: &Node,
    collector: &mut Collector,
) -> Offering {
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
    let around = Around {
        global_properties: global,
        maintenance_info: info,
        deadlines,
        use_stdin,
        overrides,
    };
    let sections = node.sections("plans");
    let plans: Vec<Plan> = sections
        .iter()
        .map(|node| plan::read(node, &around, collector))
        .collect();
    if sections.is_empty() {
        collector.error(node.path_of("plans"), must_specify("plans"));
        // Without a plan the section has had no look at it.
        maintenance::read(info, None, collector);
    }
    unique(&sections, &plans, collector);
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

/// Ids of plans are unique in the catalog, names in the offering.
fn unique(sections: &[&Node], plans: &[Plan], collector: &mut Collector) {
    for (index, (node, plan)) in sections.iter().zip(plans).enumerate() {
        let before = || sections.iter().zip(plans).take(index);
        for (key, text, other) in [
            ("plan_id", &plan.id, before().find(|(_, other)| other.id == plan.id)),
            ("name", &plan.name, before().find(|(_, other)| other.name == plan.name)),
        ] {
            if let Some((other, _)) = other
                && !text.is_empty()
            {
                collector.error(
                    node.path_of(key),
                    format!("is also that of {}; it must be unique", other.path),
                );
            }
        }
    }
}
