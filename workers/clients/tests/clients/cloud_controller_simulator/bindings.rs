//! Keys, and bindings of apps.

use std::slice;

use chandler_clients::cloud_controller::{
    Binding, BindingFilter, BindingKind, Deletion, JobError, LastOperation, OperationKind, OperationState,
};
use serde_json::json;

use super::bench::Registered;
use crate::cloud_controller::LIMIT;
use crate::server::context;

#[tokio::test]
async fn a_key_and_an_app_are_told_apart_and_deleted() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let instance = there.instance("cache", "small").await;
    let other = there.instance("other", "small").await;
    let key = there.key("k1", &instance).await;
    there.key("k2", &other).await;
    let (app, bound) = there.bound_app("web", &instance).await;
    let key = Binding {
        guid: key,
        name: Some("k1".into()),
        kind: BindingKind::Key,
        instance_guid: instance.clone(),
        app_guid: None,
        last_operation: Some(LastOperation {
            kind: OperationKind::Create,
            state: OperationState::Succeeded,
            description: String::new(),
        }),
    };
    let bound = Binding {
        guid: bound,
        name: None,
        kind: BindingKind::App,
        app_guid: Some(app),
        ..key.clone()
    };
    for wanted in [&key, &bound] {
        let found = cc.binding(&wanted.guid, &call).await.unwrap();
        assert_eq!(found.as_ref(), Some(wanted));
    }
    assert_eq!(cc.binding("nowhere", &call).await.unwrap(), None);
    let find = async |kind: Option<BindingKind>| {
        let filter = BindingFilter {
            instance_guids: Some(vec![instance.clone()]),
            kind,
            names: None,
        };
        cc.bindings(&filter, &call).await.unwrap()
    };
    assert_eq!(find(Some(BindingKind::Key)).await, slice::from_ref(&key));
    assert_eq!(find(Some(BindingKind::App)).await, slice::from_ref(&bound));
    assert_eq!(find(None).await.len(), 2);
    let all = cc.bindings(&BindingFilter::default(), &call).await.unwrap();
    assert_eq!(all.len(), 3);

    for (gone, operation) in [(&key, "service_keys.delete"), (&bound, "service_bindings.delete")] {
        let Deletion::Started(job) = cc.delete_binding(&gone.guid, &call, LIMIT).await.unwrap() else {
            panic!("a job deletes it");
        };
        let about = cc.job(&job, &call).await.unwrap().unwrap();
        assert_eq!(about.operation, operation);
        bench.ended(cc, &job).await.unwrap();
        assert_eq!(cc.binding(&gone.guid, &call).await.unwrap(), None);
        let line = format!("DELETE /v2/service_instances/{instance}/service_bindings/{}", gone.guid);
        assert_eq!(bench.broker.asked(&line).len(), 1);
        let again = cc.delete_binding(&gone.guid, &call, LIMIT).await.unwrap();
        assert_eq!(again, Deletion::Absent);
    }
    assert_eq!(find(None).await, []);
}

#[tokio::test]
async fn an_unbind_that_fails_leaves_the_key() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let instance = there.instance("cache", "small").await;
    let key = there.key("k1", &instance).await;
    let ouch = json!({"description": "the adapter has ended with 1"});
    bench.broker.answers("DELETE ", 500, ouch);
    let Deletion::Started(job) = cc.delete_binding(&key, &call, LIMIT).await.unwrap() else {
        panic!("a job deletes it");
    };
    let why = bench.ended(cc, &job).await.unwrap_err();
    assert!(
        matches!(&why, JobError::Failed { errors, .. } if errors[0].code == 10_009),
        "{why}"
    );
    assert!(why.to_string().contains("unbind could not be completed: "), "{why}");
    assert!(why.to_string().contains("the adapter has ended with 1"), "{why}");
    let seen = cc.binding(&key, &call).await.unwrap().unwrap().last_operation.unwrap();
    assert_eq!((seen.kind, seen.state), (OperationKind::Delete, OperationState::Failed));
}
