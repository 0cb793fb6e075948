//! Whether an instance may have a UAA client that we made, over its life; and the client's secret.
use crate::make::{LOOK, acting, apply, done, errands, fail, record, stamp, succeed, with_job};
use chandler_proto::{
    ids::Millis,
    itinerary::{ClientWish, Wishes},
    job::{Event, Facts, Learnt, OwnClient, sealed},
    operation::Operation,
    records::Record,
    seal::Sealed,
};

fn wishes(client: ClientWish) -> Wishes<'static> {
    Wishes {
        client,
        ..Wishes::default()
    }
}

/// The next job, as it is accepted: it is told of the client.
fn next(old: &Record, operation: Operation, client: ClientWish) -> Record {
    next_with(old, operation, wishes(client))
}
fn next_with(old: &Record, operation: Operation, wishes: Wishes<'_>) -> Record {
    let mut record = with_job(old, operation, wishes);
    old.hand_client_to(&mut record.job);
    record
}

/// A new instance's record.
fn provisioning(client: ClientWish) -> Record {
    let mut first = with_job(&record(Operation::Provision), Operation::Provision, wishes(client));
    first.before = None;
    first
}

/// The checkpoint before the request that makes a client.
fn makes(record: Record) -> Record {
    let made = Event::Acting {
        learnt: Learnt::from(knows(OwnClient::Made)),
        note: None,
        until: Millis(12_000),
    };
    apply(record, made, 11_000, 1)
}
fn knows(own: OwnClient) -> Facts {
    Facts {
        own_client: Some(own),
        ..Facts::default()
    }
}
/// The present leg is done, and its client is gone.
fn removes(record: Record) -> Record {
    let facts = knows(OwnClient::Gone);
    apply(record, Event::LegDone { facts }, 12_000, 1)
}

/// An instance with a client, or without one.
fn provisioned(client: bool) -> Record {
    match client {
        true => succeed(makes(provisioning(ClientWish::Keep))),
        false => succeed(provisioning(ClientWish::None)),
    }
}

/// In force, unsettled.
fn force(record: &Record) -> (bool, bool) {
    let force = record.in_force.as_ref().unwrap();
    (force.uaa_client, force.uaa_client_unsettled)
}
const SETTLED: (bool, bool) = (true, false);
const UNSETTLED: (bool, bool) = (true, true);
const NONE: (bool, bool) = (false, false);

fn own(record: &Record) -> Option<OwnClient> {
    record.job.facts.own_client
}

#[test]
fn only_a_job_that_may_have_made_one_puts_it_in_force() {
    let without = provisioned(false);
    assert!(force(&without) == NONE && !without.may_have_client());
    let running = provisioning(ClientWish::Keep);
    assert!(!running.may_have_client(), "nothing was sent");
    let failed = fail(running.clone());
    assert!(!failed.may_have_client(), "what is there is a stranger's");
    assert_eq!(own(&next(&failed, Operation::Provision, ClientWish::Keep)), None);
    let made = makes(running);
    assert!(made.may_have_client(), "from the checkpoint before the request on");
    let with = succeed(made);
    assert!(force(&with) == SETTLED && with.may_have_client());
}

#[test]
fn a_provision_that_failed_may_have_left_one_and_its_deletion_takes_it() {
    let failed = fail(makes(provisioning(ClientWish::Keep)));
    assert!(failed.in_force.is_none() && failed.may_have_client());
    // The same again, without a definition by now: it goes with that.
    let again = next(&failed, Operation::Provision, ClientWish::Drop);
    assert_eq!(own(&again), Some(OwnClient::Had));
    assert!(fail(again.clone()).may_have_client(), "it hasn't come to that");
    let again = apply(apply(again, done(), 11_000, 1), done(), 11_500, 1);
    assert_eq!(again.job.step().unwrap().name(), "remove UAA client");
    let again = succeed(removes(again));
    assert!(force(&again) == NONE && !again.may_have_client());

    let deleting = next(&failed, Operation::Deprovision, ClientWish::Drop);
    assert!(deleting.may_have_client());
    assert!(
        fail(deleting.clone()).may_have_client(),
        "the next DELETE has to look, too"
    );
    let gone = succeed(deleting);
    assert!(gone.gone() && !gone.may_have_client());
    assert_eq!(own(&next(&gone, Operation::Provision, ClientWish::Keep)), None);
}

#[test]
fn a_client_counts_until_it_is_removed() {
    let with = provisioned(true);
    let errands = errands();
    let longer = Wishes {
        errands: Some(&errands),
        ..wishes(ClientWish::Drop)
    };
    for operation in [Operation::Update, Operation::Upgrade] {
        let dropping = next_with(&with, operation, longer);
        assert_eq!(own(&dropping), Some(OwnClient::Had));
        let failed = fail(dropping.clone());
        assert!(force(&failed) == SETTLED && failed.may_have_client());
        let removed = removes((0..2).fold(dropping, |r, _| apply(r, done(), 11_000, 1)));
        assert_eq!(removed.job.step().unwrap().name(), "post-deploy errand");
        for end in [fail(removed.clone()), succeed(removed)] {
            assert!(force(&end) == NONE && !end.may_have_client());
            assert_eq!(own(&next(&end, Operation::Update, ClientWish::Keep)), None);
        }
    }
}

#[test]
fn what_a_change_made_that_failed_is_unsettled_until_one_succeeds() {
    for (before, had) in [(provisioned(false), NONE), (provisioned(true), SETTLED)] {
        let adding = next(&before, Operation::Update, ClientWish::Keep);
        let failed = fail(adding.clone());
        assert_eq!(force(&failed), had, "nothing was sent");
        let made = makes(adding);
        assert_eq!(force(&made), had, "nothing has ended");
        let failed = fail(made.clone());
        assert!(force(&failed) == UNSETTLED && failed.may_have_client());
        // Also when it had come beyond its deployment.
        let behind = fail((0..3).fold(made.clone(), |r, _| apply(r, done(), 15_000, 1)));
        assert_eq!(force(&behind), UNSETTLED);
        // Whatever fails without making another one, or has nothing to do with it, leaves it so.
        let again = fail(next(&failed, Operation::Upgrade, ClientWish::Keep));
        let recreated = succeed(next(&again, Operation::Recreate, ClientWish::None));
        let deleting = fail(next(&recreated, Operation::Deprovision, ClientWish::Drop));
        for still in [&again, &recreated, &deleting] {
            assert!(force(still) == UNSETTLED && still.may_have_client());
        }
        let settled = succeed(makes(next(&deleting, Operation::Update, ClientWish::Keep)));
        assert!(force(&settled) == SETTLED && settled.may_have_client());
        assert_eq!(force(&succeed(made)), SETTLED);
    }
}

/// What came in between our look and our create isn't ours.
#[test]
fn a_strangers_client_never_counts() {
    let met = |record: Record| {
        let learnt = Learnt::from(knows(OwnClient::Gone));
        fail(apply(makes(record), Event::Answered { learnt }, 11_500, 1))
    };
    let failed = met(provisioning(ClientWish::Keep));
    assert!(!failed.may_have_client());
    assert_eq!(own(&next(&failed, Operation::Deprovision, ClientWish::None)), None);
    let failed = met(next(&provisioned(false), Operation::Update, ClientWish::Keep));
    assert!(force(&failed) == NONE && !failed.may_have_client());
}

/// A deprovision takes the place of whatever runs.
#[test]
fn an_update_that_was_cancelled_may_have_made_one() {
    for before in [provisioned(false), provisioned(true)] {
        let adding = next(&before, Operation::Update, ClientWish::Keep);
        let acting = makes(apply(adding, acting(10_500), 10_400, 1));
        assert!(acting.may_have_client(), "so its deprovision removes one");
        // That fails, and a job that has nothing to do with clients comes between: the next deletion still knows, and so
        // does the next update, which needs a secret.
        let failed = fail(next(&acting, Operation::Deprovision, ClientWish::Drop));
        assert_eq!(force(&failed), UNSETTLED);
        let recreated = succeed(next(&failed, Operation::Recreate, ClientWish::None));
        assert!(force(&recreated) == UNSETTLED && recreated.may_have_client());
    }
}

#[test]
fn a_recreate_keeps_it_and_an_update_without_a_wish_about_it_does_too() {
    for (client, is) in [(true, SETTLED), (false, NONE)] {
        let before = provisioned(client);
        let recreating = next(&before, Operation::Recreate, ClientWish::None);
        let updating = next(&before, Operation::Update, ClientWish::None);
        for job in [recreating, updating] {
            assert_eq!(job.may_have_client(), client);
            for end in [succeed(job.clone()), fail(job)] {
                assert_eq!((force(&end), end.may_have_client()), (is, client));
            }
        }
    }
}

#[test]
fn a_deletion_that_failed_leaves_what_was_and_no_client_outlives_its_instance() {
    for client in [true, false] {
        let deleting = next(&provisioned(client), Operation::Deprovision, ClientWish::Drop);
        let failed = fail(deleting.clone());
        assert_eq!(failed.may_have_client(), client);
        let gone = succeed(deleting);
        assert!(
            gone.gone() && !gone.may_have_client() && gone.unfinished(),
            "a last look is due"
        );
    }
}

#[test]
fn the_clients_secret_is_kept_from_leg_to_leg_and_dropped_with_the_job() {
    let secret: Sealed = serde_json::from_str(r#"{"key":"k","nonce":"n","data":"of-the-client"}"#).unwrap();
    let minted = Event::Acting {
        learnt: Learnt {
            facts: knows(OwnClient::Made),
            sealed: [(sealed::CLIENT_SECRET.to_owned(), secret.clone())].into(),
        },
        note: None,
        until: Millis(12_000),
    };
    let r = provisioning(ClientWish::Keep);
    let r = r.apply(minted, stamp(11_000, 1, 7), LOOK).unwrap();
    assert_eq!(
        r.job.sealed.get(sealed::CLIENT_SECRET),
        Some(&secret),
        "before the client is put"
    );
    let deploying = apply(r, done(), 11_500, 1);
    assert_eq!(deploying.job.step().unwrap().name(), "deploy");
    assert_eq!(deploying.job.sealed.get(sealed::CLIENT_SECRET), Some(&secret));
    assert!(String::from_utf8(deploying.bytes()).unwrap().contains("of-the-client"));
    for end in [fail(deploying.clone()), succeed(deploying)] {
        assert!(end.job.sealed.is_empty());
        assert!(!String::from_utf8(end.bytes()).unwrap().contains("of-the-client"));
    }
}
