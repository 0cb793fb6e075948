//! One plan of `service_catalog.plans`.
use super::finding::Collector;
use super::offering::{Common, short};
use super::scalar::Kind;
use super::tree::{Node, Value};
use super::{dns, errands, maintenance, metadata, quotas};
use crate::catalog::{Access, InstanceGroup, MaxInFlight, MigratedFrom, Plan, Update};
use serde_json::{Map, Value as Json};

/// What a plan takes from around it.
pub(super) struct Around<'a> {
    pub(super) global_properties: Option<&'a Node>,
    pub(super) maintenance_info: Option<&'a Node>,
    pub(super) common: &'a Common<'a>,
}

/// Cloud Controller polls no longer than this, seconds.
const LONGEST_POLL: u64 = 7 * 86_400;

pub(super) fn read(node: &Node, around: &Around<'_>, collector: &mut Collector) -> Plan {
    let mut wants = |name: &str| wanted(node, name, "plan", collector);
    let (id, name, description) = (wants("plan_id"), wants("name"), wants("description"));
    short(node, "description", &description, collector);
    let access = access(node, &name, collector);
    let groups = node.sections("instance_groups");
    if groups.is_empty() {
        collector.error(node.path_of("instance_groups"), must_specify("plan", "instance_groups"));
    }
    let common = around.common;
    let over = common.overrides.get(&id).or_else(|| common.overrides.get(&name));
    let info = node.get("maintenance_info");
    let plan = Plan {
        binding_with_dns: dns::read(node, &name, common.use_stdin, collector),
        id,
        name,
        description,
        free: node.flag("free"),
        bindable: node.flag("bindable"),
        plan_updatable: over.and_then(|over| over.flag("plan_updatable")),
        metadata: metadata::plan(&node.section("metadata"), collector),
        properties: properties(around.global_properties, node.get("properties"), collector),
        instance_groups: groups.into_iter().map(|node| group(node, collector)).collect(),
        update: node.get("update").and_then(|node| update(node, collector)),
        maintenance_info: maintenance::read(around.maintenance_info, info, common.maintenance_info, collector),
        quotas: quotas::read(node.get("quotas")),
        lifecycle_errands: errands::read(node, collector),
        deadlines: over.map_or(common.deadlines, |over| common.deadlines.overridden(over)),
        access,
    };
    if plan.maximum_polling_duration() > LONGEST_POLL {
        let text = "the deadline of its instances is longer than Cloud Controller waits for (7 days)";
        collector.warning(&node.path, text);
    }
    plan
}

fn must_specify(what: &str, name: &str) -> String {
    format!("Invalid {what} config - must specify {name}")
}

fn wanted(node: &Node, name: &str, what: &str, collector: &mut Collector) -> String {
    let text = node.text(name).filter(|text| !text.trim().is_empty());
    text.unwrap_or_else(|| {
        collector.error(node.path_of(name), must_specify(what, name));
        String::new()
    })
}

/// What is wrong with the organization is told with the words of ODB's errand `register-broker`, which looks at it.
fn access(node: &Node, plan: &str, collector: &mut Collector) -> Access {
    let (given, organization) = (node.text("cf_service_access"), node.text("service_access_org"));
    let access = match given.as_deref() {
        None | Some("enable") => Access::Enable,
        Some("disable") => Access::Disable,
        Some("manual") => Access::Manual,
        Some("org-restricted") => match organization {
            Some(organization) => return Access::OrgRestricted { organization },
            None => {
                let text = "must be set for org-restricted plans.";
                collector.error(node.path_of("service_access_org"), unexpected(plan, text));
                return Access::Disable;
            }
        },
        Some(other) => {
            let text = format!(
                r#"Unsupported value '{other}' for cf_service_access. Choose from "enable", "disable", "manual", "org-restricted""#
            );
            collector.error(node.path_of("cf_service_access"), text);
            return Access::Disable;
        }
    };
    if organization.is_some() {
        let text = "is only valid for org-restricted plans.";
        collector.error(node.path_of("service_access_org"), unexpected(plan, text));
    }
    access
}

fn unexpected(plan: &str, text: &str) -> String {
    format!(r#"Unexpected "service_access_org" for plan "{plan}". "service_access_org" {text}"#)
}

/// Shallow; the plan wins.
fn properties(global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> Map<String, Json> {
    let mut all = Map::new();
    for (name, node) in [global, own].into_iter().flatten().flat_map(Node::members) {
        all.insert(name.clone(), node.to_json(collector));
    }
    all
}

fn group(node: &Node, collector: &mut Collector) -> InstanceGroup {
    let mut wants = |name: &str| wanted(node, name, "instance group", collector);
    let (name, vm_type) = (wants("name"), wants("vm_type"));
    let (networks, azs) = (node.texts("networks"), node.texts("azs"));
    for (name, missing) in [
        ("instances", node.get("instances").is_none()),
        ("networks", networks.is_empty()),
        ("azs", azs.is_empty()),
    ] {
        if missing {
            collector.error(node.path_of(name), must_specify("instance group", name));
        }
    }
    if node.int("instances") == Some(0) {
        let text = "is 0: a deployment gets no VM of this group";
        collector.warning(node.path_of("instances"), text);
    }
    let earlier = node.sections("migrated_from");
    InstanceGroup {
        name,
        vm_type,
        vm_extensions: node
            .texts("vm_extensions")
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .collect(),
        persistent_disk_type: node.text("persistent_disk_type"),
        instances: node.int("instances").unwrap_or_default(),
        networks,
        azs,
        lifecycle: node.text("lifecycle"),
        migrated_from: earlier
            .iter()
            .filter_map(|node| node.text("name"))
            .map(|name| MigratedFrom { name })
            .collect(),
    }
}

fn update(node: &Node, collector: &mut Collector) -> Option<Update> {
    let max_in_flight = max_in_flight(node, collector)?;
    let text = |name| node.text(name).unwrap_or_default();
    Some(Update {
        canaries: node.int("canaries").unwrap_or_default(),
        max_in_flight,
        canary_watch_time: text("canary_watch_time"),
        update_watch_time: text("update_watch_time"),
        serial: node.flag("serial"),
        initial_deploy_az_update_strategy: node.text("initial_deploy_az_update_strategy"),
    })
}

fn max_in_flight(node: &Node, collector: &mut Collector) -> Option<MaxInFlight> {
    if !matches!(node.value, Value::Map(_)) {
        return None;
    }
    let given = node.get("max_in_flight");
    let scalar = given.and_then(Node::scalar);
    let read = scalar.and_then(|scalar| match scalar.kind {
        Kind::Int(number) => u64::try_from(number).ok().map(MaxInFlight::Count),
        Kind::Text => percent(&scalar.text).then(|| MaxInFlight::Percent(scalar.text.clone())),
        Kind::Bool(_) | Kind::Float(_) => None,
    });
    if read.is_none() {
        let got = match (given, scalar) {
            (_, Some(scalar)) => scalar.text.as_str(),
            (Some(other), None) => other.kind_name(),
            (None, None) => "<nil>",
        };
        let text = format!("MaxInFlight must be either an integer or a percentage. Got {got}");
        collector.error(node.path_of("max_in_flight"), text);
    }
    read
}

fn percent(text: &str) -> bool {
    text.strip_suffix('%')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
