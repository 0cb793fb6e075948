//! `GET /v2/service_instances/{instance_id}/last_operation`: what is running may be told from memory, everything
//! else is read through the leader.
use crate::{
    answer::{Answer, Thing, Trouble},
    desk::Desk,
    routes::Query,
    standing::{self, Glance},
    telemetry,
    usual::Pace,
};
use chandler_proto::{
    ids::InstanceId,
    layout::{Key, instance_key},
    operation::OperationString,
};

/// `service_id` and `plan_id` are hints, and not looked at.
pub(crate) async fn call(desk: &Desk, instance: &InstanceId, query: &Query) -> Answer {
    let key = instance_key(instance.as_str());
    let answer = answer(desk, Thing::Instance, &key, query).await;
    if let Answer::State(_) = answer {
        telemetry::polled(desk, &key, asked(query));
    }
    answer
}

/// The same for whatever thing. An operation that isn't ours asks for whatever is going on.
pub(super) async fn answer(desk: &Desk, thing: Thing, key: &Key, query: &Query) -> Answer {
    let asked = asked(query);
    let seen = desk.view.glance(key).filter(|glance| glance.says_running(asked));
    match seen {
        Some(glance) if desk.view.is_fresh() => in_progress(desk, &glance),
        // The bus is away, or the view fell behind: the leader knows, else what was seen last has to do.
        Some(glance) if !desk.bus.is_connected() => in_progress(desk, &glance),
        seen => match (read(desk, thing, key, asked).await, seen) {
            (Ok(answer), _) => answer,
            (Err(Trouble::BusAway), Some(glance)) => in_progress(desk, &glance),
            (Err(trouble), _) => trouble.into(),
        },
    }
}

fn asked(query: &Query) -> Option<OperationString> {
    query.get("operation")?.parse().ok()
}

async fn read(desk: &Desk, thing: Thing, key: &Key, asked: Option<OperationString>) -> Result<Answer, Trouble> {
    let end = desk.end_of(desk.limits.read);
    let found = desk.find(key, end).await?;
    if found.record.is_none() {
        desk.check_complete(end).await?;
    }
    let record = found.record.as_ref();
    Ok(match (standing::last_operation(thing, asked, record), record) {
        (None, Some(record)) => in_progress(desk, &Glance::at(record, found.revision)),
        (None, None) => Trouble::Defect.into(),
        (Some(answer), _) => answer,
    })
}

fn in_progress(desk: &Desk, glance: &Glance) -> Answer {
    let ahead = if glance.waits() { desk.view.ahead_of(glance) } else { 0 };
    let pace = Pace {
        so_far: desk.now().since(glance.accepted_at),
        usual: desk.view.usual(glance),
    };
    glance.in_progress(ahead, pace, desk.limits.retry_after)
}
