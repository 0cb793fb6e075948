//! From the properties of the `broker` job to the rendered `broker.yml`, as ODB's templates do it.
//! Nodes keep the path at which the operator wrote them.
use super::finding::Collector;
use super::keys::{self, Form};
use super::scalar::Kind;
use super::tree::{Node, Value};

/// What the templates leave out before they look at anything: plans that are `null` and errands that
/// are disabled.
pub(super) fn clean(root: &mut Node, collector: &mut Collector) {
    let plans = root
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
    legacy_stemcell(&mut root, collector);
    legacy_authentication(&mut root, collector);
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

fn legacy_stemcell(root: &mut Node, collector: &mut Collector) {
    let Some(deployment) = root.get_mut("service_deployment") else {
        return;
    };
    let Some(single) = deployment.take("stemcell") else {
        return;
    };
    match deployment.get("stemcells") {
        Some(list) if !list.is_blank() => collector.error(
            single.path,
            r#"You cannot configure both "stemcell" and "stemcells" in broker.service_deployment."#,
        ),
        Some(_) | None => {
            let path = deployment.path.clone();
            deployment.put(
                "stemcells",
                Node {
                    path,
                    value: Value::List(vec![single]),
                },
            );
        }
    }
}

/// `cf.authentication` was the name of `cf.uaa` once, and `secret` that of `client_secret`.
fn legacy_authentication(root: &mut Node, collector: &mut Collector) {
    let Some(cf) = root.get_mut("cf") else { return };
    let Some(mut old) = cf.take("authentication") else {
        return;
    };
    if cf.get("uaa").is_some() {
        collector.warning(old.path, "is ignored because cf.uaa is given");
        return;
    }
    let mut uaa = Node::map(old.path.clone());
    if let Some(url) = old.take("url") {
        uaa.put("url", url);
    }
    if let Some(client) = old.get_mut("client_credentials")
        && let Some(secret) = client.take("secret")
    {
        client.put("client_secret", secret);
    }
    uaa.put("authentication", old);
    cf.put("uaa", uaa);
}
