//! Messages of the Director for people: whole for operators, one clean line for users.

use crate::text;

/// The most bytes of a message for a user.
const MAX_USER: usize = 300;
/// The most bytes of a message for an operator.
const MAX_OPERATOR: usize = 8192;

/// The message for a platform user: its first line, without stack traces, paths and identities of VMs, at most 300 bytes.
/// Empty when nothing is left.
pub fn for_user(message: &str) -> String {
    let clean = text::mask_credentials(message);
    let line = clean
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !is_trace(line));
    let words: Vec<String> = line.unwrap_or_default().split_whitespace().map(word).collect();
    text::cut(&words.join(" "), MAX_USER)
}

/// The message for an operator: all of it up to 8 KiB, with credentials masked.
pub fn for_operator(message: &str) -> String {
    text::cut(&text::mask_credentials(message), MAX_OPERATOR)
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

    #[test]
    fn operators_get_all_but_credentials() {
        assert_eq!(for_operator(CPI), CPI);
        assert_eq!(
            for_operator("GET https://u:p@blob/x\nsecret=abc"),
            "GET https://***@blob/x\nsecret=***"
        );
    }
}
