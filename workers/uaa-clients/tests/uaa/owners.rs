//! A client that no job of ours has made is nobody of ours', whatever becomes of the instance whose id it has.
use crate::{
    probes::Once,
    records::context,
    world::{ID, World},
};
use chandler_engine::probe::{NoProbe, Point, Probe};
use chandler_proto::{itinerary::ClientWish, job::OwnClient, operation::Operation, records::Record};
use chandler_testing::records::{failure, succeeded};

const WRITES: [&str; 3] = [
    "POST /oauth/clients",
    "PUT /oauth/clients/{}",
    "DELETE /oauth/clients/{}",
];

impl World {
    /// The job meets a stranger's client and fails; neither it nor the deletion of the instance touches that.
    async fn fails_beside_a_stranger(&self, job: &Record, probe: &impl Probe) -> Record {
        let failed = self.run_with(job, probe).await;
        let said = failure(&failed);
        let wanted = "UAA client i-1: a client i-1 exists at the UAA that this broker didn't make; remove it there or";
        assert!(said.for_operator.contains(wanted), "{said:?}");
        assert!(!said.for_user.contains("exists at the UAA"), "{said:?}");
        assert!(!failed.may_have_client());
        assert_eq!(self.handed.lock().unwrap().len(), 0, "nothing was deployed");
        let deprovision = self.deprovision(&failed);
        succeeded(&self.run(&deprovision).await);
        assert_eq!(WRITES.map(|call| self.done(call)), [0, 0, 0]);
        assert_eq!(self.secret(), "of somebody else");
        failed
    }
}

#[tokio::test]
async fn a_provision_that_meets_one_fails_and_its_deletion_leaves_it() {
    let world = World::start().await;
    world.leave_over();
    let before = world.client();
    let failed = world.fails_beside_a_stranger(&world.provision(), &NoProbe).await;
    assert_eq!(world.client(), before);
    // As long as it is there, that's how it is; then the instance gets its own.
    let again = || world.job(Operation::Provision, ClientWish::Keep, Some(&failed), &context());
    world.fails_beside_a_stranger(&again(), &NoProbe).await;
    assert!(world.uaa.remove_client(ID));
    let record = world.run(&again()).await;
    succeeded(&record);
    assert_eq!(world.handed()["client_secret"], world.secret().as_str());
    succeeded(&world.run(&world.deprovision(&record)).await);
    assert!(world.client().is_none(), "that one is ours");
}

#[tokio::test]
async fn a_change_of_an_instance_without_one_fails_and_leaves_it() {
    for operation in [Operation::Update, Operation::Upgrade] {
        let world = World::start().await;
        world.leave_over();
        let old = world.instance(None);
        let change = world.job(operation, ClientWish::Keep, Some(&old), &context());
        let failed = world.fails_beside_a_stranger(&change, &NoProbe).await;
        let force = failed.in_force.unwrap();
        assert!(!force.uaa_client && !force.uaa_client_unsettled, "{operation:?}");
    }
}

#[tokio::test]
async fn one_that_comes_between_the_look_and_the_create_is_not_taken_for_ours() {
    for operation in [Operation::Provision, Operation::Upgrade] {
        let world = World::start().await;
        let old = world.instance(None);
        let old = operation.changes().then_some(&old);
        let record = world.job(operation, ClientWish::Keep, old, &context());
        let probe = Once::at(Point::Checkpointed, || async { world.leave_over() });
        let failed = world.fails_beside_a_stranger(&record, &probe).await;
        assert_eq!(failed.job.facts.own_client, Some(OwnClient::Gone));
    }
}

/// There an earlier job of ours has sent a create that may come late: what comes between is taken for that.
#[tokio::test]
async fn a_late_one_of_ours_is_removed_and_made_anew() {
    let world = World::start().await;
    for record in [
        world.provision_again(),
        world.job(
            Operation::Update,
            ClientWish::Keep,
            Some(&world.instance_with_client()),
            &context(),
        ),
    ] {
        world.uaa.remove_client(ID);
        world.uaa.clear_journal();
        let probe = Once::at(Point::Checkpointed, || async { world.leave_over() });
        succeeded(&world.run_with(&record, &probe).await);
        assert_eq!(world.handed()["client_secret"], world.secret().as_str());
        assert_ne!(world.secret(), "of somebody else");
        assert_eq!((world.done(WRITES[2]), world.done(WRITES[0])), (1, 1));
    }
}
