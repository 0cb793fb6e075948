//! THE rule as a table: every operation with every wish.
use crate::make::{errands, record};
use chandler_proto::{
    catalog::LifecycleErrands,
    itinerary::{ClientWish, Wishes, itinerary},
    operation::Operation,
    step::{ErrandsStep, Step, Worker},
};

const CLIENTS: [ClientWish; 3] = [ClientWish::None, ClientWish::Keep, ClientWish::Drop];
const INSTANCE: [Operation; 5] = [
    Operation::Provision,
    Operation::Update,
    Operation::Upgrade,
    Operation::Recreate,
    Operation::Deprovision,
];

/// The name of the step and, behind a colon, of its errand.
fn shown(leg: &Step) -> String {
    match leg {
        Step::Errands(ErrandsStep::PostDeploy(errand) | ErrandsStep::PreDelete(errand)) => {
            format!("{}: {}", leg.name(), errand.name)
        }
        Step::Provisioning(_) | Step::Binding(_) | Step::UaaClients(_) => leg.name().to_owned(),
    }
}

fn legs(operation: Operation, wishes: Wishes<'_>) -> Vec<String> {
    itinerary(operation, wishes).iter().map(shown).collect()
}

/// The legs of an operation of a plan with errands, without the pending check.
fn wanted(operation: Operation, client: ClientWish) -> &'static [&'static str] {
    match (operation, client) {
        (Operation::Provision | Operation::Update | Operation::Upgrade, ClientWish::None) => &[
            "deploy",
            "dashboard",
            "post-deploy errand: health-check",
            "post-deploy errand: smoke-tests",
        ],
        (Operation::Provision | Operation::Update | Operation::Upgrade, ClientWish::Keep) => &[
            "UAA client",
            "deploy",
            "dashboard",
            "UAA redirect",
            "post-deploy errand: health-check",
            "post-deploy errand: smoke-tests",
        ],
        (Operation::Provision | Operation::Update | Operation::Upgrade, ClientWish::Drop) => &[
            "deploy",
            "dashboard",
            "remove UAA client",
            "post-deploy errand: health-check",
            "post-deploy errand: smoke-tests",
        ],
        (Operation::Recreate, ClientWish::None | ClientWish::Keep | ClientWish::Drop) => &[
            "recreate",
            "post-deploy errand: health-check",
            "post-deploy errand: smoke-tests",
        ],
        (Operation::Deprovision, ClientWish::None) => &[
            "bindings",
            "pre-delete errand: cleanup-data",
            "delete deployment",
            "tidy",
            "last look",
        ],
        (Operation::Deprovision, ClientWish::Keep | ClientWish::Drop) => &[
            "bindings",
            "pre-delete errand: cleanup-data",
            "delete deployment",
            "tidy",
            "remove UAA client",
            "last look",
        ],
        (Operation::Bind, _) => &["create binding"],
        (Operation::Unbind, _) => &["delete binding"],
    }
}

#[test]
fn every_operation_with_every_wish() {
    let (errands, none) = (errands(), LifecycleErrands::default());
    for operation in INSTANCE.into_iter().chain([Operation::Bind, Operation::Unbind]) {
        for client in CLIENTS {
            for pending_check in [false, true] {
                let all = wanted(operation, client).iter().copied();
                let checked = pending_check && operation == Operation::Update;
                let all: Vec<_> = checked.then_some("pending check").into_iter().chain(all).collect();
                let wishes = |errands| Wishes {
                    pending_check,
                    client,
                    errands,
                    ..Wishes::default()
                };
                let case = format!("{operation:?}, {client:?}, {pending_check}");
                assert_eq!(legs(operation, wishes(Some(&errands))), all, "{case}");
                let without: Vec<_> = all.into_iter().filter(|leg| !leg.contains("errand")).collect();
                assert_eq!(legs(operation, wishes(None)), without, "{case}, no errands");
                assert_eq!(legs(operation, wishes(Some(&none))), without, "{case}, empty errands");
            }
        }
    }
}

#[test]
fn addresses_and_credhub_are_legs_of_bindings_alone() {
    let plan = record(Operation::Bind).job.wanted.unwrap().plan;
    for operation in INSTANCE.into_iter().chain([Operation::Bind, Operation::Unbind]) {
        let wishes = Wishes {
            addresses: &plan.binding_with_dns,
            secure: true,
            ..Wishes::default()
        };
        let plain = legs(operation, Wishes::default());
        let whole = legs(operation, wishes);
        match operation {
            Operation::Bind => assert_eq!(whole, ["addresses", "create binding", "grant in CredHub"]),
            Operation::Unbind => assert_eq!(whole, ["addresses", "delete binding", "revoke in CredHub"]),
            Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate => assert_eq!(whole, plain, "{operation:?}"),
        }
    }
}

/// The configuration may change while the job runs.
#[test]
fn a_leg_holds_its_errand_whole() {
    let errands = errands();
    let wishes = Wishes {
        errands: Some(&errands),
        ..Wishes::default()
    };
    let first = itinerary(Operation::Recreate, wishes).swap_remove(1);
    assert_eq!(
        first,
        Step::Errands(ErrandsStep::PostDeploy(errands.post_deploy[0].clone()))
    );
    let written = serde_json::to_value(&first).unwrap();
    let wanted = serde_json::json!({"errands": {"post_deploy": {
        "name": "health-check", "instances": [{"group": "kv", "id": "0"}, {"group": "proxy"}],
    }}});
    assert_eq!(written, wanted);
    assert_eq!(serde_json::from_value::<Step>(written).unwrap(), first);
}

#[test]
fn every_leg_has_its_owner_and_every_worker_its_legs() {
    let errands = errands();
    let mut owners = Vec::new();
    for operation in INSTANCE.into_iter().chain([Operation::Bind, Operation::Unbind]) {
        let wishes = Wishes {
            client: ClientWish::Keep,
            errands: Some(&errands),
            ..Wishes::default()
        };
        owners.extend(itinerary(operation, wishes).iter().map(|leg| (shown(leg), leg.owner())));
    }
    for (leg, owner) in &owners {
        let expected = match leg.as_str() {
            leg if leg.contains("errand: ") => Worker::Errands,
            leg if leg.contains("UAA ") => Worker::UaaClients,
            leg if leg.contains(" binding") => Worker::Binding,
            _ => Worker::Provisioning,
        };
        assert_eq!(*owner, expected, "{leg}");
    }
    for worker in Worker::ALL {
        assert!(owners.iter().any(|(_, owner)| owner == worker), "{worker:?}");
    }
    let names: Vec<_> = Worker::ALL.iter().map(|worker| worker.name()).collect();
    assert_eq!(names, ["provisioning", "binding", "errands", "uaa-clients"]);
}
