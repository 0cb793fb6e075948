//! A worker dies at every point, and each call is lost before and after it took effect: in the end there is one client,
//! and the adapter has its secret.
use crate::{
    records::context,
    world::{DASHBOARD, World},
};
use chandler_engine::probe::{NoProbe, POINTS};
use chandler_proto::{itinerary::ClientWish, operation::Operation, records::Record};
use chandler_simulators::common::{CallAction, CallFate, CallFault};
use chandler_testing::{probes::DiesAt, records::succeeded};

/// How the world is before a job that is to end with a client.
const BEFORE: [(&str, Operation, bool); 4] = [
    ("provision", Operation::Provision, false),
    ("provision over a client left over", Operation::Provision, true),
    ("upgrade of an instance without", Operation::Upgrade, false),
    ("update over a client left over", Operation::Update, true),
];

fn begin(world: &World, operation: Operation, left_over: bool) -> Record {
    world.uaa.clear_faults();
    world.uaa.remove_client(crate::world::ID);
    if left_over {
        world.leave_over();
    }
    if operation.changes() {
        let mut old = world.instance(None);
        let force = old.in_force.as_mut().unwrap();
        (force.uaa_client, force.uaa_client_unsettled) = (left_over, left_over);
        return world.job(operation, ClientWish::Keep, Some(&old), &context());
    }
    match left_over {
        true => world.provision_again(),
        false => world.provision(),
    }
}

fn holds(world: &World, what: &str) {
    assert_eq!(world.handed()["client_secret"], world.secret().as_str(), "{what}");
    assert_eq!(world.secret().len(), 32, "{what}");
    let client = world.client().unwrap();
    assert_eq!(
        (client.redirect_uri, client.authorities),
        (vec![DASHBOARD.to_owned()], vec!["kv.s-1.read".to_owned()]),
        "{what}"
    );
}

#[tokio::test]
async fn a_worker_may_die_anywhere() {
    let world = World::start().await;
    for (name, operation, left_over) in BEFORE {
        for point in POINTS {
            for nth in 1..=4 {
                let what = format!("{name}, {point:?} for the {nth}. time");
                let job = begin(&world, operation, left_over);
                let dies = DiesAt::time(point, nth);
                succeeded(&world.run_with(&job, &dies).await);
                assert!(dies.was_met(), "{what}");
                holds(&world, &what);
            }
        }
    }
}

#[tokio::test]
async fn every_call_may_be_lost() {
    let world = World::start().await;
    for (name, operation, left_over) in BEFORE {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            for action in [
                CallAction::LoseRequest,
                CallAction::LoseResponse,
                CallAction::CutResponse,
            ] {
                for skip in 0..2 {
                    let what = format!("{name}, {method} {action:?} after {skip}");
                    let job = begin(&world, operation, left_over);
                    world.uaa.set_fault(CallFault {
                        skip,
                        ..CallFault::once(method, "/oauth/clients", action.clone())
                    });
                    world.uaa.clear_journal();
                    succeeded(&world.run_with(&job, &NoProbe).await);
                    let met = world
                        .uaa
                        .journal()
                        .calls
                        .iter()
                        .any(|call| call.response_lost || call.fate == CallFate::Lost);
                    assert!(met || skip > 0 || method == "DELETE" && !left_over, "{what}");
                    holds(&world, &what);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_removal_survives_it_all() {
    let world = World::start().await;
    let deprovision = || world.deprovision(&world.instance_with_client());
    for point in POINTS {
        for nth in 1..=2 {
            world.leave_over();
            succeeded(&world.run_with(&deprovision(), &DiesAt::time(point, nth)).await);
            assert!(world.client().is_none(), "{point:?} {nth}");
        }
    }
}
