use super::*;
use crate::shelf::InstanceRules;
use chandler_proto::catalog::MaintenanceShown;

/// Where facts are shown they count beside the version. `told` is the hash in `previous_values.maintenance_info`.
#[test]
fn where_facts_are_shown_other_facts_are_an_upgrade() {
    use MaintenanceShown::{Full, Minimal};
    use Operation::{Update as U, Upgrade as G};
    let catalog = |private: &str, shown| {
        let mut offer = catalog().find("s", "p").unwrap().clone();
        offer.maintenance_digest = format!("digest of {private}");
        if shown == Full {
            offer.facts.private = Some(private.into());
        }
        Shelf::of_plans([offer]).with_instances(InstanceRules {
            maintenance_info: shown,
            ..InstanceRules::default()
        })
    };
    let has = |private: Option<&str>| {
        let mut record = usual();
        record.in_force.as_mut().unwrap().maintenance_digest = private.map(|private| format!("digest of {private}"));
        record
    };
    let info = |private: &str| MaintenanceAsk {
        private: Some(private.into()),
        ..MaintenanceAsk::default()
    };
    let whole = |private: &str| MaintenanceAsk {
        version: Some("1".into()),
        ..info(private)
    };
    let version = || MaintenanceAsk::of_version("1");
    let (a, old) = (has(Some("a")), has(None));
    for (record, private, shown, sent, told, bare_, what) in [
        // Only facts have changed.
        (&a, "b", Full, Some(whole("b")), Some(whole("a")), true, Ok(G)),
        (&a, "b", Full, Some(info("b")), None, true, Ok(G)),
        (&a, "b", Full, Some(version()), Some(version()), true, Ok(G)),
        (
            &a,
            "b",
            Full,
            Some(whole("a")),
            None,
            true,
            Err(Refusal::MaintenanceDiffers),
        ),
        (
            &a,
            "b",
            Full,
            Some(whole("b")),
            Some(whole("a")),
            false,
            Err(Refusal::Outdated),
        ),
        (&a, "b", Full, None, None, true, Err(Refusal::Outdated)),
        // Nothing has.
        (&a, "a", Full, Some(whole("a")), Some(whole("a")), true, Ok(U)),
        (&a, "a", Full, Some(info("a")), Some(info("a")), false, Ok(U)),
        (&a, "a", Full, None, Some(whole("b")), true, Ok(U)),
        (&a, "a", Full, Some(whole("a")), Some(whole("b")), true, Ok(G)),
        // The record doesn't know them: then the platform may.
        (&old, "b", Full, None, None, true, Ok(U)),
        (&old, "b", Full, None, Some(version()), true, Ok(U)),
        (&old, "b", Full, None, Some(whole("a")), true, Err(Refusal::Outdated)),
        (&old, "b", Full, None, Some(whole("b")), true, Ok(U)),
        (&old, "b", Full, Some(whole("b")), Some(whole("b")), true, Ok(U)),
        (&old, "b", Full, Some(whole("b")), Some(whole("a")), true, Ok(G)),
        // What isn't shown is no matter between the platform and us.
        (&a, "b", Minimal, Some(version()), Some(version()), true, Ok(U)),
        (&a, "b", Minimal, None, None, false, Ok(U)),
    ] {
        let ask = Update {
            maintenance: sent.clone(),
            previous_maintenance: told.clone(),
            ..if bare_ { bare(21, record) } else { patch(21, record) }
        };
        let got = match update(&ask, &catalog(private, shown), Some(record), NOW) {
            Verdict::Accept(record) => Ok(record.job.operation),
            verdict => Err(refused(verdict)),
        };
        assert_eq!(got, what, "{sent:?} told {told:?} bare {bare_} of {private} {shown:?}");
    }

    let upgrade = || Update {
        maintenance: Some(whole("b")),
        ..bare(21, &a)
    };
    let running = accepted(update(&upgrade(), &catalog("b", Full), Some(&a), NOW));
    let wanted = running.job.wanted.as_ref().unwrap();
    assert_eq!(
        (
            wanted.maintenance_version.as_deref(),
            wanted.maintenance_digest.as_deref()
        ),
        (Some("1"), Some("digest of b"))
    );
    assert_eq!(
        update(&upgrade(), &catalog("b", Full), Some(&running), NOW),
        Verdict::Same
    );
    let newer = Update {
        maintenance: Some(whole("c")),
        ..bare(22, &a)
    };
    assert!(is_concurrency(update(&newer, &catalog("c", Full), Some(&running), NOW)));
    let done = played(running).in_force.unwrap();
    assert_eq!(done.maintenance_digest.as_deref(), Some("digest of b"));
}
