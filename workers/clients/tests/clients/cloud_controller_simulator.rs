//! Cloud Controller against the simulator, which checks tokens, queries and bodies itself, and calls a broker.

mod bench;
mod bindings;
mod broker;
mod brokers;
mod faults;
mod instances;
mod jobs;
mod names;
mod pages;
mod visibility;
mod who;
