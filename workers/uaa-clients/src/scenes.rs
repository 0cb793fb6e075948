//! Scenes for the tables.
use chandler_engine::{step::Scene, texts::Texts};
use chandler_proto::{
    ids::Millis,
    itinerary::{ClientWish, Wishes, itinerary},
    job::{OwnClient, sealed},
    layout::Lane,
    operation::Operation,
    records::InForce,
    seal::Sealer,
    secret::Secret,
    step::Step,
};
use chandler_testing::{records, settings::KEY};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const TEXTS: Texts = Texts { expose: false };
const BEGUN: Millis = Millis(1_000_000);

/// One key of 32 bytes.
pub(crate) fn sealer() -> Sealer {
    let key = Secret::new(KEY);
    Sealer::new([("k", &key)], &key).unwrap()
}

/// An instance that keeps a client, a minute after its job was accepted, at the job's first leg with the UAA.
pub(crate) fn scene(operation: Operation) -> Scene {
    let birth = records::birth(Uuid::from_u128(1));
    let wishes = Wishes {
        client: ClientWish::Keep,
        ..Wishes::default()
    };
    let legs = itinerary(operation, wishes);
    let leg = legs.iter().position(|leg| matches!(leg, Step::UaaClients(_))).unwrap();
    let mut job = birth.job(operation, Lane::User, legs, Duration::from_secs(600), BEGUN);
    job.leg = leg;
    job.wanted = Some(records::wanted(records::plan("s", "p")));
    records::scene(records::record("i-1", job), 5, BEGUN.plus(Duration::from_secs(60)))
}

/// The same, past its deadline.
pub(crate) fn late(operation: Operation) -> Scene {
    records::late(scene(operation))
}

/// The job has sealed a secret.
pub(crate) fn sealed(mut scene: Scene) -> Scene {
    let kept = sealer().seal(&scene.record.key(), "s3cret", [2; 12]).unwrap();
    scene.record.job.sealed.insert(sealed::CLIENT_SECRET.into(), kept);
    scene
}

/// What the job knows of the client.
pub(crate) fn owning(mut scene: Scene, own: Option<OwnClient>) -> Scene {
    scene.record.job.facts.own_client = own;
    scene
}

/// The UAA has refused the job's own: there was one before.
pub(crate) fn unsure(mut scene: Scene) -> Scene {
    scene.record.job.facts.unsure = Some(true);
    scene
}

/// The instance was made with a client, or a change that failed has made it.
pub(crate) fn deployed(mut scene: Scene, unsettled: bool) -> Scene {
    scene.record.in_force = Some(InForce {
        uaa_client: true,
        uaa_client_unsettled: unsettled,
        ..records::in_force(records::plan("s", "p"))
    });
    scene
}

/// The job is forced.
pub(crate) fn forced(mut scene: Scene) -> Scene {
    scene.record.job.force = true;
    scene
}

/// So many writes were answered, the last one just now.
pub(crate) fn answered(mut scene: Scene, attempts: u32) -> Scene {
    scene.record.job.attempts = attempts;
    scene.record.job.touched_at = scene.now;
    scene
}
