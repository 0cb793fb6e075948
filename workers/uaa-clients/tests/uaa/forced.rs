//! A forced deprovision goes on without a UAA that can't be asked, or refuses; the log names the client that is left.
use crate::{
    ground::{OURS, US},
    world::World,
};
use chandler_engine::probe::NoProbe;
use chandler_proto::{
    job::OwnClient,
    records::{Phase, Record},
};
use chandler_simulators::{
    common::{CallAction, CallFault, Outage},
    uaa::Client,
};
use chandler_testing::{log::Log, records::succeeded};
use std::time::Duration;

const DELETE: &str = "DELETE /oauth/clients/{}";
const LEFT: &str = "the UAA client is left there";

impl World {
    fn forced(&self) -> Record {
        let mut record = self.deprovision(&self.instance_with_client());
        record.job.force = true;
        record
    }
    /// The removal of a client that is there ends well with a line of the log that says `why`; how long it took.
    async fn gives_up(&self, why: &str) -> Duration {
        let log = Log::default();
        let _listening = log.catch();
        self.ground.put(&self.forced()).await;
        self.drive_to("remove UAA client").await;
        let begun = self.ground.now();
        let record = self.to_the_end(&NoProbe).await;
        succeeded(&record);
        assert!(matches!(record.phase, Phase::Gone { look_at: Some(_), .. }));
        assert_eq!(record.job.facts.own_client, Some(OwnClient::Had), "it isn't gone");
        assert!(self.client().is_some());
        let lines = log.lines(LEFT);
        assert_eq!(lines.len(), 1, "{}", log.text());
        for said in ["WARN", "client=i-1", why] {
            assert!(lines[0].contains(said), "{said}: {}", lines[0]);
        }
        record.job.touched_at.since(begun)
    }
}

#[tokio::test]
async fn without_credentials_it_goes_on_at_once() {
    let mut world = World::start().await;
    world.leave_over();
    world.reconfigure(|yml| {
        let uaa = yml["cf"]["uaa"].as_object_mut().unwrap();
        uaa.remove("authentication");
        uaa.remove("client_definition");
    });
    let took = world.gives_up("no cf.uaa.authentication.client_credentials").await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn without_an_authority_it_goes_on_at_once() {
    for (authorities, lacks, sent) in [
        ("clients.write", "clients.read", 0),
        ("clients.read", "clients.write", 1),
    ] {
        let world = World::start().await;
        world.leave_over();
        world.uaa.put_client(Client::new(US, OURS, &[authorities]));
        let took = world.gives_up(&format!("needs the authority {lacks}")).await;
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert_eq!(world.uaa.journal().count(DELETE), sent, "{lacks}");
    }
}

#[tokio::test]
async fn a_uaa_that_is_away_is_waited_for_for_a_while() {
    let world = World::start().await;
    world.leave_over();
    world.uaa.set_outage(Some(Outage::Connections));
    let took = world.gives_up("GET /oauth/clients of the UAA").await;
    assert!(
        took > Duration::from_secs(10) && took < Duration::from_secs(60),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_uaa_that_comes_back_in_time_removes_it() {
    let world = World::start().await;
    world.leave_over();
    world.uaa.set_outage_for(Outage::Connections, Duration::from_secs(5));
    let record = world.run(&world.forced()).await;
    succeeded(&record);
    assert_eq!(record.job.facts.own_client, Some(OwnClient::Gone));
    assert!(world.client().is_none());
}

#[tokio::test]
async fn a_client_that_does_not_go_is_left_after_six_requests() {
    for (status, body) in [(200, Some("{}".to_owned())), (503, None)] {
        let world = World::start().await;
        world.leave_over();
        let answer = CallAction::Answer { status, body };
        world
            .uaa
            .set_fault(CallFault::always("DELETE", "/oauth/clients/", answer));
        world
            .gives_up("it was told 6 times to remove it, and it is there")
            .await;
        assert_eq!(world.uaa.journal().count(DELETE), 6, "{status}");
    }
}

#[tokio::test]
async fn nothing_is_left_that_is_not_there() {
    let world = World::start().await;
    let (log, record) = (Log::default(), world.forced());
    let _listening = log.catch();
    let record = world.run(&record).await;
    succeeded(&record);
    assert_eq!(record.job.facts.own_client, Some(OwnClient::Gone));
    assert_eq!(log.lines(LEFT), Vec::<String>::new());
}
