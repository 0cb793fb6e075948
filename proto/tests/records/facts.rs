//! What a job learns, and how long it knows it.
use crate::make::{apply, done, errands, record, with_job};
use chandler_proto::{
    ids::Millis,
    itinerary::Wishes,
    job::{ClientCopy, Event, Facts, OwnClient},
    operation::Operation,
};

fn client(redirect: &str) -> ClientCopy {
    ClientCopy {
        client_id: "i-1".into(),
        redirect_uri: vec![redirect.into()],
        ..ClientCopy::default()
    }
}

#[test]
fn what_is_newer_takes_the_place_of_what_was_known_and_nothing_of_nothing() {
    let known = Facts {
        uaa_client: Some(client("https://placeholder.example.com")),
        own_client: Some(OwnClient::Had),
        gave_up: Some("exit code 1".into()),
        ..Facts::default()
    };
    let mut kept = known.clone();
    kept.merge(Facts::default());
    assert_eq!(kept, known);
    let newer = Facts {
        uaa_client: Some(client("https://d")),
        own_client: Some(OwnClient::Made),
        gave_up: Some("not found".into()),
        ..Facts::default()
    };
    let mut merged = known;
    merged.merge(newer.clone());
    assert_eq!(merged, newer, "the client as it was seen last, whole");
}

/// What was left undone is of one leg; the client is the instance's.
#[test]
fn why_a_leg_was_given_up_goes_with_the_leg_and_the_client_stays() {
    let errands = errands();
    let wishes = Wishes {
        errands: Some(&errands),
        ..Wishes::default()
    };
    let deleting = with_job(&record(Operation::Provision), Operation::Deprovision, wishes);
    let mut errand = apply(deleting, done(), 11_000, 1);
    assert_eq!(errand.job.step().unwrap().name(), "pre-delete errand");
    errand.job.facts.bosh_task = Some(41);
    errand.job.facts.log_read_at = Some(Millis(11_000));
    let facts = Facts {
        gave_up: Some("errand cleanup-data: exit code 1".into()),
        uaa_client: Some(client("https://d")),
        own_client: Some(OwnClient::Had),
        ..Facts::default()
    };
    let noted = apply(
        errand,
        Event::Noted {
            note: "running errand cleanup-data".into(),
            facts: facts.clone(),
        },
        11_500,
        1,
    );
    assert_eq!(noted.job.facts.gave_up, facts.gave_up);
    assert_eq!(noted.job.note.as_deref(), Some("running errand cleanup-data"));
    let next = apply(noted.clone(), done(), 12_000, 1).job;
    assert!(
        !next.finished() && next.note.is_none(),
        "that errand is over: {next:#?}"
    );
    let next = next.facts;
    assert_eq!((next.gave_up, next.bosh_task, next.log_read_at), (None, None, None));
    assert_eq!(
        (next.uaa_client, next.own_client),
        (facts.uaa_client.clone(), facts.own_client)
    );
    // Also when the last word of the leg says it.
    let said = Event::LegDone { facts };
    assert_eq!(apply(noted, said, 12_000, 1).job.facts.gave_up, None);
}
