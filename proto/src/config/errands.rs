//! The errands of a plan.
use super::finding::Collector;
use super::tree::Node;
use crate::catalog::{Errand, ErrandInstance, LifecycleErrands};

/// The section `lifecycle_errands`; disabled ones are gone already.
pub(super) fn read(plan: &Node, collector: &mut Collector) -> LifecycleErrands {
    let node = plan.section("lifecycle_errands");
    let mut errands = |name: &str| {
        node.sections(name)
            .into_iter()
            .map(|node| errand(node, collector))
            .collect()
    };
    LifecycleErrands {
        post_deploy: errands("post_deploy"),
        pre_delete: errands("pre_delete"),
    }
}

fn errand(node: &Node, collector: &mut Collector) -> Errand {
    let name = node.text("name").unwrap_or_else(|| {
        collector.error(node.path_of("name"), "can't be empty");
        String::new()
    });
    let instances = node.get("instances").map(Node::elements).unwrap_or_default();
    let places = instances.iter().filter_map(|place| {
        let text = place.scalar()?.text.as_str();
        let read = ErrandInstance::parse(text);
        if read.is_none() {
            let message = format!("Must specify pool or instance '{text}' in format 'name' or 'name/id-or-index'");
            collector.error(&place.path, message);
        }
        read
    });
    Errand {
        instances: places.collect(),
        name,
    }
}
