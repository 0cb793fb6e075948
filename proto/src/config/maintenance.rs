//! The maintenance info of a plan: the offering's and its own, merged.
use super::finding::Collector;
use super::tree::{Node, Value};
use crate::catalog::MaintenanceInfo;

/// Cloud Controller's limit for the object as JSON, characters.
const LONGEST: usize = 2_000;

pub(super) fn read(global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> Option<MaintenanceInfo> {
    let public = has_facts("public", global, own, collector);
    let private = has_facts("private", global, own, collector);
    let last = |name: &str| {
        [own, global]
            .into_iter()
            .flatten()
            .find_map(|node| Some((node, node.text(name)?)))
    };
    let at = own.or(global)?;
    let description = last("description").map(|(_, text)| text);
    let Some((node, version)) = last("version") else {
        if public || private {
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
    if public || private {
        let text = "public and private are not shown to the platform, because Cloud Controller refuses them; \
                    only a new version offers an upgrade";
        collector.warning(&at.path, text);
    }
    let info = MaintenanceInfo { version, description };
    if info.to_osbapi().to_string().chars().count() > LONGEST {
        let text = format!("is longer than {LONGEST} characters as JSON; Cloud Controller refuses the catalog");
        collector.error(&at.path, text);
    }
    Some(info)
}

/// Whether there are any; each must be a plain value, as ODB's templates demand.
fn has_facts(name: &str, global: Option<&Node>, own: Option<&Node>, collector: &mut Collector) -> bool {
    let mut any = false;
    for map in [global, own].into_iter().flatten().filter_map(|node| node.get(name)) {
        for (_, fact) in map.members() {
            any = true;
            match &fact.value {
                Value::Scalar(_) | Value::Null => {}
                Value::List(_) | Value::Map(_) => {
                    let text = format!("the values for maintenance_info.{name} cannot be nested");
                    collector.error(&fact.path, text);
                }
            }
        }
    }
    any
}
