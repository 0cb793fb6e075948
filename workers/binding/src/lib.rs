#![doc = include_str!("../README.md")]
mod answer;
mod bindable;
mod inputs;
mod links;
pub mod room;
#[cfg(test)]
mod scenes;
pub mod settings;
pub mod steps;
