//! A broker. Its credentials are never shown.

use serde_json::{Value, json};

use super::{link, metadata, row, to, with};
use crate::cloud_controller::model::Broker;
use crate::cloud_controller::state::State;

pub(in crate::cloud_controller::v3) fn broker(state: &State, broker: &Broker) -> Value {
    let guid = &broker.guid;
    let mut relationships = json!({});
    let mut links = json!({
        "self": link(state, &format!("/v3/service_brokers/{guid}")),
        "service_offerings": link(state, &format!("/v3/service_offerings?service_broker_guids={guid}")),
    });
    if let Some(space) = &broker.space {
        relationships["space"] = to(space);
        links["space"] = link(state, &format!("/v3/spaces/{space}"));
    }
    with(
        row(guid, &broker.stamp),
        json!({
            "name": broker.name,
            "url": broker.url,
            "relationships": relationships,
            "metadata": metadata(&broker.metadata),
            "links": links,
        }),
    )
}
