//! Calls that are lost, a Cloud Controller that is away, and what stands in front of it.

use chandler_clients::cloud_controller::{BrokerChange, BrokerFilter, InstanceFilter, OfferingFilter, Visibility};
use chandler_clients::{Fault, FaultKind};
use chandler_simulators::common::{CallAction, CallFault, Outage};

use super::bench::Registered;
use super::broker::catalog;
use crate::cloud_controller::LIMIT;
use crate::server::context;

/// The writes in their order, and the calls that they are.
const WRITES: [(&str, &str); 9] = [
    ("create broker", "POST /v3/service_brokers"),
    ("update broker", "PATCH /v3/service_brokers/{}"),
    ("delete broker", "DELETE /v3/service_brokers/{}"),
    ("set visibility", "PATCH /v3/service_plans/{}/visibility"),
    ("upgrade instance", "PATCH /v3/service_instances/{}"),
    ("delete binding", "DELETE /v3/service_credential_bindings/{}"),
    ("delete instance", "DELETE /v3/service_instances/{}"),
    ("purge instance", "DELETE /v3/service_instances/{}"),
    ("purge offering", "DELETE /v3/service_offerings/{}"),
];

/// What the writes are about.
struct Things {
    there: Registered,
    plan: String,
    offering: String,
    instance: String,
    purged: String,
    key: String,
}

impl Things {
    async fn start() -> Self {
        let there = Registered::start().await;
        let instance = there.instance("cache", "small").await;
        let purged = there.instance("purged", "small").await;
        let key = there.key("k1", &instance).await;
        let plan = there.plan("small").await;
        there.bench.broker.offers(catalog("1.1.0"));
        let change = BrokerChange {
            url: Some(there.bench.broker.url.clone()),
            ..Default::default()
        };
        let (cc, call) = (&there.admin, context());
        let job = cc.update_broker(&there.guid, &change, &call, LIMIT).await.unwrap();
        there.bench.ended(cc, &job).await.unwrap();
        Self {
            plan: plan.guid,
            offering: plan.offering_guid,
            there,
            instance,
            purged,
            key,
        }
    }

    /// The guid of the broker that is made and unmade here.
    async fn second(&self, name: &str) -> Option<String> {
        let filter = BrokerFilter {
            names: Some(vec![name.into()]),
            ..Default::default()
        };
        let found = self.there.admin.brokers(&filter, &context()).await.unwrap();
        found.into_iter().next().map(|it| it.guid)
    }

    async fn act(&self, name: &str) -> Result<(), Fault> {
        let (cc, call) = (&self.there.admin, context());
        match name {
            "create broker" => {
                let new = self.there.bench.new_broker("second");
                cc.create_broker(&new, &call, LIMIT).await.map(|_| ())
            }
            "update broker" => {
                let change = BrokerChange {
                    name: Some("third".into()),
                    ..Default::default()
                };
                let guid = self.second("second").await.unwrap();
                cc.update_broker(&guid, &change, &call, LIMIT).await.map(|_| ())
            }
            "delete broker" => {
                let guid = self.second("third").await.unwrap();
                cc.delete_broker(&guid, &call, LIMIT).await.map(|_| ())
            }
            "set visibility" => cc.set_visibility(&self.plan, &Visibility::Admin, &call, LIMIT).await,
            "upgrade instance" => {
                let upgraded = cc.upgrade_instance(&self.instance, "1.1.0", &call, LIMIT).await;
                upgraded.map(|_| ())
            }
            "delete binding" => cc.delete_binding(&self.key, &call, LIMIT).await.map(|_| ()),
            "delete instance" => cc.delete_instance(&self.instance, &call, LIMIT).await.map(|_| ()),
            "purge instance" => cc.purge_instance(&self.purged, &call, LIMIT).await.map(|_| ()),
            "purge offering" => cc.purge_offering(&self.offering, &call, LIMIT).await.map(|_| ()),
            other => panic!("{other}"),
        }
    }

    /// Whether it took effect, as the next look finds.
    async fn took(&self, name: &str) -> bool {
        let (cc, call) = (&self.there.admin, context());
        match name {
            "create broker" => self.second("second").await.is_some(),
            "update broker" => self.second("third").await.is_some(),
            "delete broker" => self.second("third").await.is_none(),
            "set visibility" => cc.visibility(&self.plan, &call).await.unwrap() == Some(Visibility::Admin),
            "upgrade instance" => {
                let seen = cc.instance(&self.instance, &call).await.unwrap().unwrap();
                seen.maintenance_version.as_deref() == Some("1.1.0")
            }
            "delete binding" => cc.binding(&self.key, &call).await.unwrap().is_none(),
            "delete instance" => cc.instance(&self.instance, &call).await.unwrap().is_none(),
            "purge instance" => cc.instance(&self.purged, &call).await.unwrap().is_none(),
            "purge offering" => {
                let found = cc.offerings(&OfferingFilter::default(), &call).await.unwrap();
                found.iter().all(|it| it.guid != self.offering)
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn each_lost_write_is_sent_once_and_found_or_not_there() {
    let things = Things::start().await;
    let bench = &things.there.bench;
    for (name, call) in WRITES {
        let (method, template) = call.split_once(' ').unwrap();
        let path = template.replace("{}", "*");
        for (action, effect) in [(CallAction::LoseRequest, false), (CallAction::LoseResponse, true)] {
            bench.cc.clear_journal();
            assert!(!things.took(name).await, "{name}");
            bench.cc.set_fault(CallFault::once(method, &path, action));
            let fault = things.act(name).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unknown, "{name}: {fault}");
            bench.idle().await;
            assert_eq!(things.took(name).await, effect, "{name}");
            let journal = bench.cc.journal();
            assert_eq!((journal.count(call), journal.done(call)), (1, effect.into()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_lost_read_is_asked_again() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let answer = |status| CallAction::Answer { status, body: None };
    for action in [
        CallAction::LoseRequest,
        CallAction::LoseResponse,
        CallAction::CutResponse,
        answer(502),
        answer(503),
    ] {
        bench.cc.clear_journal();
        let fault = CallFault::once("GET", "/v3/service_instances/", action.clone());
        bench.cc.set_fault(fault);
        let found = cc.instance(&guid, &call).await.unwrap();
        assert!(found.is_some(), "{action:?}");
        assert_eq!(
            bench.cc.journal().count("GET /v3/service_instances/{}"),
            2,
            "{action:?}"
        );
    }
}

#[tokio::test]
async fn what_stands_in_front_of_it_says_nothing_about_anything() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    let router = CallAction::Answer {
        status: 404,
        body: Some("404 Not Found: Requested route ('api.demo') does not exist.\n".into()),
    };
    let fault = bench.cc.set_fault(CallFault::always("", "/v3/", router));
    let told = cc.instance(&guid, &call).await.unwrap_err();
    assert_eq!(told.kind, FaultKind::Unknown, "{told}");
    assert!(told.detail.contains("Requested route"), "{told}");
    let told = cc.instances(&InstanceFilter::default(), &call).await.unwrap_err();
    assert_eq!(told.kind, FaultKind::Unknown, "{told}");
    let told = cc.delete_instance(&guid, &call, LIMIT).await.unwrap_err();
    assert_eq!(told.kind, FaultKind::Unknown, "{told}");
    bench.cc.clear_fault(fault);

    for outage in [Outage::Api, Outage::Database, Outage::Connections] {
        bench.cc.set_outage(Some(outage));
        let told = cc.instance(&guid, &call).await.unwrap_err();
        assert!(!told.is_permanent(), "{outage:?}: {told}");
        let told = cc.purge_instance(&guid, &call, LIMIT).await.unwrap_err();
        assert!(!told.is_permanent(), "{outage:?}: {told}");
        assert_eq!(
            told.nothing_happened(),
            outage == Outage::Connections,
            "{outage:?}: {told}"
        );
        bench.cc.set_outage(None);
    }
    assert!(cc.instance(&guid, &call).await.unwrap().is_some());
}
