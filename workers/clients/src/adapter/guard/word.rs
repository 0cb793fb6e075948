//! What a guard tells its worker.

use std::fmt;

/// One line from the guard to the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The adapter runs; its process id is that of its group.
    Started(i32),
    /// Nothing was started: the limit was over.
    Late,
    /// The adapter can't be started; the system's reason.
    Failed(String),
    /// The grace before the limit began, and SIGTERM was sent.
    Polite,
    /// The adapter ended with this code.
    Exited(i32),
    /// This signal ended the adapter.
    Signaled(i32),
}

impl Word {
    /// Reads a line; nothing when it is no word.
    pub fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        match word {
            "started" => rest.parse().ok().map(Self::Started),
            "late" => Some(Self::Late),
            "failed" => Some(Self::Failed(rest.to_owned())),
            "polite" => Some(Self::Polite),
            "exited" => rest.parse().ok().map(Self::Exited),
            "signaled" => rest.parse().ok().map(Self::Signaled),
            _ => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(id) => write!(f, "started {id}"),
            Self::Late => f.write_str("late"),
            Self::Failed(why) => write!(f, "failed {}", why.replace('\n', " ")),
            Self::Polite => f.write_str("polite"),
            Self::Exited(code) => write!(f, "exited {code}"),
            Self::Signaled(signal) => write!(f, "signaled {signal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Word;

    #[test]
    fn what_is_said_is_understood() {
        let words = [
            Word::Started(4711),
            Word::Late,
            Word::Failed("No such file or directory (os error 2)".into()),
            Word::Polite,
            Word::Exited(49),
            Word::Signaled(9),
        ];
        for word in words {
            assert_eq!(Word::read(&format!("{word}\n")), Some(word));
        }
        for line in ["", "started", "exited x", "something else"] {
            assert_eq!(Word::read(line), None, "{line}");
        }
    }
}
