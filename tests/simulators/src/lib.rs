#![doc = include_str!("../README.md")]

pub mod bosh;
pub mod cloud_controller;
pub mod common;
pub mod credhub;
pub mod instances_api;
pub mod uaa;

pub mod tls;
