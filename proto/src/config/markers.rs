//! Values that look like a template that nobody filled in. A secret that is nothing else is wrong; elsewhere it may be meant.
use super::finding::Collector;
use super::tree::{Node, Value};

/// Warns of each such value below `node`. The value itself isn't told: it may stand for a secret.
pub(super) fn warn(node: &Node, collector: &mut Collector) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => {
            if let Some(text) = told(&scalar.text).filter(|_| !collector.is_settled(&node.path)) {
                collector.warning(&node.path, text);
            }
        }
        Value::List(elements) => elements.iter().for_each(|element| warn(element, collector)),
        Value::Map(members) => members.iter().for_each(|(_, member)| warn(member, collector)),
    }
}

/// What is to be said of a scalar that is one from end to end: a password may well have brackets in it.
pub(super) fn whole(node: &Node) -> Option<String> {
    let text = node.scalar()?.text.trim();
    let (open, close) = marker(text)?;
    (text.starts_with(open) && text.ends_with(close)).then(|| told(text))?
}

fn told(text: &str) -> Option<String> {
    let (open, close) = marker(text)?;
    Some(format!(
        "holds {open} … {close}: is this a template that was not filled in?"
    ))
}

/// The marks of BOSH's variables and of ERB.
fn marker(text: &str) -> Option<(&'static str, &'static str)> {
    [("((", "))"), ("<%", "%>")]
        .into_iter()
        .find(|(open, close)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close)))
}
