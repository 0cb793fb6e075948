//! What to do about a task-starting leg: by the first line that fits.
use chandler_proto::ids::Millis;
use std::time::Duration;

/// How a task of ours stands, as far as the table needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Queued, processing or cancelling.
    Active,
    /// Ended well.
    Done,
    /// Nothing ran: the deployment's lock was not to be had.
    NoLock,
    /// The Director itself failed: `timeout`, or `error` without a word about the cause.
    Fault,
    /// The deployment failed.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// One task of the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its id.
    pub id: u64,
    /// How it stands.
    pub end: End,
    /// When it ended, by the Director's clock.
    pub ended: Option<Millis>,
    /// Active, and already asked to stop.
    pub cancelling: bool,
    /// Active, and a worker of the Director has it: its log says something.
    pub processing: bool,
}

/// Everything the table looks at.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The leg's own tasks, newest first.
    pub own: Vec<Own>,
    /// Active tasks of the deployment that earlier jobs of the instance started, and that nobody has cancelled yet.
    pub replaced: Vec<u64>,
    /// The newest active task of the deployment, whoever started it.
    pub active: Option<u64>,
    /// Who holds the deployment's lock, if it is held (and may be seen).
    pub locked: Option<String>,
    /// Whether the deployment is there.
    pub exists: bool,
    /// When the job last wrote its record: pauses count from here, too, should the Director's clock be ahead of ours.
    pub touched: Millis,
}

/// How much time the job has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It may go on.
    Within,
    /// The deadline is past: what runs is cancelled, nothing is started.
    Expired,
    /// Even the cancelling has had its time.
    GivenUp,
}

/// What kind of leg asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// A deploy.
    Deploy,
    /// A delete.
    Delete {
        /// `force=true` in the request.
        force: bool,
        /// The instance once reached `succeeded`.
        ever_succeeded: bool,
    },
}

/// What the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Cancel this task; nothing else before it has ended.
    Cancel(u64),
    /// A task runs.
    WaitForTask(u64),
    /// The lock is held.
    WaitForLock(String),
    /// Too early for the next attempt.
    BackOff(Duration),
    /// Start the task.
    Start {
        /// With `force=true`.
        force: bool,
    },
    /// The leg is done.
    Done,
    /// This task of ours ended badly, and that is the end.
    Failed(u64),
    /// The deadline is past, and nothing of ours runs any more.
    TimedOut,
}

/// How often a task that ended by a fault is started in all.
pub const ATTEMPTS: usize = 3;

/// The table of the design, line by line.
pub fn decide(leg: Leg, sight: &Sight, now: Millis, time: Time) -> Row {
    let ours = sight.own.iter().find(|t| t.end == End::Active);
    if let Some(task) = sight.active.or(ours.map(|t| t.id)) {
        return while_active(task, ours, sight, time);
    }
    let deletes = matches!(leg, Leg::Delete { .. });
    let done = sight.own.iter().any(|t| t.end == End::Done);
    if !deletes && done || deletes && !sight.exists && sight.locked.is_none() {
        return Row::Done;
    }
    if time != Time::Within {
        return Row::TimedOut;
    }
    if let Some(holder) = &sight.locked {
        return Row::WaitForLock(holder.clone());
    }
    let Some(newest) = sight.own.first() else {
        return Row::Start {
            force: wants_force(leg, 0),
        };
    };
    let bad_ends = sight
        .own
        .iter()
        .filter(|t| matches!(t.end, End::Fault | End::Failed))
        .count();
    let again = match (newest.end, leg) {
        (End::NoLock, _) => true,
        (End::Done, Leg::Delete { .. }) => true, // it says done, and the deployment is there: again
        (End::Fault, _) => bad_ends < ATTEMPTS,
        (
            End::Failed,
            Leg::Delete {
                ever_succeeded: false, ..
            },
        ) => bad_ends < ATTEMPTS,
        (End::Failed | End::Cancelled, _) | (End::Done, Leg::Deploy) => false,
        (End::Active, _) => return Row::WaitForTask(newest.id),
    };
    if !again {
        return Row::Failed(newest.id);
    }
    let pause = Duration::from_secs(2u64 << sight.own.len().min(5));
    let waited = newest
        .ended
        .map_or(pause, |ended| now.since(ended))
        .max(now.since(sight.touched));
    if waited < pause {
        Row::BackOff(pause - waited)
    } else {
        Row::Start {
            force: wants_force(leg, bad_ends),
        }
    }
}

/// A task of the deployment is active, ours or somebody's.
fn while_active(task: u64, ours: Option<&Own>, sight: &Sight, time: Time) -> Row {
    let replaced = sight.replaced.first().copied();
    match (time, ours) {
        (Time::Within, _) => replaced.map_or(Row::WaitForTask(task), Row::Cancel),
        (Time::Expired, Some(own)) if !own.cancelling => Row::Cancel(own.id),
        (Time::Expired, Some(own)) => Row::WaitForTask(own.id),
        // Somebody else's task: the deadline doesn't wait for it.
        (Time::Expired, None) => replaced.map_or(Row::TimedOut, Row::Cancel),
        (Time::GivenUp, _) => Row::TimedOut,
    }
}

fn wants_force(leg: Leg, bad_ends: usize) -> bool {
    match leg {
        Leg::Deploy => false,
        Leg::Delete { force, ever_succeeded } => force || !ever_succeeded && bad_ends + 1 >= ATTEMPTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(10_000_000);
    const DELETE: Leg = Leg::Delete {
        force: false,
        ever_succeeded: true,
    };
    const HALF_BUILT: Leg = Leg::Delete {
        force: false,
        ever_succeeded: false,
    };

    fn sight(own: &[End]) -> Sight {
        let own = own
            .iter()
            .zip(1..)
            .map(|(&end, id)| Own {
                id,
                end,
                ended: Some(Millis(0)),
                cancelling: false,
                processing: true,
            })
            .collect::<Vec<_>>();
        let active = own.iter().find(|t| t.end == End::Active).map(|t| t.id);
        Sight {
            own,
            replaced: vec![],
            active,
            locked: None,
            exists: true,
            touched: Millis(0),
        }
    }
    fn row(leg: Leg, s: &Sight) -> Row {
        decide(leg, s, NOW, Time::Within)
    }
    const START: Row = Row::Start { force: false };

    #[test]
    fn an_active_task_is_waited_for_and_one_of_a_replaced_job_cancelled_first() {
        let mut s = sight(&[End::Active]);
        assert_eq!(row(Leg::Deploy, &s), Row::WaitForTask(1));
        assert_eq!(
            decide(Leg::Deploy, &s, NOW, Time::Expired),
            Row::Cancel(1),
            "at the deadline it is cancelled"
        );
        s.own[0].cancelling = true;
        assert_eq!(decide(Leg::Deploy, &s, NOW, Time::Expired), Row::WaitForTask(1), "once");
        s = Sight {
            active: Some(9),
            replaced: vec![9],
            ..sight(&[])
        };
        assert_eq!(row(DELETE, &s), Row::Cancel(9));
        s.replaced.clear();
        assert_eq!(row(DELETE, &s), Row::WaitForTask(9), "an operator's task is waited for");
        assert_eq!(
            decide(DELETE, &s, NOW, Time::Expired),
            Row::TimedOut,
            "but not beyond the deadline"
        );
        let own = sight(&[End::Active]);
        assert_eq!(
            decide(DELETE, &own, NOW, Time::GivenUp),
            Row::TimedOut,
            "a cancel that never ends"
        );
        let ended_meanwhile = Sight { active: None, ..own };
        assert_eq!(
            decide(Leg::Deploy, &ended_meanwhile, NOW, Time::Expired),
            Row::Cancel(1),
            "look again first"
        );
        s.exists = false;
        assert_eq!(
            row(DELETE, &s),
            Row::WaitForTask(9),
            "its first deploy may still be queued"
        );
    }

    #[test]
    fn a_lock_is_waited_for_unless_a_deploy_of_ours_is_done() {
        let locked = |own: &[End]| Sight {
            locked: Some("task 7".into()),
            ..sight(own)
        };
        assert_eq!(row(Leg::Deploy, &locked(&[])), Row::WaitForLock("task 7".into()));
        assert_eq!(row(Leg::Deploy, &locked(&[End::Done])), Row::Done);
        assert_eq!(row(DELETE, &locked(&[End::Done])), Row::WaitForLock("task 7".into()));
        assert_eq!(
            row(
                DELETE,
                &Sight {
                    exists: false,
                    ..locked(&[])
                }
            ),
            Row::WaitForLock("task 7".into())
        );
    }

    #[test]
    fn a_deploy_acts_once_and_again_only_after_a_fault() {
        assert_eq!(row(Leg::Deploy, &sight(&[])), START);
        assert_eq!(row(Leg::Deploy, &sight(&[End::Done])), Row::Done);
        assert_eq!(
            row(Leg::Deploy, &sight(&[End::Fault, End::Done])),
            Row::Done,
            "one that is done counts, newest or not"
        );
        assert_eq!(row(Leg::Deploy, &sight(&[End::Failed])), Row::Failed(1));
        assert_eq!(row(Leg::Deploy, &sight(&[End::Cancelled])), Row::Failed(1));
        assert_eq!(row(Leg::Deploy, &sight(&[End::Fault])), START);
        assert_eq!(row(Leg::Deploy, &sight(&[End::Fault, End::Fault])), START);
        assert_eq!(
            row(Leg::Deploy, &sight(&[End::Fault, End::Fault, End::Fault])),
            Row::Failed(1)
        );
        assert_eq!(
            row(Leg::Deploy, &sight(&[End::NoLock; 9])),
            START,
            "without a lock nothing ran: it doesn't count"
        );
    }

    #[test]
    fn a_delete_ends_when_the_deployment_is_gone() {
        for own in [
            vec![],
            vec![End::Done],
            vec![End::Failed],
            vec![End::Fault],
            vec![End::Cancelled],
        ] {
            assert_eq!(
                row(
                    DELETE,
                    &Sight {
                        exists: false,
                        ..sight(&own)
                    }
                ),
                Row::Done,
                "{own:?}"
            );
        }
        assert_eq!(row(DELETE, &sight(&[])), START);
        assert_eq!(row(DELETE, &sight(&[End::Done])), START, "done, and still there: again");
        assert_eq!(row(DELETE, &sight(&[End::Failed])), Row::Failed(1));
        assert_eq!(row(DELETE, &sight(&[End::Cancelled])), Row::Failed(1));
        assert_eq!(row(DELETE, &sight(&[End::Fault, End::Fault])), START);
        assert_eq!(
            row(DELETE, &sight(&[End::Fault, End::Fault, End::Fault])),
            Row::Failed(1)
        );
    }

    #[test]
    fn force_is_for_those_who_ask_and_for_the_third_attempt_of_what_never_was() {
        let forced = Row::Start { force: true };
        assert_eq!(
            row(
                Leg::Delete {
                    force: true,
                    ever_succeeded: true
                },
                &sight(&[])
            ),
            forced
        );
        assert_eq!(row(HALF_BUILT, &sight(&[])), START);
        assert_eq!(row(HALF_BUILT, &sight(&[End::Failed])), START);
        assert_eq!(row(HALF_BUILT, &sight(&[End::Fault, End::Failed])), forced);
        assert_eq!(row(HALF_BUILT, &sight(&[End::Failed; 3])), Row::Failed(1));
        assert_eq!(
            row(DELETE, &sight(&[End::Fault, End::Fault])),
            START,
            "what once was is never forced by itself"
        );
    }

    #[test]
    fn attempts_keep_a_distance_and_a_deadline_ends_them() {
        let mut s = sight(&[End::Fault]);
        s.own[0].ended = Some(Millis(NOW.0 - 1_000));
        s.touched = Millis(NOW.0 - 500);
        assert_eq!(row(Leg::Deploy, &s), Row::BackOff(Duration::from_secs(3)));
        let ahead = Sight {
            touched: Millis(NOW.0 - 4_000),
            own: vec![Own {
                ended: Some(Millis(NOW.0 + 9_000_000)),
                ..s.own[0]
            }],
            ..s.clone()
        };
        assert_eq!(row(Leg::Deploy, &ahead), START, "a Director whose clock is ahead");
        assert_eq!(decide(Leg::Deploy, &s, NOW, Time::Expired), Row::TimedOut);
        assert_eq!(
            decide(DELETE, &Sight { exists: false, ..s }, NOW, Time::Expired),
            Row::Done
        );
    }
}
