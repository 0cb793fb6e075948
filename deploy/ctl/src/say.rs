//! What the command says, and how it ends.

use std::fmt::Display;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is as wanted.
    Fine,
    /// Something else went wrong: the bus refused, a file can't be read.
    Failure,
    /// The configuration is wrong.
    Config,
    /// The streams are there, but the bus isn't marked as complete.
    Incomplete,
    /// The bus doesn't answer.
    Unavailable,
}

impl Exit {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Failure => chandler_process::EXIT_FAILURE,
            Exit::Config => chandler_process::EXIT_CONFIG,
            Exit::Incomplete => 65,
            Exit::Unavailable => chandler_process::EXIT_UNAVAILABLE,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// A line of the answer, to stdout.
#[expect(clippy::print_stdout, reason = "this is what a command line is for")]
pub(crate) fn line(text: impl Display) {
    println!("{text}");
}

/// A line about what went wrong, to stderr.
#[expect(clippy::print_stderr, reason = "this is what a command line is for")]
pub(crate) fn complain(text: impl Display) {
    eprintln!("{text}");
}
