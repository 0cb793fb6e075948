//! What a person sees while an operation runs: a spinner on a terminal, and a line for each change.

use crate::say::{self, Colour, coloured};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;
use tokio::time::Instant;

/// One operation, shown.
#[derive(Debug)]
pub(super) struct Show {
    began: Instant,
    spinner: ProgressBar,
}

impl Show {
    /// From now on.
    pub(super) fn begin(title: &str) -> Show {
        let target = match stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let spinner = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {elapsed:>4}  {prefix}: {wide_msg}") {
            spinner.set_style(style);
        }
        spinner.set_prefix(title.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(100));
        Show {
            began: Instant::now(),
            spinner,
        }
    }

    /// The description that a poll has now.
    pub(super) fn changed(&self, state: &str, text: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let time = coloured(Colour::Dim, format_args!("{seconds:>6.1} s"));
        let state = match state {
            "succeeded" | "gone" => coloured(Colour::Green, format_args!("{state:<11}")),
            "failed" => coloured(Colour::Red, format_args!("{state:<11}")),
            _ => format!("{state:<11}"),
        };
        self.spinner
            .suspend(|| say::line(format_args!("  {time}  {state}  {text}").to_string().trim_end()));
        self.spinner.set_message(text.to_owned());
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}
