#![doc = include_str!("../README.md")]
mod definition;
mod mint;
mod request;
pub mod room;
#[cfg(test)]
mod scenes;
pub mod settings;
pub mod steps;
