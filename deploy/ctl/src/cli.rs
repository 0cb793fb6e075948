//! The commands and their flags.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The operator's command line of Chandler.
#[derive(Debug, Parser)]
#[command(name = "chandler", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The bus: NATS JetStream.
    #[command(subcommand)]
    Bus(BusCommand),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Looks at everything that the configuration names, from this machine, and tells what is wrong and what to do.
    ///
    /// First the file is checked as by `config check`. Then come, all at once, the checks that the workers make in the background:
    /// the bus (set up, all copies there, clocks alike), the Director (version, credentials, scopes), the CredHubs and Cloud Foundry's
    /// UAA. Nothing is changed anywhere.
    ///
    /// Exit code 0: all is well. 1: something is wrong or can't be told. 64: the configuration is refused, nothing was looked at.
    Doctor(Doctor),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BusCommand {
    /// Makes the streams, the bucket and the consumers, or brings them up to date; never deletes.
    Bootstrap(Bootstrap),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Reads a configuration and tells everything that is wrong with it.
    Check(Check),
}

/// The password of `--user` comes from CHANDLER_BUS_PASSWORD only: command lines are seen by everybody.
#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// The broker's configuration.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Copies of each stream: 1, 3 or 5; instead of chandler.bus.replicas.
    #[arg(long, value_name = "N", value_parser = replicas)]
    pub(crate) replicas: Option<u8>,
    /// The NATS user that may do this, instead of chandler.bus.user; its password is read from the
    /// environment variable CHANDLER_BUS_PASSWORD.
    #[arg(long, value_name = "NAME", env = "CHANDLER_BUS_USER")]
    pub(crate) user: Option<String>,
    /// Lets limits and copies of streams become smaller; data may be lost.
    #[arg(long)]
    pub(crate) allow_shrink: bool,
    /// Marks the bus as complete without asking the Director. Only `yes` is an answer.
    #[arg(long, value_name = "yes", value_parser = ["yes"])]
    pub(crate) i_know_the_bus_has_every_instance: Option<String>,
    /// How long to wait for the bus, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The configuration: ODB's broker.yml, or the properties of its `broker` job.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The processes that the file is for; may be given several times. Default: all.
    #[arg(long = "process", value_name = "PROCESS")]
    pub(crate) processes: Vec<Process>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The configuration: ODB's broker.yml, or the properties of its `broker` job.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The processes that the file is for; may be given several times. Only what they talk to is looked at. Default: all.
    #[arg(long = "process", value_name = "PROCESS")]
    pub(crate) processes: Vec<Process>,
    /// How long to wait for each answer, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) wait: u64,
    /// One JSON object on stdout instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A process that reads the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Process {
    /// The gateway: credentials of the platform, seal keys; no Director.
    Gateway,
    /// The provisioning worker: Director, adapter, CredHubs, Cloud Foundry's UAA, seal keys.
    Provisioning,
    /// The binding worker: Director, adapter, CredHubs, seal keys.
    Binding,
    /// The errands worker: Director; no seal keys.
    Errands,
    /// The uaa-clients worker: Cloud Foundry's UAA, seal keys; no Director.
    UaaClients,
}

impl Process {
    /// Those that were named; all of them if none was.
    pub(crate) fn meant(named: &[Process]) -> &[Process] {
        match named {
            [] => Process::value_variants(),
            some => some,
        }
    }
}

fn replicas(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        "5" => Ok(5),
        _ => Err("1, 3 or 5".to_owned()),
    }
}
