#![doc = include_str!("../README.md")]

mod accept;
mod admit;
mod answer;
mod ask;
mod auth;
mod calls;
mod desk;
mod edge;
mod gateway;
mod half_close;
mod headers;
mod idle;
mod metrics;
mod mgmt;
mod plans;
mod reload;
mod routes;
mod schemas;
mod server;
mod settle;
mod shelf;
mod standing;
mod sweep;
mod telemetry;
mod tls;
mod usual;
mod view;
mod wait;
mod watchman;

pub use gateway::{Checked, Ended, Gateway, Process, StartError};
pub use reload::Reloader;
