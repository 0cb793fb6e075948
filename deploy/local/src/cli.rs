//! The flags. `deploy/local/up` shows them too, without building anything first.

use clap::Parser;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What this program was started as.
#[derive(Debug)]
pub(crate) enum Cli {
    /// `deploy/local/up`.
    Up(Up),
    /// `chandler-local child …`, to become another program.
    Child(Child),
}

impl Cli {
    /// Reads the command line; ends the process if it can't be understood.
    pub(crate) fn read() -> Cli {
        match std::env::args_os().nth(1).as_deref() == Some(OsStr::new("child")) {
            true => Cli::Child(Child::parse_from(std::env::args_os().skip(1))),
            false => Cli::Up(Up::parse()),
        }
    }
}

/// The whole broker on this machine.
#[derive(Debug, Clone, Parser)]
#[command(version, bin_name = "deploy/local/up")]
pub(crate) struct Up {
    /// Take the tour, then stop; the exit code is 0 only if all went well.
    #[arg(long, conflicts_with = "no_tour")]
    pub(crate) once: bool,
    /// The tour speaks OSBAPI by itself instead of going through the simulated Cloud Controller, where there is one.
    #[arg(long, conflicts_with = "no_tour")]
    pub(crate) direct: bool,
    /// No tour; stay until Ctrl-C.
    #[arg(long)]
    pub(crate) no_tour: bool,
    /// Where the gateways listen, all of them; 0: a port that is free.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// Copies of the gateway and of each worker.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) replicas: u8,
    /// Three nats-servers instead of one.
    #[arg(long)]
    pub(crate) cluster: bool,
    /// How long a simulated deployment takes.
    #[arg(long, value_name = "N", default_value_t = 6.0, value_parser = seconds)]
    pub(crate) task_seconds: f64,
    /// A broker configuration instead of the sample. A section whose url is absent is served by its
    /// simulator, one with a url never is.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The top of the repository.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) root: PathBuf,
    /// Where the built programs are.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) programs: PathBuf,
    /// A nats-server that is new enough.
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) nats_server: PathBuf,
}

/// Becomes a program that ends with its parent.
#[derive(Debug, Parser)]
pub(crate) struct Child {
    /// The process that is to be outlived by nobody.
    #[arg(long)]
    pub(crate) parent: u32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) program: Vec<OsString>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err("seconds, from 0 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_script_tells_every_flag() {
        Up::command().debug_assert();
        let script = include_str!("../up");
        for arg in Up::command().get_arguments().filter(|arg| !arg.is_hide_set()) {
            let Some(long) = arg.get_long() else { continue };
            if !matches!(long, "help" | "version") {
                assert!(script.contains(&format!("  --{long}")), "--{long}");
            }
        }
    }
}
