//! Messages of the Director for people: for operators all but the values that it repeats from a manifest, one clean
//! line for users.

use crate::text;

/// The most bytes of a message for a user.
const MAX_USER: usize = 300;
/// The most bytes of a message for an operator.
const MAX_OPERATOR: usize = 2048;

/// The message for a platform user: its first line, without stack traces, paths and identities of VMs, at most 300 bytes.
/// Empty when nothing is left.
pub fn for_user(message: &str) -> String {
    let clean = text::mask_credentials(&without_values(message));
    let line = clean
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !is_trace(line));
    let words: Vec<String> = line.unwrap_or_default().split_whitespace().map(word).collect();
    text::cut(&words.join(" "), MAX_USER)
}

/// The message for an operator, fit to be kept: all its lines up to 2 KiB, with credentials masked and without the values
/// that the Director repeats from a manifest. A net, not a proof: a bare word in a sentence can't be told from a value.
pub fn for_operator(message: &str) -> String {
    text::cut(&text::mask_credentials(&without_values(message)), MAX_OPERATOR)
}

/// Every value as Ruby or JSON writes it becomes `(…)`, `{…}`, `[…]` or `"…"`. One whose end was cut off takes the rest
/// with it.
fn without_values(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(['{', '(', '[', '"']) {
        let (before, group) = rest.split_at(at);
        out.push_str(before);
        let (open, inside) = group.split_at(1);
        out.push_str(open);
        if !is_value(&out, inside) {
            rest = inside;
            continue;
        }
        out.push('…');
        let Some(end) = end_of(group) else { return out };
        rest = &group[end - 1..];
        out.push_str(&rest[..1]);
        rest = &rest[1..];
    }
    out.push_str(rest);
    out
}

/// Whether a value begins with the bracket or quote at the end of `before`. Brackets in single quotes hold names of
/// properties, and parentheses mostly remarks.
fn is_value(before: &str, inside: &str) -> bool {
    let after = |words: [&str; 2]| {
        let sentence = &before[..before.len() - 1];
        words.iter().any(|word| sentence.ends_with(word))
    };
    match before.as_bytes().last() {
        Some(b'{') => true,
        Some(b'(') => after(["value ", "object "]) || inside.starts_with(['{', '[', '"']),
        Some(b'[' | b'"') => after(["for ", ": "]),
        Some(_) | None => false,
    }
}

/// Behind the bracket or quote that closes the one at the beginning; nothing when none does. What stands in double
/// quotes closes nothing.
fn end_of(group: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && !quoted {
            return Some(at + 1);
        }
    }
    None
}

/// A line of a Ruby, Go or Java stack trace.
fn is_trace(line: &str) -> bool {
    let line = line.trim_start_matches("from ").trim_start_matches("at ");
    (line.starts_with('/') && line.contains(':')) || line.contains(".rb:") || line.starts_with("goroutine ")
}

/// One word with paths and UUIDs taken out; what stands around them stays.
fn word(word: &str) -> String {
    let edge = |c: char| {
        matches!(
            c,
            '\'' | '"' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | ',' | ';' | ':' | '.'
        )
    };
    let start = word.len() - word.trim_start_matches(edge).len();
    let core = word[start..].trim_end_matches(edge);
    let (head, tail) = (&word[..start], &word[start + core.len()..]);
    let is_path = core.starts_with('/') && core[1..].contains('/');
    let core = if is_path || core.contains(".rb:") {
        "…".to_owned()
    } else {
        without_uuids(core)
    };
    format!("{head}{core}{tail}")
}

/// `node/484a862c-fb7a-4a88-890f-33914d3869e3` becomes `node`, a UUID alone becomes `…`.
pub(super) fn without_uuids(text: &str) -> String {
    const LEN: usize = 36;
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut kept) = (0, 0);
    while at + LEN <= bytes.len() {
        if !is_uuid(&bytes[at..at + LEN]) {
            at += 1;
            continue;
        }
        let before = &text[kept..at];
        match before.strip_suffix('/') {
            Some(name) if !name.is_empty() => out.push_str(name),
            _ => {
                out.push_str(before);
                out.push('…');
            }
        }
        at += LEN;
        kept = at;
    }
    out.push_str(&text[kept..]);
    out
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPI: &str = "Unknown CPI error 'Creating vm failed' with message 'Creating vm failed\n/director/lib/cloud/dummy.rb:87:in `create_vm'\n/director/bin/dummy_cpi:74:in `<main>'' in 'create_vm' CPI method (CPI request ID: 'cpi-295437')";

    #[test]
    fn users_get_one_clean_line() {
        let cases = [
            (
                CPI,
                "Unknown CPI error 'Creating vm failed' with message 'Creating vm failed",
            ),
            (
                "Failed to acquire lock for lock:deployment:lk uid: 68e940c8-2f59-47b8-a612-8756ceecd9a6. Locking task id is 29, description: 'delete deployment lk'",
                "Failed to acquire lock for lock:deployment:lk uid: …. Locking task id is 29, description: 'delete deployment lk'",
            ),
            (
                "'node/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0)' is not running after update. Review logs for failed jobs: redis",
                "'node (0)' is not running after update. Review logs for failed jobs: redis",
            ),
            ("Can't read '/var/vcap/store/x/y.yml': gone", "Can't read '…': gone"),
            ("\n/a/b.rb:3:in `x'\nreal reason", "real reason"),
            ("/a/b.rb:3:in `x'", ""),
            ("login with password: hunter2 failed", "login with password: *** failed"),
            ("", ""),
        ];
        for (given, wanted) in cases {
            assert_eq!(for_user(given), wanted);
        }
    }

    #[test]
    fn lengths_are_limited() {
        assert!(for_user(&"ä ".repeat(5000)).len() <= MAX_USER);
        assert_eq!(for_operator(&"x".repeat(10_000)).len(), MAX_OPERATOR);
    }

    /// As a Director wrote them; nothing in them is anybody's secret.
    const PLAIN: [&str; 15] = [
        CPI,
        "Failed to acquire lock for lock:deployment:lk uid: 68e940c8-2f59-47b8-a612-8756ceecd9a6. Locking task id is 29, description: 'delete deployment lk'",
        "Task 26 cancelled",
        "Task 99999 not found",
        "Deployment 'tx1' doesn't exist",
        "Release version 'sandbox-svc/9.9.9' doesn't exist",
        "Stemcell with Operating System 'ubuntu-xxx' doesn't exist",
        "Job 'svc' (instance group 'node') references an unknown release 'nosuch'",
        "Timed out pinging VM '3156' with agent 'a16c5901-8dcb-42eb-879e-0227b589d579' after 60 seconds",
        "node/a9c82cd2-576b-45c7-8345-e9fea1052cac: Timed out sending 'get_state' to instance: 'node/a9c82cd2-576b-45c7-8345-e9fea1052cac', agent-id: 'ea2bcf69-f0c4-40dc-972b-11fd068558e2' after 45 seconds",
        "'node/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0)' is not running after update. Review logs for failed jobs: redis",
        "Unable to render instance groups for deployment. Errors are:\n  - Unable to render jobs for instance group 'node'. Errors are:\n    - Unable to render templates for job 'badtmpl'. Errors are:\n      - Error filling in template 'x.erb' (line 1: Can't find property '[\"must\"]')",
        "Incorrect YAML structure of the uploaded manifest: #<Psych::SyntaxError: (<unknown>): did not find expected node content while parsing a flow node at line 3 column 1>",
        "Require one of the scopes: bosh.admin, bosh.deadbeef.admin, bosh.teams.odb.admin",
        "Invalid request: `link_consumer.owner_object.type` should be 'external'",
    ];

    #[test]
    fn what_repeats_nothing_stays_as_it_is() {
        for message in PLAIN {
            assert_eq!(for_operator(message), message);
        }
    }

    #[test]
    fn values_of_a_manifest_are_dropped() {
        let cases = [
            (
                r#"Property 'properties' value ({"admin"=>{"password"=>"hunter2"}}) did not match the required type 'Array'"#,
                "Property 'properties' value (…) did not match the required type 'Array'",
            ),
            (
                r#"Property 'azs' value (["hunter2", "it's ) }"]) did not match the required type 'Hash'"#,
                "Property 'azs' value (…) did not match the required type 'Hash'",
            ),
            (
                r#"Property 'password' value (hunter2) did not match the required type 'Hash'"#,
                "Property 'password' value (…) did not match the required type 'Hash'",
            ),
            (
                "Required property 'name' was not specified in object ({\"key\" => \"hunter2\",\n \"b\" => nil})",
                "Required property 'name' was not specified in object (…)",
            ),
            (
                r#"No instances match selection criteria: [{"group"=>"node", "id"=>"zzz"}]"#,
                "No instances match selection criteria: […]",
            ),
            (
                "Invalid JSON request body: unexpected token at '{bad'",
                "Invalid JSON request body: unexpected token at '{…",
            ),
            (
                r#"Sent {"a": [1, {"pin": "hunter2 \" }"}]} and {:b=>2} to it"#,
                "Sent {…} and {…} to it",
            ),
            (
                r#"Error filling in template 'x.erb' (line 3: undefined method `y' for {"password"=>"hunter2"}:Hash)"#,
                "Error filling in template 'x.erb' (line 3: undefined method `y' for {…}:Hash)",
            ),
            (
                r#"Error filling in template 'x.erb' (line 3: undefined method `y' for "hunter2":String)"#,
                "Error filling in template 'x.erb' (line 3: undefined method `y' for \"…\":String)",
            ),
            (
                r#"Error filling in template 'x.erb' (line 3: undefined method `y' for ["hunter2"]:Array)"#,
                "Error filling in template 'x.erb' (line 3: undefined method `y' for […]:Array)",
            ),
            (
                r#"Error filling in template 'x.erb' (line 9: invalid value for Integer(): "hunter2")"#,
                "Error filling in template 'x.erb' (line 9: invalid value for Integer(): \"…\")",
            ),
            // As the Director cuts it in a task's `result`.
            (
                r#"Property 'properties' value ({"admin"=>{"password"=>"hunt..."#,
                "Property 'properties' value (…",
            ),
            (
                "Errors are:\n  - a: {\"k\"=>\"hunter2\"}\n  - b: {\"k\"=>\"hunter2\"}",
                "Errors are:\n  - a: {…}\n  - b: {…}",
            ),
        ];
        for (given, wanted) in cases {
            assert_eq!(for_operator(given), wanted);
            assert!(!for_user(given).contains("hunt"), "{}", for_user(given));
        }
    }

    #[test]
    fn operators_get_all_but_credentials() {
        assert_eq!(for_operator(CPI), CPI);
        assert_eq!(
            for_operator("GET https://u:p@blob/x\nsecret=abc"),
            "GET https://***@blob/x\nsecret=***"
        );
    }
}
