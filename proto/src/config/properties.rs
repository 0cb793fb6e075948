//! From the properties of the `broker` job to the rendered `broker.yml`, as ODB's templates do it.
//! Nodes keep the path at which the operator wrote them.
use super::finding::Collector;
use super::keys::{self, Form};
use super::scalar::{Kind, Scalar};
use super::tree::{Node, Value};
use super::uaa::UaaClient;
use super::{legacy, offering};

/// What the templates leave out before they look at anything: plans that are `null` and errands that
/// are disabled.
pub(super) fn clean(root: &mut Node, collector: &mut Collector) {
    clean_offering(root, collector);
    for offering in offering::further_mut(root) {
        clean_offering(offering, collector);
    }
}

fn clean_offering(around: &mut Node, collector: &mut Collector) {
    let plans = around
        .get_mut("service_catalog")
        .and_then(|c| c.get_mut("plans"))
        .and_then(Node::elements_mut);
    let Some(plans) = plans else { return };
    plans.retain(Node::is_given);
    for plan in plans {
        for kind in ["post_deploy", "pre_delete"] {
            if let Some(errands) = plan.get_mut("lifecycle_errands").and_then(|e| e.get_mut(kind)) {
                clean_errands(errands, kind, collector);
            }
        }
    }
}

fn clean_errands(errands: &mut Node, kind: &str, collector: &mut Collector) {
    let path = errands.path.clone();
    let Some(list) = errands.elements_mut() else {
        collector.misshapen(
            &path,
            format!("Plan property lifecycle_errands.{kind} must be an array."),
        );
        errands.value = Value::Null;
        return;
    };
    list.retain_mut(|errand| {
        let Some(disabled) = errand.get("disabled") else {
            return true;
        };
        if disabled.scalar().is_some_and(|s| matches!(s.kind, Kind::Bool(_))) {
            return !disabled.is_true();
        }
        let text = format!("Plan property lifecycle_errands.{kind}.disabled must be boolean value.");
        collector.misshapen(&disabled.path, text);
        errand.take("disabled");
        true
    });
}

/// Rewrites checked properties to the shape of the rendered file.
pub(super) fn to_file(mut root: Node, collector: &mut Collector) -> Node {
    let mut broker = Node::map("");
    let credhub = credhub(&mut root, collector);
    for key in keys::keys() {
        let (Some(file), Some(property)) = (key.path(Form::File), key.path(Form::Properties)) else {
            continue;
        };
        if file == property {
            continue;
        }
        if let Some(node) = take(&mut root, property) {
            match file.strip_prefix("broker.") {
                Some(rest) => broker.put(rest, node),
                None => put(&mut root, file, node),
            }
        }
    }
    root.put("broker", broker);
    if let Some(credhub) = credhub {
        root.put("credhub", credhub);
    }
    legacy::rewrite(&mut root, collector);
    root
}

fn take(root: &mut Node, path: &str) -> Option<Node> {
    match path.rsplit_once('.') {
        None => root.take(path),
        Some((parents, name)) => parents.split('.').try_fold(root, Node::get_mut)?.take(name),
    }
}

/// Puts a node at a dotted path. A section that has to be made takes the place of the one around it:
/// that is where the operator would add to it.
fn put(root: &mut Node, path: &str, node: Node) {
    match path.split_once('.') {
        None => root.put(path, node),
        Some((name, rest)) => {
            if root.get(name).is_none() {
                root.put(name, Node::map(root.path.clone()));
            }
            if let Some(section) = root.get_mut(name) {
                put(section, rest, node);
            }
        }
    }
}

/// The section `credhub`: who we are is in `secure_binding_credentials`, the rest comes by the BOSH link.
fn credhub(root: &mut Node, collector: &mut Collector) -> Option<Node> {
    let section = root.take("secure_binding_credentials");
    let link = root.take("links").and_then(|mut links| links.take("credhub"));
    let section = section.filter(|section| section.get("enabled").is_some_and(Node::is_true))?;
    let mut credhub = section.section("authentication").section("uaa");
    for name in UaaClient::lacks(&credhub).collect::<Vec<_>>() {
        let text = format!("Invalid secure_binding_credentials config - must specify {name}");
        collector.misshapen(&credhub.path_of(name), text);
    }
    if let Some(ca) = credhub.take("ca_cert") {
        credhub.put("internal_uaa_ca_cert", ca);
    }
    let Some(link) = link else {
        let text = "secure_binding_credentials is enabled, but no CredHub link was provided";
        collector.error("links.credhub", text);
        return Some(credhub);
    };
    let given = link.section("credhub");
    let Some(url) = given.text("internal_url") else {
        let text = "Secure service binding is enabled but CredHub link is empty";
        collector.error(&link.path, text);
        return Some(credhub);
    };
    let scheme = if url.starts_with("http") { "" } else { "https://" };
    let port = given.text("port").map(|port| format!(":{port}")).unwrap_or_default();
    let api_url = Node {
        path: given.path_of("internal_url"),
        value: Value::Scalar(Scalar::quoted(format!("{scheme}{url}{port}"))),
    };
    credhub.put("api_url", api_url);
    if let Some(ca) = given.get("ca_certificate") {
        credhub.put("ca_cert", ca.clone());
    }
    Some(credhub)
}
