//! The maintenance info of a plan: the offering's and its own, merged.
use super::finding::Collector;
use super::tree::{Node, Value};
use crate::catalog::{MaintenanceInfo, MaintenanceShown};
use std::collections::BTreeMap;

/// Cloud Controller's limit for the object as JSON, characters.
const LONGEST: usize = 2_000;

pub(super) fn read(
    global: Option<&Node>,
    own: Option<&Node>,
    shown: MaintenanceShown,
    collector: &mut Collector,
) -> Option<MaintenanceInfo> {
    let public = facts("public", global, own, collector);
    let private = facts("private", global, own, collector);
    let has_facts = !public.is_empty() || !private.is_empty();
    let last = |name: &str| {
        [own, global]
            .into_iter()
            .flatten()
            .find_map(|node| Some((node, node.text(name)?)))
    };
    let at = own.or(global)?;
    let description = last("description").map(|(_, text)| text);
    let version = last("version");
    if let Some((node, version)) = &version
        && semver::Version::parse(version).is_err()
    {
        collector.error(node.path_of("version"), "maintenance_info.version must respect semver");
    }
    let odd = match (has_facts, &version, shown) {
        (false, None, _) => {
            if description.is_some() {
                collector.warning(&at.path, "a description alone is left out of the catalog");
            }
            return None;
        }
        (false, Some(_), _) => None,
        (true, None, MaintenanceShown::Minimal) => Some(
            "public and private without a version are not shown to the platform, because Cloud Controller refuses them; \
             users are offered no upgrade",
        ),
        (true, Some(_), MaintenanceShown::Minimal) => Some(
            "public and private are not shown to the platform, because Cloud Controller refuses them; \
             only a new version offers users an upgrade",
        ),
        (true, _, MaintenanceShown::Full) => Some(
            "public and private are shown, because chandler.catalog.maintenance_info is full; \
             Cloud Controller refuses such a catalog",
        ),
    };
    if let Some(odd) = odd {
        collector.warning(&at.path, odd);
    }
    let info = MaintenanceInfo {
        version: version.map(|(_, version)| version),
        description,
        public,
        private: MaintenanceInfo::hash_private(&private),
    };
    let length = |info: serde_json::Value| info.to_string().chars().count();
    if info.to_osbapi(shown).is_some_and(|info| length(info) > LONGEST) {
        let text = format!("is longer than {LONGEST} characters as JSON; Cloud Controller refuses the catalog");
        collector.error(&at.path, text);
    }
    Some(info)
}

/// The plan's wins; each must be a plain value, as ODB's templates demand.
fn facts(name: &str, global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for map in [global, own].into_iter().flatten().filter_map(|node| node.get(name)) {
        for (key, fact) in map.members() {
            let text = match &fact.value {
                Value::Scalar(scalar) => scalar.text.clone(),
                Value::Null => String::new(),
                Value::List(_) | Value::Map(_) => {
                    let text = format!("the values for maintenance_info.{name} cannot be nested");
                    collector.error(&fact.path, text);
                    continue;
                }
            };
            all.insert(key.clone(), text);
        }
    }
    all
}
