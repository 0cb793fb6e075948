//! Errands that end badly: the job fails, says why, and nothing is started twice.
use crate::{
    records::{errand, provision},
    site::{RUNS, Site},
};
use chandler_proto::catalog::Errand;
use chandler_simulators::bosh::{CallAction, CallFault, Ending, Fault, TaskEffect, TaskFault, TaskKind};
use chandler_testing::records::{done, failure, succeeded};
use serde_json::json;

/// One way to end badly.
pub(crate) struct Bad {
    pub(crate) fault: Option<Fault>,
    pub(crate) errand: Errand,
    /// What the operator reads.
    pub(crate) why: &'static str,
    /// How many tasks there are then.
    pub(crate) tasks: usize,
}

fn answer(method: &str, path: &str, status: u16, body: &str) -> Option<Fault> {
    let body = (!body.is_empty()).then(|| body.to_owned());
    Some(CallFault::always(method, path, CallAction::Answer { status, body }).into())
}

fn ends(ending: Ending) -> Option<Fault> {
    Some(TaskFault::once(TaskKind::Errand, TaskEffect::End { ending }).into())
}

/// Two instances said this.
fn results(codes: [i32; 2]) -> Option<Fault> {
    let line = |(at, code)| {
        let instance = json!({"group": "node", "id": format!("id-{at}")});
        let line = json!({"instance": instance, "errand_name": "smoke", "exit_code": code, "stdout": "", "stderr": ""});
        format!("{line}\n")
    };
    let body: String = codes.into_iter().enumerate().map(line).collect();
    answer("GET", "/tasks/*/output", 200, &body)
}

pub(crate) fn bad() -> Vec<Bad> {
    let smoke = || errand("smoke", &[]);
    let bad = |fault, errand, why, tasks| Bad {
        fault,
        errand,
        why,
        tasks,
    };
    let result = |status, body: &str| answer("GET", "/tasks/*/output", status, body);
    let refusal = |status, code: u64, text: &str| {
        let body = json!({"code": code, "description": text}).to_string();
        answer("POST", RUNS, status, &body)
    };
    vec![
        bad(
            results([0, 7]),
            smoke(),
            "smoke on node/id-1 exited with 7\nIts output",
            1,
        ),
        bad(
            results([137, 0]),
            smoke(),
            "smoke on node/id-0 exited with 137\nIts output",
            1,
        ),
        bad(
            results([1, 2]),
            smoke(),
            "smoke on node/id-0 exited with 1; smoke on node/id-1 exited with 2\nIts output",
            1,
        ),
        bad(
            result(204, ""),
            smoke(),
            "the task is done, and its result isn't there",
            1,
        ),
        bad(
            result(404, r#"{"code":10000,"description":"Task 2 not found"}"#),
            smoke(),
            "the task is done, and its result isn't there",
            1,
        ),
        bad(
            result(200, "{\"instance\":"),
            smoke(),
            "the task is done, and its result can't be read: GET /tasks/2/output of the Director",
            1,
        ),
        bad(
            result(
                200,
                r#"{"instance":{"group":"node","id":"id-0"},"errand_name":"smoke"}"#,
            ),
            smoke(),
            "the task is done, and its result can't be read",
            1,
        ),
        bad(None, errand("nosuch", &[]), "Errand 'nosuch' doesn't exist", 1),
        bad(
            None,
            errand("smoke", &["nowhere"]),
            "No instances match selection criteria: […]",
            1,
        ),
        bad(
            refusal(404, 70_009, "Errand 'smoke' doesn't exist"),
            smoke(),
            "POST /deployments/service-instance_i/errands/smoke/runs of the Director was refused with 404, code 70009: \
             Errand 'smoke' doesn't exist",
            0,
        ),
        bad(
            refusal(400, 440_010, "bad instance group, password=hidden"),
            smoke(),
            "was refused with 400, code 440010: bad instance group, password=***",
            0,
        ),
        bad(
            refusal(401, 600_000, "Require one of the scopes: bosh.admin"),
            smoke(),
            "was refused: a scope is missing: Require one of the scopes: bosh.admin",
            0,
        ),
        bad(
            ends(Ending::Killed),
            smoke(),
            "the Director's process for the task died (error without a result)",
            1,
        ),
        bad(
            ends(Ending::Timeout),
            smoke(),
            "the Director's worker for the task is gone (state timeout)",
            1,
        ),
        bad(ends(Ending::Cancelled), smoke(), "somebody cancelled the task", 1),
    ]
}

#[tokio::test]
async fn each_bad_end_fails_the_job_in_words_and_nothing_runs_twice() {
    for bad in bad() {
        let site = Site::start().await;
        bad.fault.clone().map(|fault| site.world().set_fault(fault));
        let name = bad.errand.name.clone();
        let record = site.run(&provision(&site, &[bad.errand]), done).await;
        let (user, operator) = (&failure(&record).for_user, &failure(&record).for_operator);
        assert!(operator.contains(bad.why), "{}: {operator}", bad.why);
        let about = match bad.tasks {
            0 => format!("errand {name}: POST"),
            _ => format!("BOSH task {}: errand {name}: ", site.errands()[0].id),
        };
        assert!(operator.starts_with(&about), "{about}: {operator}");
        assert!(
            user.starts_with("Instance provisioning failed: There was a problem"),
            "{user}"
        );
        assert!(
            !user.contains("error-message") && !operator.contains("hidden"),
            "{user} {operator}"
        );
        assert_eq!((site.errands().len(), site.asked()), (bad.tasks, 1), "{}", bad.why);
    }
}

#[tokio::test]
async fn a_deployment_that_is_not_there_fails_what_follows_a_deployment() {
    let site = Site::start_with(|_| ()).await;
    let record = site.run(&provision(&site, &[errand("smoke", &[])]), done).await;
    let operator = &failure(&record).for_operator;
    let wanted = "was refused with 404, code 70000: Deployment 'service-instance_i' doesn't exist";
    assert!(
        operator.starts_with("errand smoke: POST") && operator.contains(wanted),
        "{operator}"
    );
}

#[tokio::test]
async fn a_result_whose_answer_is_lost_is_asked_for_again() {
    for action in [
        CallAction::LoseRequest,
        CallAction::LoseResponse,
        CallAction::CutResponse,
    ] {
        let site = Site::start().await;
        // More often than the client itself tries.
        let fault = CallFault {
            count: Some(4),
            ..CallFault::always("GET", "/tasks/*/output", action)
        };
        site.world().set_fault(fault);
        let record = site.run(&provision(&site, &[errand("smoke", &[])]), done).await;
        succeeded(&record);
        assert_eq!(site.asked(), 1);
    }
}
