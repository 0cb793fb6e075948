//! Values that look like a template that nobody filled in.
use super::finding::Collector;
use super::tree::{Node, Value};

/// Warns of each such value below `node`. The value itself isn't told: it may stand for a secret.
pub(super) fn warn(node: &Node, collector: &mut Collector) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => {
            if let Some((open, close)) = marker(&scalar.text) {
                let text = format!("holds {open} … {close}: is this a template that was not filled in?");
                collector.warning(&node.path, text);
            }
        }
        Value::List(elements) => elements.iter().for_each(|element| warn(element, collector)),
        Value::Map(members) => members.iter().for_each(|(_, member)| warn(member, collector)),
    }
}

/// The marks of BOSH's variables and of ERB.
fn marker(text: &str) -> Option<(&'static str, &'static str)> {
    [("((", "))"), ("<%", "%>")]
        .into_iter()
        .find(|(open, close)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close)))
}
