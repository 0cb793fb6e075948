//! The metadata of offerings and plans, in the platform's names.
use super::finding::Collector;
use super::scalar::Kind;
use super::tree::Node;
use serde_json::{Map, Value};

const OFFERING: [(&str, &str); 6] = [
    ("display_name", "displayName"),
    ("image_url", "imageUrl"),
    ("long_description", "longDescription"),
    ("provider_display_name", "providerDisplayName"),
    ("documentation_url", "documentationUrl"),
    ("support_url", "supportUrl"),
];

const PLAN: [(&str, &str); 3] = [
    ("display_name", "displayName"),
    ("bullets", "bullets"),
    ("costs", "costs"),
];

/// Known keys get the platform's names and are left out when empty, others are copied; `shareable`
/// is always there.
pub(super) fn offering(node: &Node, collector: &mut Collector) -> Map<String, Value> {
    let mut out = renamed(node, &OFFERING, collector);
    out.insert("shareable".into(), Value::Bool(node.flag("shareable").unwrap_or(false)));
    out
}

/// As for offerings; amounts are numbers with a fraction.
pub(super) fn plan(node: &Node, collector: &mut Collector) -> Map<String, Value> {
    let mut out = renamed(node, &PLAN, collector);
    let costs = node.get("costs").map(Node::elements).unwrap_or_default();
    for (_, amount) in costs.iter().filter_map(|it| it.get("amount")).flat_map(Node::members) {
        let is_number = amount
            .scalar()
            .is_some_and(|it| matches!(it.kind, Kind::Int(_) | Kind::Float(_)));
        if amount.is_given() && !is_number {
            collector.error(&amount.path, format!("must be a number, not {}", amount.kind_name()));
        }
    }
    for cost in out.get_mut("costs").and_then(Value::as_array_mut).into_iter().flatten() {
        for amount in cost
            .get_mut("amount")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            if let Some(number) = amount.as_f64() {
                *amount = Value::from(number);
            }
        }
    }
    out
}

fn renamed(node: &Node, names: &[(&str, &str)], collector: &mut Collector) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, member) in node.members() {
        match names.iter().find(|(ours, _)| ours == name) {
            Some(_) if member.is_blank() => {}
            Some((_, theirs)) => {
                let text = member.scalar().map(|scalar| Value::String(scalar.text.clone()));
                out.insert((*theirs).into(), text.unwrap_or_else(|| member.to_json(collector)));
            }
            None => {
                out.insert(name.clone(), member.to_json(collector));
            }
        }
    }
    out
}
