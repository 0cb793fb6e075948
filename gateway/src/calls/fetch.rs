//! `GET /v2/service_instances/{instance_id}`: always a leader read.
use crate::{
    answer::{Answer, Instance, MaintenanceInfo, Metadata, Refusal, Trouble},
    desk::Desk,
};
use chandler_proto::{ids::InstanceId, layout::instance_key, records::Record};

pub(crate) async fn call(desk: &Desk, instance: &InstanceId) -> Answer {
    fetch(desk, instance).await.unwrap_or_else(Answer::Trouble)
}

async fn fetch(desk: &Desk, instance: &InstanceId) -> Result<Answer, Trouble> {
    let end = desk.end_of(desk.limits.read);
    let found = desk.find(&instance_key(instance.as_str()), end).await?;
    match &found.record {
        Some(record) => Ok(shown(record)),
        None => {
            desk.check_complete(end).await?;
            Ok(Refusal::NotFound("There is no service instance with this id").into())
        }
    }
}

/// What is in force, whatever is going on; nothing before the first provision has succeeded.
fn shown(record: &Record) -> Answer {
    match &record.in_force {
        Some(force) if !record.gone() => Answer::Instance(Box::new(Instance {
            service_id: force.plan.service_id.clone(),
            plan_id: force.plan.plan_id.clone(),
            dashboard_url: force.dashboard_url.clone(),
            maintenance_info: force
                .maintenance_version
                .clone()
                .map(|version| MaintenanceInfo { version }),
            metadata: Some(force.labels.clone())
                .filter(|labels| !labels.is_empty())
                .map(|labels| Metadata { labels }),
        })),
        Some(_) => Refusal::NotFound("The service instance was deleted").into(),
        None if record.gone() => Refusal::NotFound("There is no service instance with this id").into(),
        None => Refusal::NotFound("The service instance is not provisioned (yet)").into(),
    }
}
