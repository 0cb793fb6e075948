#![doc = include_str!("../README.md")]

mod bootstrap;
mod check;
mod cli;
mod config;
mod doctor;
mod register;
mod say;

use chandler_process::{LogFormat, logs};
use clap::Parser;
use cli::{BusCommand, Cli, Command, ConfigCommand};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Both the bus and the Director are reached by rustls; it is told once which provider it has.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What the bus says by itself, such as a missing permission.
    let _ = logs::init(LogFormat::Human, "error,chandler_bus=warn");
    let exit = match Cli::parse().command {
        Command::Bus(BusCommand::Bootstrap(options)) => bootstrap::run(&options).await,
        Command::Config(ConfigCommand::Check(options)) => check::run(&options),
        Command::Doctor(options) => doctor::run(&options).await,
        Command::Register(options) => register::run(&options).await,
        Command::Deregister(options) => register::undo(&options).await,
    };
    exit.into()
}
