//! Bindings, when a story is over.
use super::{gone, succeeded};
use crate::crash_matrix::stage::{self, Case, Stage};
use chandler_proto::records::{Phase, Record};
use chandler_tests::{bindings::APP, rig::Thing, world::World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The binding's user, and nobody else of that name; what the platform gets fits it; who may read it may.
pub(in crate::crash_matrix) async fn bound(stage: &Stage, case: &Case, what: &str) {
    let (instance, binding) = (case.instance.as_str(), case.binding.as_str());
    let world = &stage.rig.world;
    let (record, _) = stage.rig.record(&Thing::binding(instance, binding)).await;
    assert!(succeeded(&record), "{what}: {record:#?}");
    let in_force = record.in_force.as_ref().and_then(|it| it.binding.as_ref());
    assert!(
        in_force.is_some_and(|it| it.answer.is_some() && it.made.secure == stage.ground.secure())
            && record.phase == Phase::Admitted,
        "{what}: {record:#?}"
    );
    let users = world.users(instance);
    let user = users.get(binding).unwrap_or_else(|| panic!("{what}: there is no user"));
    let told = world.platform.fetched_binding(instance, binding).await;
    let credentials = if stage.ground.secure() {
        let name = World::credential_name(instance, binding);
        assert_eq!(told["credentials"], json!({"credhub-ref": name}), "{what}");
        let reader = format!("mtls-app:{APP}");
        let may = vec![(reader, vec!["read".to_owned()])];
        assert_eq!(world.permissions(&name), may, "{what}: who may read it");
        let kept = world.credhub().get(&name);
        kept.unwrap_or_else(|| panic!("{what}: there is no credential {name}"))
    } else {
        told["credentials"].clone()
    };
    let deployment = world.director.deployment(&format!("service-instance_{instance}"));
    let vms = deployment.map_or(0, |it| it.vms);
    fits(stage, user, &credentials, vms, what);
    nobody_links(stage, case, what);
}

/// The deployment may have got more VMs since then.
fn fits(stage: &Stage, user: &Value, credentials: &Value, vms: usize, what: &str) {
    for member in ["username", "password"] {
        assert_eq!(user[member], credentials[member], "{what}: the {member}");
        assert!(user[member].as_str().is_some_and(|it| !it.is_empty()), "{what}: {user}");
    }
    let hosts = credentials["hosts"].as_array().unwrap();
    let by_dns = |host: &Value| host.as_str().unwrap().ends_with(".bosh");
    assert!(hosts.len() == 1 || hosts.len() == vms, "{what}: {hosts:?}");
    assert!(
        hosts.iter().all(|host| by_dns(host) == stage.ground.dns()),
        "{what}: {hosts:?}"
    );
}

fn nobody_links(stage: &Stage, case: &Case, what: &str) {
    let links = stage.rig.world.links(&case.instance);
    assert_eq!(links, [""; 0], "{what}: links are left");
}

pub(in crate::crash_matrix) async fn unbound(stage: &Stage, case: &Case, what: &str) {
    let (instance, binding) = (case.instance.as_str(), case.binding.as_str());
    let world = &stage.rig.world;
    let (record, _) = stage.rig.record(&Thing::binding(instance, binding)).await;
    assert!(succeeded(&record) && gone(&record), "{what}: {record:#?}");
    let fetched = world
        .platform
        .send(world.platform.fetch_binding(instance, binding))
        .await;
    assert_eq!(fetched.status, 404, "{what}: {fetched:?}");
    assert!(!world.users(instance).contains_key(binding), "{what}: the user is left");
    if stage.ground.secure() {
        let name = World::credential_name(instance, binding);
        assert_eq!(world.credhub().get(&name), None, "{what}: the credential is left");
        assert_eq!(world.permissions(&name), [], "{what}: a permission is left");
    }
    nobody_links(stage, case, what);
}

/// All bindings of one instance: those that are in force are everywhere, all others are nowhere.
pub(in crate::crash_matrix) async fn all_bindings(stage: &Stage, records: &[(Box<Record>, u64)]) {
    let (world, instance) = (&stage.rig.world, stage::HOME);
    let mut live = BTreeSet::new();
    for (record, _) in records {
        assert!(!record.unfinished(), "{record:#?}");
        if record.in_force.is_some() {
            live.insert(record.binding.as_ref().unwrap().to_string());
        }
    }
    let users: BTreeSet<String> = world.users(instance).into_keys().collect();
    assert_eq!(users, live, "users, and bindings in force");
    assert_eq!(world.links(instance), [""; 0]);
    if stage.ground.secure() {
        let names = live.iter().map(|binding| World::credential_name(instance, binding));
        let names: BTreeSet<String> = names.collect();
        let credhub = world.credhub();
        assert_eq!(
            credhub.names().into_iter().collect::<BTreeSet<_>>(),
            names,
            "credentials"
        );
        let granted = credhub.permissions().into_iter().map(|(path, _, _)| path);
        let granted: BTreeSet<String> = granted.filter(|path| !path.ends_with('*')).collect();
        assert_eq!(granted, names, "permissions");
    }
}
