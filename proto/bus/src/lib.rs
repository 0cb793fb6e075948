#![doc = include_str!("../README.md")]

mod api;
mod bootstrap;
mod check;
mod clock;
mod configured;
mod connect;
mod copies;
mod deliveries;
mod deviations;
mod errors;
mod events;
mod list;
mod records;
mod settings;
mod source;
mod wakes;
mod wanted;
mod watch;

pub use bootstrap::BootstrapSettings;
pub use connect::Bus;
pub use copies::Copies;
pub use deliveries::{BadWake, Delivery, Progress};
pub use errors::{BusError, ConnectError, SureError, WriteError};
pub use list::Listed;
pub use records::{Entry, Read};
pub use settings::Settings;
pub use source::WakeSource;
pub use wakes::{Rung, Wake};
pub use watch::{Change, Freshness, Newest, Seen, State, Watch};
