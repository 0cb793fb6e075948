//! Good and bad pairs of what was printed and what was done.

use super::*;

const CREATE: &str = "Instance provisioning in progress";
const DELETE: &str = "Instance deletion in progress";
const DEPLOY_LOG: &str = r#"{"time":10,"stage":"Preparing deployment","tags":[],"total":1,"task":"Preparing deployment","index":1,"state":"started","progress":0}
{"time":11,"stage":"Creating missing vms","tags":[],"total":1,"task":"kv/a (0)","index":1,"state":"started","progress":0}
{"time":13,"stage":"Updating instance","tags":["kv"],"total":1,"task":"kv/a (0) (canary)","index":1,"state":"in_progress","progress":45}
"#;
const DELETE_LOG: &str = r#"{"time":20,"stage":"Deleting instances","tags":[],"total":1,"task":"kv/a (0)","index":1,"state":"started","progress":0}
{"time":22,"stage":"Deleting properties","tags":[],"total":0,"task":"Destroying deployment","index":1,"state":"started","progress":0}
"#;

fn operation(kind: Kind, notes: &[&str], end: Poll) -> Operation {
    let opening = kind.opening();
    let notes = notes.iter().map(|note| match *note {
        "" => opening.to_owned(),
        note => format!("{opening}: {note}"),
    });
    let seen = Seen {
        end,
        notes: notes.collect(),
        took: Duration::from_secs(3),
    };
    let beside = Beside::default();
    Operation { kind, beside, seen }
}

fn succeeded() -> Poll {
    Poll::Succeeded("Instance provisioning completed".into())
}

/// A story whose creation printed these notes and ended so, and whose deletion went well.
fn told(notes: &[&str], end: Poll) -> Told {
    let operations = vec![
        operation(Kind::Create, notes, end),
        operation(
            Kind::Delete,
            &["", "Deleting instances", "Deleting properties"],
            Poll::Gone,
        ),
    ];
    Told {
        instance: "i".into(),
        operations,
    }
}

fn task(id: u64, kind: &str, state: &str, events: &str) -> Task {
    Task {
        id,
        kind: kind.into(),
        state: state.into(),
        description: "create deployment".into(),
        result: None,
        deployment: "service-instance_i".into(),
        events: events.into(),
    }
}

/// A deploy that ended in `state`, and a deletion that went well.
fn tasks(state: &str) -> Vec<Task> {
    vec![
        task(1, "deploy", state, DEPLOY_LOG),
        task(2, "delete", "done", DELETE_LOG),
    ]
}

#[track_caller]
fn fits(told: Told, tasks: &[Task]) {
    assert_eq!(differences(&[told], tasks), [""; 0]);
}

/// One difference, with this text in it.
#[track_caller]
fn differs(told: Told, tasks: &[Task], text: &str) {
    let wrong = differences(&[told], tasks);
    assert!(wrong.len() == 1 && wrong[0].contains(text), "{wrong:#?}");
}

const GOOD: [&str; 6] = [
    "",
    "handing the deployment to BOSH",
    "BOSH task 1 is running",
    "Preparing deployment",
    "Creating missing vms (1 min so far, usually about 2 min)",
    "Updating instance (kv, canary), 45 % (1 h 2 min so far, longer than the usual 40 min)",
];

#[test]
fn what_fits_is_well() {
    fits(told(&GOOD, succeeded()), &tasks("done"));
    let failed = Poll::Failed("a problem, task-id: 1, operation: create".into());
    fits(told(&GOOD, failed), &tasks("error"));
    let left = Poll::InProgress(format!("{CREATE}: {}", GOOD[3]));
    fits(told(&GOOD[..4], left), &tasks("cancelled"));
}

#[test]
fn an_invented_note_is_told() {
    for invented in [
        "Updating database",
        "Updating instance",
        "Updating instance (kv, canary), 46 %",
        "Updating instance (kv), 45 %",
        "Updating instance 1 of 2 (kv, canary), 45 %",
        "Updating instance (db, canary), 45 %",
        // It is of the other task.
        "Deleting instances",
    ] {
        let printed = format!("{CREATE}: {invented}");
        differs(
            told(&["", "Preparing deployment", invented], succeeded()),
            &tasks("done"),
            &format!("{printed:?} was printed, and at no moment"),
        );
    }
    let mut swapped = told(&GOOD, succeeded());
    swapped.operations[1]
        .seen
        .notes
        .push(format!("{DELETE}: Preparing deployment"));
    differs(swapped, &tasks("done"), "the log of a delete task");
    let mut other = told(&GOOD, succeeded());
    other.operations[0].seen.notes.push(DELETE.into());
    differs(other, &tasks("done"), "was printed of a Create");
}

#[test]
fn a_foreign_task_is_told() {
    let foreign = "BOSH task 7 is running";
    differs(
        told(&["", foreign, "Preparing deployment"], succeeded()),
        &tasks("done"),
        "no such task is the instance's",
    );
    let failed = Poll::Failed("a problem, task-id: 2, operation: create".into());
    differs(told(&GOOD, failed), &tasks("error"), "no such task failed");
    let mut more = tasks("done");
    more[1].deployment = "service-instance_j".into();
    let wrong = differences(&[told(&GOOD, succeeded())], &more);
    assert!(wrong.iter().any(|text| text.contains("none of ours")), "{wrong:#?}");
}

#[test]
fn ends_and_states_belong_together() {
    let end = |at| match at {
        0 => (succeeded(), "done"),
        1 => (Poll::Failed("a problem".into()), "error"),
        _ => (Poll::InProgress(String::new()), "cancelled"),
    };
    for (printed, done) in (0..3).flat_map(|printed| (0..3).map(move |done| (printed, done))) {
        let told = told(&GOOD, end(printed).0);
        let tasks = tasks(end(done).1);
        match printed == done {
            true => fits(told, &tasks),
            false => differs(told, &tasks, "what was printed means"),
        }
    }
    let mut undeleted = tasks("done");
    undeleted[1].state = "error".into();
    differs(told(&GOOD, succeeded()), &undeleted, "what was printed means");
    let mut twice = tasks("done");
    twice.push(task(3, "delete", "done", DELETE_LOG));
    differs(told(&GOOD, succeeded()), &twice, "what was printed means");
    let never = told(&GOOD, Poll::Gone);
    assert!(differences(&[never], &tasks("done"))[0].contains("can end with Gone"));
}

#[test]
fn notes_that_say_nothing_of_the_task_are_not_enough() {
    let plain = ["", "handing the deployment to BOSH", "BOSH task 1 is running"];
    differs(
        told(&plain, succeeded()),
        &tasks("done"),
        "no note named a stage of the deploy task",
    );
    // Without a long log it is the whole instance that has to have shown one.
    let mut blind = told(&plain, succeeded());
    blind.operations[1] = operation(Kind::Delete, &[""], Poll::Gone);
    let short = [task(1, "deploy", "done", ""), task(2, "delete", "done", "")];
    differs(blind, &short, "no note named a stage in 6.0 s");
    // What was over at once need not have shown any.
    let mut quick = told(&plain, succeeded());
    quick.operations[1].seen.notes.truncate(1);
    quick.operations.iter_mut().for_each(|it| it.seen.took = LONG / 4);
    fits(quick, &tasks("done"));
}

#[test]
fn notes_that_never_change_are_told() {
    let mut still = told(&["Preparing deployment"], succeeded());
    still.operations[1] = operation(Kind::Delete, &["Deleting instances"], Poll::Gone);
    differs(still, &tasks("done"), "its notes never changed");
}

#[test]
fn a_tour_that_stands_still_is_told() {
    let mut still = told(&["", "Preparing deployment"], succeeded());
    still.operations[1] = operation(Kind::Delete, &["", "Deleting instances"], Poll::Gone);
    differs(still, &tasks("done"), "ever went on");
}

#[test]
fn each_deployment_has_a_log_of_its_own() {
    let update_log = DEPLOY_LOG.replace("Creating missing vms", "Recreating vms");
    let with_update = |note: &str| {
        let mut told = told(&GOOD, succeeded());
        let update = operation(
            Kind::Update,
            &["looking for pending changes", "BOSH task 3 is running", note],
            Poll::Succeeded("Instance update completed".into()),
        );
        told.operations.insert(1, update);
        told
    };
    let mut three = tasks("done");
    three.insert(1, task(3, "deploy", "done", &update_log));
    fits(with_update("Recreating vms"), &three);
    // The creation did that.
    differs(with_update("Creating missing vms"), &three, "at no moment");
    three[1].state = "error".into();
    differs(with_update("Recreating vms"), &three, "what was printed means");
}

fn errand(id: u64, name: &str, state: &str) -> Task {
    Task {
        description: format!("run errand {name} from deployment service-instance_i"),
        ..task(id, "errand", state, "")
    }
}

/// A story of an instance with a client, an errand after the creation and one before the deletion.
fn with_errands() -> (Told, Vec<Task>) {
    let mut told = told(&GOOD, succeeded());
    for (operation, own) in told.operations.iter_mut().zip([
        &["creating UAA client", "updating UAA client", "running errand check"][..],
        &["running errand clean", "removing UAA client"][..],
    ]) {
        let opening = operation.kind.opening();
        operation.beside.client = true;
        operation.beside.notes = own.iter().map(|&note| note.to_owned()).collect();
        let printed = own
            .iter()
            .map(|note| format!("{opening}: {note} (usually about 1 min)"));
        operation.seen.notes.extend(printed);
    }
    told.operations[0].beside.errands = vec!["check".into()];
    told.operations[1].beside.errands = vec!["clean".into()];
    let [deploy, delete] = <[Task; 2]>::try_from(tasks("done")).unwrap();
    let tasks = vec![deploy, errand(4, "check", "done"), errand(5, "clean", "done"), delete];
    (told, tasks)
}

#[test]
fn errands_and_clients_belong_to_the_operation() {
    let (told, tasks) = with_errands();
    fits(told, &tasks);
    for (change, text) in [
        (
            (|tasks| tasks.swap(1, 2)) as fn(&mut Vec<Task>),
            "what was printed means",
        ),
        (|tasks| drop(tasks.remove(2)), "what was printed means"),
        (|tasks| tasks[1].state = "error".into(), "what was printed means"),
        (|tasks| tasks.push(errand(9, "clean", "done")), "what was printed means"),
    ] {
        let (told, mut tasks) = with_errands();
        change(&mut tasks);
        differs(told, &tasks, text);
    }
    // An operation that failed has run none.
    let (mut failed, mut tasks) = with_errands();
    failed.operations[0].seen.end = Poll::Failed("a problem".into());
    failed.operations[0].beside.notes.clear();
    tasks[0].state = "error".into();
    differs(failed, &tasks, "what was printed means");
    let (mut failed, _) = with_errands();
    failed.operations[0].seen.end = Poll::Failed("a problem".into());
    tasks.remove(1);
    fits(failed, &tasks);
}

#[test]
fn what_the_broker_says_by_itself_is_so() {
    for (at, says, text) in [
        (0, "running errand clean", "no such errand is its plan's"),
        (1, "running errand check", "no such errand is its plan's"),
    ] {
        let (mut told, tasks) = with_errands();
        let opening = told.operations[at].kind.opening();
        told.operations[at].seen.notes.push(format!("{opening}: {says}"));
        differs(told, &tasks, text);
    }
    let (mut told, tasks) = with_errands();
    told.operations[1].beside.client = false;
    differs(told, &tasks, "instances have none");
    for (at, lost) in [
        (0, "creating UAA client"),
        (0, "running errand check"),
        (1, "removing UAA client"),
    ] {
        let (mut told, tasks) = with_errands();
        told.operations[at].seen.notes.retain(|note| !note.contains(lost));
        differs(told, &tasks, &format!("{lost:?} was not printed"));
    }
    let (mut told, tasks) = with_errands();
    let notes = &mut told.operations[0].seen.notes;
    let last = notes.len() - 1;
    notes.swap(last, last - 1);
    differs(told, &tasks, "not in its turn");
}

#[test]
fn a_recreate_is_no_deployment() {
    let (mut story, mut all) = (told(&GOOD, succeeded()), tasks("done"));
    let end = Poll::Succeeded("Instance recreate completed".into());
    let log = DEPLOY_LOG.replace("Creating missing vms", "Recreating vms");
    story.operations.insert(
        1,
        operation(Kind::Recreate, &["", "BOSH task 3 is running", "Recreating vms"], end),
    );
    all.insert(1, task(3, "deploy", "done", &log));
    let wrong = differences(std::slice::from_ref(&story), &all);
    assert!(wrong[0].contains("what was printed means"), "{wrong:#?}");
    all[1].kind = "change".into();
    fits(story, &all);
}
