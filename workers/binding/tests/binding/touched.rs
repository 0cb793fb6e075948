//! A gateway notes in the middle of a turn that somebody else was told of the job, too.
use crate::{records::Wish, world::World};
use chandler_engine::probe::{Crashed, POINTS, Point, Probe};
use chandler_proto::job::State;
use serde_json::json;

/// What a gateway does for an equal request.
struct Notes<'a> {
    world: &'a World,
    key: String,
    at: Point,
}

impl Probe for Notes<'_> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let (mut record, revision) = self.world.ground.read(&self.key).await;
        if point == self.at && record.job.synchronous {
            record.job.synchronous = false;
            record.job.accepted_revision = record.job.accepted_revision.or(Some(revision));
            self.world.ground.write(&record, revision).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_equal_request_in_the_middle_of_a_turn_costs_nothing() {
    let world = World::start().await;
    let runs = world.dir.path().join("runs");
    std::fs::create_dir(&runs).unwrap();
    world.control(&json!({ "record_dir": runs }));
    for (number, at) in POINTS.into_iter().enumerate() {
        let id = format!("b-{number}");
        let mut bind = world.bind(&id, &Wish::default());
        bind.job.synchronous = true;
        let key = bind.key();
        let probe = Notes { world: &world, key, at };
        let bound = world.run_with(&bind, &probe).await;
        assert!(matches!(bound.job.state, State::Succeeded { .. }), "{at:?}: {bound:#?}");
        assert_eq!(bound.job.faults, 0, "{at:?}");
        let ran = std::fs::read_dir(&runs).unwrap().count();
        assert_eq!(ran, number + 1, "{at:?}: what the adapter said must not be thrown away");
    }
}
