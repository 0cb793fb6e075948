//! Every workflow is crashed everywhere, frozen everywhere, and each of its calls is lost before and after it took effect.
//!
//! `CHANDLER_MATRIX=quick` takes every seventh case.
use chandler_engine::probe::{POINTS, Point};
use chandler_proto::{job::State, layout::Lane, records::Phase};
use chandler_simulators::bosh::{
    CallAction, CallFault, Ending, Fate as StartFate, TaskEffect, TaskFault, TaskKind, TaskState,
};
use chandler_tests::{
    rig::{Fate, Rig},
    wait,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, time::Duration};

/// What a case does to the Director's calls.
type Loss = Option<(u64, CallAction)>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    Provision,
    Deprovision,
}

fn stride() -> usize {
    #[expect(clippy::disallowed_methods, reason = "tests/run --quick says so")]
    let quick = std::env::var("CHANDLER_MATRIX").is_ok_and(|m| m == "quick");
    if quick { 7 } else { 1 }
}

struct Seen {
    deploys: Vec<TaskState>,
    deletes: Vec<TaskState>,
    exists: bool,
}

fn look(rig: &Rig, id: &str) -> Seen {
    let name = format!("service-instance_{id}");
    let tasks: Vec<_> = rig
        .world
        .director
        .tasks()
        .into_iter()
        .filter(|t| t.deployment == name)
        .collect();
    let of = |kind| tasks.iter().filter(|t| t.kind == kind).map(|t| t.state).collect();
    Seen {
        deploys: of(TaskKind::Deploy),
        deletes: of(TaskKind::Delete),
        exists: rig.world.director.deployment(&name).is_some(),
    }
}

async fn accept(rig: &Rig, id: &str, story: Story) {
    let p = &rig.world.platform;
    match story {
        Story::Provision => p.accepted(p.put(id, json!({}))).await,
        Story::Deprovision => p.accepted(p.delete(id)).await,
    };
}

/// What a story begins with.
async fn prepare(rig: &mut Rig, id: &str, story: Story) {
    rig.new_story();
    if story == Story::Deprovision {
        accept(rig, id, Story::Provision).await;
        rig.drive(id, Fate::default()).await;
        check(rig, id, Story::Provision, "before the deprovision").await;
    }
}

/// One case: what must be true whatever happened on the way.
async fn check(rig: &Rig, id: &str, story: Story, what: &str) {
    let ((record, _), seen) = (rig.record(id).await, look(rig, id));
    assert!(
        matches!(record.job.state, State::Succeeded { .. }),
        "{what}: {record:#?}"
    );
    assert_eq!(seen.deploys, [TaskState::Done], "{what}: one deploy, once");
    match story {
        Story::Provision => {
            assert!(
                seen.exists && record.in_force.is_some() && record.phase == Phase::Admitted,
                "{what}: {record:#?}"
            );
        }
        Story::Deprovision => {
            assert!(!seen.exists && record.in_force.is_none(), "{what}: {record:#?}");
            assert!(
                matches!(record.phase, Phase::Gone { look_at: None, .. }),
                "{what}: {record:#?}"
            );
            // A delete is safe to repeat; what must not be is two at once, and the simulator's lock would show that.
            assert!(seen.deletes.contains(&TaskState::Done), "{what}: {:?}", seen.deletes);
            assert!(
                !seen.deletes.contains(&TaskState::Error),
                "{what}: two deletes met: {:?}",
                seen.deletes
            );
        }
    }
}

async fn run(rig: &mut Rig, number: usize, story: Story, loss: &Loss, fate: Fate) -> usize {
    let id = format!("case-{number}");
    prepare(rig, &id, story).await;
    rig.world.director.clear_journal();
    if let Some((skip, call)) = loss {
        rig.world.director.set_fault(CallFault {
            skip: *skip,
            ..CallFault::once("", "/", call.clone())
        });
    }
    accept(rig, &id, story).await;
    let what = format!("{story:?}, loss {loss:?}, crash {:?}", fate.crash);
    let turns = rig.drive(&id, fate).await;
    rig.world.director.clear_faults();
    check(rig, &id, story, &what).await;
    turns
}

/// So many worlds share the cases; most of a case is waiting.
const SHARDS: usize = 6;

/// A worker dies at every point of every turn, alone and together with every lost request and response.
async fn crash_and_lose(story: Story) {
    let mut rig = Rig::start(|_| {}).await;
    let undisturbed = Fate::default();
    let turns = run(&mut rig, 0, story, &None, undisturbed.clone()).await;
    let calls: u64 = rig.world.director.journal().counts.iter().map(|c| c.count).sum();
    let passed = undisturbed.passed.lock().unwrap().clone();
    for point in POINTS {
        assert!(
            passed.iter().any(|(_, p)| *p == point),
            "{story:?} never passes {point:?}: {passed:?}"
        );
    }
    let mut losses: Vec<Loss> = vec![None];
    losses.extend((0..=calls).flat_map(|n| [Some((n, CallAction::LoseRequest)), Some((n, CallAction::LoseResponse))]));
    let mut cases = vec![];
    for loss in &losses {
        cases.push((loss.clone(), None));
        // One turn more than usual: a crash makes more turns.
        cases.extend((1..=turns + 1).flat_map(|t| POINTS.map(|p| (loss.clone(), Some((t, p))))));
    }
    let cases: Vec<_> = cases.into_iter().enumerate().step_by(stride()).collect();
    let shards = (0..SHARDS).map(|shard| {
        let mine: Vec<_> = cases.iter().skip(shard).step_by(SHARDS).cloned().collect();
        tokio::spawn(async move {
            let mut rig = Rig::start(|_| {}).await;
            let mut met = 0;
            for (number, (loss, crash)) in mine {
                let fate = Fate {
                    crash,
                    ..Fate::default()
                };
                run(&mut rig, number + 1, story, &loss, fate.clone()).await;
                met += usize::from(crash.is_some_and(|c| fate.passed.lock().unwrap().contains(&c)));
            }
            met
        })
    });
    let mut crashed = 0;
    for shard in shards.collect::<Vec<_>>() {
        crashed += shard.await.unwrap();
    }
    let ran = cases.len();
    println!("{story:?}: {turns} turns and {calls} calls undisturbed; {ran} cases, a worker died in {crashed}");
    assert!(crashed * 3 > ran, "most crash points must be met: {crashed} of {ran}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn provision_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Provision).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deprovision_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Deprovision).await;
}

/// A wake that never reached the bus is rung by the sweep.
#[tokio::test]
async fn wakes_that_are_lost_are_rung_again() {
    let mut rig = Rig::start(|_| {}).await;
    accept(&rig, "unheard", Story::Provision).await;
    let wake = rig.next("unheard").await.unwrap();
    wake.ack().await.unwrap(); // as if it had never been rung
    rig.drive("unheard", Fate::default()).await;
    check(&rig, "unheard", Story::Provision, "the sweep rings").await;
}

/// What happens while one worker stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meanwhile {
    AnotherFinishes,
    ADeleteReplaces,
}

async fn freeze(rig: &mut Rig, number: usize, story: Story, turn: usize, point: Point, meanwhile: Meanwhile) -> bool {
    let id = format!("frozen-{number}");
    prepare(rig, &id, story).await;
    accept(rig, &id, story).await;
    for _ in 1..turn {
        let Some(wake) = rig.next(&id).await else { return false };
        let frozen = rig.freeze_delivery(wake, None).await;
        frozen.thaw().await;
    }
    let Some(wake) = rig.next(&id).await else { return false };
    let frozen = rig.freeze_delivery(wake, Some(point)).await;
    if !frozen.is_standing() {
        return false;
    }
    let what = format!("{story:?}, worker frozen at {point:?} of turn {turn}, {meanwhile:?}");
    let end = if meanwhile == Meanwhile::ADeleteReplaces && story == Story::Provision {
        accept(rig, &id, Story::Deprovision).await;
        Story::Deprovision
    } else {
        story
    };
    rig.drive(&id, Fate::default()).await;
    let before = rig.record(&id).await;
    frozen.thaw().await;
    rig.drive(&id, Fate::default()).await;
    let ((record, _), seen) = (rig.record(&id).await, look(rig, &id));
    assert_eq!(
        record.job.state, before.0.job.state,
        "{what}: the thawed worker changed the outcome"
    );
    assert!(
        seen.deploys
            .iter()
            .all(|s| matches!(s, TaskState::Done | TaskState::Cancelled)),
        "{what}: {:?}",
        seen.deploys
    );
    assert!(seen.deploys.len() <= 1, "{what}: {:?}", seen.deploys);
    if end == Story::Provision || story == Story::Deprovision {
        check(rig, &id, end, &what).await;
    } else {
        assert!(!seen.exists, "{what}: something is left behind");
        assert!(
            matches!(record.phase, Phase::Gone { look_at: None, .. }),
            "{what}: {record:#?}"
        );
    }
    true
}

#[tokio::test]
async fn a_worker_that_stood_still_anywhere_does_no_harm_when_it_goes_on() {
    let mut rig = Rig::start(|_| {}).await;
    let (mut number, mut stood) = (0, BTreeSet::new());
    for (story, meanwhile) in [
        (Story::Provision, Meanwhile::AnotherFinishes),
        (Story::Provision, Meanwhile::ADeleteReplaces),
        (Story::Deprovision, Meanwhile::AnotherFinishes),
    ] {
        for turn in 1..=4 {
            for point in POINTS {
                number += 1;
                if freeze(&mut rig, number, story, turn, point, meanwhile).await {
                    stood.insert((format!("{story:?}, {meanwhile:?}"), point));
                }
            }
        }
    }
    println!(
        "{number} cases; a worker stood still at {} different points",
        stood.len()
    );
    assert_eq!(stood.len(), 3 * POINTS.len(), "every point of every story: {stood:?}");
}

/// The adapter itself stands still until it is thawed: the worker is frozen in `prepare`.
fn gated(json: &mut Value) {
    let adapter = json["service_adapter"]["path"].as_str().unwrap().to_owned();
    let dir = tempfile::tempdir().unwrap().keep();
    let script = dir.join("adapter");
    let text = format!(
        "#!/bin/sh\nd={}\nif mv $d/armed $d/taken 2>/dev/null; then while [ ! -e $d/thaw ]; do sleep 0.02; done; fi\nexec {adapter} \"$@\"\n",
        dir.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    json["service_adapter"]["path"] = json!(script);
}

#[tokio::test]
async fn a_worker_frozen_inside_the_adapter_does_no_harm_when_it_goes_on() {
    let mut rig = Rig::start(gated).await;
    let text = std::fs::read_to_string(&rig.world.config).unwrap();
    let config: Value = serde_json::from_str(&text).unwrap();
    let gate = Path::new(config["service_adapter"]["path"].as_str().unwrap())
        .parent()
        .unwrap()
        .to_owned();
    for (n, meanwhile) in [Meanwhile::AnotherFinishes, Meanwhile::ADeleteReplaces]
        .into_iter()
        .enumerate()
    {
        let id = format!("inside-{n}");
        for stale in ["taken", "thaw"] {
            let _ = std::fs::remove_file(gate.join(stale));
        }
        std::fs::write(gate.join("armed"), "").unwrap();
        accept(&rig, &id, Story::Provision).await;
        let frozen = rig.freeze(&id, None).await;
        wait::until("the adapter stands still", Duration::from_secs(20), || async {
            gate.join("taken").exists().then_some(())
        })
        .await;
        if meanwhile == Meanwhile::ADeleteReplaces {
            accept(&rig, &id, Story::Deprovision).await;
        }
        rig.drive(&id, Fate::default()).await;
        std::fs::write(gate.join("thaw"), "").unwrap();
        frozen.thaw().await;
        rig.drive(&id, Fate::default()).await;
        let seen = look(&rig, &id);
        match meanwhile {
            Meanwhile::AnotherFinishes => check(&rig, &id, Story::Provision, "frozen inside the adapter").await,
            Meanwhile::ADeleteReplaces => assert!(!seen.exists && seen.deploys.is_empty(), "{:?}", seen.deploys),
        }
    }
}

/// A request that outlives its window and the whole deprovision is found by the last look.
#[tokio::test]
async fn what_a_late_request_brings_back_is_removed_by_the_last_look() {
    let mut rig = Rig::start(|_| {}).await;
    let id = "late";
    let late = CallAction::DelayRequest { ms: 24_000 };
    rig.world
        .director
        .set_fault(CallFault::once("POST", "/deployments", late));
    accept(&rig, id, Story::Provision).await;
    let frozen = rig.freeze(id, None).await;
    wait::until("the request is on its way", Duration::from_secs(20), || async {
        rig.world
            .director
            .journal()
            .starts
            .iter()
            .any(|s| s.fate == StartFate::Pending)
            .then_some(())
    })
    .await;
    accept(&rig, id, Story::Deprovision).await;
    rig.drive_until(id, |record| record.gone()).await;
    assert!(!look(&rig, id).exists, "gone before the late request arrives");
    wait::until("the late request arrives", Duration::from_secs(40), || async {
        look(&rig, id).exists.then_some(())
    })
    .await;
    frozen.thaw().await;
    rig.drive(id, Fate::default()).await;
    let (record, _) = rig.record(id).await;
    assert!(!look(&rig, id).exists, "the last look found it: {record:#?}");
    assert!(matches!(record.phase, Phase::Gone { look_at: None, .. }));
    assert_eq!(record.job.lane, Lane::User);
}

/// A further round that fails leaves nothing behind for good: the record is looked after until it is clean.
#[tokio::test]
async fn a_further_round_that_fails_is_followed_by_another_look() {
    let mut rig = Rig::start(|_| {}).await;
    let (id, name) = ("again", "service-instance_again");
    accept(&rig, id, Story::Provision).await;
    rig.drive(id, Fate::default()).await;
    // The first round ends with failures of its own, which must not count for the second.
    let fail = TaskEffect::End { ending: Ending::Killed };
    rig.world.director.set_fault(TaskFault {
        count: Some(2),
        ..TaskFault::always(TaskKind::Delete, fail.clone())
    });
    accept(&rig, id, Story::Deprovision).await;
    rig.release_locks_of(name);
    rig.drive_until(id, |record| record.gone()).await;
    // Somebody brings it back behind our back.
    rig.deploy_behind_our_back(name).await;
    let fail = TaskEffect::Fail {
        stage: String::new(),
        message: Some("no".into()),
        code: Some(450_002),
    };
    rig.world.director.set_fault(TaskFault {
        count: Some(3),
        ..TaskFault::always(TaskKind::Delete, fail)
    });
    rig.drive(id, Fate::default()).await;
    let (record, _) = rig.record(id).await;
    assert!(!look(&rig, id).exists, "{record:#?}");
    assert_eq!(record.job.round, 2, "one round failed, the next one cleaned up");
    assert!(matches!(record.phase, Phase::Gone { look_at: None, .. }));
}
