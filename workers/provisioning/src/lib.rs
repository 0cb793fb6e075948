#![doc = include_str!("../README.md")]
pub mod room;
pub mod settings;
pub mod steps;
