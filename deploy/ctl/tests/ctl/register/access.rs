//! Who sees which plan.

use super::bench::{Bench, ORGANIZATION};
use chandler_simulators::cloud_controller::Visibility;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Who sees a plan at Cloud Controller.
fn visibility(bench: &Bench, plan: &str) -> Visibility {
    bench.plan(plan).unwrap_or_else(|| panic!("no plan {plan}")).visibility
}

/// What the file says of the plans, in their order.
fn wants(bench: &Bench, all: [Value; 4]) {
    bench.rewrite(|file| {
        let plans = file["service_catalog"]["plans"].as_array_mut().unwrap();
        for (plan, access) in plans.iter_mut().zip(all) {
            let plan = plan.as_object_mut().unwrap();
            plan.remove("cf_service_access");
            plan.remove("service_access_org");
            if let Value::Object(access) = access {
                plan.extend(access);
            }
        }
    });
}

fn is(access: &str) -> Value {
    json!({ "cf_service_access": access })
}

fn of(organization: &str) -> Value {
    json!({"cf_service_access": "org-restricted", "service_access_org": organization})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_access_becomes_every_other() {
    let bench = Bench::start().await;
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let guids = bench.organizations().await;
    let organizations = |all: &[&str]| {
        let named = all.iter().map(|name| guids[*name].clone()).collect::<BTreeSet<_>>();
        Visibility::Organizations(named)
    };
    let now = || ["small", "trial", "large", "odd"].map(|plan| visibility(&bench, plan));
    let here = organizations(&[ORGANIZATION]);
    assert_eq!(
        now(),
        [Visibility::Public, Visibility::Admin, here.clone(), Visibility::Admin]
    );

    // Round about; `enable` where nothing is said; what is manual now stays as it was set.
    wants(&bench, [is("disable"), of("demo"), is("manual"), Value::Null]);
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out
            .contains("plan store/large: left as it is (manual; now organization)\n"),
        "{said:?}"
    );
    let demo = organizations(&["demo"]);
    assert_eq!(now(), [Visibility::Admin, demo, here.clone(), Visibility::Public]);

    // One organization takes the place of another, and of everybody.
    wants(&bench, [of(ORGANIZATION), of(ORGANIZATION), is("enable"), of("demo")]);
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(
        now(),
        [here.clone(), here, Visibility::Public, organizations(&["demo"])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_isnt_there_changes_nothing() {
    let bench = Bench::start().await;
    wants(&bench, [of("nobody, nowhere"), of("nobody"), of("demo"), is("enable")]);
    let said = bench.register(&[]).await;
    let wanted = "error: failed to find org with name \"nobody\"\n\
                  error: failed to find org with name \"nobody, nowhere\"\n\
                  nothing was changed\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(1), "", wanted));
    assert!(bench.cc.registered().is_empty() && bench.was_only_read());

    for (space, why) in [
        (
            "nowhere/dev",
            "error: failed to find org with name \"nowhere\"\nnothing was changed\n",
        ),
        // Such a space there is in another organization.
        (
            "demo/dev",
            "error: failed to find space with name \"dev\" in org \"demo\"\nnothing was changed\n",
        ),
    ] {
        let said = bench.register(&["--space", space]).await;
        assert_eq!(
            (said.code, said.out.as_str(), said.err.as_str()),
            (Some(1), "", why),
            "{space}"
        );
    }
    assert!(bench.cc.registered().is_empty() && bench.was_only_read());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_cloud_controller_doesnt_know_is_told_and_the_others_are_set() {
    let bench = Bench::start().await;
    // The broker at this address is older than the file.
    bench.shop.change(|catalog| {
        let plans = catalog["services"][0]["plans"].as_array_mut().unwrap();
        plans.retain(|plan| plan["name"] != "small" && plan["name"] != "odd");
    });
    let said = bench.register(&[]).await;
    let missing = |name: &str| {
        format!(
            "error: planID \"{name}\" not found while updating plan access (offering store): does the broker at this address have the same configuration?\n"
        )
    };
    assert_eq!((said.code, said.err), (Some(1), missing("small") + &missing("odd")));
    let wanted = format!(
        "broker kv: registered at {}\n\
         plan store/trial: for administrators only, as before\n\
         plan store/large: for the organization {ORGANIZATION}\n",
        bench.url()
    );
    assert_eq!(said.out, wanted);
}
