//! A service instances API: who lists a platform's instances where Cloud Controller doesn't.
//!
//! `GET /service_instances` answers `[{"service_instance_id","plan_id","space_guid"}]`, in the order in which they were put there; `space_guid`
//! is left out where there is none. Each member of an entry is a filter, too: `?plan_id=P&space_guid=S`. Other members of the query
//! are ignored. It wants basic authentication: without the right user 401 with an empty body. Any other path is 404, any other method 405.
//! Nothing of it is specified anywhere but the shape of the list.
//!
//! It misbehaves by `common::Controls`: calls that are lost, cut, late or answered otherwise, outages, latency.

mod options;
mod server;
mod site;
mod world;

pub use options::{Instance, Options};
pub use server::InstancesApi;
pub use world::InstancesApiWorld;
