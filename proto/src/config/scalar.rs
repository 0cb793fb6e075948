//! What an unquoted YAML scalar means. ODB reads YAML 1.1, so `yes` is true, `0777` is 511 and a
//! date is a text; a string field keeps the source text whatever it looks like.

/// A scalar of the file: its text and what it means where no text is wanted.
#[derive(Clone, PartialEq)]
pub(super) struct Scalar {
    /// The text as written (for a quoted scalar: what the quotes hold).
    pub(super) text: String,
    /// The value that YAML 1.1 gives it.
    pub(super) kind: Kind,
}

/// The value of a scalar.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Bool(bool),
    Int(i128),
    Float(f64),
}

impl Scalar {
    pub(super) fn quoted(text: impl Into<String>) -> Self {
        Scalar {
            text: text.into(),
            kind: Kind::Text,
        }
    }

    pub(super) fn plain(text: &str) -> Self {
        Scalar {
            text: text.to_owned(),
            kind: resolve(text),
        }
    }
}

impl Kind {
    /// How a person calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a number with a fraction",
        }
    }
}

fn resolve(text: &str) -> Kind {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Kind::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Kind::Bool(false);
        }
        _ => {}
    }
    let plain = text.replace('_', "");
    if !plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Kind::Text;
    }
    integer(&plain).or_else(|| float(&plain)).unwrap_or(Kind::Text)
}

fn integer(text: &str) -> Option<Kind> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    Some(Kind::Int(if negative { -number } else { number }))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, `.inf` and `.nan`.
fn float(text: &str) -> Option<Kind> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(Kind::Float(if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            }));
        }
        ".nan" | ".NaN" | ".NAN" => return Some(Kind::Float(f64::NAN)),
        _ => {}
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let shaped = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && digits(e));
    if !shaped {
        return None;
    }
    text.parse().ok().map(Kind::Float)
}
