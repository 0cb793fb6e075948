//! The addresses that bindings of a plan get by BOSH DNS.
use super::finding::Collector;
use super::tree::Node;
use crate::catalog::BindingDns;

const STATUS: [&str; 4] = ["default", "healthy", "unhealthy", "all"];

/// The list `binding_with_dns` of a plan.
pub(super) fn read(plan: &Node, name: &str, use_stdin: bool, collector: &mut Collector) -> Vec<BindingDns> {
    let nodes = plan.sections("binding_with_dns");
    if !nodes.is_empty() && !use_stdin {
        let text = format!("Plan {name} configures binding_with_dns, but use_stdin is disabled");
        collector.error(plan.path_of("binding_with_dns"), text);
    }
    let mut entries: Vec<BindingDns> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let entry = entry(node, collector);
        if entries.iter().any(|other| other.name == entry.name) && !entry.name.is_empty() {
            let text = "is used twice in this plan; the adapter gets the address of the last one only";
            collector.warning(node.path_of("name"), text);
        }
        entries.push(entry);
    }
    entries
}

fn entry(node: &Node, collector: &mut Collector) -> BindingDns {
    let mut wants = |name: &str| {
        node.text(name).unwrap_or_else(|| {
            let text = format!("Invalid binding with dns config - must specify {name}");
            collector.error(node.path_of(name), text);
            String::new()
        })
    };
    let (name, link_provider, instance_group) = (wants("name"), wants("link_provider"), wants("instance_group"));
    let properties = node.section("properties");
    let status = properties.text("status");
    if status.as_ref().is_some_and(|status| !STATUS.contains(&status.as_str())) {
        let all = STATUS.join(", ");
        let text = format!("Invalid binding with dns config - status must be one of the following: {all}");
        collector.error(properties.path_of("status"), text);
    }
    BindingDns {
        name,
        link_provider,
        instance_group,
        azs: properties.texts("azs"),
        status,
    }
}
