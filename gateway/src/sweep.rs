//! The sweep: rings whoever was forgotten, removes what is long gone, gives up what nobody decided.
use crate::{admit::given_up, desk::Desk, standing::Glance};
use chandler_bus::{BusError, Rung, Wake, WriteError};
use chandler_proto::{
    events,
    ids::{JobId, Millis},
    layout::Key,
    records::{KEEP_GONE, KEEP_STRAY, Phase, Record},
};
use std::{collections::HashMap, time::Duration};

/// A round each so often, with a quarter of jitter, so that gateways don't sweep together.
const ROUND: Duration = Duration::from_secs(15);
/// A job that nobody touched or rang for so long is rung.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// An undecided record of this age is given up.
const UNDECIDED: Duration = Duration::from_secs(60);
/// Rings in one round. Who was left out comes first in the next one.
const MOST_RINGS: usize = 200;
/// Removals in one round.
const MOST_WRITES: usize = 50;

/// What there is to do about a record, as far as the view can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chore {
    Ring,
    Purge,
    GiveUp,
}

/// Sweeps until the gateway stops.
pub(crate) async fn run(desk: &Desk) {
    let mut rung = HashMap::new();
    let stop = desk.shutdown.cancelled();
    tokio::pin!(stop);
    loop {
        let pause = ROUND.mul_f64(rand::random_range(0.75..1.25));
        tokio::select! {
            () = &mut stop => return,
            () = desk.clock.sleep(pause) => {}
        }
        if desk.view.is_fresh() {
            round(desk, &mut rung).await;
        }
    }
}

/// When this gateway rang the present leg of a job last.
type Rang = HashMap<JobId, (usize, Millis)>;

/// What there is to do in one round.
struct Round {
    rings: Vec<(Wake, Glance)>,
    /// Keys of what is to be removed or given up.
    tidy: Vec<String>,
}

async fn round(desk: &Desk, rang: &mut Rang) {
    let now = desk.now();
    let round = plan(desk.view.all(), rang, now);
    if !ring_all(round.rings, rang, now, |wake| ring(desk, wake)).await {
        return;
    }
    for key in &round.tidy {
        if desk.shutdown.is_cancelled() {
            return;
        }
        tidy(desk, key).await;
    }
}

/// Pure but for what needn't be remembered any more. First comes who was never rung from here, the longest untouched
/// first, then who was rung longest ago: so everybody's turn comes, however many there are.
fn plan(all: Vec<(String, Glance)>, rang: &mut Rang, now: Millis) -> Round {
    let legs: HashMap<JobId, usize> = all.iter().map(|(_, glance)| (glance.job, glance.leg)).collect();
    rang.retain(|job, (leg, _)| legs.get(job) == Some(leg));
    let (mut rings, mut tidy, mut purge) = (Vec::new(), Vec::new(), Vec::new());
    for (key, glance) in all {
        match chore(&glance, rang.get(&glance.job).copied(), now) {
            // A job without a leg has nobody to ring.
            Some(Chore::Ring) => rings.extend(glance.wake.clone().map(|wake| (wake, glance))),
            Some(Chore::GiveUp) => tidy.push(key),
            Some(Chore::Purge) => purge.push(key),
            None => {}
        }
    }
    rings.sort_by_key(|(_, glance)| (rang.get(&glance.job).map(|(_, at)| *at), glance.touched_at));
    rings.truncate(MOST_RINGS);
    // Others wait for what is given up; nobody does for a removal.
    tidy.extend(purge);
    tidy.truncate(MOST_WRITES);
    Round { rings, tidy }
}

/// Rings one after another. `false`: the bus is away again, and the next round is soon enough.
async fn ring_all<F: Future<Output = Result<Rung, BusError>>>(
    due: Vec<(Wake, Glance)>,
    rang: &mut Rang,
    now: Millis,
    mut ring: impl FnMut(Wake) -> F,
) -> bool {
    let mut failed = 0;
    for (wake, glance) in due {
        // However it ends: one that can't be rung must not be the first again and again.
        rang.insert(glance.job, (glance.leg, now));
        match ring(wake).await {
            Ok(_) => {}
            Err(fault) if fault.is_transient() => {
                tracing::debug!(%fault, "the sweep could not ring");
                return false;
            }
            // The others may be rung all the same.
            Err(fault) => {
                if failed == 0 {
                    tracing::error!(job = %glance.job, leg = glance.leg, %fault, "the sweep can't ring");
                }
                failed += 1;
            }
        }
    }
    if failed > 1 {
        tracing::error!(failed, "so many jobs of this round can't be rung");
    }
    true
}

/// Pure. `rang` is when the job's leg was rung last from here: it needn't have been touched by that.
fn chore(glance: &Glance, rang: Option<(usize, Millis)>, now: Millis) -> Option<Chore> {
    let lately = rang.is_some_and(|(leg, at)| leg == glance.leg && now.since(at) < FORGOTTEN);
    let ring = || (!lately).then_some(Chore::Ring);
    match glance.phase {
        Phase::Pending | Phase::Admitted if glance.undecided => {
            (now.since(glance.accepted_at) >= UNDECIDED).then_some(Chore::GiveUp)
        }
        Phase::Gone { look_at: Some(due), .. } if !glance.running => (due <= now).then(ring).flatten(),
        Phase::Gone {
            at,
            look_at: None,
            stray,
        } if !glance.running => {
            let keep = if stray { KEEP_STRAY } else { KEEP_GONE };
            (now.since(at) >= keep).then_some(Chore::Purge)
        }
        Phase::Admitted | Phase::Gone { .. } if glance.running => {
            (now.since(glance.touched_at) >= FORGOTTEN).then(ring).flatten()
        }
        Phase::Pending | Phase::Admitted | Phase::Gone { .. } => None,
    }
}

async fn ring(desk: &Desk, wake: Wake) -> Result<Rung, BusError> {
    if desk.shutdown.is_cancelled() {
        return Err(BusError::Away("the gateway stops".to_owned()));
    }
    let rung = desk.bus.wake(&wake).await?;
    if rung == Rung::New {
        tracing::info!(
            job = wake.job,
            leg = wake.leg,
            key = wake.key,
            "the sweep rang a job that had no wake"
        );
        desk.metrics.swept("rang");
    }
    Ok(rung)
}

/// Removes or gives up a record, if it is still so by a leader read, over that very revision.
async fn tidy(desk: &Desk, key: &str) {
    let Ok(key) = Key::parse(key) else { return };
    let Ok(found) = desk.find(&key, desk.end_of(desk.limits.read)).await else {
        return;
    };
    let Some(record) = found.record else { return };
    let now = desk.now();
    let done = match chore(&Glance::at(&record, found.revision), None, now) {
        Some(Chore::Purge) => desk.bus.purge(&key, found.revision).await.map(|()| "purged"),
        Some(Chore::GiveUp) => give_up(desk, &key, &record, found.revision, now).await,
        Some(Chore::Ring) | None => return,
    };
    match done {
        Ok(action) => {
            tracing::info!(key = key.as_str(), action, "swept");
            desk.metrics.swept(action);
        }
        // Somebody else was quicker, or the next round is.
        Err(WriteError::Conflict | WriteError::NotSent(_) | WriteError::Unknown(_)) => {}
        Err(WriteError::Refused(fault)) => tracing::error!(fault, "the bus refuses what the sweep wants to write"),
    }
}

async fn give_up(
    desk: &Desk,
    key: &Key,
    record: &Record,
    revision: u64,
    now: Millis,
) -> Result<&'static str, WriteError> {
    let given_up = given_up(record, now);
    let revision = desk.bus.write(key, given_up.bytes().into(), revision).await?;
    desk.view.learn(&given_up, revision);
    // Where something was there before, nothing in its record tells of the request any more.
    let told = if given_up.job.id == record.job.id {
        &given_up
    } else {
        record
    };
    desk.tell(events::WITHDRAWN, told);
    Ok("gave up")
}

#[cfg(test)]
mod tests;
