//! The check for pending changes of an instance that has a UAA client.
use crate::{
    records::update,
    site::Site,
    update::{I, commands, deployed, first, made, manifest, run, second},
};
use chandler_engine::probe::NoProbe;
use chandler_proto::records::Record;
use chandler_simulators::{
    common::{CallAction, CallFault},
    uaa::Client,
};
use chandler_testing::records::{done, failure, succeeded};
use serde_json::{Value, json};
use std::time::Duration;

const LIST: &str = "/oauth/clients";

/// What the UAA has of the instance.
fn client() -> Client {
    let mut client = Client::new("i", "hidden-secret", &["kv.read"]);
    client.redirect_uri = vec!["https://kv.example/i".into()];
    client.more.insert("name".into(), json!("a-name"));
    client
}

/// An instance with a client.
async fn made_with_client(change: impl FnOnce(&mut Value)) -> (Site, Record) {
    let (site, mut old) = made(change).await;
    old.in_force.as_mut().unwrap().uaa_client = true;
    site.servers.uaa.world().put_client(client());
    (site, old)
}

/// What the adapter does when it is asked without a request: with a client, and without one. Else it says what it would.
fn adapter(site: &Site, with: &str, without: &str) {
    let script = format!(
        r#"case "$input" in
*'"request_parameters":"{{}}"'*) case "$input" in
    *'"uaa_client":"null"'*) {without} ;;
    *) {with} ;;
    esac ;;
*) cat said ;;
esac
"#
    );
    site.adapter_does("generate-manifest", &script);
    let changed = json!({ "manifest": manifest("changed", 1) });
    std::fs::write(site.dir.path().join("changed"), changed.to_string()).unwrap();
}

/// What the adapter got at each run that had no request.
fn checks(site: &Site) -> Vec<Value> {
    let runs = site.runs().into_iter();
    let checks = runs.filter(|(_, given)| given["request_parameters"] == "{}");
    checks
        .map(|(_, given)| given["uaa_client"].as_str().unwrap().parse().unwrap())
        .collect()
}

fn asked(site: &Site) -> u64 {
    site.servers.uaa.world().journal().count("GET /oauth/clients")
}

#[tokio::test]
async fn it_is_handed_over_as_the_uaa_has_it_without_a_secret() {
    let (site, old) = made_with_client(|_| ()).await;
    adapter(&site, "cat repeated", "cat changed");
    succeeded(&run(&site, &update(&site, &old)).await);
    assert_eq!(deployed(&site), Some(second()));
    let wanted = json!({
        "client_id": "i", "client_secret": "", "name": "a-name", "scopes": "uaa.none", "resource_ids": "none",
        "authorities": "kv.read", "authorized_grant_types": "client_credentials",
        "redirect_uri": "https://kv.example/i", "allowpublic": "false",
    });
    assert_eq!(checks(&site), [wanted], "one comparison is enough");
}

#[tokio::test]
async fn an_adapter_that_keeps_what_it_is_not_given_sees_no_change() {
    // It writes an empty secret over the one that is deployed, or doesn't like it.
    for with in ["cat changed", "echo 'a client without a secret'; exit 1"] {
        let (site, old) = made_with_client(|_| ()).await;
        adapter(&site, with, "cat repeated");
        succeeded(&run(&site, &update(&site, &old)).await);
        let checks = checks(&site);
        assert_eq!(checks.len(), 2, "{with}");
        assert_eq!(
            (&checks[0]["client_id"], &checks[1]),
            (&json!("i"), &Value::Null),
            "{with}"
        );
    }
}

#[tokio::test]
async fn what_changes_in_both_ways_is_pending() {
    let out_of_date = "The service broker has been updated, and this service instance is out of date.";
    for (with, without, user) in [
        ("cat changed", "cat changed", out_of_date),
        ("cat changed", "echo 'not so'; exit 1", out_of_date),
        (
            "echo 'not without a secret'; exit 1",
            "cat changed",
            "not without a secret",
        ),
    ] {
        let (site, old) = made_with_client(|_| ()).await;
        adapter(&site, with, without);
        let failed = run(&site, &update(&site, &old)).await;
        let why = failure(&failed);
        assert!(why.for_user.starts_with(user), "{with}, {without}: {why:?}");
        assert_eq!(
            (checks(&site).len(), commands(&site).len()),
            (2, 2),
            "{with}, {without}"
        );
        let as_it_was = (old.in_force, Some(first()));
        assert_eq!((failed.in_force, deployed(&site)), as_it_was, "{with}, {without}");
    }
}

#[tokio::test]
async fn without_one_in_force_or_at_the_uaa_there_is_none_to_hand_over() {
    let (site, mut old) = made_with_client(|_| ()).await;
    old.in_force.as_mut().unwrap().uaa_client = false;
    succeeded(&run(&site, &update(&site, &old)).await);
    assert_eq!((checks(&site), asked(&site)), (vec![Value::Null], 0));

    let (site, old) = made_with_client(|_| ()).await;
    assert!(site.servers.uaa.world().remove_client("i"));
    succeeded(&run(&site, &update(&site, &old)).await);
    assert_eq!((checks(&site), asked(&site)), (vec![Value::Null], 1));
}

#[tokio::test]
async fn a_uaa_that_does_not_answer_is_waited_for() {
    let (site, old) = made_with_client(|_| ()).await;
    let busy = CallAction::Answer {
        status: 500,
        body: None,
    };
    let fault = site.servers.uaa.world().set_fault(CallFault::always("GET", LIST, busy));
    let (_, over) = site.ground.read(I).await;
    site.ground.write(&update(&site, &old), over).await;
    site.turn(I, &NoProbe).await.unwrap();
    let (waiting, _) = site.ground.read(I).await;
    assert_eq!(
        (waiting.job.leg, waiting.job.note.as_deref()),
        (0, Some("waiting for the UAA"))
    );
    assert_eq!(site.runs().len(), 0);
    site.servers.uaa.world().clear_fault(fault);
    succeeded(&site.drive(I, done).await);
    assert_eq!(checks(&site)[0]["client_id"], "i");
}

/// The operator has taken the credentials away: waiting for them harms less than comparing something else.
#[tokio::test]
async fn without_credentials_it_waits_until_the_deadline() {
    let without = |file: &mut Value| {
        file.as_object_mut().unwrap().remove("cf");
    };
    let (site, old) = made_with_client(without).await;
    let (_, over) = site.ground.read(I).await;
    site.ground.write(&update(&site, &old), over).await;
    let waiting = site.drive(I, |record| record.job.faults > 1).await;
    assert_eq!(waiting.job.note.as_deref(), Some("waiting for the UAA"));
    let why = "the configuration has no cf.uaa.authentication.client_credentials";
    assert!(
        waiting.job.last_fault.as_deref().is_some_and(|it| it.contains(why)),
        "{waiting:#?}"
    );
    site.ground.clock.advance(Duration::from_secs(3600 + 121));
    let failed = site.drive(I, done).await;
    assert!(
        failure(&failed)
            .for_operator
            .contains("the operation's deadline passed"),
        "{failed:#?}"
    );
    assert_eq!((failed.in_force, site.runs().len()), (old.in_force, 0));
}
