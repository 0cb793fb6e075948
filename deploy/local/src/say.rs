//! What people see: steps on stdout, trouble on stderr. Colours only on a terminal.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};

/// A colour, or none when nobody would see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Headlines.
    Bold,
    /// What is of less interest.
    Dim,
    /// What went well.
    Green,
    /// What did not.
    Red,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Colour::Bold => "1",
            Colour::Dim => "2",
            Colour::Green => "32",
            Colour::Red => "31",
        }
    }
}

/// `text`, coloured if stdout is a terminal.
pub(crate) fn coloured(colour: Colour, text: impl Display) -> String {
    paint(colour, text, stdout().is_terminal())
}

fn paint(colour: Colour, text: impl Display, seen: bool) -> String {
    match seen {
        true => format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code()),
        false => text.to_string(),
    }
}

/// A line.
pub(crate) fn line(text: impl Display) {
    // Whoever reads along may have heard enough (`| head`).
    let _ = writeln!(stdout(), "{text}");
}

/// A headline.
pub(crate) fn head(text: impl Display) {
    line(format_args!("\n{}", coloured(Colour::Bold, text)));
}

/// What is being done.
pub(crate) fn step(text: impl Display) {
    line(format_args!("{} {text}", coloured(Colour::Dim, "·")));
}

/// What went wrong.
pub(crate) fn trouble(text: impl Display) {
    let _ = writeln!(stderr(), "{}", paint(Colour::Red, text, stderr().is_terminal()));
}
