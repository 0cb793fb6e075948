#![doc = include_str!("../README.md")]

use std::io::{Read, Write};
use std::process::ExitCode;

use protocol::{Failure, Mode, Request};

mod bind_parameters;
mod control;
mod create_binding;
mod dashboard_url;
mod delete_binding;
mod generate_manifest;
mod manifest;
mod parameters;
mod plan_schemas;
mod protocol;
mod secure;
mod service;
mod uaa_client;
mod users;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let outcome = run(&args);
    let (text, code) = match &outcome {
        Ok(text) => (text.as_str(), 0),
        Err(failure) => {
            log(&failure.for_operator);
            (failure.for_user.as_str(), failure.code)
        }
    };
    // Nobody reads any more: nothing is left to say it to.
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(protocol::FAILED),
    }
}

fn run(args: &[String]) -> Result<String, Failure> {
    let supported = "the following commands are supported: create-binding, dashboard-url, delete-binding, generate-manifest, generate-plan-schemas";
    let Some(command) = args.get(1) else {
        return Err(Failure::for_operator(supported));
    };
    let control = control::read(command)?;
    control.before_input();
    log(&format!("handling {command}"));

    let mode = if args.len() > 2 { Mode::Arguments } else { Mode::Stdin };
    let stdin = match mode {
        Mode::Arguments => String::new(),
        Mode::Stdin => stdin()?,
    };
    control.record(args, &stdin)?;
    if let Some(end) = control.misbehave()? {
        return Err(end);
    }
    let request = Request {
        mode,
        arguments: &args[2..],
        stdin: &stdin,
    };
    match command.as_str() {
        "generate-manifest" => generate_manifest::run(&request, &control),
        "dashboard-url" => dashboard_url::run(&request),
        protocol::CREATE_BINDING => create_binding::run(&request, &control),
        protocol::DELETE_BINDING => delete_binding::run(&request, &control),
        "generate-plan-schemas" => plan_schemas::run(&request, &control),
        other => Err(Failure::for_operator(format!(
            "unknown subcommand: {other}. {supported}"
        ))),
    }
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::for_operator(format!("reading stdin: {error}")))?;
    Ok(text)
}

/// A line for the operator.
fn log(text: &str) {
    // Without a stderr there is no better place to say so.
    let _ = writeln!(std::io::stderr(), "[example-adapter] {text}");
}
