//! Semantic versions 2.0, of any length.

/// Whether it is a semantic version: `1.2.3`, `1.2.3-rc.1`, `1.2.3+build.5`.
pub(super) fn is_semantic(text: &str) -> bool {
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (text, None),
    };
    let numbers: Vec<&str> = core.split('.').collect();
    numbers.len() == 3
        && numbers.iter().all(|it| is_number(it))
        && pre.is_none_or(|it| it.split('.').all(is_pre))
        && build.is_none_or(|it| it.split('.').all(is_word))
}

/// Digits without a zero in front.
fn is_number(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

/// A number, or a word with a letter or a dash in it.
fn is_pre(text: &str) -> bool {
    is_word(text) && (!is_digits(text) || is_number(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}
