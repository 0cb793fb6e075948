//! Who sees a plan, in every way there is.

use std::slice;

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{BrokerFilter, NOT_FOUND, NewBroker, PlanFilter, Visibility, VisibilityKind};

use super::bench::Bench;
use crate::cloud_controller::LIMIT;
use crate::server::context;

#[tokio::test]
async fn what_is_set_is_read_and_takes_the_place_of_what_was() {
    let names = ["demo", "a,b", "ä"].map(str::to_owned);
    let bench = Bench::with(names.iter().map(|name| (name.clone(), Vec::new())).collect()).await;
    let (cc, call) = (bench.client("admin"), context());
    bench.register(&cc, &bench.new_broker("odb")).await;
    let organizations = cc.organizations(&names, &call).await.unwrap();
    let guids: Vec<_> = organizations.into_iter().map(|it| it.guid).collect();
    let filter = PlanFilter {
        names: Some(vec!["small".into()]),
        ..Default::default()
    };
    let plan = cc.plans(&filter, &call).await.unwrap().remove(0);
    assert_eq!(plan.visibility, VisibilityKind::Admin, "as every new one");
    let read = cc.visibility(&plan.guid, &call).await.unwrap();
    assert_eq!(read, Some(Visibility::Admin));

    let some = |guids: &[String]| Visibility::Organizations(guids.to_vec());
    for wanted in [
        Visibility::Public,
        some(&guids[..1]),
        some(&guids[1..]),
        Visibility::Admin,
        some(&guids),
        Visibility::Public,
    ] {
        cc.set_visibility(&plan.guid, &wanted, &call, LIMIT).await.unwrap();
        let read = cc.visibility(&plan.guid, &call).await.unwrap().unwrap();
        assert_eq!(sorted(read), sorted(wanted.clone()));
        let listed = cc.plans(&filter, &call).await.unwrap();
        assert_eq!(listed[0].visibility, wanted.kind());
    }

    let nowhere = Visibility::Organizations(vec!["nowhere".into()]);
    let fault = cc.set_visibility(&plan.guid, &nowhere, &call, LIMIT).await.unwrap_err();
    assert_eq!(
        (fault.code(), fault.nothing_happened()),
        (Some(10_008), true),
        "{fault}"
    );
    let read = cc.visibility(&plan.guid, &call).await.unwrap();
    assert_eq!(read, Some(Visibility::Public));
    assert_eq!(cc.visibility("nowhere", &call).await.unwrap(), None);
    let fault = cc.set_visibility("nowhere", &Visibility::Public, &call, LIMIT).await;
    assert_eq!(fault.unwrap_err().code(), Some(NOT_FOUND));
}

/// Organizations come in any order.
fn sorted(visibility: Visibility) -> Visibility {
    match visibility {
        Visibility::Organizations(mut guids) => {
            guids.sort();
            Visibility::Organizations(guids)
        }
        Visibility::Public | Visibility::Admin | Visibility::Space(_) => visibility,
    }
}

#[tokio::test]
async fn the_broker_of_a_space_is_seen_there_and_nowhere_else() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("developer"), context());
    let space = bench.cc.space("demo", "dev").unwrap();
    let new = NewBroker {
        space_guid: Some(space.clone()),
        ..bench.new_broker("mine")
    };
    let guid = bench.register(&cc, &new).await;
    let broker = cc.broker(&guid, &call).await.unwrap().unwrap();
    assert_eq!(broker.space_guid.as_ref(), Some(&space));
    bench
        .register(&bench.client("admin"), &bench.new_broker("global"))
        .await;
    for cc in [&cc, &bench.client("admin")] {
        let here = BrokerFilter {
            space_guids: Some(vec![space.clone()]),
            ..Default::default()
        };
        assert_eq!(cc.brokers(&here, &call).await.unwrap(), slice::from_ref(&broker));
        let elsewhere = BrokerFilter {
            space_guids: Some(vec!["elsewhere".into()]),
            ..Default::default()
        };
        assert_eq!(cc.brokers(&elsewhere, &call).await.unwrap(), []);
    }

    let filter = PlanFilter {
        broker_guids: Some(vec![guid]),
        ..Default::default()
    };
    let plans = cc.plans(&filter, &call).await.unwrap();
    assert_eq!(plans.len(), 2);
    let plan = &plans[0];
    assert_eq!(plan.visibility, VisibilityKind::Space);
    let seen = Visibility::Space(space);
    assert_eq!(cc.visibility(&plan.guid, &call).await.unwrap().as_ref(), Some(&seen));
    let fault = cc.set_visibility(&plan.guid, &seen, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    let set = cc.set_visibility(&plan.guid, &Visibility::Public, &call, LIMIT).await;
    let fault = set.unwrap_err();
    assert_eq!(fault.code(), Some(10_008), "{fault}");
    assert!(
        fault
            .detail
            .contains("cannot update plans with visibility type 'space'"),
        "{fault}"
    );

    let elsewhere = NewBroker {
        space_guid: Some("elsewhere".into()),
        ..bench.new_broker("other")
    };
    let fault = cc.create_broker(&elsewhere, &call, LIMIT).await.unwrap_err();
    assert!(fault.detail.contains("Invalid space. Ensure that"), "{fault}");
}
