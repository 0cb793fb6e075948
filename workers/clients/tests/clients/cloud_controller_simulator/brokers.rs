//! Brokers from their registration to their end.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    BROKER_HAS_INSTANCES, Broker, BrokerChange, BrokerCredentials, BrokerFilter, Deletion, JobError, JobState,
    NewBroker, Offering, OfferingFilter, PlanFilter,
};
use chandler_simulators::cloud_controller::BrokerState;
use serde_json::json;

use super::bench::{Bench, Registered};
use super::broker::catalog;
use crate::cloud_controller::LIMIT;
use crate::server::context;

#[tokio::test]
async fn what_is_sent_is_what_is_called() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("admin"), context());
    let new = NewBroker {
        credentials: BrokerCredentials {
            username: "o\"d&b".into(),
            password: "p\"ä%&+\\: \u{1F511}".into(),
        },
        ..bench.new_broker("odb \"1\"")
    };
    let guid = bench.register(&cc, &new).await;
    let wanted = Broker {
        guid: guid.clone(),
        name: new.name.clone(),
        url: new.url.clone(),
        space_guid: None,
    };
    assert_eq!(cc.broker(&guid, &call).await.unwrap().unwrap(), wanted);
    let row = bench.cc.registered().remove(0);
    assert_eq!(
        (&row.name, &row.url, row.state),
        (&new.name, &new.url, BrokerState::Available)
    );
    assert_eq!(row.username, new.credentials.username);
    assert_eq!(row.password, new.credentials.password.expose());

    let again = cc.create_broker(&new, &call, LIMIT).await.unwrap_err();
    assert_eq!(
        (again.code(), again.nothing_happened()),
        (Some(10_008), true),
        "{again}"
    );
    assert!(again.detail.contains("Name must be unique"), "{again}");
    let bad = NewBroker {
        url: "odb.example".into(),
        ..bench.new_broker("bad")
    };
    let fault = cc.create_broker(&bad, &call, LIMIT).await.unwrap_err();
    assert!(fault.detail.contains("Url must be a valid url"), "{fault}");
    assert_eq!(cc.brokers(&BrokerFilter::default(), &call).await.unwrap(), [wanted]);
}

#[tokio::test]
async fn each_part_of_a_broker_is_changed_for_itself() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let other = super::broker::Broker::start().await;
    let name = BrokerChange {
        name: Some("renamed, \"2\"".into()),
        ..Default::default()
    };
    let url = BrokerChange {
        url: Some(other.url.clone()),
        ..Default::default()
    };
    let credentials = BrokerChange {
        credentials: Some(BrokerCredentials {
            username: "me".into(),
            password: "new-password".into(),
        }),
        ..Default::default()
    };
    for change in [&name, &url, &credentials] {
        let job = cc.update_broker(&there.guid, change, &call, LIMIT).await.unwrap();
        let about = cc.job(&job, &call).await.unwrap().unwrap();
        assert_eq!(about.operation, "service_broker.update");
        assert_eq!(bench.ended(cc, &job).await.unwrap(), Vec::<String>::new());
    }
    let row = bench.cc.registered().remove(0);
    assert_eq!((row.name.as_str(), &row.url), ("renamed, \"2\"", &other.url));
    assert_eq!((row.username.as_str(), row.password.as_str()), ("me", "new-password"));
    let asked = other.asked("GET /v2/catalog");
    assert_eq!(asked.len(), 2);
    assert_ne!(asked[0].authorization, asked[1].authorization);

    let nothing = BrokerChange::default();
    let fault = cc.update_broker(&there.guid, &nothing, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    let fault = cc.update_broker("nowhere", &name, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, refused(404, 10_010), "{fault}");

    // One at a time.
    let gate = other.holds("GET /v2/catalog");
    let job = cc.update_broker(&there.guid, &url, &call, LIMIT).await.unwrap();
    let fault = cc.update_broker(&there.guid, &url, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, refused(422, 10_008), "{fault}");
    assert!(
        fault.detail.contains("other operation is already in progress"),
        "{fault}"
    );
    gate.open();
    bench.ended(cc, &job).await.unwrap();
}

fn refused(status: u16, code: u64) -> FaultKind {
    let code = Some(code);
    FaultKind::Refused { status, code }
}

#[tokio::test]
async fn a_catalog_is_refused_with_all_that_is_wrong() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("admin"), context());
    let mut bad = catalog("1.0.0");
    bad["services"][0]["description"] = json!(null);
    bad["services"][0]["plans"][0]["free"] = json!("yes");
    bad["services"][0]["plans"][1]["description"] = json!("");
    bench.broker.offers(bad);
    let new = bench.new_broker("odb");
    let job = cc.create_broker(&new, &call, LIMIT).await.unwrap();
    let why = bench.ended(&cc, &job).await.unwrap_err();
    let JobError::Failed { operation, errors, .. } = &why else {
        panic!("{why}");
    };
    assert_eq!(operation, "service_broker.catalog.synchronize");
    let (code, title) = (errors[0].code, errors[0].title.as_str());
    assert_eq!(
        (errors.len(), code, title),
        (1, 270_012, "CF-ServiceBrokerCatalogInvalid")
    );
    let tree = "Service broker catalog is invalid: \n\
                Service redis\n  Service description is required\n  \
                Plan small\n    Plan free must be a boolean, but has value \"yes\"\n  \
                Plan large\n    Plan description is required\n";
    assert_eq!(errors[0].detail, tree);
    assert!(
        why.to_string()
            .contains("job service_broker.catalog.synchronize failed"),
        "{why}"
    );
    let seen = cc.job(&job, &call).await.unwrap().unwrap();
    assert_eq!((seen.guid.as_str(), seen.state), (job.guid(), JobState::Failed));

    // The row stays, and is put right by an update.
    let filter = BrokerFilter {
        names: Some(vec![new.name.clone()]),
        ..Default::default()
    };
    let guid = cc.brokers(&filter, &call).await.unwrap().remove(0).guid;
    assert_eq!(cc.offerings(&OfferingFilter::default(), &call).await.unwrap(), []);
    bench.broker.offers(catalog("1.0.0"));
    let change = BrokerChange {
        url: Some(new.url.clone()),
        ..Default::default()
    };
    let job = cc.update_broker(&guid, &change, &call, LIMIT).await.unwrap();
    bench.ended(&cc, &job).await.unwrap();
    let found = cc.offerings(&OfferingFilter::default(), &call).await.unwrap();
    let wanted = Offering {
        guid: found[0].guid.clone(),
        name: "redis".into(),
        available: true,
        catalog_id: "redis-id".into(),
        broker_guid: guid,
    };
    assert_eq!(found, [wanted]);
}

#[tokio::test]
async fn what_has_instances_stays() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let instance = there.instance("cache", "small").await;
    let fault = cc.delete_broker(&there.guid, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, refused(422, BROKER_HAS_INSTANCES), "{fault}");
    assert!(
        fault.detail.contains("CF-ServiceBrokerNotRemovable: Can not remove"),
        "{fault}"
    );

    // A plan that leaves is kept for its instances, with a warning.
    let mut less = catalog("1.0.0");
    less["services"][0]["plans"].as_array_mut().unwrap().remove(0);
    bench.broker.offers(less);
    let change = BrokerChange {
        url: Some(bench.broker.url.clone()),
        ..Default::default()
    };
    let job = cc.update_broker(&there.guid, &change, &call, LIMIT).await.unwrap();
    let warnings = bench.ended(cc, &job).await.unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("missing from the broker's catalog") && warnings[0].contains("small"));
    assert!(!there.plan("small").await.available && there.plan("large").await.available);

    let purged = cc.purge_instance(&instance, &call, LIMIT).await.unwrap();
    assert_eq!(purged, Deletion::Done);
    let Deletion::Started(job) = cc.delete_broker(&there.guid, &call, LIMIT).await.unwrap() else {
        panic!("a job deletes it");
    };
    let about = cc.job(&job, &call).await.unwrap().unwrap();
    assert_eq!(about.operation, "service_broker.delete");
    bench.ended(cc, &job).await.unwrap();
    assert_eq!(cc.broker(&there.guid, &call).await.unwrap(), None);
    assert_eq!(cc.plans(&PlanFilter::default(), &call).await.unwrap(), []);
    let again = cc.delete_broker(&there.guid, &call, LIMIT).await.unwrap();
    assert_eq!(again, Deletion::Absent);
}

#[tokio::test]
async fn an_offering_is_purged_with_all_that_was_made_of_it() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let instance = there.instance("cache", "small").await;
    let key = there.key("k1", &instance).await;
    let offering = there.plan("small").await.offering_guid;
    let purged = cc.purge_offering(&offering, &call, LIMIT).await.unwrap();
    assert_eq!(purged, Deletion::Done);
    assert_eq!(cc.offerings(&OfferingFilter::default(), &call).await.unwrap(), []);
    assert_eq!(cc.plans(&PlanFilter::default(), &call).await.unwrap(), []);
    assert_eq!(cc.instance(&instance, &call).await.unwrap(), None);
    assert_eq!(cc.binding(&key, &call).await.unwrap(), None);
    assert!(bench.broker.asked("DELETE ").is_empty(), "it isn't told");
    let again = cc.purge_offering(&offering, &call, LIMIT).await.unwrap();
    assert_eq!(again, Deletion::Absent);
    assert!(cc.broker(&there.guid, &call).await.unwrap().is_some());
}
