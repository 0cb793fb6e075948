use super::*;
use chandler_proto::{job::Birth, layout::Lane};
use uuid::Uuid;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
fn plan(id: &str) -> Arc<str> {
    id.into()
}
/// A job that ended at so many seconds and took so many.
fn ended(id: u128, operation: Operation, at: u64, took: u64) -> Job {
    let birth = Birth {
        job: JobId(Uuid::from_u128(id)),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    };
    let at = Millis(at * 1000);
    let mut job = birth.job(
        operation,
        Lane::User,
        Vec::new(),
        seconds(9),
        Millis(at.0 - took * 1000),
    );
    job.state = State::Succeeded { at };
    job
}
fn of(jobs: &[Job]) -> Usual {
    let mut usual = Usual::default();
    jobs.iter().for_each(|job| usual.learn(&plan("p"), job));
    usual
}
fn provisions(usual: &Usual) -> Option<Duration> {
    usual.of(&plan("p"), Operation::Provision)
}

#[test]
fn what_is_usual_is_the_median_of_the_same_plan_and_operation() {
    let provision = |id, took| ended(id, Operation::Provision, 1_000 + u64::try_from(id).unwrap(), took);
    assert_eq!(provisions(&Usual::default()), None);
    for (took, median) in [
        (&[60][..], 60),
        (&[60, 120], 90),
        (&[500, 60, 90], 90),
        (&[10, 20, 30, 900], 25),
    ] {
        let jobs: Vec<Job> = (1..).zip(took).map(|(id, took)| provision(id, *took)).collect();
        assert_eq!(provisions(&of(&jobs)), Some(seconds(median)), "{took:?}");
    }
    let mut usual = of(&[provision(1, 60), ended(2, Operation::Update, 1_000, 500)]);
    assert_eq!(provisions(&usual), Some(seconds(60)));
    assert_eq!(usual.of(&plan("p"), Operation::Update), Some(seconds(500)));
    assert_eq!(usual.of(&plan("p"), Operation::Deprovision), None);
    assert_eq!(usual.of(&plan("q"), Operation::Provision), None);
    usual.forget();
    assert_eq!(provisions(&usual), None);
}

#[test]
fn only_what_went_well_and_is_over_counts() {
    let good = ended(1, Operation::Provision, 1_000, 60);
    let with = |state| Job { state, ..good.clone() };
    let failure = chandler_proto::failure::Failure::new("u", "o");
    let at = Millis(2_000_000);
    for job in [
        with(State::Running),
        with(State::Failed { at, failure }),
        Job {
            round: 1,
            ..good.clone()
        },
    ] {
        assert_eq!(provisions(&of(&[job])), None);
    }
    let bind = of(&[ended(1, Operation::Bind, 1_000, 60)]);
    assert_eq!(bind.of(&plan("p"), Operation::Bind), None);
    let skewed = Job {
        accepted_at: Millis(5_000_000),
        ..good
    };
    assert_eq!(provisions(&of(&[skewed])), Some(Duration::ZERO), "two clocks");
}

#[test]
fn the_newest_count_each_once_in_whatever_order_they_come() {
    let window = u128::try_from(WINDOW).unwrap();
    let job = |id: u128| {
        let n = u64::try_from(id).unwrap();
        ended(id, Operation::Provision, 1_000 + n, if id <= 100 { 60 } else { 120 })
    };
    // As many fast ones as there is room for, then as many slow ones.
    let (old, new) = (1..=window, 101..=100 + window);
    let mut jobs: Vec<Job> = old.clone().chain(new.clone()).map(job).collect();
    assert_eq!(provisions(&of(&jobs)), Some(seconds(120)));
    jobs.reverse();
    assert_eq!(provisions(&of(&jobs)), Some(seconds(120)), "the order doesn't matter");
    let again: Vec<Job> = new.chain(old.clone()).chain(old.clone()).map(job).collect();
    assert_eq!(provisions(&of(&again)), Some(seconds(120)), "what is too old stays out");
    let usual = of(&again);
    assert_eq!(usual.0.values().map(BTreeMap::len).sum::<usize>(), WINDOW);
    let twice = of(&[job(1), job(1), job(1), job(101)]);
    assert_eq!(provisions(&twice), Some(seconds(90)), "a record may be seen many times");
}

#[test]
fn time_is_told_in_whole_minutes() {
    for (so_far, usual, words) in [
        (0, None, None),
        (59, None, None),
        (60, None, Some("1 min so far")),
        (3_600, None, Some("1 h so far")),
        (7_500, None, Some("2 h 5 min so far")),
        (10, Some(360), Some("usually about 6 min")),
        (125, Some(360), Some("2 min so far, usually about 6 min")),
        (125, Some(389), Some("2 min so far, usually about 6 min")),
        (125, Some(390), Some("2 min so far, usually about 7 min")),
        (419, Some(360), Some("6 min so far, usually about 6 min")),
        (420, Some(360), Some("7 min so far, longer than the usual 6 min")),
        (7_500, Some(3_600), Some("2 h 5 min so far, longer than the usual 1 h")),
        (0, Some(0), Some("usually under 1 min")),
        (0, Some(29), Some("usually under 1 min")),
        (0, Some(30), Some("usually about 1 min")),
        (60, Some(20), Some("1 min so far, usually under 1 min")),
        (0, Some(u64::MAX), Some("usually about 5124095576030431 h")),
        (120, Some(20), Some("2 min so far, longer than the usual 1 min")),
    ] {
        let pace = Pace {
            so_far: seconds(so_far),
            usual: usual.map(seconds),
        };
        assert_eq!(pace.words().as_deref(), words, "{so_far} of {usual:?}");
    }
}

#[test]
fn a_poll_comes_again_after_a_quarter_of_what_is_left() {
    for (so_far, usual, least, seconds_) in [
        (0, None, 10, 10),
        (9_999, None, 10, 10),
        (0, None, 900, 300),
        (0, Some(360), 10, 90),
        (120, Some(360), 10, 60),
        (340, Some(360), 10, 10),
        (400, Some(360), 10, 10),
        (0, Some(7_200), 10, 300),
        (0, Some(360), 120, 120),
    ] {
        let pace = Pace {
            so_far: seconds(so_far),
            usual: usual.map(seconds),
        };
        assert_eq!(pace.retry_after(least), seconds_, "{so_far} of {usual:?}");
    }
}
