//! What goes into the operator's log, and nowhere else: an errand's output may hold anything.
use super::There;
use chandler_clients::{
    Fault,
    bosh::{ErrandResult, redact},
};
use chandler_common::tasks::table::Row;
use chandler_engine::step::Scene;
use tracing::{info, warn};

/// How an errand went that has ended: a line for each instance that it ran on, with the end of its output. It is told by
/// the turn that ends the leg or the job.
pub(super) fn ended(scene: &Scene, there: &There) {
    let (instance, job) = (&scene.record.instance, &scene.job().id);
    let task = there.task(scene);
    for result in &there.view.seen.results {
        let on = format!("{}/{}", result.instance.group, result.instance.id);
        let ErrandResult {
            exit_code,
            stdout,
            stderr,
            ..
        } = result;
        let errand = &there.errand;
        if result.succeeded() {
            info!(%instance, %job, task, errand, on, exit_code, stdout, stderr, "an errand succeeded");
        } else {
            warn!(%instance, %job, task, errand, on, exit_code, stdout, stderr, "an errand failed");
        }
    }
    if let (Row::Failed(task), true) = (there.row(scene), there.optional) {
        let why = there.bad_end();
        goes_on(scene, &there.errand, Some(task), &why);
    }
}

/// An errand that the Director will not start, in a forced deletion.
pub(super) fn refused(scene: &Scene, errand: &str, fault: &Fault) {
    goes_on(scene, errand, None, &fault.to_string());
}

fn goes_on(scene: &Scene, errand: &str, task: Option<u64>, why: &str) {
    let (instance, job, why) = (&scene.record.instance, &scene.job().id, redact::for_operator(why));
    warn!(%instance, %job, task, errand, why, "a pre-delete errand failed; the forced deletion goes on");
}
