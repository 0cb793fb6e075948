//! Holds a tree against the table of keys: unknown names, wrong shapes, what has no effect yet.
//! What is told to be ignored is taken out of the tree.
use super::finding::Collector;
use super::keys::{self, Effect, Form, Key, Shape, When};
use super::markers;
use super::scalar::Kind;
use super::tree::{Node, Value, join};

/// Checks a whole file.
pub(super) fn check(root: &mut Node, form: Form, collector: &mut Collector) {
    match &root.value {
        Value::Map(_) => members(root, form, "", false, collector),
        Value::Null => {}
        Value::Scalar(_) | Value::List(_) => {
            collector.misshapen("", format!("must be a map, not {}", root.kind_name()));
        }
    }
}

fn members(node: &mut Node, form: Form, pattern: &str, open: bool, collector: &mut Collector) {
    let Value::Map(members) = &mut node.value else { return };
    members.retain_mut(|(name, member)| {
        let below = join(pattern, name);
        match keys::at(form, &below) {
            Some(key) => {
                known(member, form, key, &below, collector);
                true
            }
            None if open => true,
            None => {
                collector.warning(&member.path, unknown(name, form, pattern));
                false
            }
        }
    });
}

fn known(node: &mut Node, form: Form, key: &Key, pattern: &str, collector: &mut Collector) {
    if !node.is_given() {
        return;
    }
    match key.effect {
        Effect::Takes => {}
        Effect::Warns(when, text) if applies(node, when) => collector.warning(&node.path, text),
        Effect::Refused(when, text) if applies(node, when) => {
            collector.error(&node.path, format!("does not take effect yet: {text}"));
        }
        Effect::Warns(..) | Effect::Refused(..) => {}
    }
    let (path, kind) = (node.path.clone(), node.kind_name());
    let mut expect = |fits: bool, what: &str| {
        if !fits {
            collector.misshapen(&path, format!("must be {what}, not {kind}"));
        }
        fits
    };
    let is_map = matches!(node.value, Value::Map(_));
    let is_list = matches!(node.value, Value::List(_));
    match key.shape {
        Shape::Any => {}
        Shape::Map => {
            expect(is_map, "a map");
        }
        Shape::Section | Shape::Open => {
            if expect(is_map, "a map") {
                members(node, form, pattern, key.shape == Shape::Open, collector);
            }
        }
        Shape::Named => {
            let below = join(pattern, "*");
            if expect(is_map, "a map")
                && let Some(key) = keys::at(form, &below)
                && let Value::Map(members) = &mut node.value
            {
                members
                    .iter_mut()
                    .for_each(|(_, member)| known(member, form, key, &below, collector));
            }
        }
        Shape::List => {
            if expect(is_list, "a list") {
                node.elements_mut()
                    .into_iter()
                    .flatten()
                    .for_each(|element| section(element, form, pattern, collector));
            }
        }
        Shape::Texts => {
            if expect(is_list, "a list") {
                node.elements()
                    .iter()
                    .filter(|e| e.is_given() && e.scalar().is_none())
                    .for_each(|element| {
                        collector.misshapen(&element.path, format!("must be a text, not {}", element.kind_name()));
                    });
            }
        }
        Shape::Text => {
            expect(node.scalar().is_some(), "a text");
        }
        Shape::Secret => {
            if expect(node.scalar().is_some(), "a text")
                && let Some(text) = markers::whole(node)
            {
                // With it nobody would get in, or everybody who can read the template.
                collector.misshapen(&path, text);
            }
        }
        Shape::Bool => {
            expect(
                node.scalar().is_some_and(|s| matches!(s.kind, Kind::Bool(_))),
                "true or false",
            );
        }
        Shape::Int(from, to) => {
            let number = node.scalar().and_then(|s| {
                if let Kind::Int(number) = s.kind {
                    Some(number)
                } else {
                    None
                }
            });
            let within = number.is_none_or(|n| n >= i128::from(from) && n <= i128::from(to));
            if expect(number.is_some(), "a whole number") && !within {
                collector.error(&node.path, format!("must be from {from} to {to}"));
            }
        }
    }
}

/// An element of a list of sections; a `null` there is left out, as ODB's templates do with plans.
fn section(element: &mut Node, form: Form, pattern: &str, collector: &mut Collector) {
    match &element.value {
        Value::Map(_) => members(element, form, &format!("{pattern}[]"), false, collector),
        Value::Null => {}
        Value::Scalar(_) | Value::List(_) => {
            collector.misshapen(&element.path, format!("must be a map, not {}", element.kind_name()));
        }
    }
}

fn applies(node: &Node, when: When) -> bool {
    match when {
        When::True => node.is_true(),
        When::Filled => node.says_something(),
    }
}

fn unknown(name: &str, form: Form, pattern: &str) -> String {
    let (other, of_other) = match form {
        Form::File => (Form::Properties, "the properties of the job"),
        Form::Properties => (Form::File, "broker.yml"),
    };
    let what = match keys::at(other, &join(pattern, name)).map(|key| key.path(form)) {
        Some(Some(here)) => return format!("is a key of {of_other} and is ignored; here it is `{here}`"),
        Some(None) => format!("is a key of {of_other} only"),
        None => "is not a known key".to_owned(),
    };
    let near = keys::names(form, pattern)
        .into_iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match near {
        Some((_, known)) => format!("{what} and is ignored; did you mean `{known}`?"),
        None => format!("{what} and is ignored"),
    }
}
