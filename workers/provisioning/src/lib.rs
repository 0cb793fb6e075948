#![doc = include_str!("../README.md")]
pub mod room;
pub mod schemas;
pub mod settings;
pub mod steps;
