//! Who asks: clients and users, with every scope, with few and with none, and with tokens that have ended.

use std::slice;

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    BrokerChange, BrokerFilter, Deletion, Info, InstanceFilter, NOT_FOUND, PlanFilter, Visibility,
};

use super::bench::{Bench, Registered, USER};
use crate::cloud_controller::LIMIT;
use crate::server::context;

#[tokio::test]
async fn everybody_is_told_the_version_and_the_uaa() {
    let bench = Bench::start().await;
    let info = bench.client("nobody").info(&context()).await.unwrap();
    let wanted = Info {
        version: "3.228.0".into(),
        uaa_url: Some(bench.uaa.url()),
    };
    assert_eq!(info, wanted);
    assert!(bench.uaa.all_tokens_issued().is_empty());
}

#[tokio::test]
async fn d18_a_user_is_as_good_as_a_client_whatever_is_in_the_password() {
    let bench = Bench::start().await;
    let call = context();
    let scopes = Some(vec!["cloud_controller.admin".to_owned()]);
    let client = bench.client("admin");
    assert_eq!(client.standing(&call).await.unwrap().scopes, scopes);

    let user = bench.user(USER.1);
    assert_eq!(user.standing(&call).await.unwrap().scopes, scopes);
    bench.register(&user, &bench.new_broker("odb")).await;
    let journal = bench.cc.journal();
    let created = journal.calls.iter().find(|it| it.call == "POST /v3/service_brokers");
    assert_eq!(created.unwrap().actor.as_deref(), Some(USER.0));
    assert_eq!(
        bench.uaa.tokens_issued("cf"),
        2,
        "one for the standing, one for all the rest"
    );

    bench.cc.clear_journal();
    for cc in [bench.user("p&grant_type=x%+ a"), bench.client("nobody")] {
        let fault = cc.standing(&call).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
        assert_eq!(fault.call, "POST /oauth/token of the UAA");
        let fault = cc.delete_instance("i1", &call, LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    }
    assert!(bench.cc.journal().calls.is_empty());
}

#[tokio::test]
async fn a_developer_is_no_admin() {
    let there = Registered::start().await;
    let (bench, call) = (&there.bench, context());
    let instance = there.instance("mine", "small").await;
    let (small, large) = (there.plan("small").await, there.plan("large").await);
    let admins = Visibility::Admin;
    let set = there.admin.set_visibility(&large.guid, &admins, &call, LIMIT).await;
    set.unwrap();

    let cc = bench.client("developer");
    let scopes = ["cloud_controller.read", "cloud_controller.write"].map(str::to_owned);
    assert_eq!(cc.standing(&call).await.unwrap().scopes.unwrap(), scopes);
    assert_eq!(cc.brokers(&BrokerFilter::default(), &call).await.unwrap(), []);
    assert_eq!(cc.broker(&there.guid, &call).await.unwrap(), None);
    let plans = cc.plans(&PlanFilter::default(), &call).await.unwrap();
    assert_eq!(plans, slice::from_ref(&small));
    assert_eq!(cc.visibility(&large.guid, &call).await.unwrap(), None);
    assert!(cc.instance(&instance, &call).await.unwrap().is_some());

    let change = BrokerChange {
        name: Some("mine".into()),
        ..Default::default()
    };
    let refused = [
        cc.create_broker(&bench.new_broker("mine"), &call, LIMIT)
            .await
            .map(|_| ()),
        cc.update_broker(&there.guid, &change, &call, LIMIT).await.map(|_| ()),
        cc.set_visibility(&small.guid, &admins, &call, LIMIT).await,
        cc.purge_instance(&instance, &call, LIMIT).await.map(|_| ()),
        cc.purge_offering(&small.offering_guid, &call, LIMIT).await.map(|_| ()),
    ];
    for refused in refused {
        let fault = refused.unwrap_err();
        assert_eq!(fault.kind, FaultKind::MissingScope, "{fault}");
        assert!(fault.nothing_happened() && fault.detail.contains("CF-NotAuthorized: You are not"));
    }
    // What he doesn't see isn't there for him.
    let fault = cc.set_visibility(&large.guid, &admins, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.code(), Some(NOT_FOUND), "{fault}");
    let deleted = cc.delete_broker(&there.guid, &call, LIMIT).await.unwrap();
    assert_eq!(deleted, Deletion::Absent);
    let registered = bench.cc.registered();
    assert_eq!((registered.len(), registered[0].name.as_str()), (1, "odb"));
    assert_eq!(there.plan("small").await, small);

    let fault = bench.client("watcher").delete_instance(&instance, &call, LIMIT).await;
    assert_eq!(fault.unwrap_err().kind, FaultKind::MissingScope);
    let Deletion::Started(job) = cc.delete_instance(&instance, &call, LIMIT).await.unwrap() else {
        panic!("a job deletes it");
    };
    bench.ended(&cc, &job).await.unwrap();
    assert_eq!(cc.instances(&InstanceFilter::default(), &call).await.unwrap(), []);
    assert_eq!(bench.uaa.tokens_issued("developer"), 2, "none is asked for anew");
}

#[tokio::test]
async fn a_token_for_others_is_none() {
    let bench = Bench::start().await;
    let cc = bench.client("stranger");
    let fault = cc.brokers(&BrokerFilter::default(), &context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    assert!(fault.detail.contains("CF-InvalidAuthToken"), "{fault}");
    assert_eq!(bench.cc.journal().count("GET /v3/service_brokers"), 2);
}

#[tokio::test]
async fn tokens_that_have_ended_are_replaced_once() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let plan = there.plan("small").await.guid;
    let before = bench.uaa.tokens_issued("admin");
    let counts = |call: &str| {
        let journal = bench.cc.journal();
        (journal.count(call), journal.done(call))
    };
    bench.cc.clear_journal();
    bench.uaa.expire_tokens();
    assert!(cc.broker(&there.guid, &call).await.unwrap().is_some());
    assert_eq!(counts("GET /v3/service_brokers/{}"), (2, 1));
    bench.uaa.expire_tokens();
    cc.set_visibility(&plan, &Visibility::Admin, &call, LIMIT)
        .await
        .unwrap();
    assert_eq!(counts("PATCH /v3/service_plans/{}/visibility"), (2, 1));
    assert_eq!(cc.visibility(&plan, &call).await.unwrap(), Some(Visibility::Admin));
    assert_eq!(bench.uaa.tokens_issued("admin"), before + 2);

    bench.uaa.rotate_secret("admin", "another-secret");
    bench.uaa.expire_tokens();
    let refused = cc.set_visibility(&plan, &Visibility::Public, &call, LIMIT).await;
    let fault = refused.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
    assert_eq!(fault.call, "POST /oauth/token of the UAA");
    assert_eq!(counts("PATCH /v3/service_plans/{}/visibility"), (3, 1));
}
