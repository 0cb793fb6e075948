//! Whose client it is that the UAA shows.
use super::ends;
use chandler_engine::step::Scene;
use chandler_proto::job::OwnClient;

/// What a job may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// No job of ours has made it: nobody of us touches it.
    Stranger,
    /// A job of ours has, and nobody knows its secret any more: it is removed and made anew.
    Lost,
    /// A job of ours has, and whoever needs its secret has it.
    Kept,
}

impl Owner {
    /// Whose client stands at the UAA, by what the record knows.
    pub(super) fn of(scene: &Scene) -> Self {
        let force = scene.record.in_force.as_ref();
        let deployed = force.is_some_and(|force| force.uaa_client && !force.uaa_client_unsettled);
        match scene.record.may_have_client() {
            false => Owner::Stranger,
            true if ends::is_late(scene) => Owner::Lost,
            true if ends::has_secret(scene) || deployed => Owner::Kept,
            true => Owner::Lost,
        }
    }
}

/// Of the client of the scene's instance: whether a create of ours that is refused because there is one already has met
/// another one of ours, or else a stranger's.
pub(super) fn refused_by(scene: &Scene) -> OwnClient {
    match scene.record.may_have_client() {
        true => OwnClient::Made,
        // None of us has ever sent one: it came between our look and this one.
        false => OwnClient::Gone,
    }
}

/// Why a job fails that meets a stranger's.
pub(super) fn strangers(scene: &Scene) -> String {
    let id = &scene.record.instance;
    format!(
        "a client {id} exists at the UAA that this broker didn't make; remove it there or use another service instance"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, owning};
    use chandler_proto::operation::Operation;

    const CHANGES: [Operation; 2] = [Operation::Update, Operation::Upgrade];

    #[test]
    fn what_no_job_of_ours_made_is_a_strangers_whatever_the_job_knows() {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            for own in [None, Some(OwnClient::Gone)] {
                let scene = owning(scenes::scene(operation), own);
                for scene in [&scene, &scenes::sealed(scene.clone()), &scenes::unsure(scene.clone())] {
                    assert_eq!(Owner::of(scene), Owner::Stranger, "{operation:?} {own:?}");
                    assert_eq!(refused_by(scene), OwnClient::Gone, "{operation:?} {own:?}");
                }
            }
        }
    }

    #[test]
    fn what_an_earlier_job_made_is_kept_if_the_instance_was_deployed_with_it() {
        let had = |operation| owning(scenes::scene(operation), Some(OwnClient::Had));
        assert_eq!(Owner::of(&had(Operation::Provision)), Owner::Lost);
        for operation in CHANGES {
            let scene = had(operation);
            assert_eq!(Owner::of(&scene), Owner::Lost, "nothing in force knows it");
            assert_eq!(Owner::of(&scenes::deployed(scene.clone(), false)), Owner::Kept);
            assert_eq!(Owner::of(&scenes::deployed(scene.clone(), true)), Owner::Lost);
            assert_eq!(refused_by(&scene), OwnClient::Made);
        }
    }

    #[test]
    fn what_the_job_made_is_kept_unless_another_of_ours_was_first() {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            let made = scenes::sealed(owning(scenes::scene(operation), Some(OwnClient::Made)));
            assert_eq!(Owner::of(&made), Owner::Kept);
            assert_eq!(Owner::of(&scenes::unsure(made)), Owner::Lost);
        }
    }
}
