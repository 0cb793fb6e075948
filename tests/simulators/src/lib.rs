#![doc = include_str!("../README.md")]

pub mod bosh;

pub mod tls;
