//! Values that look like a template that nobody filled in. In a secret that is wrong, elsewhere it may be meant.
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

/// What is to be said of a scalar, if it looks like one.
pub(super) fn of(node: &Node) -> Option<String> {
    told(&node.scalar()?.text)
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
