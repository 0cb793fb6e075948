//! The program itself: from a wake to an answer, and away again.
use crate::world::{DASHBOARD, KEY, World};
use chandler_proto::step::Step;
use chandler_simulators::common::{CallAction, CallFault};
use chandler_testing::{
    process::{Program, Until, refusal, tells_none_of},
    records::{failure, succeeded},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chandler-uaa-clients");

#[tokio::test]
async fn a_worker_takes_wakes_and_tells_no_secret() {
    let world = World::start().await;
    let worker = Program::start(PROGRAM, &world.yml);
    let limit = Until::seconds(60);
    // Only its own legs: nobody else is here.
    let ours = |leg: &Step| matches!(leg, Step::UaaClients(_));
    let mut provision = world.provision();
    provision.job.itinerary.retain(ours);
    provision.job.facts.dashboard_url = Some(DASHBOARD.into());
    let revision = world.ground.put(&provision).await;
    assert!(world.ground.gateway.ring(&provision, revision).await);
    succeeded(&world.ground.finished(KEY, &limit).await);
    let secret = world.secret();
    assert_eq!(world.client().unwrap().redirect_uri, [DASHBOARD]);
    worker.reload(&world.yml, &limit).await;
    // One that is refused: its reason is logged.
    let refusal = CallAction::Answer {
        status: 400,
        body: Some(r#"{"error": "invalid_client", "error_description": "no more"}"#.into()),
    };
    world
        .uaa
        .set_fault(CallFault::always("DELETE", "/oauth/clients/", refusal));
    let mut again = world.provision_again();
    again.job.itinerary.retain(ours);
    let revision = world.ground.put(&again).await;
    assert!(world.ground.gateway.ring(&again, revision).await);
    let failed = world.ground.finished(KEY, &limit).await;
    assert!(failure(&failed).for_operator.contains("no more"), "{failed:?}");
    let log = worker.stop(&limit).await;
    assert!(log.contains("the job is done") && log.contains("no more"), "{log}");
    tells_none_of(&log, &[&secret, "hush", "hunter2", "of somebody else"]);
}

#[test]
fn a_configuration_with_a_definition_and_no_credentials_is_refused() {
    let mut yml = crate::ground::broker_yml("nats://127.0.0.1:1", "https://127.0.0.1:1", "");
    let uaa = yml["cf"]["uaa"].as_object_mut().unwrap();
    uaa.remove("authentication");
    let said = refusal(PROGRAM, &yml);
    assert!(
        said.contains("client_definition is set, but uaa client_credentials is not"),
        "{said}"
    );
}

#[tokio::test]
async fn a_uaa_whose_certificate_is_not_checked_is_told_of_at_each_start() {
    let limit = Until::seconds(60);
    for section in ["cf", "broker"] {
        let mut yml = crate::ground::broker_yml("nats://127.0.0.1:1", "https://127.0.0.1:1", "");
        yml[section]["disable_ssl_cert_verification"] = true.into();
        let warning = format!(
            "configuration: {section}.disable_ssl_cert_verification: the certificates of Cloud Controller and its UAA are not checked"
        );
        for _ in 0..2 {
            let worker = Program::start(PROGRAM, &yml);
            while !worker.log().contains(&warning) {
                limit.pause("it warns").await;
            }
        }
    }
}
