//! What is looked at when a story is over.
use super::stage::{Case, NEW, Stage};
use chandler_proto::{
    job::State,
    records::{Phase, Record},
};
use chandler_simulators::bosh::{TaskKind, TaskState};
use chandler_tests::{
    bindings::APP,
    rig::{Rig, Thing},
    settings::{LARGE, SERVICE, SMALL},
    world::World,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The Director's tasks of an instance, and whether its deployment is there.
pub(super) struct Seen {
    pub(super) deploys: Vec<TaskState>,
    pub(super) deletes: Vec<TaskState>,
    pub(super) exists: bool,
}

pub(super) fn look(rig: &Rig, id: &str) -> Seen {
    let name = format!("service-instance_{id}");
    let tasks: Vec<_> = rig
        .world
        .director
        .tasks()
        .into_iter()
        .filter(|t| t.deployment == name)
        .collect();
    let of = |kind| tasks.iter().filter(|t| t.kind == kind).map(|t| t.state).collect();
    Seen {
        deploys: of(TaskKind::Deploy),
        deletes: of(TaskKind::Delete),
        exists: rig.world.director.deployment(&name).is_some(),
    }
}

fn succeeded(record: &Record) -> bool {
    matches!(record.job.state, State::Succeeded { .. })
}

pub(super) async fn provisioned(stage: &Stage, case: &Case, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let seen = look(&stage.rig, &case.instance);
    assert!(succeeded(&record), "{what}: {record:#?}");
    assert_eq!(seen.deploys, [TaskState::Done], "{what}: one deploy, once");
    assert!(
        seen.exists && record.in_force.is_some() && record.phase == Phase::Admitted,
        "{what}: {record:#?}"
    );
    in_force(&record, SMALL, what);
    deployed(stage, case, 1, what);
}

/// The plan, what the last leg brought, and nothing that was only for the job.
fn in_force(record: &Record, plan: &str, what: &str) {
    let force = record
        .in_force
        .as_ref()
        .unwrap_or_else(|| panic!("{what}: {record:#?}"));
    assert_eq!(force.plan.plan_id, plan, "{what}: {record:#?}");
    assert_eq!(force.maintenance_version.as_deref(), Some(NEW), "{what}: {record:#?}");
    let dashboard = force.dashboard_url.as_deref().unwrap_or_default();
    let of_it = format!("/instances/{}", record.instance);
    assert!(dashboard.ends_with(&of_it), "{what}: the dashboard {dashboard:?}");
    assert!(
        record.job.sealed.is_empty() && record.job.wanted.is_none(),
        "{what}: {record:#?}"
    );
}

/// So many instances of the plan's group has the manifest that the Director carried out last.
fn deployed(stage: &Stage, case: &Case, instances: usize, what: &str) {
    let name = format!("service-instance_{}", case.instance);
    let deployment = stage.rig.world.director.deployment(&name);
    let manifest = deployment.and_then(|it| it.manifest).unwrap_or("null".into());
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let groups = &manifest["instance_groups"];
    assert_eq!(groups[0]["instances"], instances, "{what}: {manifest}");
}

/// A change that succeeded: to this plan, with so many instances.
pub(super) async fn changed(stage: &Stage, case: &Case, plan: &str, instances: usize, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let seen = look(&stage.rig, &case.instance);
    assert!(succeeded(&record), "{what}: {record:#?}");
    let twice = [TaskState::Done, TaskState::Done];
    assert_eq!(
        seen.deploys, twice,
        "{what}: one deploy for the provision, one for the change"
    );
    assert!(seen.exists && record.phase == Phase::Admitted, "{what}: {record:#?}");
    in_force(&record, plan, what);
    deployed(stage, case, instances, what);
}

/// A change that ended badly: everything is as it was, and may be changed again.
pub(super) async fn unchanged(stage: &Stage, case: &Case, before: &Record, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let State::Failed { failure, .. } = &record.job.state else {
        panic!("{what}: {record:#?}")
    };
    let flags = (failure.instance_usable, failure.update_repeatable);
    assert_eq!(flags, (Some(true), Some(true)), "{what}: {failure:?}");
    let force = |of: &Record| {
        let mut force = of.in_force.clone().unwrap();
        let may_be: Vec<_> = force.maybe.drain(..).map(|plan| plan.plan_id).collect();
        (force, may_be)
    };
    let ((is, may_be), (was, _)) = (force(&record), force(before));
    assert_eq!(is, was, "{what}");
    assert_eq!(may_be, [LARGE], "{what}: the deployment may have got that far");
    assert!(
        record.job.sealed.is_empty() && record.phase == Phase::Admitted,
        "{what}: {record:#?}"
    );
    deployed(stage, case, 1, what);
}

pub(super) async fn deprovisioned(stage: &Stage, case: &Case, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let seen = look(&stage.rig, &case.instance);
    assert!(succeeded(&record), "{what}: {record:#?}");
    assert_eq!(seen.deploys, [TaskState::Done], "{what}: one deploy, once");
    // A delete is safe to repeat; what must not be is two at once, and the simulator's lock would show that.
    assert!(seen.deletes.contains(&TaskState::Done), "{what}: {:?}", seen.deletes);
    assert!(
        !seen.deletes.contains(&TaskState::Error),
        "{what}: two deletes met: {:?}",
        seen.deletes
    );
    nothing_is_left(stage, &case.instance, what).await;
}

/// Of an instance, of its bindings, anywhere.
pub(super) async fn nothing_is_left(stage: &Stage, instance: &str, what: &str) {
    let (rig, world) = (&stage.rig, &stage.rig.world);
    let (record, _) = rig.record(&Thing::instance(instance)).await;
    assert!(record.in_force.is_none(), "{what}: {record:#?}");
    assert!(
        matches!(record.phase, Phase::Gone { look_at: None, .. }),
        "{what}: {record:#?}"
    );
    assert!(!look(rig, instance).exists, "{what}: the deployment is there");
    for (binding, _) in rig.others.bindings(&record.instance, 0).await.unwrap() {
        assert!(gone(&binding), "{what}: a binding is there: {binding:#?}");
    }
    assert_eq!(world.users(instance).len(), 0, "{what}: users are left");
    assert_eq!(world.links(instance), [""; 0], "{what}: links are left");
    if stage.ground.secure() {
        let path = format!("/c/{SERVICE}/{instance}/");
        let credentials: Vec<_> = world
            .credhub()
            .names()
            .into_iter()
            .filter(|n| n.starts_with(&path))
            .collect();
        assert_eq!(credentials, [""; 0], "{what}: credentials are left");
        let permissions: Vec<_> = world
            .credhub()
            .permissions()
            .into_iter()
            .filter(|p| p.0.starts_with(&path))
            .collect();
        assert_eq!(permissions, [], "{what}: permissions are left");
    }
}

fn gone(record: &Record) -> bool {
    matches!(record.phase, Phase::Gone { look_at: None, .. })
        && record.in_force.is_none()
        && record.job.sealed.is_empty()
}

/// The binding's user, and nobody else of that name; what the platform gets fits it; who may read it may.
pub(super) async fn bound(stage: &Stage, case: &Case, what: &str) {
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

pub(super) async fn unbound(stage: &Stage, case: &Case, what: &str) {
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
pub(super) async fn all_bindings(stage: &Stage, records: &[(Box<Record>, u64)]) {
    let (world, instance) = (&stage.rig.world, super::stage::HOME);
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
