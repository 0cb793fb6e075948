//! Clean-ups of instances that meet a fate of their own.
use super::{Fate, Sight};
use crate::worst_cf::Stage;
use chandler_proto::layout::instance_key;
use chandler_simulators::cloud_controller::OutgoingFate;

/// A create that was accepted and not heard of; the DELETE of its clean-up is lost, or comes twice.
pub(super) async fn of_instance(stage: &Stage, fate: Fate) {
    let name = format!("orphan-{fate:?}");
    let (guid, job) = stage.creates_with(&name, Fate::Unheard, Some(fate)).await;
    stage.user().ended(&job, Some(&guid)).await.failed();
    stage.cleaned_up(&guid).await;
    let record = stage.rests(&instance_key(&guid)).await;
    assert!(record.gone(), "{record:#?}");
    stage.has_nothing_of(&guid);
    taken_on(&stage.fates(&guid, "orphan"), fate);
    stage.deleted(&guid).await;
    assert_eq!(stage.fates(&guid, "deprovision"), [OutgoingFate::Answered(410)]);
}

/// What was sent of a clean-up: as often as it was lost or doubled, and nothing after it was taken on.
pub(super) fn taken_on(fates: &[OutgoingFate], fate: Fate) {
    let taken = |it: &OutgoingFate| matches!(it, OutgoingFate::Answered(202 | 410));
    let lost = usize::from(fate.sight() == Sight::GaveUp);
    assert_eq!(fates.len(), lost + fate.times().max(1), "{fates:?}");
    assert!(
        fates[..lost].iter().all(|it| *it == OutgoingFate::TimedOut),
        "{fates:?}"
    );
    assert!(fates[lost..].iter().all(taken), "{fates:?}");
}
