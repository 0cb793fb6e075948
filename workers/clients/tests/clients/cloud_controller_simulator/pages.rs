//! Lists that are longer than a page, and questions that are longer than a line.

use std::collections::HashSet;

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{OfferingFilter, PlanFilter};
use chandler_simulators::common::{CallAction, CallFault};
use serde_json::{Value, json};

use super::bench::Bench;
use super::broker::{plan, service};
use crate::server::context;

const PLAN: &str = "100%, ä&+";
const OFFERINGS: usize = 601;

fn offering(at: usize) -> String {
    format!("offering, {at}")
}

/// Each offering has a plan of this name, and another one.
fn long_catalog() -> Value {
    let one = |at: usize| {
        let plans = [
            plan(&format!("odd-{at}"), PLAN),
            plan(&format!("other-{at}"), "100%, ä& "),
        ];
        service(&format!("id-{at}"), &offering(at), &plans)
    };
    json!({"services": (0..OFFERINGS).map(one).collect::<Vec<_>>()})
}

fn distinct<'a>(guids: impl Iterator<Item = &'a String>) -> usize {
    guids.collect::<HashSet<_>>().len()
}

#[tokio::test]
async fn every_page_is_read_with_the_same_filters() {
    let bench = Bench::start().await;
    bench.broker.offers(long_catalog());
    let (cc, call) = (bench.client("admin"), context());
    let guid = bench.register(&cc, &bench.new_broker("odb")).await;
    bench.cc.clear_journal();
    let asked = |list: &str| {
        let count = bench.cc.journal().count(&format!("GET /v3/{list}"));
        bench.cc.clear_journal();
        count
    };

    let offerings = cc.offerings(&OfferingFilter::default(), &call).await.unwrap();
    assert_eq!(distinct(offerings.iter().map(|it| &it.guid)), OFFERINGS);
    assert_eq!((offerings.len(), asked("service_offerings")), (OFFERINGS, 2));
    let plans = cc.plans(&PlanFilter::default(), &call).await.unwrap();
    assert_eq!(distinct(plans.iter().map(|it| &it.guid)), 2 * OFFERINGS);
    assert_eq!((plans.len(), asked("service_plans")), (2 * OFFERINGS, 3));

    let filter = PlanFilter {
        names: Some(vec![PLAN.into()]),
        broker_guids: Some(vec![guid]),
        ..Default::default()
    };
    let plans = cc.plans(&filter, &call).await.unwrap();
    assert!(plans.iter().all(|it| it.name == PLAN));
    assert_eq!(distinct(plans.iter().map(|it| &it.guid)), OFFERINGS);
    assert_eq!((plans.len(), asked("service_plans")), (OFFERINGS, 2));

    // Half a list is none; a page that is cut is read again.
    let second_page = |call| CallFault {
        skip: 1,
        ..CallFault::once("GET", "/v3/service_plans", call)
    };
    bench.cc.set_fault(second_page(CallAction::CutResponse));
    assert_eq!(cc.plans(&filter, &call).await.unwrap().len(), OFFERINGS);
    assert_eq!(asked("service_plans"), 3);
    bench.cc.set_fault(second_page(CallAction::Answer {
        status: 500,
        body: None,
    }));
    let fault = cc.plans(&filter, &call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
}

#[tokio::test]
async fn a_question_that_is_too_long_for_a_line_is_several() {
    let names: Vec<_> = (0..1_100).map(|at| format!("organization, {at}")).collect();
    let bench = Bench::with(names.iter().map(|name| (name.clone(), Vec::new())).collect()).await;
    let cc = bench.client("admin");
    let found = cc.organizations(&names, &context()).await.unwrap();
    assert_eq!(distinct(found.iter().map(|it| &it.guid)), names.len());
    let found: HashSet<_> = found.into_iter().map(|it| it.name).collect();
    assert_eq!(found, names.iter().cloned().collect());
    assert!(bench.cc.journal().count("GET /v3/organizations") > 1);
}
