#![doc = include_str!("../README.md")]
mod delivery;
pub mod fault;
pub mod in_force;
pub mod others;
pub mod probe;
pub mod run;
pub mod step;
pub mod store;
#[cfg(test)]
mod testing;
pub mod texts;
pub mod turn;
mod watchman;
