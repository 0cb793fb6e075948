//! Whose a row is.

use std::time::Duration;

use crate::cloud_controller::broker::ledger::Ledger;

#[tokio::test]
async fn a_deletion_borrows_a_row_until_the_broker_has_taken_it_on() {
    let ledger = Ledger::new();
    ledger.take("i", "create", false);
    assert!(ledger.owns("i", "create") && ledger.is_taken("i"));
    ledger.take("i", "delete", true);
    assert!(ledger.owns("i", "delete") && !ledger.owns("i", "create"));

    let waiter = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.regained("i", "create").await }
    });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    assert_eq!(ledger.give_back("i").as_deref(), Some("create"));
    let regained = tokio::time::timeout(Duration::from_secs(10), waiter).await;
    assert!(regained.expect("in time").expect("it is told"));
    assert_eq!(ledger.give_back("i"), None, "nobody has borrowed it");

    ledger.take("i", "delete", true);
    assert_eq!(ledger.keep("i").as_deref(), Some("create"));
    assert!(!ledger.regained("i", "create").await);
    let lost = tokio::time::timeout(Duration::from_secs(10), ledger.lost("i", "create"));
    lost.await.expect("it is lost");
    ledger.leave("i", "create");
    assert!(ledger.owns("i", "delete"), "who has no row takes none along");
    ledger.leave("i", "delete");
    assert!(!ledger.is_taken("i"));
}

#[test]
fn it_is_idle_when_nothing_is_under_way() {
    let ledger = Ledger::new();
    assert!(ledger.is_idle());
    let (one, two) = (ledger.busy(), ledger.busy());
    drop(one);
    assert!(!ledger.is_idle());
    drop(two);
    assert!(ledger.is_idle());
}
