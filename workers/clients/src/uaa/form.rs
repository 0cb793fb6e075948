//! `application/x-www-form-urlencoded`, in memory that is wiped: these forms hold passwords.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// The fields as one body. The values are encoded: a password may hold `&` or `%`.
pub(super) fn encode(fields: &[(&str, &str)]) -> Zeroizing<String> {
    let longest = fields
        .iter()
        .map(|(key, value)| 3 * (key.len() + value.len()) + 2)
        .sum();
    // Never grown, so that no part of it stays behind in memory.
    let mut out = Zeroizing::new(String::with_capacity(longest));
    for (n, (key, value)) in fields.iter().enumerate() {
        if n > 0 {
            out.push('&');
        }
        push(&mut out, key);
        out.push('=');
        push(&mut out, value);
    }
    out
}

fn push(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => {
                // Writing to a string can't fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn values_cannot_change_the_form() {
        let form = encode(&[("grant_type", "password"), ("password", "a&b=c +%ä\n-_.*~")]);
        assert_eq!(
            form.as_str(),
            "grant_type=password&password=a%26b%3Dc+%2B%25%C3%A4%0A-_.*%7E"
        );
    }
}
