//! What is looked at when a story is over.
mod bindings;
mod full;

pub(super) use bindings::{all_bindings, bound, unbound};
pub(super) use full::{client, cut_short, errands};

use super::stage::{Case, NEW, Stage, Story};
use chandler_proto::{
    job::State,
    layout::Lane,
    records::{Phase, Record},
};
use chandler_simulators::bosh::{TaskKind, TaskState};
use chandler_tests::{
    rig::{Rig, Thing},
    settings::{LARGE, SERVICE, SMALL},
};

/// The Director's tasks of an instance, and whether its deployment is there.
pub(super) struct Seen {
    pub(super) deploys: Vec<TaskState>,
    pub(super) deletes: Vec<TaskState>,
    pub(super) recreates: Vec<TaskState>,
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
        recreates: of(TaskKind::Change),
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
    deployed(stage, case, stage.ground.small(), what);
    full::served(stage, case, &record, what).await;
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
fn deployed(stage: &Stage, case: &Case, instances: u32, what: &str) {
    let manifest = stage.rig.world.manifest(&case.instance);
    let groups = &manifest["instance_groups"];
    assert_eq!(groups[0]["instances"], instances, "{what}: {manifest}");
}

/// The plan that a story ends with, and how many instances its group has.
fn plan(stage: &Stage, story: Story) -> (&'static str, u32) {
    match story {
        Story::Update => (LARGE, 3),
        Story::Provision
        | Story::Deprovision
        | Story::DeprovisionBound
        | Story::Bind
        | Story::Unbind
        | Story::Upgrade
        | Story::Recreate => (SMALL, stage.ground.small()),
    }
}

/// A change that succeeded.
pub(super) async fn changed(stage: &Stage, case: &Case, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let seen = look(&stage.rig, &case.instance);
    assert!(succeeded(&record), "{what}: {record:#?}");
    let twice = [TaskState::Done, TaskState::Done];
    assert_eq!(
        seen.deploys, twice,
        "{what}: one deploy for the provision, one for the change"
    );
    assert!(seen.exists && record.phase == Phase::Admitted, "{what}: {record:#?}");
    let by_operator = case.story == Story::Upgrade && stage.ground.full();
    let lane = if by_operator { Lane::Batch } else { Lane::User };
    assert_eq!(record.job.lane, lane, "{what}");
    is_changed(stage, case, &record, what);
    full::served(stage, case, &record, what).await;
}

/// What the change was to bring is in force and deployed.
pub(super) fn is_changed(stage: &Stage, case: &Case, record: &Record, what: &str) {
    assert!(succeeded(record), "{what}: {record:#?}");
    let (plan, instances) = plan(stage, case.story);
    in_force(record, plan, what);
    deployed(stage, case, instances, what);
}

/// Every VM was made anew, once; all else is as it was.
pub(super) async fn recreated(stage: &Stage, case: &Case, what: &str) {
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let seen = look(&stage.rig, &case.instance);
    assert!(succeeded(&record), "{what}: {record:#?}");
    assert_eq!(seen.deploys, [TaskState::Done], "{what}: nothing is deployed");
    assert_eq!(seen.recreates, [TaskState::Done], "{what}: made anew once");
    assert!(seen.exists && record.phase == Phase::Admitted, "{what}: {record:#?}");
    in_force(&record, SMALL, what);
    deployed(stage, case, stage.ground.small(), what);
    full::served(stage, case, &record, what).await;
}

/// A change whose deploy ended badly: everything is as it was, and may be changed again. `has_made` a client: it is known.
pub(super) async fn unchanged(stage: &Stage, case: &Case, before: &Record, has_made: bool, what: &str) {
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
    let ((is, may_be), (mut was, _)) = (force(&record), force(before));
    was.uaa_client |= has_made;
    was.uaa_client_unsettled |= has_made;
    assert_eq!(is, was, "{what}");
    let (aim, _) = plan(stage, case.story);
    let further = (aim != was.plan.plan_id).then(|| aim.to_owned());
    let further: Vec<_> = further.into_iter().collect();
    assert_eq!(may_be, further, "{what}: the deployment may have got that far");
    assert!(
        record.job.sealed.is_empty() && record.phase == Phase::Admitted,
        "{what}: {record:#?}"
    );
    deployed(stage, case, stage.ground.small(), what);
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
    errands(stage, case, what);
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
    full::nothing_is_left(stage, instance, what).await;
}

fn gone(record: &Record) -> bool {
    matches!(record.phase, Phase::Gone { look_at: None, .. })
        && record.in_force.is_none()
        && record.job.sealed.is_empty()
}
