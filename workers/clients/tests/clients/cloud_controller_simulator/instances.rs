//! Instances: as they are seen, upgraded, deleted and purged.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    BrokerChange, Deletion, Instance, InstanceFilter, InstanceKind, JobError, LastOperation, OperationKind,
    OperationState, PlanFilter,
};
use serde_json::json;

use super::bench::Registered;
use super::broker::catalog;
use crate::cloud_controller::LIMIT;
use crate::server::context;

const DEPROVISION: &str = "DELETE /v2/service_instances/";

fn refused(status: u16, code: u64) -> FaultKind {
    let code = Some(code);
    FaultKind::Refused { status, code }
}

#[tokio::test]
async fn an_instance_has_what_is_used_of_it_and_is_found_from_all_sides() {
    let there = Registered::start().await;
    let (cc, call) = (&there.admin, context());
    let guid = there.instance("cache", "small").await;
    let other = there.instance("other", "large").await;
    let (small, large) = (there.plan("small").await, there.plan("large").await);
    let wanted = Instance {
        guid: guid.clone(),
        name: "cache".into(),
        kind: InstanceKind::Managed,
        plan_guid: Some(small.guid.clone()),
        space_guid: there.space(),
        last_operation: Some(LastOperation {
            kind: OperationKind::Create,
            state: OperationState::Succeeded,
            description: String::new(),
        }),
        maintenance_version: Some("1.0.0".into()),
        upgrade_available: false,
        dashboard_url: Some("https://dashboard.example/1".into()),
    };
    assert_eq!(cc.instance(&guid, &call).await.unwrap(), Some(wanted.clone()));
    assert_eq!(cc.instance("nowhere", &call).await.unwrap(), None);
    let second = cc.instance(&other, &call).await.unwrap().unwrap();
    assert_eq!((second.maintenance_version, second.upgrade_available), (None, false));

    let one = |guid: &str| Some(vec![guid.to_owned()]);
    let filter = InstanceFilter {
        plan_guids: one(&small.guid),
        ..Default::default()
    };
    assert_eq!(cc.instances(&filter, &call).await.unwrap(), [wanted]);
    let organization = cc.organizations(&["demo".into()], &call).await.unwrap().remove(0);
    let (here, nowhere) = (there.space(), one("nowhere"));
    for (space_guids, organization_guids, count) in [
        (one(&here), None, 2),
        (None, one(&organization.guid), 2),
        (one(&here), one(&organization.guid), 2),
        (nowhere.clone(), None, 0),
        (None, nowhere.clone(), 0),
        (None, None, 2),
    ] {
        let filter = InstanceFilter {
            space_guids,
            organization_guids,
            plan_guids: Some(vec![small.guid.clone(), large.guid.clone()]),
            names: None,
        };
        assert_eq!(cc.instances(&filter, &call).await.unwrap().len(), count, "{filter:?}");
    }
    let filter = PlanFilter {
        instance_guids: one(&other),
        ..Default::default()
    };
    assert_eq!(cc.plans(&filter, &call).await.unwrap(), [large]);
}

#[tokio::test]
async fn an_upgrade_is_done_once() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let upgrade = async |version: &str| cc.upgrade_instance(&guid, version, &call, LIMIT).await;
    assert_eq!(upgrade("1.0.0").await.unwrap(), None);
    assert_eq!(upgrade("1.1.0").await.unwrap_err().kind, refused(422, 390_009));

    bench.broker.offers(catalog("1.1.0"));
    let change = BrokerChange {
        url: Some(bench.broker.url.clone()),
        ..Default::default()
    };
    let job = cc.update_broker(&there.guid, &change, &call, LIMIT).await.unwrap();
    bench.ended(cc, &job).await.unwrap();
    let plan = there.plan("small").await;
    assert_eq!(plan.maintenance_version.as_deref(), Some("1.1.0"));
    let seen = cc.instance(&guid, &call).await.unwrap().unwrap();
    assert_eq!(
        (seen.maintenance_version.as_deref(), seen.upgrade_available),
        (Some("1.0.0"), true)
    );

    // While it is under way nothing else is done with it.
    let gate = bench.broker.holds("PATCH ");
    let job = upgrade("1.1.0").await.unwrap().unwrap();
    let fault = upgrade("1.1.0").await.unwrap_err();
    assert_eq!(fault.kind, refused(409, 60_016), "{fault}");
    assert!(
        fault.detail.contains("CF-AsyncServiceInstanceOperationInProgress"),
        "{fault}"
    );
    let fault = cc.delete_instance(&guid, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, refused(422, 10_008), "{fault}");
    let seen = cc
        .instance(&guid, &call)
        .await
        .unwrap()
        .unwrap()
        .last_operation
        .unwrap();
    assert!(
        seen.kind == OperationKind::Update && seen.state.is_running(),
        "{seen:?}"
    );
    gate.open();
    bench.ended(cc, &job).await.unwrap();
    let seen = cc.instance(&guid, &call).await.unwrap().unwrap();
    assert_eq!(
        (seen.maintenance_version.as_deref(), seen.upgrade_available),
        (Some("1.1.0"), false)
    );
    assert_eq!(upgrade("1.1.0").await.unwrap(), None);

    let asked = bench.broker.asked("PATCH ");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, format!("PATCH /v2/service_instances/{guid}"));
    assert_eq!(asked[0].body["maintenance_info"]["version"], "1.1.0");
    assert_eq!(asked[0].body["previous_values"]["maintenance_info"]["version"], "1.0.0");

    let none = cc.upgrade_instance("nowhere", "1.1.0", &call, LIMIT).await;
    assert_eq!(none.unwrap_err().kind, refused(404, 10_010));
    let other = there.instance("other", "large").await;
    let unable = cc.upgrade_instance(&other, "1.1.0", &call, LIMIT).await;
    assert_eq!(unable.unwrap_err().kind, refused(422, 390_006));
}

#[tokio::test]
async fn an_instance_is_deleted_with_its_bindings() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let key = there.key("k1", &guid).await;
    bench.broker.answers(DEPROVISION, 202, json!({"operation": "task 1"}));
    let unbind = format!("{DEPROVISION}{guid}/service_bindings/");
    bench.broker.answers(&unbind, 200, json!({}));
    let Deletion::Started(job) = cc.delete_instance(&guid, &call, LIMIT).await.unwrap() else {
        panic!("a job deletes it");
    };
    let about = cc.job(&job, &call).await.unwrap().unwrap();
    assert_eq!(about.operation, "service_instance.delete");
    assert_eq!(bench.ended(cc, &job).await.unwrap(), Vec::<String>::new());
    assert_eq!(cc.instance(&guid, &call).await.unwrap(), None);
    assert_eq!(cc.binding(&key, &call).await.unwrap(), None);
    let lines = bench.broker.asked(DEPROVISION).into_iter().map(|it| it.line);
    let instance = format!("{DEPROVISION}{guid}");
    let wanted = [format!("{instance}/service_bindings/{key}"), instance];
    assert_eq!(lines.collect::<Vec<_>>(), wanted);
    let again = cc.delete_instance(&guid, &call, LIMIT).await.unwrap();
    assert_eq!(again, Deletion::Absent);
    let polled = format!("GET /v2/service_instances/{guid}/last_operation");
    assert!(!bench.broker.asked(&polled).is_empty());
}

/// Cloud Controller doesn't wait for bindings that their broker takes its time to delete: it fails, and the next deletion finds them gone.
#[tokio::test]
async fn a_broker_that_unbinds_later_needs_two_deletions() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let key = there.key("k1", &guid).await;
    bench.broker.answers(DEPROVISION, 202, json!({}));
    for goes_well in [false, true] {
        let Deletion::Started(job) = cc.delete_instance(&guid, &call, LIMIT).await.unwrap() else {
            panic!("a job deletes it");
        };
        match bench.ended(cc, &job).await {
            Ok(_) => assert!(goes_well),
            Err(why) => {
                assert!(!goes_well, "{why}");
                let text = "An operation for a service binding of service instance cache is in progress.";
                assert!(why.to_string().contains(text), "{why}");
            }
        }
        assert_eq!(cc.binding(&key, &call).await.unwrap(), None);
        assert_eq!(cc.instance(&guid, &call).await.unwrap().is_none(), goes_well);
    }
}

#[tokio::test]
async fn a_deletion_that_fails_can_be_tried_again() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let delete = async || match cc.delete_instance(&guid, &call, LIMIT).await.unwrap() {
        Deletion::Started(job) => job,
        other @ (Deletion::Done | Deletion::Absent) => panic!("{other:?}"),
    };
    let ouch = json!({"description": "the Director is away"});
    bench.broker.answers(DEPROVISION, 500, ouch);
    let why = bench.ended(cc, &delete().await).await.unwrap_err();
    let JobError::Failed { operation, errors, .. } = &why else {
        panic!("{why}");
    };
    assert_eq!(operation, "service_instance.delete");
    assert_eq!(
        (errors[0].code, errors[0].title.as_str()),
        (10_009, "CF-UnableToPerform")
    );
    let detail = &errors[0].detail;
    assert!(detail.starts_with("delete could not be completed: ") && detail.contains("the Director is away"));
    let seen = cc
        .instance(&guid, &call)
        .await
        .unwrap()
        .unwrap()
        .last_operation
        .unwrap();
    assert_eq!((seen.kind, seen.state), (OperationKind::Delete, OperationState::Failed));
    assert!(seen.description.contains("the Director is away"), "{seen:?}");

    bench.broker.behaves();
    bench.ended(cc, &delete().await).await.unwrap();
    assert_eq!(cc.instance(&guid, &call).await.unwrap(), None);
}

#[tokio::test]
async fn a_purge_tells_no_broker() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let key = there.key("k1", &guid).await;
    // Not even while something else is under way.
    let gate = bench.broker.holds(DEPROVISION);
    assert!(matches!(
        cc.delete_instance(&guid, &call, LIMIT).await.unwrap(),
        Deletion::Started(_)
    ));
    let purged = cc.purge_instance(&guid, &call, LIMIT).await.unwrap();
    assert_eq!(purged, Deletion::Done);
    assert_eq!(cc.instance(&guid, &call).await.unwrap(), None);
    assert_eq!(cc.binding(&key, &call).await.unwrap(), None);
    gate.open();
    bench.idle().await;
    bench.broker.behaves();

    let guid = there.instance("cache", "small").await;
    let asked = bench.broker.asked("DELETE ").len();
    let purged = cc.purge_instance(&guid, &call, LIMIT).await.unwrap();
    assert_eq!(purged, Deletion::Done);
    let again = cc.purge_instance(&guid, &call, LIMIT).await.unwrap();
    assert_eq!(again, Deletion::Absent);
    bench.idle().await;
    assert_eq!(bench.broker.asked("DELETE ").len(), asked);
}
