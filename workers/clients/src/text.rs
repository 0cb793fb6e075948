//! Texts of others, made fit to be kept: cut at a character, credentials masked.

const MASK: &str = "***";

/// The words after which `=` or `:` is followed by something that nobody may see.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "token",
    "private_key",
    "api_key",
    "apikey",
    "credential",
    "access_key",
];

/// At most `max` bytes, cut at a character, with `…` at the end when something is missing.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mark = "…";
    let mut end = max.saturating_sub(mark.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = text.get(..end).unwrap_or_default().to_owned();
    if max >= mark.len() {
        short.push_str(mark);
    }
    short
}

/// Masks what looks like a credential: PEM private keys, `user:password@` in URLs, `Basic` and `Bearer` values, and
/// the value after `password:`, `client_secret=` and their like. A net, not a proof: whoever knows a secret
/// masks it by its value.
pub(crate) fn mask_credentials(text: &str) -> String {
    let text = mask_private_keys(text);
    let mut out = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        out.push_str(&mask_line(line));
    }
    out
}

/// Shorter secrets would mask ordinary words.
const SHORTEST: usize = 6;

/// Masks a secret where the other side repeats it.
pub(crate) fn mask_secret(text: &str, secret: Option<&str>) -> String {
    mask_values(text, secret.filter(|secret| secret.len() >= SHORTEST))
}

/// Masks each of the given values, also one of which the end is missing because the text was cut there.
pub(crate) fn mask_values<'a>(text: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = text.to_owned();
    for value in values.into_iter().filter(|value| !value.is_empty()) {
        if text.contains(value) {
            text = text.replace(value, MASK);
        }
        if let Some(kept) = before_begun(&text, value) {
            text.truncate(kept);
            text.push_str(MASK);
        }
    }
    text
}

/// How much of the text stands before a value that was begun at its end; fewer than 6 bytes of it give nothing away.
fn before_begun(text: &str, value: &str) -> Option<usize> {
    let longest = value.len().min(text.len());
    let begun = (6..longest.max(6))
        .rev()
        .find(|len| text.as_bytes().ends_with(&value.as_bytes()[..*len]))?;
    let at = text.len() - begun;
    text.is_char_boundary(at).then_some(at)
}

fn mask_private_keys(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN") {
        let (before, block) = rest.split_at(start);
        out.push_str(before);
        let end = block.find("-----END").map_or(block.len(), |end| {
            let after = end + "-----END".len();
            block[after..]
                .find("-----")
                .map_or(block.len(), |close| after + close + 5)
        });
        let (block, after) = block.split_at(end);
        let head = block.get(..64.min(block.len())).unwrap_or(block);
        out.push_str(if head.contains("PRIVATE") { MASK } else { block });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn mask_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut hide_next = false;
    for word in line.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let space = &word[bare.len()..];
        if bare.is_empty() {
            out.push_str(word);
            continue;
        }
        if hide_next {
            out.push_str(MASK);
            hide_next = matches!(bare, "Basic" | "Bearer");
        } else {
            let masked = mask_assignments(&mask_userinfo(bare));
            hide_next = masked.value_follows || matches!(bare, "Basic" | "Bearer");
            out.push_str(&masked.text);
        }
        out.push_str(space);
    }
    out
}

/// `https://user:pass@host` keeps only the host.
fn mask_userinfo(word: &str) -> String {
    let Some(start) = word.find("://").map(|at| at + 3) else {
        return word.to_owned();
    };
    let end = word[start..].find(['/', '?', '#']).map_or(word.len(), |at| start + at);
    match word[start..end].rfind('@') {
        Some(at) => format!("{}{MASK}{}", &word[..start], &word[start + at..]),
        None => word.to_owned(),
    }
}

struct Masked {
    text: String,
    value_follows: bool,
}

/// Masks the values in one word such as `{"client_secret":"x","n":1}` or `password=x`.
fn mask_assignments(word: &str) -> Masked {
    let lower = word.to_ascii_lowercase();
    let mut out = String::new();
    let mut done = 0;
    while let Some((value, end)) = next_secret(&lower, done) {
        out.push_str(&word[done..value]);
        if value == word.len() {
            return Masked {
                text: out,
                value_follows: true,
            };
        }
        out.push_str(MASK);
        done = end;
    }
    out.push_str(&word[done..]);
    Masked {
        text: out,
        value_follows: false,
    }
}

/// Where the next secret value begins and ends at or after `from`; the beginning is the word's end when the value is in the next word.
fn next_secret(lower: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let (found, len) = SECRET_WORDS
            .iter()
            .filter_map(|key| lower[at..].find(key).map(|n| (at + n, key.len())))
            .min()?;
        let tail = &lower[found + len..];
        let mark = tail.trim_start_matches(['"', '\'', '\\']);
        if mark.starts_with([':', '=']) {
            let mark = mark.trim_start_matches([':', '=', '>']);
            let value = lower.len() - mark.trim_start_matches(['"', '\'', '\\']).len();
            let end = lower[value..]
                .find(['"', '\'', ',', '&', '}', ';'])
                .map_or(lower.len(), |n| value + n);
            return Some((value, end));
        }
        at = found + len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("äöüä", 6), "ä…");
        assert_eq!(cut("abcdef", 5), "ab…");
        assert_eq!(cut("abc", 2), "");
    }

    #[test]
    fn masks_what_looks_like_a_credential() {
        let cases = [
            ("plain text: nothing here", "plain text: nothing here"),
            (
                "at https://admin:s3cr3t@10.0.0.6:25555/info failed",
                "at https://***@10.0.0.6:25555/info failed",
            ),
            ("password: hunter2 user: bob", "password: *** user: bob"),
            ("client_secret=abc&x=1", "client_secret=***&x=1"),
            (r#"{"client_secret":"abc","n":1}"#, r#"{"client_secret":"***","n":1}"#),
            (r#""admin_password": "abc def", 1"#, r#""admin_password": *** def", 1"#),
            ("Authorization: Basic dGVzdDp0ZXN0", "Authorization: Basic ***"),
            (
                "key -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- end",
                "key *** end",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
            ),
            ("the secret of it", "the secret of it"),
        ];
        for (given, wanted) in cases {
            assert_eq!(mask_credentials(given), wanted);
        }
    }

    #[test]
    fn masks_known_values() {
        assert_eq!(mask_values("a xyz b xyz", ["xyz", ""]), "a *** b ***");
        assert_eq!(mask_values("log: a-long-sec", ["a-long-secret"]), "log: ***");
        assert_eq!(mask_values("log: a-lo", ["a-long-secret"]), "log: a-lo");
        assert_eq!(mask_values("short", ["a-long-secret", "short"]), "***");
    }
}
