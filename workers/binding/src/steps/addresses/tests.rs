use super::*;
use crate::{
    links::Ours,
    scenes::{self, TEXTS},
};
use chandler_clients::FaultKind;
use chandler_proto::{ids::JobId, operation::Operation};
use uuid::Uuid;

fn bind() -> Scene {
    scenes::scene(Operation::Bind)
}
fn unbind() -> Scene {
    scenes::scene(Operation::Unbind)
}
fn ours(id: &str, n: usize) -> Ours {
    Ours {
        id: id.into(),
        job: JobId(Uuid::from_u128(1)),
        n,
    }
}
fn stray(id: &str) -> Ours {
    Ours {
        job: JobId(Uuid::from_u128(99)),
        ..ours(id, 0)
    }
}
fn asked(link: &str, address: Result<&str, Fault>) -> Next {
    Next::Asked {
        n: 0,
        link: link.into(),
        address: address.map(str::to_owned),
    }
}
fn refused() -> Fault {
    let kind = FaultKind::Refused {
        status: 400,
        code: None,
    };
    Fault::new(kind, "GET /link_address of the Director", "never")
}
fn decide(scene: &Scene, ours: &[Ours], next: Option<Next>) -> Decision<Act> {
    let there = Some(There {
        ours: ours.to_vec(),
        next,
    });
    let seen = Seen {
        there,
        obstacle: None,
        texts: TEXTS,
    };
    Addresses::decide(scene, seen)
}
fn act_of(decision: Decision<Act>) -> (Act, Facts) {
    match decision {
        Decision::Act { act, facts, .. } => (act, facts),
        other => panic!("no act: {other:?}"),
    }
}
fn drops(decision: Decision<Act>, link: &str) -> Facts {
    let (act, facts) = act_of(decision);
    assert_eq!(act, Act::Drop(link.into()));
    facts
}
fn failure(decision: Decision<Act>) -> Failure {
    match decision {
        Decision::Fail(failure) => failure,
        other => panic!("it goes on: {other:?}"),
    }
}

#[test]
fn an_address_is_linked_asked_and_dropped() {
    for scene in [bind(), unbind()] {
        let linking = decide(&scene, &[], Some(Next::Unlinked(1, "7".into())));
        let wanted = Act::Link {
            n: 1,
            provider: "7".into(),
        };
        assert_eq!(act_of(linking).0, wanted);
        let facts = drops(decide(&scene, &[ours("5", 0)], Some(asked("5", Ok("q.bosh")))), "5");
        let known = &facts.addresses["master"];
        assert_eq!(
            known.address.as_deref(),
            Some("q.bosh"),
            "it is known before the link goes"
        );
        assert_eq!((known.link.as_deref(), known.dropped), (Some("5"), false));
        assert_eq!(decide(&scene, &[], None), Decision::Done(Facts::default()));
        assert!(matches!(
            decide(&scene, &[], Some(Next::Vanished)),
            Decision::Wait { .. }
        ));
    }
}

#[test]
fn what_others_left_goes_first_and_what_is_in_use_stays() {
    for scene in [bind(), unbind()] {
        let mess = [stray("3"), ours("5", 0)];
        drops(decide(&scene, &mess, Some(asked("5", Ok("q.bosh")))), "3");
        drops(decide(&scene, &mess[..1], Some(Next::Unlinked(0, "7".into()))), "3");
        drops(decide(&scene, &[ours("5", 0)], None), "5");
    }
}

#[test]
fn a_bind_that_misses_an_address_fails_when_no_link_is_left() {
    let scene = bind();
    let next = || Some(Next::NoProvider(1));
    drops(decide(&scene, &[ours("5", 0)], next()), "5");
    let failure_at_end = failure(decide(&scene, &[], next()));
    let wanted = "failed to get required DNS info: could not find link provider matching deployment \
                  service-instance_i-1, instanceGroupName kv, providerName kv";
    assert_eq!(failure_at_end.for_operator, wanted);
    let facts = drops(decide(&scene, &[ours("5", 0)], Some(asked("5", Err(refused())))), "5");
    let put_off = facts.put_off.clone().unwrap();
    assert!(put_off.for_operator.contains("never"), "{put_off:?}");
    let mut scene = scene;
    scene.record.job.facts.merge(facts);
    drops(
        decide(&scene, &[ours("5", 0)], Some(Next::Unlinked(0, "7".into()))),
        "5",
    );
    assert_eq!(
        failure(decide(&scene, &[], Some(Next::Unlinked(0, "7".into())))),
        put_off
    );
}

#[test]
fn an_unbind_leaves_out_what_it_cannot_have() {
    let mut scene = unbind();
    let facts = drops(decide(&scene, &[ours("5", 0)], Some(asked("5", Err(refused())))), "5");
    assert_eq!(facts.put_off, None);
    scene.record.job.facts.merge(facts);
    let plan = scenes::plan().binding_with_dns;
    assert!(!pending(&scene, &plan[0]), "it isn't asked for again");
    assert!(pending(&scene, &plan[1]));
}

#[test]
fn without_a_deployment_nothing_is_left() {
    let seen = || Seen {
        there: None,
        obstacle: None,
        texts: TEXTS,
    };
    assert_eq!(Addresses::decide(&unbind(), seen()), Decision::Done(Facts::default()));
    assert_eq!(
        failure(Addresses::decide(&bind(), seen())).for_operator,
        ends::NO_DEPLOYMENT
    );
}

#[test]
fn an_instance_that_goes_ends_a_bind_and_so_does_the_deadline() {
    let gone = |links: &[Ours]| Seen {
        there: Some(There {
            ours: links.to_vec(),
            next: Some(asked("5", Ok("q.bosh"))),
        }),
        obstacle: Some("the service instance is being deleted"),
        texts: TEXTS,
    };
    drops(Addresses::decide(&bind(), gone(&[ours("5", 0)])), "5");
    let said = failure(Addresses::decide(&bind(), gone(&[])));
    assert!(
        said.for_user.contains("the service instance is being deleted"),
        "{said:?}"
    );
    let mut late = scenes::late(Operation::Bind);
    late.record.job.last_fault = Some("the Director is down".into());
    let next = || Some(asked("5", Ok("q.bosh")));
    drops(decide(&late, &[ours("5", 0)], next()), "5");
    assert!(
        failure(decide(&late, &[], next()))
            .for_operator
            .contains("the Director is down")
    );
    let given_up = scenes::given_up(Operation::Bind);
    failure(decide(&given_up, &[ours("5", 0)], next()));
}

#[test]
fn a_deadline_takes_an_unbind_to_its_next_leg() {
    for (mut scene, force) in [
        (scenes::late(Operation::Unbind), false),
        (scenes::given_up(Operation::Unbind), false),
        (scenes::late(Operation::Unbind), true),
    ] {
        scene.record.job.last_fault = Some("the Director is down".into());
        scene.record.job.force = force;
        let put_off = (!force).then(|| ends::too_late(TEXTS, &scene));
        let done = Decision::Done(Facts {
            put_off,
            ..Facts::default()
        });
        for links in [&[][..], &[ours("5", 0), stray("3")]] {
            let all = [
                None,
                Some(Next::Unlinked(1, "7".into())),
                Some(asked("5", Ok("q.bosh"))),
                Some(asked("5", Err(refused()))),
                Some(Next::Vanished),
            ];
            for next in all {
                assert_eq!(decide(&scene, links, next), done);
            }
        }
        let seen = Seen {
            there: None,
            obstacle: None,
            texts: TEXTS,
        };
        assert_eq!(Addresses::decide(&scene, seen), done);
    }
}

#[test]
fn a_link_that_the_director_keeps_is_left() {
    let mut scene = unbind();
    scene.record.job.facts.left_links = ["3".to_owned()].into();
    let mess = [stray("3"), ours("5", 0)];
    drops(decide(&scene, &mess, None), "5");
    assert_eq!(decide(&scene, &mess[..1], None), Decision::Done(Facts::default()));
}

#[test]
fn a_link_that_never_goes_is_deleted_at_a_distance() {
    let mut scene = bind();
    scene.record.job.attempts = 13;
    scene.record.job.touched_at = scene.now;
    assert!(matches!(decide(&scene, &[stray("3")], None), Decision::Wait { .. }));
    scene.now = scene.now.plus(PAUSE);
    drops(decide(&scene, &[stray("3")], None), "3");
}
