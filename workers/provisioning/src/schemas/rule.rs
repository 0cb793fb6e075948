//! What lies there, what was found out → write or leave.
use chandler_schemas::Published;

/// What lies on the bus for a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// Something of a later release.
    Later,
    /// Something that nobody can read.
    Garbage,
    /// This.
    Says(Box<Published>),
}

/// Why somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// This process has found out something for the first time since it started, or something else than before.
    News,
    /// To see whether something still lies there.
    Watch,
}

/// Whether what was found out is written over what lies there. Each process says its news once, so that of two releases side by side the one that
/// started last has the word, and they don't fight. What can be used is never replaced by what can't.
pub(super) fn writes(there: &There, found: &Published, why: Why) -> bool {
    let is_good = |it: &Published| it.schemas.is_some();
    match (there, why) {
        (There::Nothing, _) => true,
        (There::Later | There::Garbage | There::Says(_), Why::Watch) => false,
        (There::Garbage, Why::News) => true,
        (There::Later, Why::News) => is_good(found),
        (There::Says(theirs), Why::News) => !theirs.says_the_same(found) && (is_good(found) || !is_good(theirs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn says(digest: &str, good: bool) -> Published {
        Published {
            schema: Published::SCHEMA,
            service_id: "s".into(),
            plan_id: "p".into(),
            plan_digest: digest.into(),
            at: 1,
            schemas: good.then(|| json!({"of": digest})),
            wrong: if good { vec![] } else { vec!["bad".into()] },
        }
    }
    fn there(digest: &str, good: bool) -> There {
        There::Says(Box::new(says(digest, good)))
    }

    #[test]
    fn news_are_said_once_and_nothing_good_is_lost() {
        let (good, bad) = (says("a", true), says("a", false));
        let later = Published { at: 9, ..good.clone() };
        for (lies, found, why, wanted) in [
            (There::Nothing, &good, Why::News, true),
            (There::Nothing, &bad, Why::News, true),
            (There::Nothing, &good, Why::Watch, true),
            (There::Nothing, &bad, Why::Watch, true),
            (there("a", true), &good, Why::News, false),
            (there("a", true), &later, Why::News, false),
            (there("b", true), &good, Why::News, true),
            (there("b", true), &good, Why::Watch, false),
            (there("a", true), &bad, Why::News, false),
            (there("b", true), &bad, Why::News, false),
            (there("a", false), &good, Why::News, true),
            (there("a", false), &good, Why::Watch, false),
            (there("a", false), &bad, Why::News, false),
            (there("b", false), &bad, Why::News, true),
            (there("b", false), &bad, Why::Watch, false),
            (There::Later, &good, Why::News, true),
            (There::Later, &bad, Why::News, false),
            (There::Later, &good, Why::Watch, false),
            (There::Garbage, &good, Why::News, true),
            (There::Garbage, &bad, Why::News, true),
            (There::Garbage, &good, Why::Watch, false),
        ] {
            assert_eq!(writes(&lies, found, why), wanted, "{lies:?} {found:?} {why:?}");
        }
    }
}
