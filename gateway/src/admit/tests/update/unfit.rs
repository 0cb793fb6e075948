use super::*;

fn unfit(ask: Update) -> Update {
    Update {
        fits: Err(Unfit::Invalid("why".into())),
        ..ask
    }
}

#[test]
fn an_update_needs_parameters_that_fit() {
    let old = usual();
    let malformed = Refusal::Malformed("why".into());
    assert_eq!(refused(on(&unfit(patch(21, &old)), &old)), malformed);
    assert_eq!(
        refused(on(&unfit(bare(21, &old)), &old)),
        malformed,
        "`{{}}` doesn't fit"
    );
    assert_eq!(refused(on(&unfit(to("r", bare(21, &old))), &old)), malformed);
    assert_eq!(refused(on(&unfit(patch(23, &old)), &update_failed())), malformed);
    let ask = Update {
        fits: Err(Unfit::NoSchemas("what to do".into())),
        ..patch(21, &old)
    };
    assert_eq!(says(on(&ask, &old)), Answer::SchemasMissing("what to do".into()));
    // What is the matter otherwise is told first.
    assert_eq!(
        on(&unfit(to("none", patch(21, &old))), &old),
        on(&to("none", patch(21, &old)), &old)
    );
}

#[test]
fn an_upgrade_a_context_and_a_repeat_do_not() {
    let old = has("p", Some("0"));
    let upgrade = || version(Some("1"), None, bare(21, &old));
    assert_eq!(accepted(on(&unfit(upgrade()), &old)), accepted(on(&upgrade(), &old)));
    let old = usual();
    let context = update(&unfit(bare(21, &old)), &with_context_updates(), Some(&old), NOW);
    assert!(matches!(context, Verdict::Write(_)), "{context:?}");
    assert_eq!(on(&unfit(patch(22, &old)), &updating()), Verdict::Same);
}
