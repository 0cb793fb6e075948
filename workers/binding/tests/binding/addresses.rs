//! Addresses by BOSH DNS: had, and no link stays.
use crate::{
    records::{Wish, dns},
    world::{DEPLOYMENT, World},
};
use chandler_clients::CallContext;
use chandler_engine::probe::POINTS;
use chandler_proto::records::Phase;
use chandler_simulators::common::{CallAction, CallFault};
use chandler_testing::{probes::DiesAt, records::failure};
use serde_json::json;
use std::time::Duration;

fn wish() -> Wish {
    Wish {
        secure: false,
        reader: None,
        parameters: json!({}),
        dns: vec![dns("master", "kv"), dns("replica", "kv")],
    }
}

#[tokio::test]
async fn the_adapter_gets_addresses_and_no_link_stays() {
    let world = World::start().await;
    let bound = world.run(&world.bind("b-1", &wish())).await;
    let hosts = world.answer(&bound)["credentials"]["hosts"].clone();
    assert_eq!(hosts.as_array().unwrap().len(), 2, "{hosts}");
    assert!(hosts[0].as_str().unwrap().ends_with(".bosh"), "{hosts}");
    assert!(
        bound
            .job
            .facts
            .addresses
            .values()
            .all(|it| it.dropped && it.link.is_some())
    );
    assert_eq!(world.links().await, Vec::<String>::new());
    let gone = world.run(&world.unbind(&bound, false)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    world.nothing_of("b-1").await;
}

#[tokio::test]
async fn wherever_a_worker_dies_no_link_stays() {
    let world = World::start().await;
    for (n, point) in POINTS.into_iter().enumerate() {
        for pass in 1..=3 {
            let probe = DiesAt::time(point, pass);
            let bound = world
                .run_with(&world.bind(&format!("b-{n}-{pass}"), &wish()), &probe)
                .await;
            assert!(world.answer(&bound)["credentials"]["hosts"].is_array());
            assert_eq!(world.links().await, Vec::<String>::new(), "{point:?} {pass}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_of_the_director_leaves_no_link() {
    let world = World::start().await;
    for (method, path) in [("POST", "/links"), ("DELETE", "/links/")] {
        for action in [CallAction::LoseResponse, CallAction::LoseRequest] {
            world.director.world().set_fault(CallFault::once(method, path, action));
            let id = format!("b-{method}-{}", world.ground.now().0);
            let bound = world.run(&world.bind(&id, &wish())).await;
            assert!(world.answer(&bound)["credentials"]["hosts"].is_array());
            assert_eq!(world.links().await, Vec::<String>::new());
            let waited = world.ground.now().since(bound.job.accepted_at);
            assert!(waited > Duration::from_secs(20), "the fault was met: {waited:?}");
        }
    }
}

#[tokio::test]
async fn a_bind_without_a_provider_fails_and_an_unbind_goes_on() {
    let world = World::start().await;
    let missing = Wish {
        dns: vec![dns("master", "kv"), dns("other", "nobody")],
        ..wish()
    };
    let record = world.run(&world.bind("b-1", &missing)).await;
    let wanted = format!(
        "failed to get required DNS info: could not find link provider matching deployment {DEPLOYMENT}, \
         instanceGroupName kv, providerName nobody"
    );
    assert_eq!(failure(&record).for_operator, wanted);
    world.nothing_of("b-1").await;
    let gone = world.run(&world.unbind(&record, false)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    assert!(gone.job.facts.addresses["master"].address.is_some());
    assert_eq!(world.links().await, Vec::<String>::new());
}

#[tokio::test]
async fn links_of_jobs_that_were_replaced_are_found_and_removed() {
    let world = World::start().await;
    let bound = world.run(&world.bind("b-1", &wish())).await;
    let (call, limit) = (CallContext::default(), Duration::from_secs(10));
    let providers = world.client.link_providers(DEPLOYMENT, &call).await.unwrap().unwrap();
    let job = bound.job.id;
    for name in [
        format!("b-1.{job}.0"),
        format!("b-1.{job}.1"),
        format!("b-10.{job}.0"),
        "somebody".into(),
    ] {
        world
            .client
            .create_link(&providers[0].id, &name, &call, limit)
            .await
            .unwrap();
    }
    let gone = world.run(&world.unbind(&bound, false)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    let mut left = world.links().await;
    left.sort();
    assert_eq!(
        left,
        [format!("b-10.{job}.0"), "somebody".into()],
        "what isn't ours stays"
    );
}

const READS: [&str; 4] = ["/links", "/link_consumers", "/link_providers", "/link_address"];

fn answers(status: u16) -> CallAction {
    CallAction::Answer { status, body: None }
}

#[tokio::test]
async fn addresses_that_the_director_refuses_stop_no_unbind() {
    let world = World::start().await;
    for (n, path) in READS.into_iter().enumerate() {
        let id = format!("b-{n}");
        let bound = world.run(&world.bind(&id, &wish())).await;
        let faults = world.director.world();
        faults.set_fault(CallFault::always("GET", path, answers(403)));
        let unbind = world.unbind(&bound, false);
        let gone = world.run(&unbind).await;
        assert!(matches!(gone.phase, Phase::Gone { .. }), "{path}: {:?}", gone.job.state);
        let waited = world.ground.now().since(unbind.job.accepted_at);
        assert!(waited < Duration::from_secs(60), "{path}: it waited {waited:?}");
        faults.clear_faults();
        world.nothing_of(&id).await;
    }
}

#[tokio::test]
async fn an_unbind_that_sees_no_links_until_its_deadline_cleans_credhub() {
    let world = World::start().await;
    let secure = Wish {
        dns: wish().dns,
        ..Wish::default()
    };
    for (n, path) in READS.into_iter().enumerate() {
        for force in [false, true] {
            let id = format!("b-{n}-{force}");
            let bound = world.run(&world.bind(&id, &secure)).await;
            assert!(world.credhub.get(&World::name(&id)).is_some());
            let faults = world.director.world();
            faults.set_fault(CallFault::always("GET", path, answers(503)));
            let mut unbind = world.unbind(&bound, true);
            unbind.job.force = force;
            unbind.job.deadline = world.ground.now().plus(Duration::from_secs(60));
            let ended = world.run(&unbind).await;
            faults.clear_faults();
            if force {
                assert!(
                    matches!(ended.phase, Phase::Gone { .. }),
                    "{path}: {:?}",
                    ended.job.state
                );
            } else {
                let said = &failure(&ended).for_operator;
                assert!(said.contains("deadline passed"), "{path}: {said}");
                assert!(said.contains(&format!("last fault: GET {path}")), "{path}: {said}");
            }
            assert!(
                world.ground.now() > unbind.job.deadline,
                "{path}: a fault that may pass is waited for"
            );
            assert_eq!(world.credhub.get(&World::name(&id)), None, "{path}");
            let permissions = world.credhub.permissions();
            assert!(
                !permissions.iter().any(|(at, _, _)| *at == World::name(&id)),
                "{path}: {permissions:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_link_that_the_director_keeps_stops_no_unbind() {
    let world = World::start().await;
    let bound = world.run(&world.bind("b-1", &wish())).await;
    let (call, limit) = (CallContext::default(), Duration::from_secs(10));
    let providers = world.client.link_providers(DEPLOYMENT, &call).await.unwrap().unwrap();
    let stray = format!("b-1.{}.7", bound.job.id);
    let made = world.client.create_link(&providers[0].id, &stray, &call, limit).await;
    made.unwrap();
    let director = world.director.world();
    let before = director.journal().count("DELETE /links/{}");
    director.set_fault(CallFault::always("DELETE", "/links/", answers(403)));
    let unbind = world.unbind(&bound, false);
    let gone = world.run(&unbind).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    assert!(gone.job.facts.addresses.values().all(|it| it.address.is_some()));
    assert_eq!(world.user("b-1"), None);
    assert_eq!(world.links().await.len(), 3, "the stray one, and one for each address");
    let asked = director.journal().count("DELETE /links/{}") - before;
    assert_eq!(asked, 3, "each once");
}
