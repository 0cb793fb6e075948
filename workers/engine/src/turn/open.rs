//! Finds what a wake is for.
use super::{Answer, Call, Opened, Turn, soon};
use crate::{
    probe::{Crashed, Point, Probe},
    store::{Found, LoadError, Store},
};
use chandler_clients::http::CallContext;
use chandler_process::clock::Clock;
use chandler_proto::ids::{Millis, TurnId};
use std::{sync::Arc, time::Duration};
use tracing::{error, warn};
use uuid::Uuid;

/// How often a turn looks whether another's window is over.
const WINDOW_LOOK: Duration = Duration::from_secs(2);
/// After so many deliveries "nothing there" is believed, whatever revision the wake names.
const BELIEVED: u64 = 10;

/// Loads the record of a wake and settles everything that needs no step.
///
/// # Errors
/// [`Crashed`] only when the probe says so.
pub async fn open<'a, P: Probe>(
    store: &'a Store,
    clock: &'a Arc<dyn Clock>,
    probe: &'a P,
    call: &Call,
    context: CallContext,
) -> Result<Opened<'a, P>, Crashed> {
    let (record, revision) = match store.load(&call.key).await {
        Ok(Found::Record(record, revision)) => (*record, revision),
        Ok(Found::Nothing(revision)) if revision < call.revision && call.delivery < BELIEVED => {
            return Ok(Opened::Answer(Answer::NakIn(Duration::from_secs(1))));
        }
        Ok(Found::Nothing(_)) => return Ok(Opened::Answer(Answer::Ack)),
        Err(LoadError::Bus(why)) => {
            warn!(%why, "the record can't be read now");
            return Ok(Opened::Answer(Answer::NakIn(Duration::from_secs(1))));
        }
        Err(LoadError::Unreadable(why)) => {
            error!(key = %call.key, %why, "leaving it to a release that knows it");
            return Ok(Opened::Answer(Answer::NakIn(Duration::from_secs(30))));
        }
    };
    if revision < call.revision {
        return Ok(Opened::Answer(Answer::NakIn(Duration::from_secs(1))));
    }
    probe.at(Point::Loaded).await?;
    let now = Millis(clock.now_ms());
    let job = &record.job;
    if job.id.to_string() != call.job || !record.unfinished() && !record.is_undecided() {
        return Ok(Opened::Answer(Answer::Ack));
    }
    if record.is_undecided() {
        return Ok(Opened::Answer(Answer::NakIn(Duration::from_secs(2))));
    }
    if call.leg < job.leg && !(job.finished() && job.is_last_look()) {
        let rung = store.ring(&record, revision).await;
        return Ok(Opened::Answer(if rung { Answer::Ack } else { soon() }));
    }
    if call.leg < job.leg {
        return Ok(Opened::Answer(Answer::Ack)); // the last look is rung by the sweep, when it is due
    }
    if call.leg > job.leg {
        // Only a job that goes round once more (a last look that found something) is at an earlier leg.
        let rung = store.ring(&record, revision).await;
        return Ok(Opened::Answer(if rung { Answer::Ack } else { soon() }));
    }
    if let Some(due) = record.look_at().filter(|due| *due > now && job.finished()) {
        return Ok(Opened::Answer(Answer::NakIn(due.since(now))));
    }
    if let Some(until) = job.window_of_others(now, None) {
        // Whoever acts may be done before: its window is looked at again and again.
        let left = until.since(now) + Duration::from_millis(50);
        return Ok(Opened::Answer(Answer::NakIn(left.min(WINDOW_LOOK))));
    }
    let id = TurnId(Uuid::new_v4());
    let context = CallContext {
        request_id: record.job.request_identity.clone(),
        ..context
    };
    Ok(Opened::Turn(Box::new(Turn {
        store,
        clock,
        probe,
        id,
        record,
        revision,
        call: context,
    })))
}
