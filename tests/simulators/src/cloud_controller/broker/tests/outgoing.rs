//! Faults: which call they hit, and how often.

use std::time::Duration;

use http::Method;

use crate::cloud_controller::broker::OutgoingAction::{Double, Stop, TimeOut};
use crate::cloud_controller::broker::OutgoingFault;
use crate::cloud_controller::broker::outgoing::Outgoing;
use crate::cloud_controller::broker::request::{Ask, Purpose};

#[test]
fn a_fault_hits_what_fits_as_often_as_it_says() {
    let outgoing = Outgoing::new();
    outgoing.set_fault(OutgoingFault::once("PUT", "/service_bindings/", TimeOut));
    let all = outgoing.set_fault(OutgoingFault::always("", "", Double));
    let binding = "/v2/service_instances/i/service_bindings/b";
    let provision = Ask::new(Purpose::Provision, Method::PUT, "/v2/service_instances/i");
    let bind = Ask::new(Purpose::Bind, Method::PUT, binding);
    let unbind = Ask::new(Purpose::Unbind, Method::DELETE, binding);
    let orphan = Ask::new(Purpose::Orphan, Method::DELETE, binding);
    assert_eq!(outgoing.draw(&provision), Some(Double));
    assert_eq!(outgoing.draw(&bind), Some(TimeOut));
    assert_eq!(outgoing.draw(&bind), Some(Double));
    assert_eq!(outgoing.draw(&unbind), Some(Double));
    outgoing.clear_fault(all);
    assert_eq!(outgoing.draw(&bind), None);
    outgoing.set_fault(OutgoingFault::always("", "", TimeOut).only("orphan"));
    assert_eq!((outgoing.draw(&unbind), outgoing.draw(&orphan)), (None, Some(TimeOut)));
    outgoing.clear_faults();
    assert_eq!(outgoing.draw(&orphan), None);
}

#[test]
fn a_fault_is_json() {
    let fault: OutgoingFault =
        serde_json::from_str(r#"{"method":"PUT","action":"double_at_once","times":2}"#).expect("a fault");
    assert_eq!(
        (fault.method.as_deref(), fault.path.as_str(), fault.times),
        (Some("PUT"), "", Some(2))
    );
    assert!(serde_json::from_str::<OutgoingFault>(r#"{"action":"explode"}"#).is_err());
    assert!(serde_json::from_str::<OutgoingFault>(r#"{"action":"stop","time":2}"#).is_err());
}

#[tokio::test]
async fn stop_holds_polls_until_it_is_taken_away() {
    let outgoing = Outgoing::new();
    let path = "/v2/service_instances/i/last_operation";
    let stop = outgoing.set_fault(OutgoingFault::always("", "last_operation", Stop));
    let poll = Ask::new(Purpose::Poll, Method::GET, path);
    assert_eq!(outgoing.draw(&poll), None, "no call is hit");
    outgoing.released("/v2/service_instances/i/other").await;
    let waiter = tokio::spawn({
        let outgoing = outgoing.clone();
        async move { outgoing.released(path).await }
    });
    let other = outgoing.set_fault(OutgoingFault::always("", "", Double));
    outgoing.clear_fault(other);
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    outgoing.clear_fault(stop);
    let released = tokio::time::timeout(Duration::from_secs(10), waiter).await;
    released.expect("in time").expect("it is released");
}
