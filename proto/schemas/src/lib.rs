#![doc = include_str!("../README.md")]

mod cost;
mod draft;
mod explain;
mod fuel;
mod graph;
mod invalid;
mod keywords;
mod patterns;
mod plan;
mod published;
mod schema;
mod wrong;

pub use draft::Draft;
pub use invalid::Invalid;
pub use plan::{Parameters, PlanSchemas};
pub use published::Published;
pub use wrong::Wrong;
