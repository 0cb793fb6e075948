//! What changes nothing, and how it is told.

use super::bench::{BROKER, Bench};
use chandler_simulators::cloud_controller::BrokerState;
use chandler_simulators::common::{CallAction, CallFault};
use chandler_simulators::uaa::Client;
use serde_json::{Value, json};

/// Nobody is given this port.
const NOWHERE: &str = "http://127.0.0.1:1";

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_moved_neither_into_a_space_nor_out_of_it() {
    let bench = Bench::start().await;
    for (first, then, is) in [
        (
            &[][..],
            &["--space", "demo/a space"][..],
            "is registered for all spaces",
        ),
        (&["--space", "demo/a space"], &[], "is registered for one space"),
    ] {
        assert_eq!(bench.register(first).await.code, Some(0));
        let before = format!("{:?}", (bench.broker().space, bench.cc.plans()));
        bench.cc.clear_journal();
        let said = bench.register(then).await;
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
        assert!(
            said.err.starts_with(&format!(
                "error: the broker kv {is}, and Cloud Controller can't move it: "
            )) && said.err.ends_with("nothing was changed\n"),
            "{said:?}"
        );
        assert!(bench.was_only_read(), "{:?}", bench.calls());
        assert_eq!(format!("{:?}", (bench.broker().space, bench.cc.plans())), before);
        assert_eq!(bench.deregister().await.code, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_is_refused_is_told_whole() {
    let bench = Bench::start().await;
    let plan = |catalog: &mut Value, at: usize, info: Value| {
        catalog["services"][0]["plans"][at]["maintenance_info"] = info;
    };
    bench.shop.change(|catalog| {
        plan(catalog, 0, json!({"version": "1.0.0", "public": {}}));
        plan(catalog, 2, json!({"version": "one"}));
    });
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    let begins = "error: Cloud Controller's job service_broker.catalog.synchronize failed: CF-ServiceBrokerCatalogInvalid: \
                  Service broker catalog is invalid: \nService store\n  Plan small\n    Maintenance info contains invalid key(s): public\n  Plan large\n";
    assert!(said.err.starts_with(begins), "{said:?}");
    assert!(
        said.err
            .ends_with("the broker is registered, but has no catalog there yet: correct this and run it again\n"),
        "{said:?}"
    );
    assert_eq!(bench.broker().state, BrokerState::SynchronizationFailed);

    // Corrected, the same command brings it in order.
    bench.shop.change(|catalog| {
        plan(catalog, 0, json!({"version": "1.0.0"}));
        plan(catalog, 2, json!({"version": "1.0.0"}));
    });
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out
            .starts_with(&format!("broker kv: updated at {}\n", bench.url())),
        "{said:?}"
    );

    // A catalog that gets worse leaves the one before.
    bench.shop.change(|catalog| catalog["services"] = json!([]));
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.contains("Service broker must provide at least one service"),
        "{said:?}"
    );
    assert!(
        said.err
            .ends_with("the broker stays as it was at Cloud Controller: correct this and run it again\n")
    );
    assert_eq!(bench.cc.plans().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cloud_controller_warns_of_is_told() {
    let bench = Bench::start().await;
    assert_eq!(bench.register(&[]).await.code, Some(0));
    bench.make_instance("small").await;
    bench.shop.change(|catalog| {
        catalog["services"][0]["plans"].as_array_mut().unwrap().remove(0);
    });
    bench.rewrite(|file| {
        file["service_catalog"]["plans"].as_array_mut().unwrap().remove(0);
    });
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err
            .starts_with("warning: Warning: Service plans are missing from the broker's catalog")
            && said.err.contains("Plans deactivated: small"),
        "{said:?}"
    );
    assert!(!said.out.contains("store/small"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brokers_credentials_are_wrong_or_nobody_is_there() {
    let bench = Bench::start().await;
    let wrong = "s3cret-of-somebody-else";
    bench.rewrite(|file| file["broker"]["password"] = json!(wrong));
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.contains("Authentication with the service broker failed."),
        "{said:?}"
    );
    bench.rewrite(|file| file["broker"]["password"] = json!(BROKER.1));
    let said = bench
        .chandler(&["register", "FILE", "--name", "kv", "--url", NOWHERE])
        .await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(said.err.contains("The service broker could not be reached"), "{said:?}");
    // The row that the first try left is the one that is repaired.
    assert_eq!(bench.register(&[]).await.code, Some(0));
    assert_eq!(bench.broker().password, BROKER.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_credentials_are_wrong_or_not_enough() {
    let bench = Bench::start().await;
    let right = |file: &Value| file["cf"]["uaa"]["authentication"]["client_credentials"]["client_secret"].clone();
    let mut secret = Value::Null;
    bench.rewrite(|file| {
        secret = right(file);
        file["cf"]["uaa"]["authentication"]["client_credentials"]["client_secret"] = json!("s3cret-of-yesterday");
    });
    for command in [bench.register(&[]).await, bench.deregister().await] {
        assert_eq!((command.code, command.out.as_str()), (Some(1), ""), "{command:?}");
        assert!(
            command.err.starts_with("error: ") && command.err.contains("401"),
            "{command:?}"
        );
        assert!(
            command.err.contains("What to do: ") && command.err.contains("cf.uaa.authentication"),
            "{command:?}"
        );
    }
    bench.rewrite(|file| file["cf"]["uaa"]["authentication"]["client_credentials"]["client_secret"] = secret);
    assert!(
        bench.calls().is_empty(),
        "Cloud Controller isn't even asked: {:?}",
        bench.calls()
    );

    let few = ["cloud_controller.read", "cloud_controller.write"];
    bench
        .uaa
        .put_client(Client::new("registrar", "s3cret-of-the-registrar", &few));
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.contains("CF-NotAuthorized")
            && said
                .err
                .contains("What to do: give the client or user cloud_controller.admin"),
        "{said:?}"
    );
    assert!(bench.cc.registered().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_and_what_to_do_about_it() {
    let bench = Bench::start().await;
    let answer = |status, body: Value| CallAction::Answer {
        status,
        body: Some(body.to_string()),
    };
    let error = |code: u64, title: &str| json!({"errors": [{"code": code, "title": title, "detail": "d"}]});
    for (at_uaa, (method, path), action, todo) in [
        (
            true,
            ("POST", "/oauth/token"),
            answer(400, json!({"error": "invalid_grant", "error_description": "MFA"})),
            "What to do: see that the UAA gives tokens for cf.uaa.authentication: ",
        ),
        (
            false,
            ("GET", "/v3/service_brokers"),
            answer(401, error(1000, "CF-InvalidAuthToken")),
            "What to do: let cf.uaa.url be the UAA whose tokens Cloud Controller takes\n",
        ),
        (
            false,
            ("GET", "/v3/service_brokers"),
            answer(429, error(10_013, "CF-RateLimitExceeded")),
            "What to do: wait, and run this again\n",
        ),
    ] {
        let fault = CallFault::always(method, path, action);
        match at_uaa {
            true => bench.uaa.set_fault(fault),
            false => bench.cc.set_fault(fault),
        };
        for said in [bench.register(&[]).await, bench.deregister().await] {
            assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
            assert!(said.err.contains(todo), "{said:?}");
        }
        bench.uaa.clear_faults();
        bench.cc.clear_faults();
    }

    // The broker is made, and nobody may look at the job: nothing is claimed of how it ended.
    let gone = answer(404, error(10_010, "CF-ResourceNotFound"));
    bench.cc.set_fault(CallFault::always("GET", "/v3/jobs/", gone));
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.ends_with("what became of it isn't known: run this again\n") && !said.err.contains("no catalog"),
        "{said:?}"
    );
    bench.cc.clear_faults();
    bench.is_idle().await;

    // The answer to a delete is lost.
    bench.cc.set_fault(CallFault::once(
        "DELETE",
        "/v3/service_brokers/",
        CallAction::LoseResponse,
    ));
    let said = bench.deregister().await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err
            .ends_with("it may have been done all the same: run this again\n"),
        "{said:?}"
    );
    bench.is_idle().await;
    let said = bench.deregister().await;
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_told_and_the_next_run_finds_what_it_did() {
    let bench = Bench::start().await;
    let lost = |method: &str, path: &str| {
        bench.cc.clear_faults();
        bench
            .cc
            .set_fault(CallFault::once(method, path, CallAction::LoseResponse));
    };
    lost("POST", "/v3/service_brokers$");
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err
            .ends_with("it may have been done all the same: run this again\n"),
        "{said:?}"
    );
    bench.is_idle().await;
    lost("PATCH", "/v3/service_plans/");
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.out, format!("broker kv: updated at {}\n", bench.url()));
    assert!(
        said.err
            .ends_with("plan store/small: who sees it may not be as the file says; run this again\n"),
        "{said:?}"
    );
    let said = bench.register(&[]).await;
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert!(
        said.out.contains("plan store/small: for everybody, as before\n"),
        "{said:?}"
    );

    // Nobody there at all.
    bench
        .cc
        .set_outage(Some(chandler_simulators::common::Outage::Connections));
    for said in [bench.register(&[]).await, bench.deregister().await] {
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
        assert!(
            said.err.contains("that cf.url and cf.uaa.url lead to them from here"),
            "{said:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_catalog_repeats_of_the_password_is_not_told() {
    let bench = Bench::start().await;
    bench
        .shop
        .change(|catalog| catalog["services"][0]["description"] = json!({"called as": BROKER.1}));
    let said = bench.register(&[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("Service description must be a string"), "{said:?}");
    assert!(!said.err.contains(BROKER.1) && said.err.contains("***"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_its_time_is_waited_for_as_long_as_was_said() {
    let bench = Bench::start().await;
    bench.shop.change(|catalog| *catalog = Value::Null);
    let said = bench.register(&["--wait", "4"]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    let waits = "waiting for Cloud Controller for 3 s (its job is PROCESSING); it may take 4 s\n";
    assert!(said.err.starts_with(waits), "{said:?}");
    assert!(
        said.err
            .ends_with("hasn't ended in time (PROCESSING). It goes on there; --wait makes this command more patient. Run this again when it has ended\n"),
        "nothing is claimed of what there is now: {said:?}"
    );
    // While it is at it, nobody else may.
    let said = bench.register(&["--wait", "4"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err
            .contains("Cannot update a broker when other operation is already in progress"),
        "{said:?}"
    );
    assert!(said.err.ends_with("run this again when it has ended\n"), "{said:?}");
    // A call that takes its time is told, too.
    let slow = CallFault::once("GET", "/v3/service_brokers$", CallAction::DelayResponse { ms: 4_000 });
    bench.cc.set_fault(slow);
    let said = bench.register(&["--wait", "4"]).await;
    assert!(
        said.err.starts_with("waiting for Cloud Controller for 3 s\n"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_cloud_foundry_or_a_user_that_it_lacks_is_64() {
    let bench = Bench::start().await;
    let said = bench.register(&["--username", "nobody"]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{said:?}");
    assert!(
        said.err
            .contains("--username names nobody whom the broker knows; it knows broker"),
        "{said:?}"
    );
    for arguments in [
        &["--url", "b.example.com"][..],
        &["--url", "https://u:s3cret-x@b"],
        &["--space", "demo"],
    ] {
        let said = bench
            .chandler(&[&["register", "FILE", "--name", "kv"], arguments].concat())
            .await;
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    }
    bench.rewrite(|file| {
        file.as_object_mut().unwrap().remove("cf");
        file["broker"]["disable_cf_startup_checks"] = json!(true);
    });
    for said in [bench.register(&[]).await, bench.deregister().await] {
        assert_eq!((said.code, said.out.as_str()), (Some(64), ""), "{said:?}");
        assert!(
            said.err
                .starts_with("error: cf: lacks url, uaa.url and uaa.authentication, "),
            "{said:?}"
        );
    }
    assert!(bench.calls().is_empty());
}
