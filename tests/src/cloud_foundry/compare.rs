//! What Cloud Controller knows against what is really there.
use super::CloudFoundry;
use crate::world::World;
use chandler_simulators::cloud_controller::{LastOperation, OperationKind, OperationState};
use std::collections::BTreeSet;

/// An instance (`<instance>`), or a binding (`<instance>/<binding>`).
pub type Names = BTreeSet<String>;

/// What is on one side only. Deployments and clients have the names of their instances, users and credentials those of their bindings.
///
/// What Cloud Controller never saw succeed may be there or not. Only guids are looked at, so what a test made without Cloud Controller must have
/// other names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The Director has a deployment that Cloud Controller doesn't know.
    pub deployments: Names,
    /// The service has a user …
    pub users: Names,
    /// CredHub has credentials …
    pub credentials: Names,
    /// The UAA has a client …
    pub clients: Names,
    /// What Cloud Controller knows and isn't there: `deployment <instance>` and so on.
    pub missing: Names,
}

impl CloudFoundry {
    /// Compares both sides as they are at this moment; in a world without CredHub, or without clients of instances, there are none.
    pub fn compare(&self, world: &World) -> Difference {
        let (instances, bindings) = (self.controller.instances(), self.controller.bindings());
        let known: Names = instances.iter().map(|it| it.guid.clone()).collect();
        let bound: Names = bindings
            .iter()
            .map(|it| format!("{}/{}", it.instance, it.guid))
            .collect();
        let made: Names = (instances.iter().filter(|it| is_made(&it.last_operation)))
            .map(|it| it.guid.clone())
            .collect();
        let held: Names = (bindings.iter().filter(|it| is_made(&it.last_operation)))
            .map(|it| format!("{}/{}", it.instance, it.guid))
            .collect();
        let mut found = Difference::default();
        let mut compare = |what: &str, there: Names, known: &Names, wanted: &Names| -> Names {
            let missing = wanted.difference(&there);
            found.missing.extend(missing.map(|it| format!("{what} {it}")));
            there.difference(known).cloned().collect()
        };
        let deployments = compare("deployment", deployments(world), &known, &made);
        let users = compare("user", users(world), &bound, &held);
        let credentials = match world.systems.credhub {
            Some(_) => compare("credential", credentials(world), &bound, &held),
            None => Names::new(),
        };
        let clients = match world.systems.uaa_clients {
            true => compare("client", clients(world), &known, &made),
            false => Names::new(),
        };
        Difference {
            deployments,
            users,
            credentials,
            clients,
            missing: found.missing,
        }
    }

    /// Panics unless both sides agree.
    pub fn agrees(&self, world: &World) {
        assert_eq!(self.compare(world), Difference::default());
    }

    /// Panics unless Cloud Controller knows no instance and no binding, and nothing is left of any.
    pub fn is_clean(&self, world: &World) {
        assert!(
            self.controller.instances().is_empty(),
            "{:?}",
            self.controller.instances()
        );
        assert!(
            self.controller.bindings().is_empty(),
            "{:?}",
            self.controller.bindings()
        );
        self.agrees(world);
    }
}

/// Whether it once succeeded, and nobody has begun to delete it.
fn is_made(of: &LastOperation) -> bool {
    match of.kind {
        OperationKind::Create => of.state == OperationState::Succeeded,
        OperationKind::Update => true,
        OperationKind::Delete => false,
    }
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}

fn deployments(world: &World) -> Names {
    let all = world.director.deployments().into_iter();
    all.filter_map(|it| Some(it.name.strip_prefix("service-instance_")?.to_owned()))
        .filter(|it| is_guid(it))
        .collect()
}

fn users(world: &World) -> Names {
    let some = world.service.users_dir("some");
    let Ok(all) = std::fs::read_dir(some.parent().unwrap()) else {
        return Names::new();
    };
    let instance = |name: &str| Some(name.strip_prefix("service-instance_")?.to_owned());
    let instances = all.flatten().filter_map(|it| instance(it.file_name().to_str()?));
    let users = |instance: String| {
        let of = world.users(&instance).into_keys();
        of.map(move |binding| format!("{instance}/{binding}"))
    };
    instances.filter(|it| is_guid(it)).flat_map(users).collect()
}

/// `/c/<offering>/<instance>/<binding>/credentials`
fn credentials(world: &World) -> Names {
    let name = |path: &String| {
        let mut words = path.strip_prefix("/c/")?.split('/').skip(1);
        let (instance, binding) = (words.next()?, words.next()?);
        is_guid(instance).then(|| format!("{instance}/{binding}"))
    };
    world.credhub().names().iter().filter_map(name).collect()
}

fn clients(world: &World) -> Names {
    let all = world.uaa().clients().into_iter().map(|it| it.client_id);
    all.filter(|it| is_guid(it)).collect()
}
