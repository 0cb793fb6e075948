//! How a run of the adapter can go wrong.

use std::fmt;
use std::time::Duration;

/// The exit codes that mean something: 10 in all commands, the others in those for bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitMeaning {
    /// 10: the adapter doesn't have this command.
    NotImplemented,
    /// 41: there is no such binding.
    BindingNotFound,
    /// 42: the service binds apps only, and no app was named.
    AppGuidMissing,
    /// 49: this binding is there already.
    BindingExists,
}

impl ExitMeaning {
    /// What a code means; nothing when it only says that it failed.
    pub fn of(code: i32) -> Option<Self> {
        match code {
            10 => Some(Self::NotImplemented),
            41 => Some(Self::BindingNotFound),
            42 => Some(Self::AppGuidMissing),
            49 => Some(Self::BindingExists),
            _ => None,
        }
    }
}

/// A run that brought nothing. `Display` and `Debug` are for operators: they never show the adapter's stdout.
#[derive(Clone, PartialEq, Eq)]
pub enum AdapterError {
    /// It didn't run at all: not executable, a command line that is too long, no guard, or no time was left.
    NotStarted {
        /// What was seen.
        for_operator: String,
    },
    /// It ended with another status than 0, or by a signal.
    Exited {
        /// The exit code; nothing when a signal ended it, or when its guard ended first.
        code: Option<i32>,
        /// What it says to the user: its stdout, cut at 4 KiB; nothing when it is blank, and for the codes with a meaning of their
        /// own (10, 41, 42, 49).
        for_user: Option<String>,
        /// What was seen.
        for_operator: String,
    },
    /// It was still running at the limit, and was killed with all that it had started.
    TimedOut {
        /// The limit that it had.
        limit: Duration,
        /// What was seen.
        for_operator: String,
    },
    /// It wrote more to stdout than is allowed, and was killed.
    TooLarge {
        /// The bytes that are allowed.
        max: usize,
        /// What was seen.
        for_operator: String,
    },
    /// It ended well and said something that can't be used.
    InvalidOutput {
        /// What is wrong with it.
        for_operator: String,
    },
}

impl AdapterError {
    /// What the exit code means, when it has a meaning of its own.
    pub fn meaning(&self) -> Option<ExitMeaning> {
        match self {
            Self::Exited { code, .. } => code.and_then(ExitMeaning::of),
            Self::NotStarted { .. } | Self::TimedOut { .. } | Self::TooLarge { .. } | Self::InvalidOutput { .. } => {
                None
            }
        }
    }

    /// What operators get to read.
    pub fn for_operator(&self) -> &str {
        match self {
            Self::NotStarted { for_operator }
            | Self::Exited { for_operator, .. }
            | Self::TimedOut { for_operator, .. }
            | Self::TooLarge { for_operator, .. }
            | Self::InvalidOutput { for_operator } => for_operator,
        }
    }

    /// What the adapter wants the user to read.
    pub fn for_user(&self) -> Option<&str> {
        match self {
            Self::Exited { for_user, .. } => for_user.as_deref(),
            Self::NotStarted { .. } | Self::TimedOut { .. } | Self::TooLarge { .. } | Self::InvalidOutput { .. } => {
                None
            }
        }
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.for_operator())
    }
}

impl fmt::Debug for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::NotStarted { .. } => "NotStarted",
            Self::Exited { .. } => "Exited",
            Self::TimedOut { .. } => "TimedOut",
            Self::TooLarge { .. } => "TooLarge",
            Self::InvalidOutput { .. } => "InvalidOutput",
        };
        write!(f, "{name}({})", self.for_operator())
    }
}

impl std::error::Error for AdapterError {}
