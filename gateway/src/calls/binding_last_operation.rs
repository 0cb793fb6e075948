//! `GET /v2/service_instances/{instance_id}/service_bindings/{binding_id}/last_operation`: as for an instance.
use super::last_operation;
use crate::{
    answer::{Answer, Thing},
    desk::Desk,
    routes::Query,
};
use chandler_proto::{
    ids::{BindingId, InstanceId},
    layout::binding_key,
};

pub(crate) async fn call(desk: &Desk, instance: &InstanceId, binding: &BindingId, query: &Query) -> Answer {
    let key = binding_key(instance.as_str(), binding.as_str());
    last_operation::answer(desk, Thing::Binding, &key, query).await
}
