//! Older names of keys, which ODB's templates rewrite to the present ones. A node that is moved keeps
//! the path at which the operator wrote it.
use super::finding::Collector;
use super::offering;
use super::scalar::Kind;
use super::tree::{Node, Value};

pub(super) fn rewrite(root: &mut Node, collector: &mut Collector) {
    authentication(root, collector);
    one_authentication(root, collector);
    offering_at(root, collector);
    for further in offering::further_mut(root) {
        offering_at(further, collector);
    }
}

fn offering_at(around: &mut Node, collector: &mut Collector) {
    stemcell(around, collector);
    quotas(around, collector);
}

fn stemcell(around: &mut Node, collector: &mut Collector) {
    let Some(deployment) = around.get_mut("service_deployment") else {
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
fn authentication(root: &mut Node, collector: &mut Collector) {
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

/// ODB's template demands it also where its broker doesn't look, with `disable_cf_startup_checks`.
fn one_authentication(root: &Node, collector: &mut Collector) {
    let node = root.section("cf").section("uaa").section("authentication");
    let given = |name| !node.section(name).is_blank();
    if given("client_credentials") && given("user_credentials") {
        let text = "Invalid CF authentication config - must specify either client or user credentials";
        collector.misshapen(&node.path, text);
    }
}

/// `resource_costs` of a plan and the `resource_limits` of quotas became `resources`.
fn quotas(around: &mut Node, collector: &mut Collector) {
    let Some(catalog) = around.get_mut("service_catalog") else {
        return;
    };
    if let Some(limits) = catalog.get_mut("global_quotas").and_then(|q| q.take("resource_limits")) {
        fold(catalog, "global_quotas", "limit", limits, collector);
    }
    let plans = catalog.get_mut("plans").and_then(Node::elements_mut);
    for plan in plans.into_iter().flatten() {
        if let Some(limits) = plan.get_mut("quotas").and_then(|q| q.take("resource_limits")) {
            fold(plan, "quotas", "limit", limits, collector);
        }
        if let Some(costs) = plan.take("resource_costs") {
            fold(plan, "quotas", "cost", costs, collector);
        }
    }
}

/// Puts numbers by resource into `<section>.resources.<resource>.<name>` of `node`.
fn fold(node: &mut Node, section: &str, name: &str, numbers: Node, collector: &mut Collector) {
    let Value::Map(members) = numbers.value else { return };
    for (resource, number) in members.into_iter().filter(|(_, number)| number.is_given()) {
        let fits = |number: &Node| {
            number
                .scalar()
                .is_some_and(|s| matches!(s.kind, Kind::Int(n) if u64::try_from(n).is_ok()))
        };
        if !fits(&number) {
            let text = format!("must be a whole number, not {}", number.kind_name());
            collector.misshapen(&number.path, text);
            continue;
        }
        let place = [section, "resources", resource.as_str()]
            .into_iter()
            .try_fold(&mut *node, Node::member_or_map);
        let Some(place) = place else { continue };
        match place.get(name) {
            Some(newer) => collector.warning(number.path, format!("is ignored because {} is given", newer.path)),
            None => place.put(name, number),
        }
    }
}
