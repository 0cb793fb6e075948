//! Whether an instance may be bound, by its record as read through the leader.
//!
//! A deprovision lists the instance's bindings after its own accept. So whoever finds no deprovision here, and has a
//! record of his own already, is in that list.
use chandler_proto::{operation::Operation, records::Record};

/// What is in the way of a bind: a text for the user, which the operator gets, too.
pub(crate) fn obstacle(instance: Option<&Record>) -> Option<&'static str> {
    let Some(instance) = instance.filter(|record| !record.gone()) else {
        return Some("the service instance does not exist");
    };
    match instance.job.operation {
        Operation::Deprovision => Some("the service instance is being deleted"),
        Operation::Provision
        | Operation::Update
        | Operation::Upgrade
        | Operation::Recreate
        | Operation::Bind
        | Operation::Unbind
            if instance.ever_succeeded() =>
        {
            None
        }
        Operation::Provision
        | Operation::Update
        | Operation::Upgrade
        | Operation::Recreate
        | Operation::Bind
        | Operation::Unbind => Some("the service instance was never created"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes;
    use chandler_proto::{ids::Millis, job::State, records::Phase};

    #[test]
    fn only_what_once_was_and_is_not_to_go_is_bound() {
        let ready = scenes::instance();
        assert_eq!(obstacle(Some(&ready)), None);
        assert!(obstacle(None).unwrap().contains("does not exist"));
        let mut other = ready.clone();
        other.phase = Phase::Gone {
            at: Millis(1),
            look_at: None,
            stray: false,
        };
        assert!(obstacle(Some(&other)).unwrap().contains("does not exist"));
        let mut other = ready.clone();
        other.job.operation = Operation::Deprovision;
        for state in [State::Running, State::Succeeded { at: Millis(1) }] {
            other.job.state = state;
            assert!(obstacle(Some(&other)).unwrap().contains("being deleted"));
        }
        let mut other = ready;
        other.in_force = None;
        assert!(obstacle(Some(&other)).unwrap().contains("never created"));
    }
}
