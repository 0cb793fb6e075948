#![doc = include_str!("../README.md")]

mod cli;
mod config;
mod guard;
mod nats;
mod pinned;
mod ports;
mod programs;
mod ready;
mod say;
mod signals;
mod stack;
mod state;
mod supervise;
mod tour;

use cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::read() {
        Cli::Child(child) => guard::become_program(&child),
        Cli::Up(options) => local(&options),
    }
}

/// One thread: the kernel ends our children when the thread that started them ends (see `guard`).
#[tokio::main(flavor = "current_thread")]
async fn local(options: &cli::Up) -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::trouble(format_args!("error: {error:#}"));
            match error.is::<config::Refused>() {
                true => ExitCode::from(chandler_process::EXIT_CONFIG),
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// Starts everything, takes the tour, stays, stops everything, whatever happened before.
async fn run(options: &cli::Up) -> anyhow::Result<()> {
    let mut stop = signals::Stop::install()?;
    let (mut stack, mut trouble) = stack::Stack::prepare(options)?;
    let outcome = tokio::select! {
        biased;
        () = stop.asked() => stack::interrupted(options),
        trouble = trouble.comes() => Err(trouble),
        outcome = stack.live(options) => outcome,
    };
    say::head("Stopping");
    tokio::select! {
        () = stop.asked() => say::trouble("stopped at once; nothing was drained"),
        () = stack.stop() => {}
    }
    stack.kill().await;
    outcome
}
