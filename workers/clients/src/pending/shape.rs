//! The structure of a manifest, as far as it counts: that of ODB's SDK for adapters, without its `update` blocks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::yaml::Node;

/// How a part is read. What doesn't have the form that is expected counts as it is written.
pub(super) enum Shape {
    /// A text, however it is written; empty is as good as missing.
    Text,
    /// A number; 0 is as good as missing.
    Number,
    /// A switch; false is as good as missing.
    Flag,
    /// Anything: all of it counts.
    Free,
    /// A map of anything; members that are null, and the whole when nothing is left, are as good as missing.
    Open,
    /// A list: its order counts.
    List(&'static Self),
    /// A map with any keys.
    Map(&'static Self),
    /// A map with these keys; others don't count. Without any it is as good as missing.
    Record(Fields),
}

/// The keys of a record.
pub(super) type Fields = &'static [(&'static str, Shape)];

const TEXTS: Shape = Shape::List(&Shape::Text);
const NAMED: Shape = Shape::List(&Shape::Record(&[("name", Shape::Text)]));

/// The top level.
pub(super) const MANIFEST: Fields = &[
    ("name", Shape::Text),
    (
        "releases",
        Shape::List(&Shape::Record(&[("name", Shape::Text), ("version", Shape::Text)])),
    ),
    (
        "stemcells",
        Shape::List(&Shape::Record(&[
            ("alias", Shape::Text),
            ("os", Shape::Text),
            ("version", Shape::Text),
        ])),
    ),
    ("instance_groups", Shape::List(&Shape::Record(GROUP))),
    ("properties", Shape::Free),
    ("variables", Shape::List(&Shape::Record(VARIABLE))),
    ("addons", Shape::List(&Shape::Record(ADDON))),
    ("tags", Shape::Free),
    ("features", Shape::Open),
];

const GROUP: Fields = &[
    ("name", Shape::Text),
    ("lifecycle", Shape::Text),
    ("instances", Shape::Number),
    ("jobs", Shape::List(&Shape::Record(JOB))),
    ("vm_type", Shape::Text),
    ("vm_extensions", TEXTS),
    ("stemcell", Shape::Text),
    ("persistent_disk_type", Shape::Text),
    ("azs", TEXTS),
    (
        "networks",
        Shape::List(&Shape::Record(&[
            ("name", Shape::Text),
            ("static_ips", TEXTS),
            ("default", TEXTS),
        ])),
    ),
    ("properties", Shape::Free),
    ("migrated_from", NAMED),
    ("env", Shape::Free),
];

const JOB: Fields = &[
    ("name", Shape::Text),
    ("release", Shape::Text),
    ("provides", Shape::Map(&Shape::Record(PROVIDED))),
    ("consumes", Shape::Free),
    (
        "custom_provider_definitions",
        Shape::List(&Shape::Record(&[
            ("name", Shape::Text),
            ("type", Shape::Text),
            ("properties", TEXTS),
        ])),
    ),
    ("properties", Shape::Free),
];

const PROVIDED: Fields = &[
    ("as", Shape::Text),
    ("shared", Shape::Flag),
    (
        "aliases",
        Shape::List(&Shape::Record(&[
            ("domain", Shape::Text),
            ("health_filter", Shape::Text),
            ("initial_health_check", Shape::Text),
            ("placeholder_type", Shape::Text),
        ])),
    ),
];

const VARIABLE: Fields = &[
    ("name", Shape::Text),
    ("type", Shape::Text),
    ("update_mode", Shape::Text),
    ("options", Shape::Free),
    (
        "consumes",
        Shape::Record(&[
            ("alternative_name", Shape::Record(CONSUMED)),
            ("common_name", Shape::Record(CONSUMED)),
        ]),
    ),
];

const CONSUMED: Fields = &[("from", Shape::Text), ("properties", Shape::Free)];

const ADDON: Fields = &[
    ("name", Shape::Text),
    ("jobs", Shape::List(&Shape::Record(JOB))),
    ("include", Shape::Record(PLACEMENT)),
    ("exclude", Shape::Record(PLACEMENT)),
];

const PLACEMENT: Fields = &[
    ("stemcell", Shape::List(&Shape::Record(&[("os", Shape::Text)]))),
    ("deployments", TEXTS),
    ("jobs", Shape::List(&Shape::Record(JOB))),
    ("instance_groups", TEXTS),
    ("networks", TEXTS),
    ("teams", TEXTS),
];

/// What counts of these members.
pub(super) fn fields(members: &BTreeMap<String, Node>, fields: Fields) -> BTreeMap<&'static str, Value> {
    let found = fields.iter().filter_map(|(name, shape)| {
        let value = counting(members.get(*name)?, shape)?;
        Some((*name, value))
    });
    found.collect()
}

/// What counts of a node; `None` when it is as good as missing.
fn counting(node: &Node, shape: &Shape) -> Option<Value> {
    let or_null = |node: &Node, shape| counting(node, shape).unwrap_or_default();
    match (shape, node) {
        (_, Node::Null) => None,
        (Shape::Text, Node::Text(text) | Node::Plain { source: text, .. }) => {
            (!text.is_empty()).then(|| Value::from(text.as_str()))
        }
        (Shape::Number, Node::Plain { value, .. }) => (*value != 0).then(|| value.clone()),
        (Shape::Flag, Node::Plain { value, .. }) => (*value != false).then(|| value.clone()),
        (Shape::Open, Node::Map(members)) => {
            let said = members.iter().filter(|(_, node)| !matches!(node, Node::Null));
            let said: serde_json::Map<_, _> = said.map(|(key, node)| (key.clone(), node.whole())).collect();
            (!said.is_empty()).then_some(Value::Object(said))
        }
        (Shape::List(of), Node::List(elements)) => {
            Some(Value::Array(elements.iter().map(|node| or_null(node, of)).collect()))
        }
        (Shape::Map(of), Node::Map(members)) => {
            let members = members.iter().map(|(key, node)| (key.clone(), or_null(node, of)));
            Some(Value::Object(members.collect()))
        }
        (Shape::Record(of), Node::Map(members)) => {
            let said: serde_json::Map<_, _> = fields(members, of)
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect();
            (!said.is_empty()).then_some(Value::Object(said))
        }
        (
            Shape::Text
            | Shape::Number
            | Shape::Flag
            | Shape::Free
            | Shape::Open
            | Shape::List(_)
            | Shape::Map(_)
            | Shape::Record(_),
            node,
        ) => Some(node.whole()),
    }
}
