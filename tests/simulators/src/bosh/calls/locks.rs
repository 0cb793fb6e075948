//! `GET /locks`.

use serde_json::Value;

use crate::bosh::answer::Answer;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

pub(in crate::bosh) fn list(world: &mut World, _: &Call<'_>) -> Answer {
    let now = world.clock.now();
    let mut held: Vec<_> = world.locks.iter().filter(|(_, lock)| lock.is_held(now)).collect();
    held.sort_by(|a, b| a.1.since.total_cmp(&b.1.since));
    Answer::json(&Value::Array(
        held.into_iter().map(|(name, lock)| lock.shown(name, now)).collect(),
    ))
}
