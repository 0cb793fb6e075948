//! Values as Cloud Controller's messages show them: Ruby's `inspect` and `to_s`.

use serde_json::Value;

/// As in `…, but has value {"a"=>nil}`.
pub(super) fn inspect(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nil".to_owned(),
        Some(Value::Bool(it)) => it.to_string(),
        Some(Value::Number(it)) => it.to_string(),
        Some(Value::String(it)) => quoted(it),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|it| inspect(Some(it))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Value::Object(members)) => {
            let member = |(key, it): (&String, &Value)| format!("{}=>{}", quoted(key), inspect(Some(it)));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// As in `Service NAME`: nothing for what isn't there, text without quotes.
pub(super) fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(it)) => it.clone(),
        Some(it @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => inspect(Some(it)),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            '#' if matches!(rest.peek(), Some('{' | '$' | '@')) => out.push_str("\\#"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            it if it.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(it))),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}
