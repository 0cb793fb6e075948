//! `deregister`.

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_deleted_and_one_that_isnt_there_is_fine() {
    let bench = Bench::start().await;
    assert_eq!(bench.register(&[]).await.code, Some(0));
    // Nobody else's.
    let arguments = ["register", "FILE", "--name", "kv, and more", "--url", &bench.url()];
    let said = bench.chandler(&arguments).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let warning = "warning: the broker kv is registered at this address, too: ";
    assert!(
        said.err.starts_with(warning) && said.err.lines().count() == 1,
        "{said:?}"
    );
    // It is told once: who is registered may stay so.
    let said = bench.chandler(&arguments).await;
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    for wanted in ["broker kv: deleted\n", "No service broker found with name: kv\n"] {
        let said = bench.deregister().await;
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), wanted, ""));
        assert_eq!(bench.broker().name, "kv, and more");
        assert_eq!(bench.cc.offerings().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_instances_stays_and_what_to_do_is_told() {
    let bench = Bench::start().await;
    assert_eq!(bench.register(&[]).await.code, Some(0));
    let instance = bench.make_instance("small").await;
    let said = bench.deregister().await;
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    assert!(
        said.err.contains(
            "CF-ServiceBrokerNotRemovable: Can not remove brokers that have associated service instances: kv\n"
        ) && said.err.contains("What to do: delete these service instances first."),
        "{said:?}"
    );
    assert_eq!(bench.broker().name, "kv");
    bench.purge_instance(&instance).await;
    let said = bench.deregister().await;
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "broker kv: deleted\n"),
        "{said:?}"
    );
    assert!(bench.cc.registered().is_empty() && bench.cc.plans().is_empty());
}
