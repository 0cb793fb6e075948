//! Compares an answer with the recorded one, field by field, but for ids and times.

use serde_json::Value;

use crate::recording::Exchange;

/// An answer of the simulator.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The differences, one per field; empty when the answers are the same.
pub(crate) fn differences(want: &Exchange, got: &Got) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |field: &str, want: Option<String>, got: Option<String>| {
        if want != got {
            found.push(format!("{field}: recorded {want:?}, simulated {got:?}"));
        }
    };
    check("status", Some(want.status.to_string()), Some(got.status.to_string()));
    let header = |name: &str| {
        got.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.clone())
    };
    for name in [
        "Content-Type",
        "WWW-Authenticate",
        "X-Cascade",
        "Content-Range",
        "Transfer-Encoding",
    ] {
        check(name, want.header(name).map(str::to_owned), header(name));
    }
    let last = |url: String| url.rsplit('/').next().map(str::to_owned);
    let location = want.header("Location").map(str::to_owned);
    check("Location", location.and_then(last), header("Location").and_then(last));
    let present = |value: bool| value.then(|| "present".to_owned());
    let modified = "Last-Modified";
    check(
        modified,
        present(want.header(modified).is_some()),
        present(header(modified).is_some()),
    );

    let recorded = want.body.replace("\r\n", "\n");
    let simulated = got.body.replace("\r\n", "\n");
    if want.elided {
        // Whole lines, or if there is only one what comes before the last, perhaps halved word.
        let known = match recorded.rfind('\n') {
            Some(end) => &recorded[..=end],
            None => recorded.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-'),
        };
        let (known, simulated) = (shape(known, false), shape(&simulated, false));
        if !simulated.starts_with(&known) {
            check("body (its beginning)", Some(known), Some(simulated));
        }
    } else {
        check("body", Some(shape(&recorded, true)), Some(shape(&simulated, true)));
        if shape(&recorded, true) == recorded {
            let length = want.header("Content-Length").map(str::to_owned);
            check("Content-Length", length, header("Content-Length"));
        }
    }
    found
}

/// A text with ids and times replaced; JSON keeps the order of its keys.
fn shape(text: &str, sort: bool) -> String {
    let mut lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
                hide(&mut value);
                let end = if line.ends_with('\n') { "\n" } else { "" };
                scan(&format!("{value}{end}"))
            }
            Ok(_) | Err(_) => scan(line),
        })
        .collect();
    // The order of instances is not guaranteed.
    if sort
        && lines
            .iter()
            .all(|l| l.starts_with("{\"vm_cid\"") || l.starts_with("{\"instance\""))
    {
        lines.sort();
    }
    lines.concat()
}

/// Hides what depends on the machine, and sorts lists of instances.
fn hide(value: &mut Value) {
    match value {
        Value::Array(rows) => {
            rows.iter_mut().for_each(hide);
            if rows.iter().all(|row| row.get("link_provider_definition").is_some()) {
                rows.sort_by_key(|row| row["id"].to_string());
            }
            if rows.iter().all(|row| row.get("agent_id").is_some()) {
                rows.sort_by_key(|row| format!("{}{}", row["job"], row["index"]));
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "vitals" if value.is_object() => *value = "(vitals)".into(),
                    "processes" if *value != Value::Array(Vec::new()) => {
                        *value = "(processes)".into();
                    }
                    "vm_cid" | "cid" | "sha1" | "timeout" if value.is_string() => {
                        *value = format!("({key})").into();
                    }
                    _ => hide(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Replaces uuids, hashes, Unix times, dates and addresses.
fn scan(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    while let Some(first) = rest.chars().next() {
        if !word(first) {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        rest = after;
        let digits = token.bytes().all(|b| b.is_ascii_digit());
        let hex = token.bytes().all(|b| b.is_ascii_hexdigit());
        if token.len() == 36 && token.matches('-').count() == 4 {
            out.push_str("(uuid)");
        } else if digits && token.len() == 10 && token.starts_with("17") {
            out.push_str("(time)");
        } else if hex && (token.len() == 32 || token.len() == 40) {
            out.push_str("(hash)");
        } else if token.len() >= 10 && token.starts_with("20") && token[4..].starts_with('-') {
            out.push_str("(date)");
            rest = rest.strip_prefix(' ').unwrap_or(rest);
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == 'Z');
        } else if token == "10" && rest.starts_with(".244.") {
            out.push_str("(address)");
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        } else {
            out.push_str(token);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn ids_and_times_are_hidden_and_nothing_else() {
        for (text, expected) in [
            ("{\"time\":1795294796,\"a\":12}", "{\"time\":(time),\"a\":12}"),
            ("node/54b3b1dd-d6c2-46ab-a095-f79ecf36fe1d (0)", "node/(uuid) (0)"),
            ("\"2026-11-21T21:03:21Z\"", "\"(date)\""),
            ("\"2026-11-21 21:01:35 UTC\"", "\"(date) UTC\""),
            ("10.244.0.6", "(address)"),
            ("service-instance-si1", "service-instance-si1"),
        ] {
            assert_eq!(scan(text), expected);
        }
    }
}
