//! The description of a poll, taken apart.

use super::compare::Kind;

/// What the description says beyond that it runs, since when and how long that usually takes; empty if that is all.
pub(super) fn note(kind: Kind, text: &str) -> Result<&str, ()> {
    let rest = text.strip_prefix(kind.opening()).ok_or(())?;
    let rest = match rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((before, pace)) if is_pace(pace) => before,
        Some(_) | None => rest,
    };
    match rest {
        "" => Ok(""),
        rest => rest.strip_prefix(": ").ok_or(()),
    }
}

fn is_pace(text: &str) -> bool {
    let usual = |it: &str| it.starts_with("usually ") || it.starts_with("longer than the usual ");
    text.split(", ").all(|it| it.ends_with(" so far") || usual(it))
}

/// The Director writes its stages with a capital; the broker's own notes have none, but for the name of BOSH.
pub(super) fn is_stage(note: &str) -> bool {
    note.starts_with(char::is_uppercase) && !note.starts_with("BOSH task ")
}

/// The number after `mark`.
pub(super) fn number(text: &str, mark: &str) -> Option<u64> {
    let (_, rest) = text.split_once(mark)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = "Instance provisioning in progress";

    #[test]
    fn how_long_it_takes_is_no_part_of_a_note() {
        for (text, told) in [
            ("", ""),
            (" (usually about 6 min)", ""),
            (": queued, 3 ahead (usually under 1 min)", "queued, 3 ahead"),
            (": Updating instance (kv)", "Updating instance (kv)"),
            (
                ": Updating instance (kv) (usually about 6 min)",
                "Updating instance (kv)",
            ),
            (": Updating instance (kv) (1 min so far)", "Updating instance (kv)"),
            (
                ": Updating instance (kv) (1 min so far, usually about 6 min)",
                "Updating instance (kv)",
            ),
            (
                ": Updating instance (kv) (9 min so far, longer than the usual 6 min)",
                "Updating instance (kv)",
            ),
        ] {
            assert_eq!(note(Kind::Create, &format!("{CREATE}{text}")), Ok(told), "{text}");
        }
    }
}
