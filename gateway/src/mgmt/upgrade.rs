//! `operation_type=upgrade`
use super::carried_out;
use crate::{
    admit::{self, Managed},
    answer::Answer,
    desk::Desk,
};
use chandler_proto::ids::InstanceId;
use std::sync::Arc;

pub(super) async fn call(desk: &Arc<Desk>, instance: &InstanceId, ask: Managed) -> Answer {
    carried_out(desk, instance, ask, |ask, desk, seen| {
        admit::upgrade(ask, &desk.shelf, seen.record, seen.now)
    })
    .await
}
