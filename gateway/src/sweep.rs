//! The sweep: rings whoever was forgotten, removes what is long gone, gives up what nobody decided.
use crate::{admit::never_mind, desk::Desk, standing::Glance};
use chandler_bus::{Rung, Wake, WriteError};
use chandler_proto::{
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
/// Rings in one round. Who was left out is not among those who were rung lately, so its turn comes.
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

/// When this gateway rang a leg last.
type Rang = HashMap<JobId, (usize, Millis)>;

async fn round(desk: &Desk, rung: &mut Rang) {
    let now = desk.now();
    let all = desk.view.all();
    rung.retain(|_, (_, at)| now.since(*at) < FORGOTTEN);
    let (mut rings, mut writes) = (MOST_RINGS, MOST_WRITES);
    for (key, glance) in &all {
        let Some(chore) = chore(glance, rung.get(&glance.job).copied(), now) else {
            continue;
        };
        let left = match chore {
            Chore::Ring => &mut rings,
            Chore::Purge | Chore::GiveUp => &mut writes,
        };
        if *left == 0 {
            continue;
        }
        *left -= 1;
        if desk.shutdown.is_cancelled() {
            return;
        }
        match chore {
            Chore::Ring if ring(desk, key, glance).await => {
                rung.insert(glance.job, (glance.leg, now));
            }
            // The bus is away again: the next round is soon enough.
            Chore::Ring => return,
            Chore::Purge | Chore::GiveUp => tidy(desk, key).await,
        }
    }
}

/// Pure. `rang` is when the job's leg was rung last from here: it needn't have been touched by that.
fn chore(glance: &Glance, rang: Option<(usize, Millis)>, now: Millis) -> Option<Chore> {
    let lately = rang.is_some_and(|(leg, at)| leg == glance.leg && now.since(at) < FORGOTTEN);
    let ring = || (!lately).then_some(Chore::Ring);
    match glance.phase {
        Phase::Pending => (now.since(glance.accepted_at) >= UNDECIDED).then_some(Chore::GiveUp),
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
        Phase::Admitted | Phase::Gone { .. } => None,
    }
}

async fn ring(desk: &Desk, key: &str, glance: &Glance) -> bool {
    // A job without a leg has nobody to ring.
    let Some(owner) = glance.owner else { return true };
    let wake = Wake {
        worker: owner.name().to_owned(),
        lane: glance.lane,
        job: glance.job.to_string(),
        leg: glance.leg,
        key: key.to_owned(),
        revision: glance.revision,
        traceparent: glance.traceparent.clone(),
        tracestate: glance.tracestate.clone(),
    };
    match desk.bus.wake(&wake).await {
        Ok(Rung::New) => {
            tracing::info!(job = %glance.job, leg = glance.leg, key, "the sweep rang a job that had no wake");
            desk.metrics.swept("rang");
            true
        }
        Ok(Rung::Already) => true,
        Err(fault) => {
            tracing::debug!(%fault, "the sweep could not ring");
            false
        }
    }
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
    let gone = never_mind(record, now);
    let revision = desk.bus.write(key, gone.bytes().into(), revision).await?;
    desk.view.learn(&gone, revision);
    Ok("gave up")
}

#[cfg(test)]
mod tests;
