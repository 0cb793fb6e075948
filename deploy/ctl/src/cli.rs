//! The commands and their flags.

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsStr;
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
    /// the bus (set up, all copies there, each write synced, clocks alike), the Director (version, credentials, scopes), the CredHubs,
    /// Cloud Foundry's UAA and Cloud Controller. Nothing is changed anywhere.
    ///
    /// Exit code 0: all is well. 1: something is wrong or can't be told. 64: the configuration is refused, nothing was looked at.
    Doctor(Doctor),
    /// Makes the broker known to Cloud Controller, or updates it there, and gives access to its plans.
    ///
    /// The file says who we are at Cloud Controller (`cf`), which user Cloud Controller calls the broker as, and who may use each plan
    /// (`cf_service_access`: `enable`, which is the default, `disable`, `org-restricted` with `service_access_org`, or `manual`, which leaves it
    /// as it is). Cloud Controller reads the catalog from the broker, so that has to run. Run it again after each change of the catalog: what is as wanted is left alone.
    ///
    /// Exit code 0: all is as the file says. 1: Cloud Controller refused, or can't be reached. 64: the configuration is refused, nothing was asked.
    Register(Register),
    /// Takes the broker out of Cloud Controller. That refuses while instances of its plans exist.
    ///
    /// A name that Cloud Controller doesn't know is success: there is nothing to do. Exit codes as for `register`.
    Deregister(Deregister),
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

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The configuration: ODB's broker.yml, or the properties of its `broker` job.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The broker's name at Cloud Controller (the property `broker_name` of ODB's errand).
    #[arg(long, value_name = "NAME", value_parser = named)]
    pub(crate) name: String,
    /// Where Cloud Controller reaches the gateways, http:// or https:// (`broker_uri` of ODB's errand).
    #[arg(long, value_name = "URL", value_parser = Address)]
    pub(crate) url: String,
    /// The user of the file as whom Cloud Controller calls the broker. Default: the first one.
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Registers it for one space only, whose members may use all plans. A broker can't be moved from or to a space later.
    #[arg(long, value_name = "ORG/SPACE", value_parser = space)]
    pub(crate) space: Option<(String, String)>,
    /// How long Cloud Controller may take to read the catalog, in seconds. Calls to it have limits of their own: 30 s to read, 60 s to write.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Deregister {
    /// The configuration: ODB's broker.yml, or the properties of its `broker` job; whole, though only the section `cf` is used.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The broker's name at Cloud Controller.
    #[arg(long, value_name = "NAME", value_parser = named)]
    pub(crate) name: String,
    /// How long Cloud Controller may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) wait: u64,
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
    /// The uaa-clients worker: Cloud Foundry's UAA and Cloud Controller, seal keys; no Director.
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

fn named(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("a name is wanted".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Reads an address. What was typed isn't repeated when it is wrong: it may hold a password.
#[derive(Debug, Clone)]
struct Address;

impl TypedValueParser for Address {
    type Value = String;

    fn parse_ref(&self, command: &clap::Command, _: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it isn't UTF-8".to_owned());
        text.and_then(address).map_err(|why| {
            let text = format!("invalid value for '--url <URL>': {why}\n");
            clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command)
        })
    }
}

fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(rest) if rest.contains('@') => Err("no user and password here: they come from the file".to_owned()),
        Some(rest) if rest.contains(['?', '#', ' ']) => Err("an address without query and blanks is wanted".to_owned()),
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.trim_end_matches('/').to_owned()),
        Some(_) | None => Err("http://HOST or https://HOST is wanted, with port and path if need be".to_owned()),
    }
}

fn space(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((organization, space)) if !organization.is_empty() && !space.is_empty() => {
            Ok((organization.to_owned(), space.to_owned()))
        }
        Some(_) | None => {
            Err("the names of an organization and of its space, with a slash between, are wanted".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn an_address_is_one_that_cloud_controller_can_call() {
        for (text, read) in [
            ("https://b.example.com", "https://b.example.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://b.example.com/path/", "https://b.example.com/path"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(read));
        }
        for text in [
            "b.example.com",
            "https://",
            "https:///x",
            "ftp://b",
            "https://b?x=1",
            "https://b c",
            "",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
        let refused = address("https://user:hunter2@b.example.com").unwrap_err();
        assert!(!refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn a_space_has_an_organization() {
        assert_eq!(space("o/s"), Ok(("o".into(), "s".into())));
        assert_eq!(space("o/s/t"), Ok(("o".into(), "s/t".into())));
        for text in ["o", "/s", "o/", ""] {
            assert!(space(text).is_err(), "{text}");
        }
    }
}
