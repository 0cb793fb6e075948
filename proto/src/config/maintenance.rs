//! The maintenance info of a plan: the offering's and its own, merged.
use super::finding::Collector;
use super::tree::{Node, Value};
use crate::catalog::MaintenanceInfo;
use std::collections::BTreeMap;

/// Cloud Controller's limit for the object as JSON, characters.
const LONGEST: usize = 2_000;

pub(super) fn read(global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> Option<MaintenanceInfo> {
    let public = facts("public", global, own, collector);
    let private = facts("private", global, own, collector);
    let last = |name: &str| {
        [own, global]
            .into_iter()
            .flatten()
            .find_map(|node| Some((node, node.text(name)?)))
    };
    let at = own.or(global)?;
    let description = last("description").map(|(_, text)| text);
    let Some((node, version)) = last("version") else {
        if !public.is_empty() || !private.is_empty() {
            let text = "maintenance_info.version must be given; Cloud Controller refuses a catalog without it";
            collector.error(at.path_of("version"), text);
        } else if description.is_some() {
            collector.warning(&at.path, "a description alone is left out of the catalog");
        }
        return None;
    };
    if semver::Version::parse(&version).is_err() {
        collector.error(node.path_of("version"), "maintenance_info.version must respect semver");
    }
    if !public.is_empty() || !private.is_empty() {
        let text = "public and private are not shown to the platform, because Cloud Controller refuses them; \
                    only a new version offers an upgrade";
        collector.warning(&at.path, text);
    }
    let private = MaintenanceInfo::private_hash(&private);
    let info = MaintenanceInfo {
        version,
        description,
        public,
        private,
    };
    if info.to_osbapi().to_string().chars().count() > LONGEST {
        let text = format!("is longer than {LONGEST} characters as JSON; Cloud Controller refuses the catalog");
        collector.error(&at.path, text);
    }
    Some(info)
}

/// Merged per key; the plan wins.
fn facts(name: &str, global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for map in [global, own].into_iter().flatten().filter_map(|node| node.get(name)) {
        for (key, fact) in map.members() {
            match &fact.value {
                Value::Scalar(scalar) => {
                    all.insert(key.clone(), scalar.text.clone());
                }
                Value::Null => {
                    all.insert(key.clone(), String::new());
                }
                Value::List(_) | Value::Map(_) => {
                    collector.error(
                        &fact.path,
                        format!("the values for maintenance_info.{name} cannot be nested"),
                    );
                }
            }
        }
    }
    all
}
